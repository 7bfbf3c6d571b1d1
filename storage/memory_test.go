package storage

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// TestUploadsAreBoundedInMemory: twenty uploads of 20 MB at once take the memory of a few.
func TestUploadsAreBoundedInMemory(t *testing.T) {
	// Not parallel: it measures the memory of the process.
	files, err := OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var head bytes.Buffer
	if err := png.Encode(&head, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	stop, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			peak.Store(max(peak.Load(), now.HeapInuse))
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	var uploads sync.WaitGroup
	for n := range 20 {
		uploads.Go(func() {
			noise := rand.NewChaCha8([32]byte{byte(n)})
			r := io.MultiReader(bytes.NewReader([]byte("%PDF-1.7\n")), io.LimitReader(noise, sangkien.MaxAttachment-100))
			if _, err := files.Put(t.Context(), "a.pdf", r); err != nil {
				t.Error(err)
			}
		})
	}
	uploads.Wait()
	close(stop)
	<-watched
	const most = 160 << 20
	if used := int64(peak.Load()) - int64(before.HeapInuse); used > most {
		t.Errorf("20 uploads took %d MB", used>>20)
	} else {
		t.Logf("20 uploads of 20 MB at once: %d MB at most", used>>20)
	}
}

// Package archive looks at the directory of a zip archive before anything is unpacked: whoever opens a document
// from outside asks it first. It is pure and imports the root only.
package archive

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

// Limits is what an archive may hold at most.
type Limits struct {
	Entries  int
	Unpacked int64 // bytes of all entries together
	Ratio    int64 // unpacked to packed, of entries of a megabyte and more
}

// Office is enough for every document that people make.
var Office = Limits{Entries: 5_000, Unpacked: 400 << 20, Ratio: 250}

// Open reads the directory of an archive and checks what it promises. It returns EINVALID for what is broken,
// nested, overlapping, encrypted, named twice, named outside of itself, of the 64-bit kind, which documents of
// our sizes never need, or beyond the limits. What is unpacked is still to be read through Read: a directory
// can lie.
func Open(r io.ReaderAt, size int64, limits Limits) (*zip.Reader, error) {
	if err := checkEnd(r, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, sangkien.Errorf(sangkien.EINVALID, "broken: the archive cannot be read: %v", err)
	}
	if len(z.File) > limits.Entries {
		return nil, sangkien.Errorf(sangkien.EINVALID, "bomb: %d entries", len(z.File))
	}
	var sum uint64
	names := make(map[string]bool, len(z.File))
	for _, f := range z.File {
		if err := checkEntry(f, limits); err != nil {
			return nil, err
		}
		name := strings.ToLower(strings.ReplaceAll(f.Name, "\\", "/"))
		if names[name] {
			return nil, sangkien.Errorf(sangkien.EINVALID, "broken: two entries are named %q", f.Name)
		}
		names[name] = true
		if sum += f.UncompressedSize64; sum > uint64(limits.Unpacked) {
			return nil, sangkien.Errorf(sangkien.EINVALID, "bomb: more than %d bytes unpacked", limits.Unpacked)
		}
	}
	return z, checkOverlap(z)
}

func checkEntry(f *zip.File, limits Limits) error {
	const encrypted, megabyte = 0x1, 1 << 20
	switch {
	case f.Flags&encrypted != 0:
		return sangkien.Errorf(sangkien.EINVALID, "locked: entry %q is encrypted", f.Name)
	case strings.HasPrefix(f.Name, "/") || slices.Contains(strings.FieldsFunc(f.Name, func(r rune) bool { return r == '/' || r == '\\' }), ".."):
		return sangkien.Errorf(sangkien.EINVALID, "broken: entry %q is outside", f.Name)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return sangkien.Errorf(sangkien.EINVALID, "broken: entry %q is packed by method %d", f.Name, f.Method)
	case f.UncompressedSize64 >= megabyte && f.UncompressedSize64/max(f.CompressedSize64, 1) > uint64(limits.Ratio):
		return sangkien.Errorf(sangkien.EINVALID, "bomb: entry %q unpacks %d bytes from %d", f.Name, f.UncompressedSize64, f.CompressedSize64)
	}
	return nil
}

// checkOverlap finds entries that share bytes: a small archive that unpacks without end is made so
// (https://www.bamsoftware.com/hacks/zipbomb/).
func checkOverlap(z *zip.Reader) error {
	type span struct{ from, to int64 }
	var spans []span
	for _, f := range z.File {
		from, err := f.DataOffset()
		if err != nil {
			return sangkien.Errorf(sangkien.EINVALID, "broken: entry %q has no beginning: %v", f.Name, err)
		}
		spans = append(spans, span{from, from + int64(f.CompressedSize64)})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return sangkien.Errorf(sangkien.EINVALID, "bomb: entries overlap")
		}
	}
	return nil
}

// checkEnd looks at the end of the archive for the sign of the 64-bit kind, and for bytes behind the end.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.14 to 4.3.16
func checkEnd(r io.ReaderAt, size int64) error {
	const record, locator, comment = 22, 20, 1<<16 - 1
	tail := make([]byte, min(size, record+locator+comment))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	end := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if end < 0 || len(tail)-end < record {
		return sangkien.Errorf(sangkien.EINVALID, "broken: the archive has no end")
	}
	if int(binary.LittleEndian.Uint16(tail[end+20:])) != len(tail)-end-record {
		return sangkien.Errorf(sangkien.EINVALID, "broken: there are bytes behind the archive")
	}
	if end >= locator && string(tail[end-locator:end-locator+4]) == "PK\x06\x07" {
		return sangkien.Errorf(sangkien.EINVALID, "bomb: an archive of the 64-bit kind")
	}
	return nil
}

// Read opens an entry for reading, at most as many bytes as its directory promised. Where there is more, the
// reader ends with an error.
func Read(f *zip.File) (io.ReadCloser, error) {
	r, err := f.Open()
	if err != nil {
		return nil, sangkien.Errorf(sangkien.EINVALID, "broken: entry %q cannot be opened: %v", f.Name, err)
	}
	return &bounded{ReadCloser: r, left: int64(f.UncompressedSize64), name: f.Name}, nil
}

type bounded struct {
	io.ReadCloser
	left int64
	name string
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, sangkien.Errorf(sangkien.EINVALID, "bomb: entry %q is longer than it says", b.name)
	}
	return n, err
}

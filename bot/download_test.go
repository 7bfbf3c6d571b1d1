package bot_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sangkien/sangkien/bot"
)

func kindOf(err error) bot.SendKind {
	var se *bot.SendError
	if errors.As(err, &se) {
		return se.Kind
	}
	return -1
}

// TestDownloadsStayOutside: whatever a URL says, nothing of ours is asked; the server here would notice.
func TestDownloadsStayOutside(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(inside.Close)
	d := bot.NewDownloader(bot.DownloadRules{Size: 100, Timeout: 5 * time.Second})
	for _, u := range []string{
		inside.URL, "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://2130706433/",
		"http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/",
		"http://[fd00::1]/", "http://100.64.0.1/", "http://192.0.0.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://0.0.0.0/", "http://[::]/",
		"http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[2001:0:1::]/", "http://255.255.255.255/", "https://zalo.me:8443/",
		"http://user:pass@zalo.me/", "file:///etc/passwd", "ftp://zalo.me/", "gopher://127.0.0.1/", "//zalo.me/a", "", "photo.jpg",
	} {
		if r, err := d.Open(t.Context(), u); kindOf(err) == bot.SendRefused {
			continue
		} else if err == nil {
			_ = r.Close()
		} else if !strings.Contains(u, "2130706433") { // resolvers differ: no such name, or loopback
			t.Errorf("%s: %v", u, err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("%d requests came in", asked.Load())
	}
}

// TestDownloadsAreChecked: redirects anew, sizes as they come, and no URL is in an error.
func TestDownloadsAreChecked(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "photo") })
	mux.HandleFunc("/once", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/inside", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 101)) })
	mux.HandleFunc("/stream", func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush() // no length is told
		_, _ = w.Write(make([]byte, 101))
	})
	mux.HandleFunc("/gone", http.NotFound)
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	d := bot.NewDownloader(bot.DownloadRules{Size: 100, Timeout: 5 * time.Second, Local: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	for path, want := range map[string]bot.SendKind{"/ok": -1, "/once": -1, "/loop": bot.SendRetry, "/inside": bot.SendRefused,
		"/large": bot.SendRefused, "/stream": bot.SendRefused, "/gone": bot.SendRefused, "/down": bot.SendRetry} {
		r, err := d.Open(t.Context(), s.URL+path)
		if err == nil {
			_, err = io.ReadAll(r)
			_ = r.Close()
		}
		if kindOf(err) != want || err != nil && strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

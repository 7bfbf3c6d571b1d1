package bot

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"8.8.8.8": true, "2606:4700::1": true, "192.168.1.1": false, "::1": false, "198.18.0.1": false,
		"64:ff9b::a00:1": false, "2002:a00:1::": false, "224.0.0.1": false, "0.0.0.0": false, "255.255.255.255": false} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %v", address, got)
		}
	}
}

// TestSecureDownloads: whoever asks for https gets nothing else, whatever a redirect says.
func TestSecureDownloads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		secure bool
		url    string
		want   bool
	}{{true, "https://zalo.me/a", true}, {true, "http://zalo.me/a", false}, {false, "http://zalo.me/a", true}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if err := NewDownloader(DownloadRules{Secure: c.secure}).Client().CheckRedirect(r, nil); (err == nil) != c.want {
			t.Errorf("secure %v, %s: %v", c.secure, c.url, err)
		}
	}
}

package feeds_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/feeds"
)

const rss = `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Mặt trận tỉnh</title>
<item><title>Lễ phát động &amp; ra mắt</title><link>https://example.vn/1</link><guid>tin-1</guid><pubDate>Mon, 23 Nov 2026 09:00:00 +0700</pubDate>
<description><![CDATA[<p>Sáng 23/11, <b>hơn 200</b> đại biểu…</p><script>alert(1)</script><p>Xem <a href="javascript:x">tại đây</a>.</p><img src="x" onerror="y">]]></description></item>
<item><title>Không có guid</title><link>https://example.vn/2</link></item></channel></rss>`

const atom = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><title>Một tin</title><id>urn:1</id>
<link href="https://example.vn/a"/><updated>2026-11-23T02:00:00Z</updated><content type="html">&lt;p&gt;Nội dung&lt;/p&gt;</content></entry></feed>`

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := feeds.Parse(strings.NewReader(rss))
	if err != nil {
		t.Fatal(err)
	}
	want := []sangkien.FeedItem{{GUID: "tin-1", Title: "Lễ phát động & ra mắt", Link: "https://example.vn/1", Text: "Sáng 23/11, hơn 200 đại biểu…\nXem tại đây.",
		Published: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}, {GUID: "https://example.vn/2", Title: "Không có guid", Link: "https://example.vn/2"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got, err = feeds.Parse(strings.NewReader(atom))
	if err != nil || len(got) != 1 || got[0].GUID != "urn:1" || got[0].Text != "Nội dung" || got[0].Link != "https://example.vn/a" || got[0].Published.IsZero() {
		t.Errorf("atom %+v, %v", got, err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	bomb := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss version="2.0"><channel><title>&b;</title></channel></rss>`
	if items, err := feeds.Parse(strings.NewReader(bomb)); err == nil && len(items) > 0 {
		t.Errorf("a bomb gave %d items", len(items))
	}
	if _, err := feeds.Parse(strings.NewReader("<html><body>404</body></html>")); err == nil {
		t.Error("a page was taken for a feed")
	}
	if _, err := feeds.Parse(io.MultiReader(strings.NewReader(rss), strings.NewReader(strings.Repeat(" ", 6<<20)))); err == nil {
		t.Error("6 MB were taken")
	}
}

func TestReadRespectsWhatDidNotChange(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("If-None-Match")+"|"+r.Header.Get("If-Modified-Since"))
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Mon, 23 Nov 2026 02:00:00 GMT")
		_, _ = io.WriteString(w, rss)
	}))
	t.Cleanup(server.Close)
	reader := feeds.New(server.Client())
	first, err := reader.Read(t.Context(), sangkien.Feed{URL: server.URL})
	if err != nil || len(first.Items) != 2 || first.Unchanged {
		t.Fatalf("first %+v, %v", first, err)
	}
	second, err := reader.Read(t.Context(), sangkien.Feed{URL: server.URL, ETag: first.ETag, Modified: first.Modified})
	if err != nil || !second.Unchanged {
		t.Errorf("second %+v, %v", second, err)
	}
	if asked[1] != `"1"|Mon, 23 Nov 2026 02:00:00 GMT` {
		t.Errorf("asked %q", asked)
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(gone.Close)
	if _, err := reader.Read(t.Context(), sangkien.Feed{URL: gone.URL + "/?key=secret"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("gone: %v", err)
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<p>a</p>", "<script>x", "a<br/>b", "&lt;b&gt;", "<p", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { feeds.Plain(s) })
}

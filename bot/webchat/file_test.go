package webchat_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
)

// TestFilesAreTheChats: a file of ours is given to the chat whose log names it, and to nobody else.
func TestFilesAreTheChats(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.post("/chat/api/send", "application/json", `{"key":"key-0001","text":"chào"}`)
	to := s.got[0].Address
	chart, err := s.files.PutOurs(t.Context(), "biểu đồ.png", "image/png", sangkien.Photo, []byte("PNG"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.files.PutOurs(t.Context(), "a.html", "text/html", sangkien.Document, []byte("<script>"))
	if err != nil {
		t.Fatal(err)
	}
	gone := chart
	gone.Hash = strings.Repeat("0", 64)
	seqs := map[string]string{}
	for name, f := range map[string]sangkien.File{"chart": chart, "page": page, "gone": gone} {
		if seqs[name], err = s.SendFile(t.Context(), to, f, nil, bot.Message{Text: locale.Text{{Text: "đây"}}}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := s.Send(t.Context(), to, bot.Message{Text: locale.Text{{Text: "chữ"}}})
	if err != nil {
		t.Fatal(err)
	}
	check := func(seq string, status int, body, disposition string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/chat/api/file/"+seq, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		got, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != status || status == http.StatusOK && string(got) != body ||
			!strings.HasPrefix(resp.Header.Get("Content-Disposition"), disposition) {
			t.Errorf("%s: %d %q %v, %v", seq, resp.StatusCode, got, resp.Header, err)
		}
		if csp := resp.Header.Get("Content-Security-Policy"); status == http.StatusOK && !strings.Contains(csp, "sandbox") {
			t.Errorf("policy %q", csp)
		}
	}
	check(seqs["chart"], http.StatusOK, "PNG", "inline; filename*=utf-8''bi%E1%BB%83u")
	check(seqs["page"], http.StatusOK, "<script>", "attachment")
	for _, seq := range []string{seqs["gone"], text, "999999", "0", "-1", "x", chart.Hash} {
		check(seq, http.StatusNotFound, "", "")
	}
	s.client.Jar, _ = cookiejar.New(nil) // nobody, then another visitor
	check(seqs["chart"], http.StatusNotFound, "", "")
	s.post("/chat/api/send", "application/json", `{"key":"key-0002","text":"chào"}`)
	check(seqs["chart"], http.StatusNotFound, "", "")
}

package zalobot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/testkit/zalobottest"
)

// TestFailuresOfSending: each thing that goes wrong has its meaning, whatever the HTTP status, and none shows the token.
func TestFailuresOfSending(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault zalobottest.Fault
		kind  bot.SendKind
	}{
		"too fast":               {zalobottest.Fault{Code: 429, Description: "Too Many Requests"}, bot.SendLimited},
		"too fast, by status":    {zalobottest.Fault{Status: 429, Body: "slow down"}, bot.SendLimited},
		"gateway":                {zalobottest.Fault{Status: 502, Body: "<html>"}, bot.SendRetry},
		"cut off":                {zalobottest.Fault{Cut: true}, bot.SendUnknown},
		"took effect, cut off":   {zalobottest.Fault{Cut: true, Late: true}, bot.SendUnknown},
		"redirect":               {zalobottest.Fault{Status: 302, Body: "elsewhere"}, bot.SendRetry},
		"no json":                {zalobottest.Fault{Status: 200, Body: "<html>"}, bot.SendRetry},
		"not ok, nothing more":   {zalobottest.Fault{Status: 200, Body: `{"ok":false}`}, bot.SendRetry},
		"timeout":                {zalobottest.Fault{Code: 408, Description: "Request Timeout"}, bot.SendRetry},
		"server":                 {zalobottest.Fault{Code: 500, Description: "Internal Server Error"}, bot.SendRetry},
		"unauthorized":           {zalobottest.Fault{Code: 401, Description: "Unauthorized"}, bot.SendFatal},
		"not found":              {zalobottest.Fault{Code: 404, Description: "Not Found"}, bot.SendFatal},
		"forbidden":              {zalobottest.Fault{Code: 403, Description: "Forbidden"}, bot.SendUnreachable},
		"blocked":                {zalobottest.Fault{Code: 400, Description: "bot was blocked by the user"}, bot.SendUnreachable},
		"another 400":            {zalobottest.Fault{Code: 400, Description: "text is invalid"}, bot.SendRefused},
		"the token in the words": {zalobottest.Fault{Code: 400, Description: "no method for " + zalobottest.DefaultToken}, bot.SendRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, zalobottest.Options{}, nil)
			r.server.Chat("a")
			r.server.Inject(c.fault)
			_, err := r.Send(t.Context(), r.address("a"), message("x"))
			var se *bot.SendError
			if !errors.As(err, &se) || se.Kind != c.kind || strings.Contains(err.Error(), "zaFakeToken") {
				t.Fatalf("%v", err)
			}
			if se.Kind == bot.SendLimited && se.After < time.Second {
				t.Errorf("again after %v", se.After)
			}
		})
	}
}

// TestStrictServer: the server refuses what the documentation forbids, and the channel tells what that means.
func TestStrictServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalobottest.Options{}, nil)
	r.server.Chat("a")
	for text, want := range map[string]bot.SendKind{strings.Repeat("ữ", 2000): -1, strings.Repeat("ữ", 2001): bot.SendRefused, "": bot.SendRefused} {
		if _, err := r.Send(t.Context(), r.address("a"), message(text)); err == nil && want != -1 || err != nil && bot.KindOf(err) != want {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
	if _, err := r.Send(t.Context(), r.address("nobody"), message("x")); bot.KindOf(err) != bot.SendUnreachable {
		t.Error(err)
	}
	if _, err := r.client.call(t.Context(), time.Second, "sendPhoto", map[string]string{"chat_id": "a", "photo": "http://a.example/b.jpg"}); bot.KindOf(err) != bot.SendRefused {
		t.Error(err)
	}
	if _, err := r.client.call(t.Context(), time.Second, "getMee", nil); err == nil {
		t.Error("there is no such method")
	}
	if n := len(r.server.TakeViolations()); n != 4 {
		t.Errorf("%d violations", n)
	}
	second := make(chan error, 1)
	go func() {
		_, err := r.client.call(t.Context(), 5*time.Second, "getUpdates", map[string]string{"timeout": "1"})
		second <- err
	}()
	if err := r.server.WaitPolling(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.getUpdate(t.Context()); !says(err, 409, "another getupdates") {
		t.Error(err)
	}
	if err := <-second; !says(err, 408, "") {
		t.Error(err)
	}
	if name, err := r.Me(t.Context()); err != nil || name != "bot.test" {
		t.Error(name, err)
	}
	if _, err := r.Send(t.Context(), sangkien.Address{Channel: Name, Bot: "1", Chat: "a"}, message("x")); bot.KindOf(err) != bot.SendRefused {
		t.Error("a chat of another bot:", err)
	}
}

// TestLearnsThePace: the more often it hears that it is too fast, the longer it waits, until something is taken.
func TestLearnsThePace(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalobottest.Options{}, nil)
	r.server.Chat("a")
	r.server.Inject(zalobottest.Fault{Method: "sendMessage", Code: 429, Times: 8})
	var waits []time.Duration
	for range 8 {
		_, err := r.Send(t.Context(), r.address("a"), message("x"))
		var se *bot.SendError
		if !errors.As(err, &se) {
			t.Fatal(err)
		}
		waits = append(waits, se.After)
	}
	if waits[0] != time.Second || waits[2] != 4*time.Second || waits[7] != time.Minute {
		t.Error(waits)
	}
	if _, err := r.Send(t.Context(), r.address("a"), message("x")); err != nil || r.limited.Load() != 0 {
		t.Error(err)
	}
}

// TestPhotosGoByLink: Zalo fetches a photo from us by a link that nobody can guess, prolong or use for something else.
func TestPhotosGoByLink(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(nil)
	t.Cleanup(web.Close)
	r := newRig(t, zalobottest.Options{Rewrite: func(u string) string { return strings.Replace(u, "https://sangkien.example", web.URL, 1) }},
		func(c *Config) { c.Photos = "https://sangkien.example/files/zalo" })
	mux := http.NewServeMux()
	mux.Handle("GET /files/zalo/{token}", r.Photos())
	web.Config.Handler = mux
	chat := r.server.Chat("a")
	photo, err := r.files.Put(t.Context(), "a.jpg", bytes.NewReader(picture(t)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.SendFile(t.Context(), r.address("a"), photo, nil, message("Kết quả")); err != nil {
		t.Fatal(err)
	}
	m, err := chat.Next(deadline(t))
	if err != nil || m.Text != "Kết quả" || http.DetectContentType(m.Photo) != "image/jpeg" {
		t.Fatalf("%+v, %v", m, err)
	}
	token := m.PhotoURL[strings.LastIndexByte(m.PhotoURL, '/')+1:]
	page, err := r.files.PutOurs(t.Context(), "a.json", "application/json", sangkien.Document, []byte(`{"name":"Hà Thị Ôn"}`))
	if err != nil {
		t.Fatal(err)
	}
	last := func(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }
	for name, token := range map[string]string{
		"altered": token[:10] + "A" + token[11:], "shortened": token[:len(token)-1], "empty": "x", "a hash": photo.Hash,
		"expired":    last(r.photoURL(photo.Hash, time.Now().Add(-time.Second))),
		"no picture": last(r.photoURL(page.Hash, time.Now().Add(time.Minute))),
		"gone":       last(r.photoURL(strings.Repeat("0", 64), time.Now().Add(time.Minute))),
	} {
		resp, err := http.Get(web.URL + "/files/zalo/" + token)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound || strings.Contains(string(body), "Hà") {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
	}
	if _, err := r.SendFile(t.Context(), r.address("a"), page, nil, message("x")); bot.KindOf(err) != bot.SendRefused {
		t.Error("a document:", err)
	}
	r.open(nil)
	if _, err := r.SendFile(t.Context(), r.address("a"), photo, nil, message("x")); bot.KindOf(err) != bot.SendRefused {
		t.Error("without a public address:", err)
	}
}

func TestNoServerNoToken(t *testing.T) {
	t.Parallel()
	c, err := New(Config{Token: "1:zaFakeToken-x", APIURL: "http://127.0.0.1:1", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	_, sendErr := c.Send(t.Context(), sangkien.Address{Channel: Name, Bot: "1", Chat: "7"}, message("x"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, cancelled := c.Me(ctx)
	for _, err := range []error{sendErr, cancelled} {
		if err == nil || strings.Contains(err.Error(), "zaFake") {
			t.Errorf("%v", err)
		}
	}
	if !errors.Is(cancelled, context.Canceled) {
		t.Errorf("the cause is lost: %v", cancelled)
	}
	for _, bad := range []Config{{Token: "nonsense"}, {Token: "1:a", Webhook: "https://a.example", Secret: "short"}, {Token: "1:a", Webhook: "a"}} {
		if _, err := New(bad); sangkien.CodeOf(err) != sangkien.EINVALID {
			t.Error(err)
		}
	}
}

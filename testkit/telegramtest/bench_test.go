package telegramtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// BenchmarkEcho is what the server itself costs a benchmark: one update by webhook, one message sent for it.
func BenchmarkEcho(b *testing.B) {
	s, err := telegramtest.Start(telegramtest.Options{Keep: 4, WebhookConnections: 100})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	post := func(method string, form url.Values) error {
		resp, err := client.Post(s.URL+"/bot"+s.Token+"/"+method, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		form := url.Values{"chat_id": {"7"}, "text": {"Bước <b>3</b>/9"}, "parse_mode": {"HTML"},
			"reply_markup": {`{"inline_keyboard":[[{"text":"Có","callback_data":"yes"},{"text":"Không","callback_data":"no"}]]}`}}
		if err := post("sendMessage", form); err != nil {
			b.Error(err)
		}
	}))
	defer hook.Close()
	chats := make([]*telegramtest.Chat, 100)
	s.Chat(7)
	for i := range chats {
		chats[i] = s.Chat(int64(i + 1))
	}
	if err := post("setWebhook", url.Values{"url": {hook.URL}, "allowed_updates": {`["message"]`}}); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for i := range b.N {
		chats[i%len(chats)].Send("có")
	}
	if err := s.WaitIdle(b.Context()); err != nil {
		b.Fatal(err)
	}
	if v := s.Violations(); len(v) > 0 {
		b.Error(v[0])
	}
}

package telegram

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sangkien/sangkien/bot"
)

// TestKinds: the words are Telegram's own.
func TestKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code int
		text string
		want bot.SendKind
	}{
		{401, "Unauthorized", bot.SendFatal},
		{404, "Not Found", bot.SendFatal},
		{403, "Forbidden: bot was blocked by the user", bot.SendUnreachable},
		{403, "Forbidden: user is deactivated", bot.SendUnreachable},
		{403, "Forbidden: bot can't initiate conversation with a user", bot.SendUnreachable},
		{403, "Forbidden: bot was kicked from the supergroup chat", bot.SendUnreachable},
		{400, "Bad Request: chat not found", bot.SendUnreachable},
		{400, "Bad Request: PEER_ID_INVALID", bot.SendUnreachable},
		{400, "Bad Request: not enough rights to send text messages to the chat", bot.SendUnreachable},
		{400, "Bad Request: message text is empty", bot.SendRefused},
		{400, "Bad Request: message is too long", bot.SendRefused},
		{400, "Bad Request: BUTTON_DATA_INVALID", bot.SendRefused},
		{400, "Bad Request: file is too big", bot.SendRefused},
		{400, "Bad Request: wrong file_id or the file is temporarily unavailable", bot.SendRetry},
		{400, "Bad Request: what no one foresaw", bot.SendRefused},
		{409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running", bot.SendRetry},
		{413, "Request Entity Too Large", bot.SendRefused},
		{429, "Too Many Requests: retry after 5", bot.SendLimited},
		{500, "Internal Server Error", bot.SendRetry},
		{502, "", bot.SendRetry},
	}
	for _, tt := range tests {
		if got := kindFor(tt.code, strings.ToLower(tt.text)); got != tt.want {
			t.Errorf("%d %q: %v, want %v", tt.code, tt.text, got, tt.want)
		}
	}
}

const secret = "AAF-fake-token-of-the-test"

// badServer answers every call in the same way.
func badServer(t *testing.T, answer http.HandlerFunc) *Channel {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return channelAt(t, s.URL)
}

func channelAt(t *testing.T, base string) *Channel {
	t.Helper()
	c, err := New(Config{Token: "1:" + secret, APIURL: base, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNoErrorHoldsTheToken provokes every way in which a call can fail before, in and after HTTP.
func TestNoErrorHoldsTheToken(t *testing.T) {
	t.Parallel()
	write := func(status int, body string) func(*testing.T) *Channel {
		return func(t *testing.T) *Channel {
			return badServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = w.Write([]byte(body)) })
		}
	}
	tests := map[string]struct {
		channel func(*testing.T) *Channel
		want    string
	}{
		"refused connection": {func(t *testing.T) *Channel { return channelAt(t, "http://127.0.0.1:1") }, "refused"},
		"no such scheme":     {func(t *testing.T) *Channel { return channelAt(t, "gopher://x") }, "unsupported protocol"},
		"no URL":             {func(t *testing.T) *Channel { return channelAt(t, "http://x\x01") }, "invalid control character"},
		"percent in the URL": {func(t *testing.T) *Channel { return channelAt(t, "http://127.0.0.1:1/%s%d") }, ""},
		"page of a proxy":    {write(502, "<html>502 Bad Gateway</html>"), "HTTP 502"},
		"proxy's not found":  {write(404, "<html>nothing here</html>"), "HTTP 404"},
		"empty answer":       {write(200, ""), "not the Bot API's"},
		"half an answer":     {write(200, `{"ok":true,"result":{`), "unexpected EOF"},
		"echo":               {write(400, `{"ok":false,"error_code":400,"description":"Bad Request: /bot1:`+secret+`/x"}`), "400 Bad Request"},
		"escaped echo":       {write(400, `{"ok":false,"error_code":400,"description":"Bad Request: /bot1%3A`+secret+`/x"}`), "400 Bad Request"},
		"no description":     {write(500, `{"message":"API method is not supported"}`), "500 Internal Server Error"},
		"redirect": {func(t *testing.T) *Channel {
			return badServer(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://127.0.0.1:1"+r.URL.Path, http.StatusTemporaryRedirect)
			})
		}, "HTTP 307"},
		"cut off": {func(t *testing.T) *Channel {
			return badServer(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, "EOF"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := tt.channel(t)
			_, call := c.client.call(t.Context(), time.Second, "getMe", nil)
			_, download := c.client.download(t.Context(), "photos/a.jpg")
			if call == nil || !strings.Contains(call.Error(), tt.want) {
				t.Errorf("call: %v, want %q", call, tt.want)
			}
			for err := range chain(call, download) {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the token is in %T: %v", err, err)
				}
			}
		})
	}
}

// chain yields the errors and all that they wrap: a log may print any of them.
func chain(errs ...error) func(yield func(error) bool) {
	return func(yield func(error) bool) {
		for _, err := range errs {
			for ; err != nil; err = errors.Unwrap(err) {
				if !yield(err) {
					return
				}
			}
		}
	}
}

// TestTimeout: a server that does not answer holds nobody up, and the cause can be asked for.
func TestTimeout(t *testing.T) {
	t.Parallel()
	c := badServer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, err := c.client.call(t.Context(), 10*time.Millisecond, "getMe", nil)
	if !errors.Is(err, context.DeadlineExceeded) || bot.KindOf(err) != bot.SendUnknown {
		t.Errorf("%v", err)
	}
	for e := range chain(err) {
		if strings.Contains(e.Error(), secret) {
			t.Errorf("the token is in %v", e)
		}
	}
}

// TestRetryAfterByHeader: a proxy before Telegram says "too fast" without a body of the Bot API.
func TestRetryAfterByHeader(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"slow down", `{"ok":false,"error_code":429,"description":"Too Many Requests"}`} {
		c := badServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(body))
		})
		_, err := c.client.call(t.Context(), time.Second, "getMe", nil)
		var se *bot.SendError
		if !errors.As(err, &se) || se.Kind != bot.SendLimited || se.After != 7*time.Second {
			t.Errorf("%q: %v", body, err)
		}
	}
}

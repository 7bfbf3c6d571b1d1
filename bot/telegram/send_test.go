package telegram

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
)

// TestSendAtTheLimits: the largest message that Limits allows is taken by a server that checks every rule, however
// much its markup adds, and each kind of button arrives as it is.
func TestSendAtTheLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	chat := r.server.Chat(7)
	limits := r.Limits()
	m := bot.Message{Text: locale.Text{{Text: strings.Repeat("ế<&\"", limits.Text/8), Bold: true}, {Text: strings.Repeat("'>&ộ", limits.Text/8)}}}
	row := []bot.Button{{Label: "Có & không", Data: strings.Repeat("x", 64)}, {Label: "Trang <web>", URL: "https://example.vn/?a=1&b=2"}, {Label: "Chép mã", Copy: "SK-2026-00042"}}
	for range limits.Buttons / limits.Row {
		m.Buttons = append(m.Buttons, row)
	}
	m.Buttons = m.Buttons[:20] // the server's own limit is in bytes: 64 of data in each would be over it
	id, err := r.Send(t.Context(), r.address(), m)
	if err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	got, err := chat.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Text != m.Text.String() || !cmp.Equal(got.Bold, []string{m.Text[0].Text}) {
		t.Errorf("text %.40q…, %d bold", got.Text, len(got.Bold))
	}
	b := got.Buttons[0]
	if b[0].Text != "Có & không" || b[0].Data != row[0].Data || b[1].URL != row[1].URL || b[2].Copy.Text != row[2].Copy {
		t.Errorf("buttons %+v", b)
	}
}

// TestSendBrokenText: a byte that is no UTF-8 costs a sign, not the message.
func TestSendBrokenText(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	chat := r.server.Chat(7)
	if _, err := r.Send(t.Context(), r.address(), message("ng\xffô")); err != nil {
		t.Fatal(err)
	}
	if m := chat.Messages(); m[0].Text != "ng\uFFFDô" {
		t.Errorf("%q", m[0].Text)
	}
}

// TestSendForAnotherBot: a chat's id means nothing to another bot than the one that knows the chat.
func TestSendForAnotherBot(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.server.Chat(7)
	to := r.address()
	to.Bot = "1"
	if _, err := r.Send(t.Context(), to, message("x")); bot.KindOf(err) != bot.SendRefused || r.server.Count("sendMessage") != 0 {
		t.Errorf("%v after %d calls", err, r.server.Count("sendMessage"))
	}
}

// TestRetireWhatIsGone: that there is nothing to take buttons off is told to no one.
func TestRetireWhatIsGone(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.server.Chat(7)
	r.Retire(t.Context(), r.address(), "99")
	if n := r.server.Count("editMessageReplyMarkup"); n != 1 {
		t.Errorf("%d calls", n)
	}
}

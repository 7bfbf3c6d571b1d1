package telegram

import (
	"testing"

	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// FuzzMarkup: whatever people write, Telegram reads back the same words.
func FuzzMarkup(f *testing.F) {
	f.Add("<b>Ghế</b> & \"đá\"", "1 < 2")
	f.Add("&amp;", "</b><a href='x'>")
	f.Add("", "\u202e")
	f.Add("\xff", "a\x80b")
	f.Fuzz(func(t *testing.T, plain, bold string) {
		text := locale.Text{{Text: plain}, {Text: bold, Bold: true}, {Text: plain}}
		got, _, err := telegramtest.ParseHTML(markup(text))
		if err != nil || got != utf8Text(plain)+utf8Text(bold)+utf8Text(plain) {
			t.Errorf("%q became %q, %v", text.String(), got, err)
		}
	})
}

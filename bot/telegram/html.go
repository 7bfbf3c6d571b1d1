package telegram

import (
	"html"
	"strings"

	"github.com/sangkien/sangkien/locale"
)

// markup writes a text in Telegram's HTML. It is the only place where text is escaped for it.
// https://core.telegram.org/bots/api#html-style
func markup(t locale.Text) string {
	var b strings.Builder
	for _, s := range t {
		words := html.EscapeString(utf8Text(s.Text))
		// A run of spaces alone cannot be bold.
		if s.Bold && strings.TrimSpace(s.Text) != "" {
			words = "<b>" + words + "</b>"
		}
		b.WriteString(words)
	}
	return b.String()
}

// utf8Text is a text that Telegram takes: it refuses a whole message over one byte that is not UTF-8.
func utf8Text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

package bot

import (
	"strconv"
	"strings"
	"unicode/utf8"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/vntext"
)

// Render puts a reply into words for a channel: one message where its limits allow, more where not. Buttons
// stand under the last; where a channel has none they become numbered lines.
func Render(r sangkien.Reply, say *locale.Speaker, limits Limits) []Message {
	text := words(r, say)
	buttons := buttonsOf(r, say, limits)
	if limits.Buttons == 0 {
		text, buttons = number(text, buttons), nil
	}
	var out []Message
	for _, part := range split(text, limits.Text) {
		out = append(out, Message{Text: part})
	}
	if len(out) == 0 {
		out = []Message{{Text: locale.Text{{Text: "…"}}}}
	}
	out[len(out)-1].Buttons = buttons
	return out
}

// words joins the lines of a reply, a line's end between short ones.
func words(r sangkien.Reply, say *locale.Speaker) locale.Text {
	var all locale.Text
	for _, l := range r.Lines {
		t := say.Say(l, r.Language)
		if t.String() == "" {
			continue
		}
		if len(all) > 0 {
			all = append(all, locale.Span{Text: "\n"})
		}
		all = append(all, t...)
	}
	return all
}

func buttonsOf(r sangkien.Reply, say *locale.Speaker, limits Limits) [][]Button {
	var rows [][]Button
	total := 0
	for _, row := range r.Buttons {
		var out []Button
		for _, b := range row {
			button, ok := buttonOf(b, r, say, limits)
			if !ok || limits.Buttons > 0 && total >= limits.Buttons {
				continue
			}
			total++
			if limits.Row > 0 && len(out) == limits.Row {
				rows, out = append(rows, out), nil
			}
			out = append(out, button)
		}
		if len(out) > 0 {
			rows = append(rows, out)
		}
	}
	return rows
}

// buttonOf leaves out what a channel cannot do: the text of the message says the same.
func buttonOf(b sangkien.Button, r sangkien.Reply, say *locale.Speaker, limits Limits) (Button, bool) {
	label := b.Label
	if label == "" {
		label = say.Say(b.Line, r.Language).String()
	}
	can := b.Data != "" || b.URL != "" && limits.URL || b.Copy != "" && limits.Copy
	return Button{Label: strings.TrimSpace(label), Data: b.Data, URL: b.URL, Copy: b.Copy}, can && strings.TrimSpace(label) != ""
}

// number writes buttons as lines to answer by number.
func number(text locale.Text, rows [][]Button) locale.Text {
	n := 0
	for _, row := range rows {
		for _, b := range row {
			n++
			text = append(text, locale.Span{Text: "\n" + strconv.Itoa(n) + ". " + b.Label})
		}
	}
	return text
}

// split cuts a text into parts of at most n code points (0: no limit).
func split(t locale.Text, n int) []locale.Text {
	var parts []locale.Text
	for whole := t.String(); whole != ""; whole = t.String() {
		if n <= 0 || utf8.RuneCountInString(whole) <= n {
			return append(parts, t)
		}
		head, tail := cut(t, vntext.Cut(whole, n))
		parts, t = append(parts, trimmed(head)), trimmed(tail)
	}
	return parts
}

// cut divides a text after so many bytes of its words; the styles go on.
func cut(t locale.Text, at int) (head, tail locale.Text) {
	for _, s := range t {
		n := min(at, len(s.Text))
		at -= n
		if n > 0 {
			head = append(head, locale.Span{Text: s.Text[:n], Bold: s.Bold})
		}
		if n < len(s.Text) {
			tail = append(tail, locale.Span{Text: s.Text[n:], Bold: s.Bold})
		}
	}
	return head, tail
}

// trimmed leaves out the spaces and line ends at both ends, where a text was cut.
func trimmed(t locale.Text) locale.Text {
	for len(t) > 0 {
		if t[0].Text = strings.TrimLeft(t[0].Text, " \n"); t[0].Text != "" {
			break
		}
		t = t[1:]
	}
	for len(t) > 0 {
		last := len(t) - 1
		if t[last].Text = strings.TrimRight(t[last].Text, " \n"); t[last].Text != "" {
			break
		}
		t = t[:last]
	}
	return t
}

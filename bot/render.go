package bot

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/vntext"
)

// Render puts a reply into words for a channel: one message where its limits allow, more where not, each with its
// number. Buttons stand under the last; where a channel has none, or not so many, they become numbered lines.
func Render(r sangkien.Reply, say *locale.Speaker, limits Limits) []Message {
	tell := say.Say
	if limits.Buttons == 0 {
		tell = say.SayTyped
	}
	if limits.PhotosOnly {
		whole := tell
		tell = func(l sangkien.Line, lang sangkien.Language) locale.Text {
			return locale.PhotosOnly(whole(l, lang), lang)
		}
	}
	text := words(r, tell)
	buttons := buttonsOf(r, say, limits)
	var list locale.Text
	if pressable(buttons) > limits.Buttons {
		list, buttons = typed(r, say, limits)
	}
	var out []Message
	for _, part := range paged(text, list, limits.Text) {
		out = append(out, Message{Text: part})
	}
	if len(out) == 0 {
		out = []Message{{Text: locale.Text{{Text: "…"}}}}
	}
	out[len(out)-1].Buttons = buttons
	return out
}

// words joins the lines of a reply, a line's end between short ones.
func words(r sangkien.Reply, say func(sangkien.Line, sangkien.Language) locale.Text) locale.Text {
	var all locale.Text
	for _, l := range r.Lines {
		t := say(l, r.Language)
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
	for _, row := range r.Buttons {
		var out []Button
		for _, b := range row {
			button, ok := buttonOf(b, r, say, limits)
			if !ok {
				continue
			}
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

func pressable(rows [][]Button) (n int) {
	for _, row := range rows {
		n += len(row)
	}
	return n
}

// typed writes the buttons of a reply as lines: choices with their numbers, but for those that the text has numbered,
// then the words of the rest. Buttons that stand aside are left to be pressed where they fit. The numbers are those by
// which the core knows the buttons again (sangkien.Reply.Numbers).
func typed(r sangkien.Reply, say *locale.Speaker, limits Limits) (locale.Text, [][]Button) {
	numbers := r.Numbers()
	var list []string
	var others []Button
	inText := false // has numbers to choose by
	for i, row := range r.Buttons {
		for j, b := range row {
			button, ok := buttonOf(b, r, say, limits)
			switch n := numbers[i][j]; {
			case !ok:
			case n > 0 && b.Number > 0:
				inText = true
			case n > 0:
				list = append(list, strconv.Itoa(n)+". "+button.Label)
			default:
				others = append(others, button)
			}
		}
	}
	if len(others) > 0 && len(others) <= limits.Buttons {
		return lines(list), [][]Button{others}
	}
	var labels []string
	for _, b := range others {
		if b.Data != "" {
			labels = append(labels, b.Label)
		}
	}
	if len(labels) > 0 {
		key := "choice.or"
		if len(list) == 0 {
			key = "choice.type"
		}
		list = append(list, say.Say(sangkien.Say(key, sangkien.With("words", strings.Join(labels, " · "))), r.Language).String())
	}
	if inText && len(list) == 0 {
		list = append(list, say.Say(sangkien.Say("choice.number"), r.Language).String())
	}
	return lines(list), nil
}

func lines(list []string) locale.Text {
	if len(list) == 0 {
		return nil
	}
	return locale.Text{{Text: strings.Join(list, "\n")}}
}

// pageMark is room for the number of a part: "(12/12)" and a line's end.
const pageMark = 8

// paged cuts a text and its list of choices into parts of at most n code points (0: no limit) and numbers them when
// there are several. The list stays in one part where it fits into one.
func paged(text, list locale.Text, n int) []locale.Text {
	whole := joinLines(text, list)
	if n <= 0 || utf8.RuneCountInString(whole.String()) <= n {
		return split(whole, n)
	}
	room := max(1, n-pageMark)
	parts := split(text, room)
	if last := len(parts) - 1; last >= 0 && len(list) > 0 && utf8.RuneCountInString(joinLines(parts[last], list).String()) <= room {
		parts[last] = joinLines(parts[last], list)
	} else {
		parts = append(parts, split(list, room)...)
	}
	for i := range parts {
		mark := locale.Span{Text: "(" + strconv.Itoa(i+1) + "/" + strconv.Itoa(len(parts)) + ")\n"}
		parts[i] = append(locale.Text{mark}, parts[i]...)
	}
	return parts
}

func joinLines(a, b locale.Text) locale.Text {
	if len(a) == 0 || len(b) == 0 {
		return append(slices.Clone(a), b...)
	}
	return append(append(slices.Clone(a), locale.Span{Text: "\n"}), b...)
}

// split cuts a text into parts of at most n code points (0: no limit).
func split(t locale.Text, n int) []locale.Text {
	var parts []locale.Text
	for whole := t.String(); whole != ""; whole = t.String() {
		if n <= 0 || utf8.RuneCountInString(whole) <= n {
			return append(parts, t)
		}
		head, tail := cut(t, beforeList(whole, vntext.Cut(whole, n), n))
		parts, t = append(parts, trimmed(head)), trimmed(tail)
	}
	return parts
}

var listed = regexp.MustCompile(`^\d+\. `)

// beforeList moves a cut that would fall into a numbered list to before its first line, if all of the list fits into
// one part then; else to the end of a line of it, where there is one.
func beforeList(whole string, at, n int) int {
	start := strings.LastIndexByte(whole[:at], '\n') + 1
	if at == len(whole) || !listed.MatchString(whole[start:]) {
		return at
	}
	for first := start; first > 0; start = first {
		first = strings.LastIndexByte(whole[:first-1], '\n') + 1
		if !listed.MatchString(whole[first:]) {
			break
		}
	}
	end := start
	for end < len(whole) && listed.MatchString(whole[end:]) {
		_, rest, _ := strings.Cut(whole[end:], "\n")
		end = len(whole) - len(rest)
	}
	switch line := strings.LastIndexByte(whole[:at], '\n') + 1; {
	case start > 0 && utf8.RuneCountInString(whole[start:end]) <= n:
		return start
	case line > 0:
		return line
	}
	return at
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

package bot

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/vntext"
)

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

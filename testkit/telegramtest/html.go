package telegramtest

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// tags that https://core.telegram.org/bots/api#html-style allows.
var tags = []string{"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "tg-emoji",
	"tg-time", "code", "pre", "blockquote"}

// ParseHTML reads Telegram's HTML and returns the text as a user sees it, and what of it is bold. It is stricter
// than the server: an ampersand that begins no entity is an error here.
func ParseHTML(s string) (text string, bold []string, err error) {
	var out strings.Builder
	type tag struct {
		name string
		at   int // where its text starts
	}
	var open []tag
	for i := 0; i < len(s); {
		switch s[i] {
		case '<':
			end := strings.IndexByte(s[i:], '>')
			if end < 0 {
				return "", nil, fmt.Errorf("unclosed start tag at byte offset %d", i)
			}
			name, closing := tagName(s[i+1 : i+end])
			switch {
			case !slices.Contains(tags, name):
				return "", nil, fmt.Errorf("unsupported start tag %q at byte offset %d", name, i)
			case !closing:
				open = append(open, tag{name, out.Len()})
			case len(open) == 0 || open[len(open)-1].name != name:
				return "", nil, fmt.Errorf("unexpected end tag at byte offset %d", i)
			default:
				if name == "b" || name == "strong" {
					bold = append(bold, out.String()[open[len(open)-1].at:])
				}
				open = open[:len(open)-1]
			}
			i += end + 1
		case '&':
			r, n := entity(s[i:])
			if n == 0 {
				return "", nil, fmt.Errorf("ampersand without an entity at byte offset %d", i)
			}
			out.WriteString(r)
			i += n
		case '>':
			return "", nil, fmt.Errorf("bare > at byte offset %d", i)
		default:
			out.WriteByte(s[i])
			i++
		}
	}
	if len(open) > 0 {
		return "", nil, fmt.Errorf("can't find end tag corresponding to start tag %s", open[len(open)-1].name)
	}
	return out.String(), bold, nil
}

func tagName(inside string) (name string, closing bool) {
	inside, closing = strings.CutPrefix(inside, "/")
	name, _, _ = strings.Cut(inside, " ")
	return strings.ToLower(name), closing
}

// entity reads one of the four named entities, or a numeric one; n is 0 when there is none.
func entity(s string) (text string, n int) {
	end := strings.IndexByte(s, ';')
	if end < 2 || end > 10 {
		return "", 0
	}
	whole := s[:end+1]
	if !slices.Contains([]string{"&lt;", "&gt;", "&amp;", "&quot;"}, whole) && whole[1] != '#' {
		return "", 0
	}
	text = html.UnescapeString(whole)
	if text == whole {
		return "", 0
	}
	return text, end + 1
}

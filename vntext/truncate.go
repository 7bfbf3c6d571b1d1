package vntext

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Truncate shortens s to at most n characters that a person sees (n ≥ 1), the last an ellipsis when something
// was cut. It never cuts inside a character, and at a word's end where one is near.
func Truncate(s string, n int) string {
	if Length(s) <= n {
		return s
	}
	var b strings.Builder
	g := uniseg.NewGraphemes(s)
	for i := 0; i < n-1 && g.Next(); i++ {
		b.WriteString(g.Str())
	}
	cut := b.String()
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)*3/4 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,.;:") + "…"
}

// Split cuts s into parts of at most n code points (n ≥ 1): at a blank line, a line's end, a sentence's end
// or a space where one is in the last half of the part, never inside a character that a person sees unless
// that alone is longer than n. Joined, the parts have every word of s.
func Split(s string, n int) []string {
	var parts []string
	for {
		head, ok := prefix(s, n)
		if ok {
			return append(parts, s)
		}
		cut := len(head)
		for _, end := range []string{"\n\n", "\n", ". ", " "} {
			if i := strings.LastIndex(head, end); i > len(head)/2 {
				cut = i + len(end)
				break
			}
		}
		parts = append(parts, strings.TrimRight(s[:cut], " \n"))
		s = strings.TrimLeft(s[cut:], " \n")
	}
}

// prefix returns the longest beginning of s with at most n code points, whole characters only; all tells
// that it is s itself.
func prefix(s string, n int) (head string, all bool) {
	used, end := 0, 0
	g := uniseg.NewGraphemes(s)
	for g.Next() {
		size := len(g.Runes())
		if used+size > n {
			break
		}
		used += size
		_, end = g.Positions()
	}
	if end == 0 && s != "" { // one character longer than n: cut inside it rather than never end
		runes := []rune(s)
		end = len(string(runes[:min(n, len(runes))]))
	}
	return s[:end], end == len(s)
}

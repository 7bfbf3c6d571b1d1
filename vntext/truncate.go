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

// Cut returns how many bytes of s make a first part of at most n code points (n ≥ 1): up to the end of a
// paragraph, a line, a sentence or a word where one is in the last half, never inside a character that a
// person sees unless that alone is longer than n. It is len(s) when s is short enough.
func Cut(s string, n int) int {
	head, all := prefix(s, n)
	if all {
		return len(s)
	}
	if next := s[len(head)]; next == ' ' || next == '\n' {
		return len(head)
	}
	for _, end := range []string{"\n\n", "\n", ". ", " "} {
		if i := strings.LastIndex(head, end); i > len(head)/2 {
			return i + len(end)
		}
	}
	return len(head)
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

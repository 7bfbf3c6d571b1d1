// Package vntext knows Vietnamese text: cleaning at the edge, comparing without accents, choices and dates
// as people type them. It is pure: strings in, strings out, no clock, nothing of ours imported.
package vntext

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s as people type it on small phones: no accents, đ as d, lower case, single spaces, and
// neither punctuation nor emoji at its ends. It is for comparing, never for showing. Fold is idempotent.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r == 'đ' || r == 'Đ':
			b.WriteByte('d')
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(unicode.ToLower(r))
		}
	}
	words := strings.Fields(b.String())
	return strings.TrimFunc(strings.Join(words, " "), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	})
}

// tones are the five tone marks as combining characters.
const tones = "\u0300\u0301\u0303\u0309\u0323"

// ToneKey returns s with the tone of each word moved to its end, lower case: "hòa" and "hoà" are equal,
// "hoa" differs. It is for comparing where accents matter but their place does not.
func ToneKey(s string) string {
	words := strings.Fields(norm.NFD.String(strings.ToLower(s)))
	for i, w := range words {
		var letters, marks strings.Builder
		for _, r := range w {
			if strings.ContainsRune(tones, r) {
				marks.WriteRune(r)
			} else {
				letters.WriteRune(r)
			}
		}
		words[i] = letters.String() + marks.String()
	}
	return strings.Join(words, " ")
}

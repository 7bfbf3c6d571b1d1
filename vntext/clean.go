package vntext

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// Clean is what every text from outside passes: valid UTF-8, NFC, line ends as \n, no control characters,
// no bidirectional overrides and no invisible characters (but the joiner that emoji need), trimmed.
// It is idempotent. Both databases accept what it returns.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.Map(keep, s)
	return strings.TrimSpace(norm.NFC.String(s))
}

func keep(r rune) rune {
	const joiner = '\u200d'
	switch {
	case r == '\n' || r == '\t' || r == joiner:
		return r
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Noncharacter_Code_Point, r):
		return -1
	}
	return r
}

// Blank tells whether s has no letter and no number: nothing that could answer a question in words.
func Blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// Length counts the characters that a person sees.
func Length(s string) int { return uniseg.GraphemeClusterCount(s) }

package vntext

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxWord is the most characters of a word that are compared: what is longer is no word of any language here.
const maxWord = 40

// Word is one word of a text in the two forms in which searching compares it. Both hold letters, numbers and
// accents only, so that no database reads anything else into them.
type Word struct {
	Folded string // without accents, never ""
	Tone   string // with them, wherever in the word they were typed
}

// Words splits a text into its words: runs of letters and numbers. In Vietnamese these are syllables.
func Words(s string) []Word {
	fields := strings.FieldsFunc(norm.NFKC.String(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Mn, r)
	})
	words := make([]Word, 0, len(fields))
	for _, f := range fields {
		w := Word{Folded: head(Fold(f)), Tone: head(ToneKey(f))}
		if w.Folded != "" && !strings.ContainsRune(w.Folded, ' ') {
			words = append(words, w)
		}
	}
	return words
}

// Accented tells whether the word was written with accents: then they are meant.
func (w Word) Accented() bool { return w.Folded != w.Tone }

func head(s string) string {
	if len(s) <= maxWord {
		return s
	}
	runes := []rune(s)
	return string(runes[:min(maxWord, len(runes))])
}

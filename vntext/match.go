package vntext

import (
	"slices"
	"strconv"
	"strings"
)

var numberWords = map[string]int{"mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10}

// ChoiceNumber reads the number of a choice: "2", "2.", "số 2", "câu 2", "②", "hai". ok is false for anything else.
func ChoiceNumber(s string) (n int, ok bool) {
	f := Fold(s)
	for _, lead := range []string{"so ", "cau ", "chon "} {
		f = strings.TrimPrefix(f, lead)
	}
	if n, ok := numberWords[f]; ok {
		return n, true
	}
	n, err := strconv.Atoi(f)
	return n, err == nil && n > 0 && len(f) <= 3
}

// Match finds which label a person means: by its number from 1, by its words with or without accents, or by
// a part of them that only one label has. It returns the indices that fit: one is a choice, none means not
// understood, several mean that one has to ask. Equal accents win over equal letters, whole over part.
func Match(input string, labels []string) []int {
	if fit := filter(labels, func(l string) bool { return ToneKey(l) == ToneKey(strings.TrimSpace(input)) }); len(fit) > 0 {
		return fit
	}
	folded := Fold(input)
	if folded == "" {
		return nil
	}
	if fit := filter(labels, func(l string) bool { return Fold(l) == folded }); len(fit) > 0 {
		return fit
	}
	if n, ok := ChoiceNumber(input); ok && n <= len(labels) {
		return []int{n - 1}
	}
	if len(folded) < 3 {
		return nil
	}
	return filter(labels, func(l string) bool {
		return strings.Contains(" "+Fold(l)+" ", " "+folded+" ") || strings.HasPrefix(Fold(l), folded)
	})
}

func filter(labels []string, fits func(string) bool) []int {
	var fit []int
	for i, l := range labels {
		if fits(l) {
			fit = append(fit, i)
		}
	}
	return fit
}

var (
	yesWords = []string{"co", "dong y", "ok", "oke", "u", "uh", "vang", "da", "dung", "dung roi", "phai", "duoc", "dc", "yes", "y"}
	noWords  = []string{"khong", "khong dong y", "ko", "ko dong y", "k", "hong", "chua", "thoi", "no", "n", "no thanks"}
	// Words of address and politeness before and after an answer carry none: "bác đồng ý nhé con", "dạ có ạ".
	before = []string{"da", "vang", "u", "bac", "toi", "tui", "em", "chau", "minh"}
	after  = []string{"a", "nhe", "nha", "nhi", "con", "chau", "em", "roi", "luon"}
)

// YesNo reads a yes or a no as people write it. ok is false for anything else.
func YesNo(s string) (yes, ok bool) {
	for said := strings.Fields(Fold(s)); len(said) > 0; {
		f, last := strings.Trim(strings.Join(said, " "), ".,!"), len(said)-1
		switch {
		case slices.Contains(noWords, f):
			return false, true
		case slices.Contains(yesWords, f):
			return true, true
		case slices.Contains(after, strings.Trim(said[last], ".,!")):
			said = said[:last]
		case slices.Contains(before, strings.Trim(said[0], ".,!")):
			said = said[1:]
		default:
			return false, false
		}
	}
	return false, false
}

package vntext

import (
	"slices"
	"strings"
)

// stopWords join other words and tell nothing of what a text is about.
var stopWords = strings.Fields(`a ai anh ay bang bi boi ca cac cach can chi chinh cho chu co con cua cung da dang de den deu di do duoc
	duoi em gi gia giup hay hoac hon it khi lai lam len luc luon ma mot moi nay nam neu ngay nguoi nhieu
	nho nhu nhung o phai ra rang rat roi sau se so su tai theo thi thu toi tren trong truoc tu tung tuy va
	vao ve vi viec voi vua xong`)

// Pairs lists the pairs of neighbouring words of a text that tell what it is about, each once, folded, in
// order. In Vietnamese, where words are written in syllables, a pair says far more than its parts.
func Pairs(s string) []string {
	var pairs []string
	before := ""
	for _, w := range Words(s) {
		if slices.Contains(stopWords, w.Folded) {
			before = ""
			continue
		}
		if pair := before + " " + w.Folded; before != "" && !slices.Contains(pairs, pair) {
			pairs = append(pairs, pair)
		}
		before = w.Folded
	}
	return pairs
}

// Likeness tells from 0 to 1 how much of what two short texts are about is the same: the share of the pairs of
// words that both have. few is how many pairs a text counts for at least, so that two texts that hardly say
// anything are not taken for alike.
func Likeness(a, b []string, few int) float64 {
	common := 0
	for _, p := range a {
		if slices.Contains(b, p) {
			common++
		}
	}
	return float64(common) / float64(max(min(len(a), len(b)), few))
}

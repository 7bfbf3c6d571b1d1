package handlers

import (
	"slices"
	"strings"

	"github.com/sangkien/sangkien/vntext"
)

// What people say when nothing is asked, beside what they want.

// isThanks tells whether a message is nothing but thanks or assent.
func isThanks(text string) bool {
	words := strings.Fields(vntext.Fold(text))
	said := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.Contains([]string{"a", "nhe", "nha", "nhieu", "rat", "da", "vang", "bac", "em", "chau", "con", "anh", "chi", "so", "much"}, strings.Trim(w, ".,!"))
	})
	rest := strings.Trim(strings.Join(said, " "), " .,!")
	return slices.Contains([]string{"cam on", "xin cam on", "cam on ban", "toi cam on", "ok", "oke", "ok cam on", "dc", "duoc", "duoc roi", "tot", "tot qua", "thanks", "thank you", "xong", "roi"}, rest) ||
		rest == "" && len(words) > 0
}

// asksAfter tells whether a message asks what became of an idea, or wants it back.
func asksAfter(text string) bool {
	folded := " " + vntext.Fold(text) + " "
	return vntext.Length(text) < 60 && slices.ContainsFunc([]string{" den dau ", " sao roi ", " the nao roi ", " bao gio co ket qua", " khi nao co ket qua", " co ket qua chua", " duoc duyet chua", " rut y tuong", " rut lai",
		" rut ho so", " sua y tuong", " sua ho so", " my idea "}, func(words string) bool { return strings.Contains(folded, words) })
}

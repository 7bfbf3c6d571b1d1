package vntext

import (
	"regexp"
	"strings"
)

var code = regexp.MustCompile(`(?i)(?:^|[^\pL\pN])([A-Z]{2,5})\s*[-–—_ ]\s*(\d{4})\s*[-–—_ ]\s*(\d{3,})(?:$|[^\pL\pN])`)

// FindCode finds the code of a dossier in what a person typed, in any case, with dashes or spaces, and
// returns it as it is printed: "SK-2026-00042".
func FindCode(s string) (string, bool) {
	m := code.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	return strings.ToUpper(m[1]) + "-" + m[2] + "-" + m[3], true
}

package vntext

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

var vietnameseNumber = regexp.MustCompile(`^-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$`)

// ParseNumber reads a number as it is written in Vietnam: "1.234.567,5", "1000", "12,5"; also "12.5", where
// the dot cannot mean thousands. A trailing percent sign is passed over.
func ParseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%"))
	if vietnameseNumber.MatchString(s) {
		s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	} else if strings.Trim(s, "-0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

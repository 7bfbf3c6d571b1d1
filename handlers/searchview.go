package handlers

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// What a view shows.
const (
	viewFound  = "r" // a page of results
	viewFields = "f" // the fields to choose from
	viewYears  = "y" // the years to choose from
	viewUnits  = "u" // the units to choose from
)

// view is where a search stands, as a button carries it: all but the words.
type view struct {
	show   string
	page   int
	unit   int64 // that the results are within; 0 for all
	year   int
	newest bool
	field  string
}

// value writes the view for a button, after a tag of the words that it belongs to.
func (v view) value(words string) string {
	order := "b"
	if v.newest {
		order = "n"
	}
	return strings.Join([]string{tagOf(words), v.show, strconv.Itoa(v.page), strconv.FormatInt(v.unit, 36), strconv.Itoa(v.year), order, v.field}, "-")
}

// tagOf tells words apart: an old button must not act on what was searched for later.
func tagOf(words string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(words)) // a hash's Write never fails
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// readView reads what value wrote. ok is false for anything else, and for other words.
func readView(value, words string) (v view, ok bool) {
	parts := strings.SplitN(value, "-", 7)
	if len(parts) != 7 || parts[0] != tagOf(words) {
		return view{}, false
	}
	page, err1 := strconv.Atoi(parts[2])
	unit, err2 := strconv.ParseInt(parts[3], 36, 64)
	year, err3 := strconv.Atoi(parts[4])
	v = view{show: parts[1], page: page, unit: unit, year: year, newest: parts[5] == "n", field: parts[6]}
	return v, err1 == nil && err2 == nil && err3 == nil && page >= 0 && page < maxPages && year >= 0 && unit >= 0
}

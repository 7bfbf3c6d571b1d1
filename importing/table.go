package importing

import (
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Column is one column that a kind of list can have. A new kind of list is a table of these.
type Column struct {
	Key    string
	Names  []string // as offices head it, the first one in Vietnamese; accents do not matter
	Needed bool
}

// Record is one row with its cells by column.
type Record struct {
	Number int
	cells  map[string]string
	names  map[string]string
}

// Get returns the cell of a column; "" where the list has none.
func (r Record) Get(key string) string { return r.cells[key] }

// Problem is what is wrong with one cell, and how to mend it.
type Problem struct {
	Row    int
	Column string // as the list heads it
	Line   sangkien.Line
}

// Wrong makes a problem of the column of a record.
func (r Record) Wrong(column, key string, args ...sangkien.Arg) Problem {
	return Problem{Row: r.Number, Column: r.names[column], Line: sangkien.Say(key, args...)}
}

// headWithin is how many lines may stand above the heading: the office, a title, a date.
const headWithin = 8

// Records finds the heading among the first lines and reads the rows below it. found is the heading as it was
// understood. It returns a *Refusal when no line has the columns that are needed.
func Records(rows []Row, columns []Column) (records []Record, found map[string]string, err error) {
	at, best := -1, map[int]Column(nil)
	for n := range min(headWithin, len(rows)) {
		if match := heading(rows[n], columns); len(match) > len(best) {
			at, best = n, match
		}
	}
	var missing []string
	for _, c := range columns {
		if c.Needed && !hasColumn(best, c.Key) {
			missing = append(missing, c.Names[0])
		}
	}
	if at < 0 || len(missing) > 0 {
		return nil, nil, refuse("import.no_heading", sangkien.With("columns", strings.Join(missing, ", ")))
	}
	found = map[string]string{}
	for i, c := range best {
		found[c.Key] = rows[at].Cells[i]
	}
	for _, row := range rows[at+1:] {
		r := Record{Number: row.Number, cells: map[string]string{}, names: found}
		for i, c := range best {
			if i < len(row.Cells) {
				r.cells[c.Key] = row.Cells[i]
			}
		}
		records = append(records, r)
	}
	return records, found, nil
}

// heading matches the cells of a line with columns, each once.
func heading(row Row, columns []Column) map[int]Column {
	match := map[int]Column{}
	for i, cell := range row.Cells {
		folded := strings.Join(strings.FieldsFunc(vntext.Fold(cell), func(r rune) bool { return r < '0' || r > '9' && r < 'a' || r > 'z' }), " ")
		for _, c := range columns {
			if !hasColumn(match, c.Key) && slices.ContainsFunc(c.Names, func(n string) bool { return vntext.Fold(n) == folded }) {
				match[i] = c
			}
		}
	}
	return match
}

func hasColumn(match map[int]Column, key string) bool {
	for _, c := range match {
		if c.Key == key {
			return true
		}
	}
	return false
}

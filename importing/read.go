// Package importing reads lists that offices keep, CSV and XLSX, into rows, finds their heading, and says what is
// wrong with each row in words that lead to mending it. It decides nothing and writes nothing. It imports the
// root, archive and vntext.
package importing

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/archive"
	"github.com/sangkien/sangkien/vntext"
)

// The most that a list may hold. A province has some 3,000 units; a list of all communes of the country 3,300.
const (
	MaxBytes   = 50 << 20
	MaxRows    = 100_000
	maxColumns = 60
	maxCell    = 32_767 // characters, Excel's own limit
	maxUnzip   = 400 << 20
)

// Row is one line of a list. Number counts from 1 as the program that made the list shows it.
type Row struct {
	Number int
	Cells  []string
}

// refuse is a list that cannot be read, with a sentence of locale that says what to do.
func refuse(key string, args ...sangkien.Arg) error { return &Refusal{sangkien.Say(key, args...)} }

// Refusal is why a list is not read at all.
type Refusal struct{ Line sangkien.Line }

func (r *Refusal) Error() string { return "the list cannot be read: " + r.Line.Key }

// Read reads a list by its content, whatever its name is. An error is a *Refusal.
func Read(data []byte) ([]Row, error) {
	switch {
	case len(data) > MaxBytes:
		return nil, refuse("import.large")
	case len(bytes.TrimSpace(data)) == 0:
		return nil, refuse("import.empty")
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readXLSX(data)
	case bytes.HasPrefix(data, []byte{0xD0, 0xCF, 0x11, 0xE0}): // old Excel, or a workbook with a password
		return nil, refuse("import.old_excel")
	}
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	return readCSV(text)
}

// decode reads UTF-8 and UTF-16. Texts in the old Vietnamese encodings cannot be told apart from each other for
// sure: a list of names must not be guessed.
func decode(data []byte) (string, error) {
	if len(data) >= 2 && (data[0] == 0xFF && data[1] == 0xFE || data[0] == 0xFE && data[1] == 0xFF) {
		units := make([]uint16, 0, len(data)/2)
		for i := 2; i+1 < len(data); i += 2 {
			lo, hi := data[i], data[i+1]
			if data[0] == 0xFE {
				lo, hi = hi, lo
			}
			units = append(units, uint16(lo)|uint16(hi)<<8)
		}
		return string(utf16.Decode(units)), nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return "", refuse("import.encoding")
	}
	return string(data), nil
}

func readCSV(text string) ([]Row, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator(text), -1 // a quote that is not closed would take the rows behind it into its cell
	var rows []Row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if quoted := (*csv.ParseError)(nil); errors.As(err, &quoted) {
			return nil, refuse("import.quotes", sangkien.With("row", itoa(quoted.StartLine)))
		}
		if err != nil {
			return nil, refuse("import.broken")
		}
		line, _ := r.FieldPos(0)
		if rows, err = add(rows, line, cells); err != nil {
			return nil, err
		}
	}
}

// separator is the sign that the first lines have most of.
func separator(text string) rune {
	head := text[:min(len(text), 4096)]
	best, most := ',', 0
	for _, c := range []rune{';', ',', '\t'} {
		if n := strings.Count(head, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// readXLSX reads the first sheet. The directory of the archive is checked before anything is unpacked; formulas
// are read as the value that they had.
func readXLSX(data []byte) ([]Row, error) {
	if _, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Office); err != nil {
		if strings.HasPrefix(err.Error(), "bomb") {
			return nil, refuse("import.bomb")
		}
		return nil, refuse("import.broken")
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: 16 << 20,
		ShortDatePattern: "dd/mm/yyyy", LongDatePattern: "dd/mm/yyyy"}) // Excel shows these as the reader's country does: here day before month
	if err != nil {
		return nil, refuse("import.broken")
	}
	defer func() { _ = f.Close() }() // only read from
	lines, err := f.Rows(f.GetSheetName(0))
	if err != nil {
		return nil, refuse("import.no_sheet")
	}
	defer func() { _ = lines.Close() }()
	var rows []Row
	for n := 1; lines.Next(); n++ {
		cells, err := lines.Columns()
		if err != nil {
			return nil, refuse("import.broken")
		}
		if rows, err = add(rows, n, cells); err != nil {
			return nil, err
		}
	}
	if lines.Error() != nil {
		return nil, refuse("import.broken")
	}
	return rows, nil
}

// add cleans a line and appends it; an empty one is left out.
func add(rows []Row, number int, cells []string) ([]Row, error) {
	if len(cells) > maxColumns {
		cells = cells[:maxColumns]
	}
	empty := true
	out := make([]string, len(cells))
	for i, c := range cells {
		if len(c) > 4*maxCell {
			return nil, refuse("import.cell", sangkien.With("row", itoa(number)))
		}
		out[i] = strings.TrimSpace(vntext.Clean(c))
		empty = empty && out[i] == ""
	}
	if empty {
		return rows, nil
	}
	if len(rows) == MaxRows {
		return nil, refuse("import.rows")
	}
	return append(rows, Row{Number: number, Cells: out}), nil
}

package export

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	sangkien "github.com/sangkien/sangkien"
)

// Table is rows of any kind, one at a time, so that a million of them fill no memory.
type Table struct {
	Title string
	Keys  []string // of JSON
	Head  []string // of a sheet
	// Each calls do for every row, in the order of Keys, until it returns an error.
	Each func(do func(cells []string) error) error
}

// WriteTo writes the table in a format, with the same care for formulas as Write. It returns EINVALID for an unknown
// format, and for more rows than a sheet holds.
func (t Table) WriteTo(w io.Writer, format string) error {
	switch format {
	case JSONL:
		return t.writeJSONL(w)
	case CSV:
		return t.writeCSV(w)
	case XLSX:
		return t.writeXLSX(w)
	}
	return sangkien.Errorf(sangkien.EINVALID, "unknown format %q: jsonl, csv or xlsx", format)
}

func (t Table) writeJSONL(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return t.Each(func(cells []string) error {
		row := map[string]string{}
		for i, c := range cells {
			row[t.Keys[i]] = c
		}
		if err := enc.Encode(row); err != nil {
			return fmt.Errorf("write a row: %w", err)
		}
		return nil
	})
}

func (t Table) writeCSV(w io.Writer) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("\ufeff") // Flush tells what went wrong
	line := func(cells []string) error {
		for i, cell := range cells {
			if i > 0 {
				_ = out.WriteByte(';')
			}
			_, _ = out.WriteString(`"` + strings.ReplaceAll(harmless(cell), `"`, `""`) + `"`)
		}
		_, err := out.WriteString("\r\n")
		return err
	}
	if err := line(t.Head); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	if err := t.Each(line); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// maxRows is the most rows of a sheet, with its head.
const maxRows = 1 << 20

func (t Table) writeXLSX(w io.Writer) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // in a temporary file
	if err := f.SetSheetName("Sheet1", t.Title); err != nil {
		return fmt.Errorf("name the sheet: %w", err)
	}
	s, err := f.NewStreamWriter(t.Title)
	if err != nil {
		return fmt.Errorf("begin the sheet: %w", err)
	}
	n := 0
	line := func(cells []string) error {
		if n++; n > maxRows {
			return sangkien.Errorf(sangkien.EINVALID, "a sheet holds %d rows: use csv", maxRows)
		}
		row := make([]any, len(cells))
		for i, cell := range cells {
			row[i] = harmless(cell)
		}
		if err := s.SetRow(fmt.Sprint("A", n), row); err != nil {
			return fmt.Errorf("write row %d: %w", n, err)
		}
		return nil
	}
	if err := line(t.Head); err != nil {
		return err
	}
	if err := t.Each(line); err != nil {
		return err
	}
	if err := s.Flush(); err != nil {
		return fmt.Errorf("end the sheet: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

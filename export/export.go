// Package export writes ideas as tables: JSON lines for programs, CSV and XLSX for an office. It imports the
// root only.
package export

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	sangkien "github.com/sangkien/sangkien"
)

// Row is one idea with what belongs to it, in words.
type Row struct {
	Code        string            `json:"code"`
	Campaign    string            `json:"campaign"`
	State       string            `json:"state"`
	SubmittedAt time.Time         `json:"submitted_at"`
	Author      string            `json:"author"`
	Publish     bool              `json:"publish"` // the author agreed to be named
	Unit        string            `json:"unit"`
	Answers     map[string]string `json:"answers"` // by question, as a person reads them
	Files       []sangkien.File   `json:"files,omitempty"`
}

// Column is a question of the form.
type Column struct{ Key, Name string }

// The formats.
const (
	JSONL = "jsonl"
	CSV   = "csv"
	XLSX  = "xlsx"
)

// Write writes rows in a format. Text cells that a spreadsheet would take for a formula are made plain text
// (https://owasp.org/www-community/attacks/CSV_Injection). It returns EINVALID for an unknown format.
func Write(w io.Writer, format string, zone *time.Location, columns []Column, rows []Row) error {
	switch format {
	case JSONL:
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		for _, r := range rows {
			if err := enc.Encode(r); err != nil {
				return fmt.Errorf("write idea %s: %w", r.Code, err)
			}
		}
		return nil
	case CSV:
		return writeCSV(w, table(zone, columns, rows))
	case XLSX:
		return writeXLSX(w, table(zone, columns, rows))
	}
	return sangkien.Errorf(sangkien.EINVALID, "unknown format %q: jsonl, csv or xlsx", format)
}

// table is the rows as cells, the heading first.
func table(zone *time.Location, columns []Column, rows []Row) [][]string {
	head := []string{"Mã hồ sơ", "Đợt", "Tình trạng", "Gửi lúc", "Người gửi", "Cho công bố tên", "Đơn vị"}
	for _, c := range columns {
		head = append(head, harmless(c.Name))
	}
	cells := [][]string{append(head, "Số tệp")}
	for _, r := range rows {
		publish := "không"
		if r.Publish {
			publish = "có"
		}
		line := []string{r.Code, r.Campaign, r.State, r.SubmittedAt.In(zone).Format("02/01/2006 15:04"), r.Author, publish, r.Unit}
		for _, c := range columns {
			line = append(line, r.Answers[c.Key])
		}
		line = append(line, fmt.Sprint(len(r.Files)))
		for i := range line {
			line[i] = harmless(line[i])
		}
		cells = append(cells, line)
	}
	return cells
}

// harmless puts an apostrophe before what a spreadsheet could take for a formula: also behind spaces and invisible
// characters, which some take away, and in full width, which some read alike.
// https://owasp.org/www-community/attacks/CSV_Injection
func harmless(s string) string {
	visible := strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '"' || r == '\''
	})
	first, _ := utf8.DecodeRuneInString(visible)
	if visible != "" && strings.ContainsRune("=+-@|%＝＋－＠﹢﹣﹦﹫−", first) || s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// writeCSV writes UTF-8 with a byte order mark and semicolons: what Excel with Vietnamese settings opens rightly.
// Every cell is quoted: where another separator is set, a cell is still one cell.
func writeCSV(w io.Writer, cells [][]string) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("\ufeff") // Flush tells what went wrong
	for _, line := range cells {
		for i, cell := range line {
			if i > 0 {
				_ = out.WriteByte(';')
			}
			_, _ = out.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
		}
		_, _ = out.WriteString("\r\n")
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// maxCell is the most characters that a cell of XLSX holds.
const maxCell = 32_767

func writeXLSX(w io.Writer, cells [][]string) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // in memory
	if err := f.SetSheetName("Sheet1", "Sáng kiến"); err != nil {
		return fmt.Errorf("name the sheet: %w", err)
	}
	s, err := f.NewStreamWriter("Sáng kiến")
	if err != nil {
		return fmt.Errorf("begin the sheet: %w", err)
	}
	if err := s.SetColWidth(1, max(1, len(cells[0])), 24); err != nil {
		return fmt.Errorf("set widths: %w", err)
	}
	for i, line := range cells {
		row := make([]any, len(line))
		for j, cell := range line {
			if r := []rune(cell); len(r) > maxCell {
				cell = string(r[:maxCell-1]) + "…"
			}
			row[j] = cell
		}
		if err := s.SetRow(fmt.Sprint("A", i+1), row); err != nil {
			return fmt.Errorf("write row %d: %w", i+1, err)
		}
	}
	if err := s.Flush(); err != nil {
		return fmt.Errorf("end the sheet: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

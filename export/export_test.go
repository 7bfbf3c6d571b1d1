package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	sangkien "github.com/sangkien/sangkien"
)

func rows() ([]Column, []Row) {
	return []Column{{"title", "Tên"}, {"solution", "Cách làm"}}, []Row{
		{Code: "SK-2026-00001", SubmittedAt: time.Unix(1_790_000_000, 0), Author: "Đặng Phúc Hưng", Publish: true,
			Answers: map[string]string{"title": "-Đồ gá <giảm 40%>", "solution": "=SUM(A1:A9)\nnhiều dòng; \"ngoặc\""}},
		{Code: "SK-2026-00002", Answers: map[string]string{"title": "🌱", "solution": strings.Repeat("à", 40_000)}},
	}
}

func TestOfficeFormatsKeepEveryWordAndRunNothing(t *testing.T) {
	t.Parallel()
	columns, all := rows()
	var b bytes.Buffer
	if err := Write(&b, CSV, time.UTC, columns, all); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
	r.Comma = ';'
	cells, err := r.ReadAll()
	if err != nil || len(cells) != 3 || cells[1][7] != "'-Đồ gá <giảm 40%>" || cells[1][8] != "'=SUM(A1:A9)\nnhiều dòng; \"ngoặc\"" {
		t.Errorf("%q, %v", cells, err)
	}
	b.Reset()
	if err := Write(&b, XLSX, time.UTC, columns, all); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := f.GetRows("Sáng kiến")
	if err != nil || len(sheet) != 3 || sheet[0][7] != "Tên" || sheet[1][8] != cells[1][8] || len([]rune(sheet[2][8])) != maxCell {
		t.Errorf("%v", err)
	}
}

func TestJSONLinesKeepEverything(t *testing.T) {
	t.Parallel()
	columns, all := rows()
	var b bytes.Buffer
	if err := Write(&b, JSONL, time.UTC, columns, all); err != nil {
		t.Fatal(err)
	}
	var back Row
	line, _, _ := strings.Cut(b.String(), "\n")
	if err := json.Unmarshal([]byte(line), &back); err != nil || back.Answers["solution"] != all[0].Answers["solution"] || !strings.Contains(line, "<giảm") {
		t.Errorf("%s, %v", line, err)
	}
	if err := Write(&b, "pdf", time.UTC, columns, all); sangkien.CodeOf(err) != sangkien.EINVALID {
		t.Errorf("pdf: %v", err)
	}
}

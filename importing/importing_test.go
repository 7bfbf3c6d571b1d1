package importing

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	sangkien "github.com/sangkien/sangkien"
)

var zone = time.FixedZone("+07", 7*3600)

// workbook makes an XLSX of lines.
func workbook(t testing.TB, lines ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for n, line := range lines {
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", n+1), &line); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func utf16le(s string) []byte {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// TestRead: the same list in each shape that offices send is the same rows.
func TestRead(t *testing.T) {
	t.Parallel()
	const text = "Mã;Tên đơn vị\n01;Xã Ba Bể\n\n02;\"Xã \"\"Chợ\nRã\"\"\"\n"
	want := [][]string{{"Mã", "Tên đơn vị"}, {"01", "Xã Ba Bể"}, {"02", "Xã \"Chợ\nRã\""}}
	for name, data := range map[string][]byte{
		"utf-8": []byte(text), "with a mark": []byte("\ufeff" + text), "utf-16": utf16le(text),
		"commas": []byte(strings.ReplaceAll(text, ";", ",")), "tabs": []byte(strings.ReplaceAll(text, ";", "\t")), "windows": []byte(strings.ReplaceAll(text, "2;\"Xã", "2;\"Xã")),
		"xlsx": workbook(t, []any{"Mã", "Tên đơn vị"}, []any{"01", "Xã Ba Bể"}, nil, []any{"02", "Xã \"Chợ\nRã\""}),
	} {
		rows, err := Read(data)
		var got [][]string
		for _, r := range rows {
			got = append(got, r.Cells)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	many := bytes.Repeat([]byte("a\n"), MaxRows+1)
	for want, data := range map[string][]byte{
		"import.empty": []byte(" \n"), "import.old_excel": {0xD0, 0xCF, 0x11, 0xE0, 1}, "import.encoding": []byte("T\xean \xf0\xb4n v\xde"),
		"import.broken": []byte("PK\x03\x04 cut off"), "import.rows": many, "import.cell": append([]byte("x;"), bytes.Repeat([]byte("a"), 5*maxCell)...),
		"import.large": make([]byte, MaxBytes+1),
	} {
		_, err := Read(data)
		var r *Refusal
		if !errors.As(err, &r) || r.Line.Key != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func records(t *testing.T, columns []Column, text string) []Record {
	t.Helper()
	rows, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := Records(rows, columns)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestUnits: a title above the heading, headings without accents, a unit named before its line, a merger.
func TestUnits(t *testing.T) {
	t.Parallel()
	there := []sangkien.Unit{{ID: 6, Code: "06", Name: "Tỉnh Bắc Kạn", Kind: "province"}, {ID: 900, Name: "Xã Khang Ninh", Parent: 6}}
	text := "UBND TỈNH\nDANH SÁCH ĐƠN VỊ\nMa;Ten don vi;Cap;Cap tren;Ten khac;Tu ngay;Don vi cu\n" +
		"01906;Xã Ba Bể;commune;19;ba be; 1/7/2025;Xã Khang Ninh\n19;Tỉnh Thái Nguyên;province;;;;06\n06;Tỉnh Bắc Kạn;province;;;;\n"
	got, problems := Units(records(t, UnitColumns(), text), there, zone)
	july := time.Date(2025, 7, 1, 0, 0, 0, 0, zone)
	want := []sangkien.Unit{
		{ID: 6, Code: "06", Name: "Tỉnh Bắc Kạn", Kind: "province", Successor: 19},
		{ID: 19, Code: "19", Name: "Tỉnh Thái Nguyên", Kind: "province", Aliases: []string{"Tỉnh Bắc Kạn"}},
		{ID: 900, Name: "Xã Khang Ninh", Parent: 6, Successor: 1906, ValidTo: july},
		{ID: 1906, Code: "01906", Name: "Xã Ba Bể", Kind: "commune", Parent: 19, Aliases: []string{"ba be", "Xã Khang Ninh"}, ValidFrom: july},
	}
	if diff := cmp.Diff(want, got); len(problems) > 0 || diff != "" {
		t.Error(problems, diff)
	}
	again, problems := Units(records(t, UnitColumns(), text), got, zone)
	if len(again) > 0 || len(problems) > 0 {
		t.Errorf("the same list again: %+v, %+v", again, problems)
	}
}

// TestProblemsNameTheRow: every mistake, with the row as Excel shows it and the column as the list heads it.
func TestProblemsNameTheRow(t *testing.T) {
	t.Parallel()
	_, problems := Units(records(t, UnitColumns(), "Mã;Tên;Cấp trên;Từ ngày\n01;Xã A;99;\n\n02;;;\n03;Xã C;03;32/1/2025\n01;Xã A2;;\n"), nil, zone)
	got := map[string]bool{}
	for _, p := range problems {
		got[fmt.Sprintf("%d %s %s", p.Row, p.Column, p.Line.Key)] = true
	}
	want := map[string]bool{"2 Cấp trên import.unit_unknown": true, "4 Tên import.name": true, "5 Từ ngày import.date": true, "6 Tên import.twice": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	rows, err := Read([]byte("x;y\n1;2\n"))
	if err != nil {
		t.Fatal(err)
	}
	var r *Refusal
	if _, _, err := Records(rows, UnitColumns()); !errors.As(err, &r) || r.Line.Key != "import.no_heading" {
		t.Errorf("%v", err)
	}
}

func TestIdeas(t *testing.T) {
	t.Parallel()
	form := sangkien.Form{Questions: []sangkien.Question{{Key: "field", Options: []sangkien.Option{{Key: "sx", Label: sangkien.Text{VI: "Sản xuất"}}}}}}
	units := []sangkien.Unit{{ID: 6, Name: "Xã Cũ", Successor: 7}, {ID: 7, Name: "Xã Mới"}}
	text := "STT;Tên sáng kiến;Năm;Mã hồ sơ;Lĩnh vực;Tác giả;Đơn vị;Kết quả;Số quyết định;Giải pháp;Công bố tên\n" +
		"1;Bếp ít củi;2022;SK-2022-00031;san xuat;Nông Văn A;Xã Cũ;Được công nhận;12/QĐ;Xây thấp;có\n2;Gùi nhựa;2021;;;;Thôn Xa;;;;\n" +
		"3;Hỏng;năm kia;XX;khác;;;tốt;;;có lẽ\n4;Trùng;2022;SK-2022-00031;;;;;;;\n5;Đã có;2022;SK-2022-00001;;;;;;;\n"
	got, problems := Ideas(records(t, IdeaColumns(), text), units, form, map[string]int64{"SK-2022-00001": 16})
	if len(got) != 2 || got[0].State != sangkien.Recognised || got[0].Unit != 6 || !got[0].Publish || got[0].Answers["field"].Value != "sx" || got[0].Answers["solution"].Value != "Xây thấp" ||
		got[1].State != sangkien.Submitted || got[1].Unit != 0 || got[1].UnitText != "Thôn Xa" || got[0].At.Year() != 2022 {
		t.Errorf("%+v", got)
	}
	if len(problems) != 7 {
		t.Errorf("%d problems: %+v", len(problems), problems)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("a;b\n1;2"))
	f.Add(workbook(f, []any{"a", 1}))
	f.Add(utf16le("a\tb\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := Read(data)
		var r *Refusal
		if err != nil && !errors.As(err, &r) {
			t.Error(err)
		}
		for _, row := range rows {
			if row.Number < 1 || len(row.Cells) > maxColumns {
				t.Errorf("%+v", row)
			}
		}
	})
}

// TestDatesOfExcel: a date of a cell is read as Vietnam writes it, whichever of Excel's own styles the cell has; a style
// that shows no whole date is refused, never read otherwise.
func TestDatesOfExcel(t *testing.T) {
	t.Parallel()
	for style := range 23 {
		f := excelize.NewFile()
		id, err := f.NewStyle(&excelize.Style{NumFmt: style})
		for cell, v := range map[string]any{"A1": "Trích yếu", "B1": "Ngày ban hành", "A2": "Phát động phong trào", "B2": time.Date(2020, 7, 8, 0, 0, 0, 0, time.UTC)} {
			err = errors.Join(err, f.SetCellValue("Sheet1", cell, v))
		}
		if err = errors.Join(err, f.SetCellStyle("Sheet1", "B2", "B2", id)); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := f.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		rows, err := Read(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		records, _, err := Records(rows, PaperColumns())
		if err != nil {
			t.Fatal(err)
		}
		papers, problems := Papers(records)
		if len(problems) == 0 && papers[0].Date != "2020-07-08" || style == 14 && len(problems) > 0 {
			t.Errorf("style %d, shown as %q: %s, %v", style, rows[1].Cells[1], papers[0].Date, problems)
		}
	}
}

// TestTwinsAndQuotes: a row that stands twice is named before anything is written, and a quotation mark does not take the
// rows behind it into its cell.
func TestTwinsAndQuotes(t *testing.T) {
	t.Parallel()
	read := func(text string, columns []Column) []Record {
		rows, err := Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		records, _, err := Records(rows, columns)
		if err != nil {
			t.Fatal(err)
		}
		return records
	}
	var form sangkien.Form
	if _, problems := Ideas(read("Tên;Năm\nBếp ít củi;2022\nGùi;2022\nBếp ít củi;2022\n", IdeaColumns()), nil, form, nil); len(problems) != 1 || problems[0].Row != 4 || problems[0].Line.Key != "import.twice" {
		t.Errorf("%+v", problems)
	}
	if ideas, problems := Ideas(read("Tên;Năm;Mã\nBếp;2022;SK-2022-00001\n", IdeaColumns()), nil, form, nil); len(problems) != 0 {
		t.Errorf("%+v", problems)
	} else if _, problems = Ideas(read("Tên;Năm;Mã\nBếp;2022;SK-2022-00001\n", IdeaColumns()), nil, form, map[string]int64{"SK-2022-00001": ideas[0].Key}); len(problems) != 0 {
		t.Errorf("a list that goes on: %+v", problems)
	}
	if _, problems := Papers(read("Số;Trích yếu\n1;A\n1;A\n", PaperColumns())); len(problems) != 1 || problems[0].Row != 3 {
		t.Errorf("%+v", problems)
	}
	for _, text := range []string{"Tên;Năm\n\"Tiết kiệm\" 30%;2022\nGùi;2022\nBếp;2022\n", "Tên;Năm\n\"Gùi;2022\nBếp;2022\n"} {
		_, err := Read([]byte(text))
		if r := (*Refusal)(nil); !errors.As(err, &r) || r.Line.Key != "import.quotes" {
			t.Errorf("%q: %v", text, err)
		}
	}
	if rows, err := Read([]byte("Tên;Năm\n\"Máy \"\"Sao Mai\"\", hai\nđộng cơ\";2022\n")); err != nil || len(rows) != 2 {
		t.Errorf("what Excel writes: %+v, %v", rows, err)
	}
}

package chart_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"testing"

	"github.com/go-analyze/charts"

	"github.com/sangkien/sangkien/chart"
)

func draw(t *testing.T, b chart.Bars) image.Image {
	t.Helper()
	data, err := b.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 200<<10 {
		t.Errorf("%d bytes: too much for a slow connection", len(data))
	}
	if dir := os.Getenv("SANGKIEN_TEST_PICTURES"); dir != "" {
		if err := os.WriteFile(dir+"/chart-"+t.Name()+".png", data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestBars(t *testing.T) {
	t.Parallel()
	img := draw(t, chart.Bars{Title: "Kết quả đợt “Đoàn kết sáng tạo” 2026", Labels: []string{"Sản xuất, chế biến", "Quản lý, tổ chức công việc", "Kỹ thuật, nghiệp vụ", "Tuyên truyền, vận động", "Khác"},
		Series: []chart.Series{{"Đã nhận", []int{12, 7, 5, 4, 3}}, {"Được công nhận", []int{9, 6, 3, 4, 0}}}})
	if img.Bounds().Dx() != 720 {
		t.Errorf("%d pixels wide", img.Bounds().Dx())
	}
}

// TestBarsBeginAtZero: a bar of 60 is half as long as one of 120, and one of 0 has no length.
func TestBarsBeginAtZero(t *testing.T) {
	t.Parallel()
	img := draw(t, chart.Bars{Title: "x", Labels: []string{"a", "b", "c"}, Series: []chart.Series{{"n", []int{120, 60, 0}}}})
	lengths := map[int]int{} // rows of pixels by the length of what is coloured in them
	b := img.Bounds()
	for y := 90; y < b.Max.Y-60; y++ { // below the legend, above the axis
		n := 0
		for x := b.Min.X; x < b.Max.X; x++ {
			if coloured(img.At(x, y)) {
				n++
			}
		}
		if n > 20 {
			lengths[n]++
		}
	}
	longest, second := 0, 0
	for n, rows := range lengths {
		if rows < 5 {
			continue
		}
		if n > longest {
			longest = n
		}
	}
	for n, rows := range lengths {
		if rows >= 5 && n < longest-5 && n > second {
			second = n
		}
	}
	if ratio := float64(second) / float64(longest); ratio < 0.45 || ratio > 0.55 {
		t.Errorf("the bars are %d and %d pixels long: %v", longest, second, lengths)
	}
}

// coloured tells the colour of a bar from the greys of letters and lines.
func coloured(c color.Color) bool {
	r, g, b, _ := c.RGBA()
	most, least := max(r, g, b), min(r, g, b)
	return most-least > 0x3000
}

// TestVietnameseLetters: no letter of the language comes out as the box that stands for a missing one, and
// letters that differ in a mark differ in the picture.
func TestVietnameseLetters(t *testing.T) {
	t.Parallel()
	label := func(s string) []byte {
		data, err := chart.Bars{Title: "x", Labels: []string{s}, Series: []chart.Series{{"n", []int{1}}}}.PNG()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	seen := map[string]rune{string(label("\uE000")): '\uE000', string(label(" ")): ' '} // a letter that no font has, and none
	const all = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ" +
		"AÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬĐEÈẺẼÉẸÊỀỂỄẾỆIÌỈĨÍỊOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢUÙỦŨÚỤƯỪỬỮỨỰYỲỶỸÝỴ“”–…₫"
	for _, r := range all {
		if charts.GetDefaultFont().Index(r) == 0 {
			t.Errorf("the font has no %q", r)
		}
	}
	for _, r := range "aăâầẩấậđêễệơợưữựẨẾỘỮĐ" { // each drawing takes a while: those that other fonts get wrong
		picture := string(label(string(r)))
		if other, twice := seen[picture]; twice {
			t.Errorf("%q looks like %q", r, other)
		}
		seen[picture] = r
	}
}

func TestBarsRefuse(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]chart.Bars{
		"nothing":  {},
		"uneven":   {Labels: []string{"a"}, Series: []chart.Series{{"n", []int{1, 2}}}},
		"too many": {Labels: make([]string, chart.MaxLabels+1), Series: []chart.Series{{"n", make([]int, chart.MaxLabels+1)}}},
	} {
		if _, err := b.PNG(); err == nil {
			t.Errorf("%s was drawn", name)
		}
	}
}

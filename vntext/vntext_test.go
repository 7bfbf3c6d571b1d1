package vntext

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Đường phố Đà Nẵng":         "duong pho da nang",
		"  GỬI   ý tưởng!! 👍 ":      "gui y tuong",
		norm.NFD.String("Định Hoá"): "dinh hoa",
		"ＡＢ１":                       "ab1",
		"🙂":                         "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestToneKey(t *testing.T) {
	t.Parallel()
	for _, p := range [][2]string{{"hoà", "hòa"}, {"Định Hoá", "định hóa"}, {"Điềm Thuỵ", "Điềm Thụy"}, {"khoẻ", "khỏe"}} {
		if ToneKey(p[0]) != ToneKey(p[1]) {
			t.Errorf("%q and %q should be equal", p[0], p[1])
		}
	}
	for _, p := range [][2]string{{"hoa", "hoà"}, {"Văn Lang", "Văn Lăng"}, {"má", "mà"}} {
		if ToneKey(p[0]) == ToneKey(p[1]) {
			t.Errorf("%q and %q should differ", p[0], p[1])
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\x00b\xff\r\nc":       "ab\nc",
		"\u202eabc\u200b\ufeff": "abc",
		"👨\u200d👩\u200d👧":       "👨\u200d👩\u200d👧",
		norm.NFD.String("ồ"):    norm.NFC.String("ồ"),
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	if !Blank("👍 …") || Blank("ừ") {
		t.Error("Blank")
	}
	if n := Length("👨\u200d👩\u200d👧" + norm.NFD.String("ồ")); n != 2 {
		t.Errorf("Length = %d, want 2", n)
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	today := Date{2026, 11, 24}
	for in, want := range map[string]string{
		"8/7/2026": "2026-07-08", "08-07-2026": "2026-07-08", "8.7.26": "2026-07-08", "2/2026": "2026-02",
		"Tháng 2/2026": "2026-02", "thang 2 nam 2026": "2026-02", "2025": "2025", "năm 2025": "2025",
		"ngày 5 tháng 7 năm 2023": "2023-07-05", "2026-07-08": "2026-07-08", "2026-07": "2026-07",
		"hôm nay": "2026-11-24", "hom qua": "2026-11-23", "tháng trước": "2026-10", "năm ngoái": "2025", "29/2/2024": "2024-02-29",
	} {
		if got, err := ParseDate(in, today); err != nil || got.String() != want {
			t.Errorf("ParseDate(%q) = %v, %v, want %s", in, got, err, want)
		}
	}
	for in, want := range map[string]error{
		"31/2/2026": ErrNoSuch, "7/13/2026": ErrNoSuch, "0/2026": ErrNoSuch, "25/11/2026": ErrInFuture, "12/2026": ErrInFuture,
		"2027": ErrInFuture, "lâu rồi": ErrNoDate, "": ErrNoDate, "12": ErrNoDate, "0900": ErrNoSuch,
	} {
		if got, err := ParseDate(in, today); !errors.Is(err, want) {
			t.Errorf("ParseDate(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x00\u202eồ👍\xff")
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if !utf8.ValidString(c) || !norm.NFC.IsNormalString(c) || Clean(c) != c {
			t.Errorf("Clean(%q) = %q, again %q", s, c, Clean(c))
		}
	})
}

func FuzzFold(f *testing.F) {
	f.Add("Đường 👍")
	f.Fuzz(func(t *testing.T, s string) {
		if once := Fold(s); Fold(once) != once {
			t.Errorf("Fold(%q) = %q, again %q", s, once, Fold(once))
		}
	})
}

// FuzzParseDate: what is read can be written, read again, and is not in the future.
func FuzzParseDate(f *testing.F) {
	f.Add("tháng 2/2026")
	f.Fuzz(func(t *testing.T, s string) {
		today := Date{2026, 11, 24}
		d, err := ParseDate(s, today)
		if err != nil {
			return
		}
		for _, form := range []string{d.String(), d.Display()} {
			if again, err := ParseDate(form, today); err != nil || again != d {
				t.Errorf("%q reads as %v, its form %q as %v, %v", s, d, form, again, err)
			}
		}
	})
}

func TestCutAndTruncate(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"một hai ba bốn":     "một hai",
		"một\nhai ba bốn":    "một\nhai",
		"không":              "không",
		"khôngcókhoảngtrắng": "khôngcókh",
		"một hai b":          "một hai b",
	} {
		if got := s[:Cut(s, 9)]; strings.TrimSpace(got) != want {
			t.Errorf("Cut(%q) = %q, want %q", s, got, want)
		}
	}
	family := "👨‍👩‍👧‍👦"
	if got := Cut("ab"+family, 4); got != 2 {
		t.Errorf("a family was cut in two at %d", got)
	}
	if got := Truncate("Máy tách hạt ngô", 9); got != "Máy tách…" {
		t.Errorf("Truncate: %q", got)
	}
	if got := Truncate(family+family, 1); got != "…" {
		t.Errorf("Truncate: %q", got)
	}
}

// FuzzCut: the parts of a text, put together, are the text.
func FuzzCut(f *testing.F) {
	f.Add("một hai\n\nba. bốn", 5)
	f.Add("\u0301\u0301\u0301\u0301", 2)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 1 || n > 5000 || !utf8.ValidString(s) {
			return
		}
		for rest, i := s, 0; rest != ""; i++ {
			cut := Cut(rest, n)
			if cut <= 0 || cut > len(rest) || !utf8.ValidString(rest[:cut]) || utf8.RuneCountInString(rest[:cut]) > n {
				t.Fatalf("Cut(%q, %d) = %d", rest, n, cut)
			}
			rest = rest[cut:]
		}
	})
}

func TestParseDay(t *testing.T) {
	t.Parallel()
	today := Date{Year: 2026, Month: 11, Day: 24}
	for text, want := range map[string]string{"5/12/2026": "2026-12-05", "hôm nay": "2026-11-24", "mai": "2026-11-25", "ngày kia": "2026-11-26",
		"24/11/2026": "2026-11-24", "5-12-26": "2026-12-05", "2027-01-02": "2027-01-02", "5/12": "2026-12-05", "1/2": "2027-02-01", "29/2": "2028-02-29"} {
		if d, err := ParseDay(text, today); err != nil || d.String() != want {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
	for text, want := range map[string]error{"23/11/2026": ErrPast, "12/2026": ErrNoDate, "2026": ErrNoDate, "31/11/2026": ErrNoSuch,
		"hôm qua": ErrNoDate, "": ErrNoDate, "sớm": ErrNoDate, "30/2": ErrNoSuch} {
		if d, err := ParseDay(text, today); !errors.Is(err, want) {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
}

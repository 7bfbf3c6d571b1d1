package vntext

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]Word{
		"Đường, HOÀ!": {{"duong", ToneKey("đường")}, {"hoa", ToneKey("hòa")}},
		"9kW 4:3:3":   {{"9kw", "9kw"}, {"4", "4"}, {"3", "3"}, {"3", "3"}},
		"½ m³ ①":      {{"1", "1"}, {"2", "2"}, {"m3", "m3"}, {"1", "1"}},
		"a_b-c'd":     {{"a", "a"}, {"b", "b"}, {"c", "c"}, {"d", "d"}},
		"  …😀\u0301 ": {},
		"日本 \xff x":   {{"日本", "日本"}, {"x", "x"}},
	} {
		if diff := cmp.Diff(want, Words(in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
	if w := Words("hoà hoa"); !w[0].Accented() || w[1].Accented() {
		t.Errorf("%+v", w)
	}
}

// FuzzWords: whatever comes in, words hold letters, numbers and accents only, and typing them again gives the same.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"Văn Lăng", `"a" OR 'b'`, strings.Repeat("ấ", 100), "ǆ ﬃ Å", "\xff", "İ", "ㅎ한", "x\u0301\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range Words(s) {
			if w.Folded == "" || w.Tone == "" || strings.ContainsAny(w.Folded+w.Tone, " \"'\\_-*:|&!<>()\x00") || !utf8.ValidString(w.Folded+w.Tone) {
				t.Fatalf("%q: %+q", s, w)
			}
			if utf8.RuneCountInString(w.Folded) > maxWord || utf8.RuneCountInString(w.Tone) > maxWord {
				t.Fatalf("%q: %q is too long", s, w.Folded)
			}
		}
	})
}

package vntext

import (
	"slices"
	"testing"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	fields := []string{"Quy trình sản xuất, chế biến", "Quản lý, tổ chức", "Kỹ thuật, nghiệp vụ", "Khác"}
	tests := []struct {
		in     string
		labels []string
		want   []int
	}{
		{"2", fields, []int{1}}, {"số 2.", fields, []int{1}}, {"HAI", fields, []int{1}}, {"②", fields, []int{1}},
		{"khac", fields, []int{3}}, {"KHÁC 👍", fields, []int{3}}, {"ky thuat", fields, []int{2}}, {"nghiệp vụ", fields, []int{2}},
		{"qu", fields, nil}, {"quy", fields, []int{0}}, {"9", fields, nil}, {"👍", fields, nil}, {"", fields, nil},
		{"van lang", []string{"Văn Lang", "Văn Lăng"}, []int{0, 1}}, {"văn lăng", []string{"Văn Lang", "Văn Lăng"}, []int{1}},
		{"năm", []string{"Năm", "Tháng"}, []int{0}},
	}
	for _, tt := range tests {
		if got := Match(tt.in, tt.labels); !slices.Equal(got, tt.want) {
			t.Errorf("Match(%q) = %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestYesNo(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]bool{
		"Có ạ": {true, true}, "dạ không ạ": {false, true}, "Dạ": {true, true}, "có": {true, true}, "Đồng ý!": {true, true}, "ko": {false, true}, "Không đồng ý": {false, true}, "có lẽ": {false, false},
	} {
		if yes, ok := YesNo(in); yes != want[0] || ok != want[1] {
			t.Errorf("YesNo(%q) = %v, %v", in, yes, ok)
		}
	}
}

func TestFindCode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"SK-2026-00042": "SK-2026-00042", "hồ sơ sk 2026 00042 sao rồi?": "SK-2026-00042", "(sk–2026–00042)": "SK-2026-00042",
		"XSKABC-2026-00042": "", "SK-26-42": "", "": "", "ásk-2026-00042": "",
	} {
		if got, ok := FindCode(in); got != want || ok != (want != "") {
			t.Errorf("FindCode(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

// FuzzMatch: a label always finds itself, and every index is one of the labels.
func FuzzMatch(f *testing.F) {
	f.Add("khac", "Khác", "Năm")
	f.Fuzz(func(t *testing.T, in, a, b string) {
		labels := []string{a, b}
		for _, i := range Match(in, labels) {
			if i < 0 || i > 1 {
				t.Fatalf("Match(%q, %q) has index %d", in, labels, i)
			}
		}
		if Fold(a) != "" && !slices.Contains(Match(a, labels), 0) {
			t.Errorf("%q does not find itself beside %q", a, b)
		}
	})
}

// FuzzFindCode: what is found finds itself.
func FuzzFindCode(f *testing.F) {
	f.Add("sk 2026 00042")
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := FindCode(s)
		if again, ok2 := FindCode(c); ok && (!ok2 || again != c) {
			t.Errorf("FindCode(%q) = %q, which reads as %q", s, c, again)
		}
	})
}

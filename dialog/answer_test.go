package dialog

import (
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

var today = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func question(kind sangkien.Kind) sangkien.Question {
	q := sangkien.Question{Key: "q", Kind: kind}
	if kind == sangkien.KindNumber {
		q.Max = 1_000_000
	}
	for i, o := range []string{"Quy trình sản xuất, chế biến", "Quản lý, tổ chức", "Khác"} {
		q.Options = append(q.Options, sangkien.Option{Key: []string{"MAKE", "LEAD", "OTHER"}[i], Label: sangkien.Text{VI: o}})
	}
	return q
}

func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind sangkien.Kind
		in   string
		want string
		mend string
	}{
		{sangkien.KindShort, " Ủ phân\u200b vi sinh ", "Ủ phân vi sinh", ""},
		{sangkien.KindShort, strings.Repeat("ạ", 201), "", "mend.long"},
		{sangkien.KindShort, "👍👍", "", "mend.blank"},
		{sangkien.KindShort, "", "", "mend.blank"},
		{sangkien.KindChoice, "quan ly", "LEAD", ""},
		{sangkien.KindChoice, "4", "", "mend.choice"},
		{sangkien.KindMulti, "1, 3", "MAKE,OTHER", ""},
		{sangkien.KindMulti, "Quy trình sản xuất, chế biến", "MAKE", ""},
		{sangkien.KindMulti, "khac\n1\n1", "MAKE,OTHER", ""},
		{sangkien.KindMulti, "1, 9", "", "mend.choice"},
		{sangkien.KindNumber, "15.000,5", "15000.5", ""},
		{sangkien.KindNumber, "12.5", "12.5", ""},
		{sangkien.KindNumber, "nhiều", "", "mend.number"},
		{sangkien.KindNumber, "-1", "", "mend.range"},
		{sangkien.KindDate, "tháng 2/2026", "2026-02", ""},
		{sangkien.KindDate, "31/2/2026", "", "mend.nosuchday"},
		{sangkien.KindDate, "2027", "", "mend.future"},
		{sangkien.KindDate, "lâu rồi", "", "mend.date"},
		{sangkien.KindYesNo, "dạ có ạ", "yes", ""},
		{sangkien.KindYesNo, "để xem", "", "mend.yesno"},
		{sangkien.KindPeople, "Ma Thế Quyền", `[{"name":"Ma Thế Quyền","share":100}]`, ""},
		{sangkien.KindPeople, "Lý Văn Sèng - 30%\nA Páo: 70", `[{"name":"Lý Văn Sèng","share":30},{"name":"A Páo","share":70}]`, ""},
		{sangkien.KindPeople, "An, Bình, Chi", `[{"name":"An","share":34},{"name":"Bình","share":33},{"name":"Chi","share":33}]`, ""},
		{sangkien.KindPeople, "An 60, Bình 50", "", "mend.shares"},
		{sangkien.KindPeople, "An 500", "", "mend.person"},
		{sangkien.KindFiles, "ảnh đây", "", "mend.files"},
	}
	for _, tt := range tests {
		a, mend := Read(question(tt.kind), tt.in, sangkien.Answer{}, sangkien.Vietnamese, today)
		if a.Value != tt.want || mend.Key != tt.mend {
			t.Errorf("%s: Read(%q) = %q, mend %q; want %q, %q", tt.kind, tt.in, a.Value, mend.Key, tt.want, tt.mend)
		}
	}
}

func TestReadJoinsALongText(t *testing.T) {
	t.Parallel()
	q := question(sangkien.KindLong)
	first, _ := Read(q, "phần một", sangkien.Answer{}, sangkien.Vietnamese, today)
	both, mend := Read(q, "phần hai", first, sangkien.Vietnamese, today)
	if both.Value != "phần một\nphần hai" || !both.Open || mend.Key != "" {
		t.Errorf("joined %+v, %v", both, mend)
	}
	first.Open = false
	if again, _ := Read(q, "thêm", first, sangkien.Vietnamese, today); again.Value != "phần một\nthêm" || !again.Open {
		t.Errorf("a finished text is gone on with, got %+v", again)
	}
}

// FuzzRead: whatever is typed, there is an answer or a sentence that helps, never both, never neither.
func FuzzRead(f *testing.F) {
	f.Add("people", "An 60, Bình 40")
	f.Add("multi", "1;2")
	f.Fuzz(func(t *testing.T, kind, in string) {
		a, mend := Read(question(sangkien.Kind(kind)), in, sangkien.Answer{}, sangkien.Vietnamese, today)
		if (a.Value == "") == (mend.Key == "") {
			t.Errorf("%s: Read(%q) = %+v, %v", kind, in, a, mend)
		}
	})
}

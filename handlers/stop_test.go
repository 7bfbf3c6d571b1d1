package handlers

import (
	"testing"

	"github.com/sangkien/sangkien/dialog"
)

func TestStopWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"dừng": true, "Dừng lại": true, "dung": true, "STOP": true, "/stop": true, "stop!": true, "hủy đăng ký": true, "huỷ đăng ký": true,
		"Dừng nhận tin giúp tôi": true, "xin dừng gửi tin nhắn cho tôi ạ": true, "dừng giúp em với": true, "tat thong bao di": true,
		"làm ơn ngừng gửi tin": true, "thôi gửi tin nhé": true, "không muốn nhận tin nữa": true, "please stop": true, "da xin dung nhan tin a": true,
		"đúng": false, "đúng ạ": false, "dung a": false, "đúng rồi": false, "dung roi": false, "dạ đúng": false, "xin chào": false, "gửi tin": false,
		"máy dừng khi hết điện": false, "dừng máy": false, "tôi muốn gửi ý tưởng": false, "": false, "không": false,
		"nha em dung nuoc gieng": false, "dừng dừng": false,
	} {
		if got := isStopWord(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestVerbsAndSheetsAreNamedOnce: of two of one name the second would never be reached.
func TestVerbsAndSheetsAreNamedOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range dialog.Verbs() {
		seen["verb "+v] = true
	}
	names := []string{"verb " + dialog.VerbCommand}
	for _, v := range verbs() {
		names = append(names, "verb "+v.name)
	}
	for _, k := range sheetKinds() {
		names = append(names, "sheet "+k.name)
	}
	for _, c := range Commands() {
		names = append(names, "command "+c.Name, "command "+c.English)
		for _, w := range c.words {
			names = append(names, "words "+w)
		}
	}
	for _, n := range names {
		if seen[n] {
			t.Errorf("%s is there twice", n)
		}
		seen[n] = true
	}
}

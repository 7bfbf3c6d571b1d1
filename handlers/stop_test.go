package handlers

import "testing"

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

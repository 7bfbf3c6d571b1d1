package main

import (
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
)

func photo(t *testing.T, name string) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		img.Set(i%64, i/64, color.RGBA{G: uint8(i % 251), A: 255})
	}
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(f, img, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWebChat walks a visitor through an idea in a real Chromium of a phone's size: by buttons, by typing
// without accents, with photos, over a reload and a restart of the server.
func TestWebChat(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	withUnits(t, r)
	p := testkit.OpenPage(t, r.url+"/chat")
	p.AwaitText("Kính chào anh/chị")
	p.Picture("1-welcome.png")
	p.Press("Gửi ý tưởng")
	p.Press("Đồng ý")
	p.AwaitText("(2/5")
	p.Press("Không đồng ý")
	p.AwaitText("(3/5")
	p.Picture("2-consent.png")
	p.Press("Đồng ý")
	p.AwaitText("Họ và tên")
	p.Type("Lưu Đình Hoà")
	p.AwaitText("Anh/chị ở xã")
	p.Type("cho")
	p.AwaitText("Tìm thấy 3 đơn vị")
	p.Picture("3-units.png")
	p.Press("Xã Chợ Đồn, Tỉnh Thái Nguyên")
	p.AwaitText("Bước 1/9")
	p.Type("ky thuat")
	p.AwaitText("Bước 2/9")
	p.Type("Guồng nước tự chế đưa nước lên ruộng <b>bậc thang</b>")
	p.AwaitText("Bước 3/9")
	p.Type("Ruộng cao, thiếu nước")
	p.AwaitText("Đã ghi lại")
	p.Picture("4-long.png")

	// The server goes down while the visitor writes, and comes back: the message arrives, once.
	addr := strings.TrimPrefix(r.url, "http://")
	r.stop()
	p.Type("gánh nước cả ngày không đủ")
	p.Await("the words that it is not sent yet", "!document.querySelector('#error').hidden")
	p.Picture("5-offline.png")
	again := startAt(t, r.config, addr)
	p.AwaitText("tất cả 48 ký tự")

	p.Go(again.url + "/chat")
	p.AwaitText("tất cả 48 ký tự")
	p.Press("Xong")
	p.AwaitText("Bước 4/9")
	p.Type("Lấy tre làm guồng")
	p.AwaitText("17 ký tự")
	p.Press("Xong")
	p.AwaitText("Bước 5/9")
	p.Type("Đủ nước cho 5 sào ruộng")
	p.AwaitText("23 ký tự")
	p.Press("Xong")
	p.AwaitText("Bước 6/9")
	p.Press("Mới là ý tưởng")
	p.AwaitText("Bước 7/9")
	p.Press("Chỉ một mình tôi")
	p.AwaitText("Bước 8/9")
	p.Attach("#files", photo(t, "guồng.jpg"), photo(t, "ruộng.jpg"))
	p.Picture("6-chosen.png")
	p.Eval("(document.querySelector('#send').click(), 'ok')")
	p.AwaitText("Đã nhận 2 tệp")
	p.Press("Xong")
	p.AwaitText("Bước 9/9")
	p.Press("Bỏ qua")
	p.AwaitText("xem lại trước khi gửi")
	p.Picture("7-summary.png")
	p.Press("Gửi ý tưởng")
	p.AwaitText("Mã hồ sơ: SK-2026-00001")
	p.Picture("8-submitted.png")
	checkIdea(t, again)
}

func checkIdea(t *testing.T, r *running) {
	t.Helper()
	var found []sangkien.Idea
	if err := r.store.EachIdea(t.Context(), func(i sangkien.Idea, _ sangkien.Member) error {
		found = append(found, i)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || len(found[0].Attachments) != 2 || found[0].Attachments[0].State != sangkien.FileStored {
		t.Fatalf("stored %+v", found)
	}
	if got := found[0].Answers["problem"].Value; got != "Ruộng cao, thiếu nước\ngánh nước cả ngày không đủ" {
		t.Errorf("problem %q", got)
	}
	if got := found[0].Title(); got != "Guồng nước tự chế đưa nước lên ruộng <b>bậc thang</b>" {
		t.Errorf("title %q", got)
	}
}

// TestFirstAdministrator follows the one-time link of the start-up text.
func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	hello, err := r.hello(t.Context(), strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, code, ok := strings.Cut(hello, "/chat#start=")
	if !ok {
		t.Fatalf("no link in %s", hello)
	}
	code, _, _ = strings.Cut(code, "\n")
	p := testkit.OpenPage(t, r.url+"/chat#start="+code)
	p.AwaitText("vai trò quản trị")
	counts, err := r.store.Counts(t.Context())
	if err != nil || counts.Admins != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
	if hello, err := r.hello(t.Context(), ":1"); err != nil || strings.Contains(hello, "#start=") {
		t.Errorf("a second link was given: %s, %v", hello, err)
	}
}

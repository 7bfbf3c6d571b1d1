package poster

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/sangkien/sangkien/testkit"
)

// decode reads the one QR code of a picture.
func decode(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("no code is read: %v", err)
	}
	return found.GetText()
}

func TestPNG(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"https://t.me/a_bot?start=c-x", "https://sangkien.example.vn/chat#start=c-" + strings.Repeat("a", 48) + "_" + strings.Repeat("z", 13)} {
		data, err := PNG(content, 800)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil || img.Bounds().Dx() < 800 || img.Bounds().Dx() > 900 {
			t.Fatalf("%v, %v", img.Bounds(), err)
		}
		if got := decode(t, img); got != content {
			t.Errorf("%q was read as %q", content, got)
		}
		if dark := r(img, 0, 0) + r(img, 3*img.Bounds().Dx()/100, img.Bounds().Dy()/2); dark != 2*0xffff {
			t.Error("the border is not white")
		}
	}
	if _, err := PNG(strings.Repeat("x", 3000), 800); err == nil {
		t.Error("3,000 letters fit into no code")
	}
}

func r(img image.Image, x, y int) int { v, _, _, _ := img.At(x, y).RGBA(); return int(v) }

// posters are an ordinary one, one with names as long as they come, and one with a single code.
func posters() map[string]Poster {
	link := "https://sangkien.thainguyen.example.vn/chat#start=c-doan-ket-sang-tao-chuyen-doi-so-giai-doan-2026-2030_zzzzz"
	steps := []string{"Mở máy ảnh hoặc Zalo trên điện thoại, đưa vào mã bên dưới.", "Bấm “Gửi ý tưởng”, trả lời vài câu. Viết không dấu, nói hay chụp ảnh đều được.",
		"Nhận mã hồ sơ. Có kết quả, anh/chị được báo ngay trong tin nhắn."}
	three := []Code{{"Zalo", "https://zalo.me/1234567890", "Quét xong, nhắn: tham gia 01906"}, {"Telegram", "https://t.me/sangkien_thainguyen_bot?start=c-doan-ket-sang-tao_1gy", "t.me/sangkien_thainguyen_bot"}, {"Trang web", link, "sangkien.thainguyen.example.vn/chat"}}
	plain := Poster{Organisation: "Ủy ban Mặt trận Tổ quốc Việt Nam xã Ba Bể", Call: "Mời bà con gửi ý tưởng, sáng kiến", Title: "Đoàn kết sáng tạo năm 2026",
		Deadline: "Nhận đến 17:00 ngày 30/10/2026", Steps: steps, Codes: three, Ask: "Cần hỏi thêm: cán bộ Mặt trận Tổ quốc xã, phường nơi anh/chị ở."}
	long := plain
	long.Organisation = "Ủy ban Mặt trận Tổ quốc Việt Nam thành phố Hồ Chí Minh – Ban Thường trực Ủy ban Mặt trận Tổ quốc Việt Nam xã Nguyễn Nghiêm Thượng Quảng Hoà, tỉnh Thái Nguyên (sáp nhập từ Bắc Kạn)"
	long.Title = "Phong trào thi đua “Đoàn kết sáng tạo, nâng cao năng suất, chất lượng, hiệu quả, hội nhập quốc tế” – Đợt phát động ý tưởng, sáng kiến chuyển đổi số, bảo vệ môi trường và giảm nghèo bền vững vùng đồng bào dân tộc thiểu số giai đoạn 2026–2030"
	long.Ask = "Cần hỏi thêm: đồng chí Nguyễn Thị Quỳnh Trang Thuỵ Phượng, Phó Chủ tịch Ủy ban Mặt trận Tổ quốc Việt Nam xã Nguyễn Nghiêm Thượng Quảng Hoà, điện thoại 0912 345 678, trụ sở thôn Nà Làng, giờ hành chính các ngày làm việc trong tuần."
	one := plain
	one.Codes, one.Deadline, one.Ask = three[2:], "", ""
	two := plain
	two.Codes = three[:2]
	unbroken := long
	unbroken.Title, unbroken.Codes = strings.Repeat("Nghiêng", 60), three
	return map[string]Poster{"plain": plain, "long": long, "one": one, "two": two, "unbroken": unbroken}
}

// TestNothingIsClipped: everything stands within the page, away from its edge, and nothing stands on anything else.
func TestNothingIsClipped(t *testing.T) {
	t.Parallel()
	for name, p := range posters() {
		g, err := p.draw()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, a := range g.boxes {
			if a.x < margin-0.1 || a.x+a.w > pageWidth-margin+0.1 || a.y < 8 || a.y+a.h > pageHeight-margin+0.1 {
				t.Errorf("%s: %+v leaves the page", name, a)
			}
			for _, b := range g.boxes[i+1:] {
				if a.x+a.w > b.x+0.01 && b.x+b.w > a.x+0.01 && a.y+a.h > b.y+0.01 && b.y+b.h > a.y+0.01 {
					t.Errorf("%s: %+v stands on %+v", name, a, b)
				}
			}
		}
		if codes := slices.DeleteFunc(slices.Clone(g.boxes), func(b box) bool { return b.what != "code" }); len(codes) != len(p.Codes) || codes[0].w < smallest {
			t.Errorf("%s: codes %+v", name, codes)
		}
	}
	for _, codes := range [][]Code{nil, make([]Code, 4)} {
		if _, err := (Poster{Codes: codes}).PDF(); err == nil {
			t.Errorf("a poster of %d codes", len(codes))
		}
	}
}

// TestPrintedCodesAreRead renders the posters at a resolution below any printer's and reads every code from the picture.
func TestPrintedCodesAreRead(t *testing.T) {
	t.Parallel()
	const dpi = 110
	for name, p := range posters() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdf, err := p.PDF()
			if err != nil {
				t.Fatal(err)
			}
			if len(pdf) > 300_000 {
				t.Errorf("%d bytes: are only the letters in use embedded?", len(pdf))
			}
			img := testkit.Render(t, pdf, fmt.Sprint(dpi))
			if dir := os.Getenv("SANGKIEN_LOOK"); dir != "" {
				if err := os.WriteFile(dir+"/"+name+".pdf", pdf, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			g, err := p.draw()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, b := range g.boxes {
				if b.what != "code" {
					continue
				}
				pixel := func(mm float64) int { return int(mm / 25.4 * dpi) }
				cut := image.NewRGBA(image.Rect(0, 0, pixel(b.w), pixel(b.h)))
				draw.Draw(cut, cut.Bounds(), img, image.Pt(pixel(b.x), pixel(b.y)), draw.Src)
				if got := decode(t, cut); got != p.Codes[n].Content {
					t.Errorf("code %d was read as %q", n, got)
				}
				n++
			}
			if n != len(p.Codes) {
				t.Errorf("%d codes", n)
			}
		})
	}
}

// TestLettersAreThere: every Vietnamese letter has its glyph: in the picture each is drawn, and none like a missing one.
func TestLettersAreThere(t *testing.T) {
	t.Parallel()
	g, err := posters()["plain"].draw()
	if err != nil {
		t.Fatal(err)
	}
	for _, style := range []string{"", "B"} {
		g.pdf.SetFont("sans", style, 12)
		missing := g.pdf.GetStringWidth("\U0010fffd")
		for _, letter := range "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ" + "ĂÂĐÊÔƠƯÀẢÃÁẠẰẲẴẮẶẦẨẪẤẬÈẺẼÉẸỀỂỄẾỆÌỈĨÍỊÒỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙỦŨÚỤỪỬỮỨỰỲỶỸÝỴ–“”…" {
			if w := g.pdf.GetStringWidth(string(letter)); w == 0 || w == missing {
				t.Errorf("%c is %v wide in %q", letter, w, style)
			}
		}
	}
}

package media

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

// floodPNG is a small file whose header promises w times h pixels.
func floodPNG(t testing.TB, w, h uint32) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	binary.BigEndian.PutUint32(data[16:], w)
	binary.BigEndian.PutUint32(data[20:], h)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return append(data[:len(data):len(data)], make([]byte, 20_000)...)
}

func smallGIF(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black, color.White}), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func smallJPEG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bombDOCX is a document whose text unpacks to so many bytes.
func bombDOCX(t testing.TB, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func patch(data []byte, at int, to ...byte) []byte {
	out := bytes.Clone(data)
	copy(out[at:], to)
	return out
}

// TestHostileFilesAreRefused: each with the reason that the member reads.
func TestHostileFilesAreRefused(t *testing.T) {
	t.Parallel()
	script := []byte("<script>alert(1)</script>")
	g, j := smallGIF(t), smallJPEG(t)
	frame := bytes.Index(j, []byte{0xFF, 0xC0})
	for name, c := range map[string]struct {
		data []byte
		why  Reason
	}{
		"png flood":         {floodPNG(t, 60_000, 60_000), Pixels},
		"png flood, thin":   {floodPNG(t, 4_000_000_000, 1), Pixels},
		"png of no size":    {floodPNG(t, 0, 9), Broken},
		"gif flood":         {patch(g, 6, 0xFF, 0xFF, 0xFF, 0xFF), Pixels},
		"jpeg flood":        {patch(j, frame+5, 0xFF, 0xFF, 0xFF, 0xFF), Pixels},
		"webp flood":        {[]byte("RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff"), Pixels},
		"svg":               {[]byte(`<?xml version="1.0"?><svg onload="x()"/>`), Type},
		"svg behind a mark": {[]byte("\xef\xbb\xbf<svg onload='x()'/>"), Type},
		"svg behind space":  {[]byte("  \n\t<svg onload='x()'/>"), Type},
		"html":              {[]byte("<!DOCTYPE html><body>"), Type},
		"html in a text":    {append([]byte("<p>Kính gửi</p>"), script...), Type},
		"gif and script":    {append([]byte("GIF89a=1;/*"), append(script, "*/"...)...), Pixels},
		"pdf and zip":       {append([]byte("%PDF-1.7\n"), zipped(t, "a.exe")...), Type},
		"zip bomb in docx":  {bombDOCX(t, 60<<20), Type},
		"docx with a tail":  {append(zipped(t, "word/document.xml"), script...), Type},
		"jar":               {zipped(t, "META-INF/MANIFEST.MF", "A.class"), Type},
		"program as photo":  {[]byte("MZ\x90\x00JFIF"), Type},
		"half png":          {floodPNG(t, 9, 9)[:40], Broken},
		"half gif":          {g[:len(g)-3], Broken},
		"half jpeg":         {j[:len(j)-2], Broken},
	} {
		if _, err := Clean(c.data); sangkien.CodeOf(err) != sangkien.EINVALID || ReasonOf(err) != c.why {
			t.Errorf("%s: %v, want %s", name, err, c.why)
		}
	}
}

// TestPolyglotsLoseTheirSecondFace: what stands behind or between the pixels is cut out, and the picture opens.
func TestPolyglotsLoseTheirSecondFace(t *testing.T) {
	t.Parallel()
	script := "<script>alert(document.cookie)</script>"
	g, j := smallGIF(t), smallJPEG(t)
	comment := append([]byte{0xFF, 0xFE, 0, byte(len(script) + 2)}, script...)
	gifComment := append(append([]byte{0x21, 0xFE, byte(len(script))}, script...), 0)
	head := len(g) - len(g[13+6:]) // behind the screen and its two colours
	for name, data := range map[string][]byte{
		"jpeg with html behind": append(bytes.Clone(j), script...),
		"jpeg with a comment":   append(append(bytes.Clone(j[:2]), comment...), j[2:]...),
		"gif with html behind":  append(bytes.Clone(g), script...),
		"gif with a comment":    append(append(bytes.Clone(g[:head]), gifComment...), g[head:]...),
		"jpeg and zip":          append(bytes.Clone(j), zipped(t, script)...),
	} {
		r, err := Clean(data)
		if err != nil || bytes.Contains(r.Data, []byte("script")) || bytes.Contains(r.Data, []byte("PK\x03\x04")) {
			t.Errorf("%s: %v, %d bytes", name, err, len(r.Data))
			continue
		}
		if _, _, err := image.Decode(bytes.NewReader(r.Data)); err != nil {
			t.Errorf("%s does not open any more: %v", name, err)
		}
	}
}

// TestFilmsForgetWhereTheyWereTaken: the box with the place is emptied, and no offset changes.
func TestFilmsForgetWhereTheyWereTaken(t *testing.T) {
	t.Parallel()
	box := func(kind, content string) string {
		size := make([]byte, 4)
		binary.BigEndian.PutUint32(size, uint32(len(content)+8))
		return string(size) + kind + content
	}
	film := box("ftyp", "isom    ") + box("moov", box("mvhd", "times")+box("udta", box("\xa9xyz", "+22.4030+105.6210/"))+box("trak", box("meta", "iPhone"))) + box("mdat", "pixels +22.4030 of nobody")
	r, err := Clean([]byte(film))
	if err != nil || len(r.Data) != len(film) || strings.Count(string(r.Data), "+22.4030") != 1 || bytes.Contains(r.Data, []byte("iPhone")) || !bytes.Contains(r.Data, []byte("times")) {
		t.Errorf("%v: %q", err, r.Data)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ảnh ruộng.jpg": "ảnh ruộng.jpg", "x.html": "x.html.jpg", "../../etc/passwd": "passwd.jpg", `C:\a\b.JPG`: "b.JPG", "a\u202egpj.exe": "agpj.exe.jpg",
		"": "", "..": "", strings.Repeat("đ", 300) + ".jpg": strings.Repeat("đ", 116) + ".jpg", "con\x00.jpg": "con.jpg", `"<a>".jpg`: "a.jpg",
	} {
		if got := Name(in, "image/jpeg"); got != want {
			t.Errorf("%q is called %q, want %q", in, got, want)
		}
	}
}

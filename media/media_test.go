package media

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

func picture() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 9, 7))
	for i := range 9 {
		img.Set(i, i%7, color.RGBA{R: uint8(20 * i), A: 255})
	}
	return img
}

// exif is a directory with the orientation and a pointer to a GPS directory with a latitude.
func exif(turned byte) []byte {
	tiff := []byte{'I', 'I', 0x2A, 0, 8, 0, 0, 0,
		2, 0,
		0x12, 1, 3, 0, 1, 0, 0, 0, turned, 0, 0, 0,
		0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0,
		0, 0, 0, 0,
		1, 0, 1, 0, 2, 0, 2, 0, 0, 0, 'N', 0, 0, 0, 0, 0, 0, 0}
	tiff = append(tiff, "GPS 22.4N 105.6E"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := []byte{0xFF, 0xE1, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(segment)+2))
	return append(head, segment...)
}

func jpegWith(t testing.TB, turned byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		t.Fatal(err)
	}
	data := append([]byte{0xFF, 0xD8}, exif(turned)...)
	comment := append([]byte{0xFF, 0xFE, 0, 8}, "secret"...)
	data = append(append(data, comment...), b.Bytes()[2:]...)
	return append(data, "trailer with GPS 22.4N"...)
}

func TestPhotosForgetWhereTheyWereTaken(t *testing.T) {
	t.Parallel()
	for turned, want := range map[byte]uint16{1: 0, 6: 6} {
		r, err := Clean(jpegWith(t, turned))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(r.Data, []byte("GPS")) || bytes.Contains(r.Data, []byte("secret")) {
			t.Error("the place or the comment is still there")
		}
		if r.Kind != sangkien.Photo || r.MIME != "image/jpeg" {
			t.Errorf("%+v", r)
		}
		if _, err := jpeg.Decode(bytes.NewReader(r.Data)); err != nil {
			t.Errorf("the picture does not open any more: %v", err)
		}
		var got uint16
		if bytes.Contains(r.Data[:24], []byte("Exif")) {
			got = orientation(r.Data[6:])
		}
		if got != want {
			t.Errorf("orientation %d became %d", turned, got)
		}
	}
}

func TestPNGForgetsItsTexts(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		t.Fatal(err)
	}
	text := append([]byte{0, 0, 0, 9}, "tEXtGPS\x0022.4N0000"...)
	data := append(append(append([]byte{}, b.Bytes()[:33]...), text...), b.Bytes()[33:]...)
	r, err := Clean(data)
	if err != nil || bytes.Contains(r.Data, []byte("22.4N")) || !bytes.Equal(r.Data, b.Bytes()) {
		t.Errorf("%v, %d bytes, want %d", err, len(r.Data), b.Len())
	}
}

func TestWebPForgetsExif(t *testing.T) {
	t.Parallel()
	chunk := func(kind, data string) string {
		size := make([]byte, 4)
		binary.LittleEndian.PutUint32(size, uint32(len(data)))
		if len(data)%2 == 1 {
			data += "\x00"
		}
		return kind + string(size) + data
	}
	body := "WEBP" + chunk("VP8X", "\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00") + chunk("VP8 ", "\x00\x00\x00\x9d\x01\x2a\x01\x00\x01\x00pixels") + chunk("EXIF", "GPS 22.4N") + chunk("XMP ", "GPS")
	r, err := Clean([]byte(chunk("RIFF", body)))
	want := chunk("RIFF", "WEBP"+chunk("VP8X", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")+chunk("VP8 ", "\x00\x00\x00\x9d\x01\x2a\x01\x00\x01\x00pixels"))
	if err != nil || string(r.Data) != want {
		t.Errorf("%q, %v", r.Data, err)
	}
}

func zipped(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestContentDecides(t *testing.T) {
	t.Parallel()
	taken := map[string]struct {
		data []byte
		kind sangkien.AttachmentKind
	}{
		"docx":  {zipped(t, "word/document.xml"), sangkien.Document},
		"pdf":   {[]byte("%PDF-1.7 …"), sangkien.Document},
		"voice": {[]byte("OggS\x00\x02OpusHead"), sangkien.Voice},
		"mp4":   {[]byte("\x00\x00\x00\x18ftypisom    "), sangkien.Video},
		"m4a":   {[]byte("\x00\x00\x00\x18ftypM4A     "), sangkien.Voice},
		"text":  {[]byte("Nhà em trồng ngô"), sangkien.Document},
	}
	for name, c := range taken {
		if r, err := Clean(c.data); err != nil || r.Kind != c.kind {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	refused := map[string]struct {
		data []byte
		why  Reason
	}{
		"html":       {[]byte("<!doctype html><script>alert(1)</script>"), Type},
		"svg":        {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>`), Type},
		"program":    {[]byte("MZ\x90\x00\x03\x00\x00\x00"), Type},
		"script":     {[]byte("#!/bin/sh\nrm -rf /"), Type},
		"zip":        {zipped(t, "a.exe"), Type},
		"macros":     {zipped(t, "word/document.xml", "word/vbaProject.bin"), Type},
		"heic":       {[]byte("\x00\x00\x00\x18ftypheic    "), HEIC},
		"empty":      {nil, Empty},
		"huge":       {make([]byte, sangkien.MaxAttachment+1), TooLarge},
		"half jpeg":  {jpegWith(t, 1)[:40], Broken},
		"jpeg as is": {[]byte{0xFF, 0xD8, 0xFF}, Broken},
	}
	for name, c := range refused {
		if _, err := Clean(c.data); sangkien.CodeOf(err) != sangkien.EINVALID || ReasonOf(err) != c.why {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add(jpegWith(f, 6))
	f.Add(zipped(f, "xl/workbook.xml"))
	f.Add([]byte("RIFF\x04\x00\x00\x00WEBPVP8X\xff\xff\xff\xff"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\xff\xff\xff\xffIEND"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Clean(data)
		if err != nil {
			return
		}
		again, err := Clean(r.Data)
		if err != nil || !bytes.Equal(again.Data, r.Data) {
			t.Errorf("cleaning what is clean changes it: %v", err)
		}
	})
}

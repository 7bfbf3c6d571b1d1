package main

import (
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestQR makes the codes of a unit for three channels and reads them back: each opens the campaign with the unit.
func TestQR(t *testing.T) {
	t.Parallel()
	dir, out := t.TempDir(), t.TempDir()
	if said, err := command(t, dir, "demo"); err != nil {
		t.Fatal(said, err)
	}
	server := telegramtest.New(t)
	channels := []string{"--public-url", "https://sangkien.example.vn", "--telegram-token", server.Token, "--telegram-api-url", server.URL, "--zalo-link", "https://zalo.me/1234567890"}
	said, err := command(t, dir, append([]string{"qr", "--campaign", "doan-ket-sang-tao", "--unit", "01906", "-o", out}, channels...)...)
	if err != nil {
		t.Fatal(said, err)
	}
	const payload = "c-doan-ket-sang-tao_1gy"
	want := map[string]string{"zalo": "https://zalo.me/1234567890", "telegram": "?start=" + payload, "web": "https://sangkien.example.vn/chat#start=" + payload}
	for channel, content := range want {
		if got := readCode(t, filepath.Join(out, "doan-ket-sang-tao-01906-"+channel+".png")); !strings.HasSuffix(got, content) || !strings.HasPrefix(got, "https://") {
			t.Errorf("%s: %q", channel, got)
		}
	}
	pdf, err := os.ReadFile(filepath.Join(out, "doan-ket-sang-tao-01906-poster.pdf"))
	if err != nil || !strings.HasPrefix(string(pdf), "%PDF-") || strings.Count(said, "\n") != 4 {
		t.Errorf("%s, %v", said, err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--campaign", "doan-ket-sang-tao"}, "SANGKIEN_ZALO_LINK"},
		{append(slices.Clone(channels), "--campaign", "nope"), "there are: doan-ket-sang-tao"},
		{append(slices.Clone(channels), "--campaign", "doan-ket-sang-tao", "--unit", "777777"), "777777"},
		{append(slices.Clone(channels), "--campaign", "doan-ket-sang-tao", "--unit", "06"), "took its place"},
	} {
		if _, err := command(t, dir, append([]string{"qr", "-o", out}, c.args...)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

func readCode(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return found.GetText()
}

package testkit

import (
	"errors"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Render draws the first page of a PDF as a printer or screen would, at so many dots per inch. Where poppler is not
// installed the test is skipped, or fails if SANGKIEN_TEST_REQUIRE names poppler.
func Render(t *testing.T, pdf []byte, dpi string) image.Image {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		missing(t, "poppler", errors.New("pdftoppm is not in the path (Debian: poppler-utils)"))
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), "pdftoppm", "-png", "-singlefile", "-r", dpi, in, out).CombinedOutput(); err != nil || len(said) > 0 {
		t.Fatalf("render: %v: %s", err, said)
	}
	f, err := os.Open(out + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

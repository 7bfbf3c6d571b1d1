// Package poster makes what an organisation prints and hangs up: QR codes as PNG, and a poster of A4 with them.
// It imports none of our packages and knows no words: all that it shows is handed to it.
package poster

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode/qr"
)

// quiet is the white border of a code in modules, as ISO/IEC 18004 asks for.
const quiet = 4

// grid is a QR code as rows of modules, true for dark, without its border. A quarter of it may be dirty or torn.
func grid(content string) ([][]bool, error) {
	code, err := qr.Encode(content, qr.Q, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("make a QR code of %d bytes: %w", len(content), err)
	}
	n := code.Bounds().Dx()
	rows := make([][]bool, n)
	for y := range rows {
		rows[y] = make([]bool, n)
		for x := range rows[y] {
			rows[y][x] = color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128
		}
	}
	return rows, nil
}

// PNG is a QR code with its border, black on white, at least size pixels wide and as little more as whole pixels allow.
func PNG(content string, size int) ([]byte, error) {
	rows, err := grid(content)
	if err != nil {
		return nil, err
	}
	n := len(rows) + 2*quiet
	scale := max(1, (size+n-1)/n)
	img := image.NewGray(image.Rect(0, 0, n*scale, n*scale))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for y, row := range rows {
		for x, dark := range row {
			if dark {
				square(img, (x+quiet)*scale, (y+quiet)*scale, scale)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("write a QR code: %w", err)
	}
	return out.Bytes(), nil
}

func square(img *image.Gray, x, y, size int) {
	for dy := range size {
		row := img.Pix[(y+dy)*img.Stride+x:]
		for dx := range size {
			row[dx] = 0
		}
	}
}

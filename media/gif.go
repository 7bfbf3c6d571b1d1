package media

import (
	"bytes"
	"encoding/binary"
)

// stripGIF keeps pictures and the times between them; comments, texts, and extensions of applications but the
// one that says how often to repeat are left out, and what stands behind the end is cut off.
// https://www.w3.org/Graphics/GIF/spec-gif89a.txt
func stripGIF(data []byte) ([]byte, error) {
	if len(data) < 13 {
		return nil, refuse(Broken)
	}
	if err := checkPixels(int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))); err != nil {
		return nil, err
	}
	head := 13 + colours(data[10])
	if head > len(data) {
		return nil, refuse(Broken)
	}
	out := append(make([]byte, 0, len(data)), data[:head]...)
	pixels := 0
	for rest := data[head:]; len(rest) > 0; {
		size, keep := 0, true
		switch rest[0] {
		case 0x3B: // the end
			if pixels == 0 {
				return nil, refuse(Broken)
			}
			return append(out, 0x3B), nil
		case 0x2C:
			n, area, err := gifPicture(rest)
			if err != nil {
				return nil, err
			}
			if size, pixels = n, pixels+area; pixels > maxFrames {
				return nil, refuse(Pixels)
			}
		case 0x21:
			size, keep = gifExtension(rest)
		}
		if size <= 0 || size > len(rest) {
			return nil, refuse(Broken)
		}
		if keep {
			out = append(out, rest[:size]...)
		}
		rest = rest[size:]
	}
	return nil, refuse(Broken)
}

// colours is the size of the colour table that packed flags promise.
func colours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifPicture returns how many bytes a picture has, and how many pixels.
func gifPicture(p []byte) (size, area int, err error) {
	if len(p) < 11 {
		return 0, 0, refuse(Broken)
	}
	w, h := int(binary.LittleEndian.Uint16(p[5:])), int(binary.LittleEndian.Uint16(p[7:]))
	if err := checkPixels(w, h); err != nil {
		return 0, 0, err
	}
	return blocks(p, 10+colours(p[9])+1), w * h, nil
}

// gifExtension returns how many bytes an extension has, and whether it is kept.
func gifExtension(p []byte) (size int, keep bool) {
	if len(p) < 3 {
		return 0, false
	}
	const control, application = 0xF9, 0xFF
	keep = p[1] == control || p[1] == application && (bytes.HasPrefix(p[2:], []byte("\x0bNETSCAPE2.0")) || bytes.HasPrefix(p[2:], []byte("\x0bANIMEXTS1.0")))
	return blocks(p, 2), keep
}

// blocks returns where the chain of blocks that begins at an offset ends; 0 when it does not.
func blocks(p []byte, at int) int {
	for at < len(p) {
		n := int(p[at])
		if at++; n == 0 {
			return at
		}
		at += n
	}
	return 0
}

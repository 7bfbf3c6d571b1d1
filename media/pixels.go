package media

import (
	"bytes"
	"encoding/binary"
)

// The most pixels that a picture may have: the largest phones make 108 million. More is a flood, made to fill
// the memory of whoever opens it.
const (
	maxSide   = 20_000
	maxPixels = 120_000_000
	maxFrames = 4 * maxPixels // of all frames of an animation together
)

// checkPixels refuses pictures that are too large to be opened, by what their headers say.
func checkPixels(w, h int) error {
	switch {
	case w <= 0 || h <= 0:
		return refuse(Broken)
	case w > maxSide || h > maxSide || w*h > maxPixels:
		return refuse(Pixels)
	}
	return nil
}

// frameOf tells whether a JPEG marker begins a frame, which holds the size.
func frameOf(marker byte) bool {
	return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
}

func checkJPEGFrame(segment []byte) error {
	if len(segment) < 9 {
		return refuse(Broken)
	}
	return checkPixels(int(binary.BigEndian.Uint16(segment[7:])), int(binary.BigEndian.Uint16(segment[5:])))
}

func checkPNGHeader(chunk []byte) error {
	if len(chunk) != 25 || string(chunk[4:8]) != "IHDR" {
		return refuse(Broken)
	}
	w, h := binary.BigEndian.Uint32(chunk[8:]), binary.BigEndian.Uint32(chunk[12:])
	if w > maxSide || h > maxSide {
		return refuse(Pixels)
	}
	return checkPixels(int(w), int(h))
}

// checkWebP refuses a chunk that holds too many pixels, or none. What is left out by strip is not looked at.
// https://developers.google.com/speed/webp/docs/riff_container
func checkWebP(kind string, data []byte) error {
	switch {
	case kind == "VP8X" && len(data) >= 10:
		return checkPixels(1+int(uint24(data[4:])), 1+int(uint24(data[7:])))
	case kind == "VP8 " && len(data) >= 10 && bytes.Equal(data[3:6], []byte{0x9D, 0x01, 0x2A}):
		return checkPixels(int(binary.LittleEndian.Uint16(data[6:])&0x3FFF), int(binary.LittleEndian.Uint16(data[8:])&0x3FFF))
	case kind == "VP8L" && len(data) >= 5 && data[0] == 0x2F:
		bits := binary.LittleEndian.Uint32(data[1:])
		return checkPixels(1+int(bits&0x3FFF), 1+int(bits>>14&0x3FFF))
	case kind == "ANMF" && len(data) >= 16:
		return checkPixels(1+int(uint24(data[6:])), 1+int(uint24(data[9:])))
	case kind == "VP8X", kind == "VP8 ", kind == "VP8L", kind == "ANMF":
		return refuse(Broken)
	}
	return nil
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

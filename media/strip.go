package media

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
)

// strip takes metadata out of pictures and films by leaving out the parts that hold it. Other types pass as they are.
func strip(mime string, data []byte) ([]byte, error) {
	switch mime {
	case "image/jpeg":
		return stripJPEG(data)
	case "image/png":
		return stripPNG(data)
	case "image/webp":
		return stripWebP(data)
	case "image/gif":
		return stripGIF(data)
	case "video/mp4", "video/quicktime", "video/3gpp", "audio/mp4":
		return stripVideo(data)
	case "application/pdf":
		return data, notAlsoAnArchive(data)
	}
	return data, nil
}

// stripJPEG leaves out APP1 (EXIF, XMP), APP3 to APP13 (IPTC and others), APP15 and comments; the orientation,
// without which photos lie on their side, comes back in an EXIF segment that has nothing else. APP0 (JFIF),
// APP2 (colour profile) and APP14 (Adobe's colour transform) stay: pixels depend on them.
func stripJPEG(data []byte) ([]byte, error) {
	out := bytes.NewBuffer(append(make([]byte, 0, len(data)), 0xFF, 0xD8))
	turned, framed := uint16(1), false
	rest := data[2:]
	for {
		if len(rest) < 4 || rest[0] != 0xFF {
			return nil, refuse(Broken)
		}
		marker := rest[1]
		if marker == 0xFF { // a fill byte
			rest = rest[1:]
			continue
		}
		size := int(binary.BigEndian.Uint16(rest[2:4])) + 2
		if size < 4 || size > len(rest) {
			return nil, refuse(Broken)
		}
		segment := rest[:size]
		switch {
		case frameOf(marker):
			if err := checkJPEGFrame(segment); err != nil {
				return nil, err
			}
			framed = true
			out.Write(segment)
		case marker == 0xDA: // the pixels begin
			if !framed {
				return nil, refuse(Broken)
			}
			return finishJPEG(out.Bytes(), rest, turned)
		case marker == 0xE1:
			if o := orientation(segment[4:]); o > 1 {
				turned = o
			}
		case marker == 0xE0 && !bytes.HasPrefix(segment[4:], []byte("JFIF\x00")), marker == 0xE2 && !bytes.HasPrefix(segment[4:], []byte("ICC_PROFILE\x00")),
			marker >= 0xE3 && marker <= 0xED, marker == 0xEF, marker == 0xFE:
		default:
			out.Write(segment)
		}
		rest = rest[size:]
	}
}

// finishJPEG puts the orientation behind the start marker and the pixels at the end. Trailers behind the end
// marker, where phones hide videos and maps, are cut off.
func finishJPEG(head, pixels []byte, turned uint16) ([]byte, error) {
	end := bytes.LastIndex(pixels, []byte{0xFF, 0xD9})
	if end < 0 {
		return nil, refuse(Broken) // cut off on its way
	}
	if first := endOfImage(pixels); first > 0 {
		end = first
	}
	pixels = pixels[:end+2]
	var out []byte
	out = append(out, head[:2]...)
	if turned > 1 {
		out = append(out, orientationSegment(turned)...)
	}
	return append(append(out, head[2:]...), pixels...), nil
}

// endOfImage finds the end marker of the first image: inside pixels 0xFF is always followed by 0 or a restart,
// and other markers begin segments with a length (progressive scans).
func endOfImage(p []byte) int {
	for i := 0; i+1 < len(p); i++ {
		if p[i] != 0xFF {
			continue
		}
		switch m := p[i+1]; {
		case m == 0xD9:
			return i
		case m == 0x00, m == 0xFF, m >= 0xD0 && m <= 0xD7:
		case i+3 < len(p):
			i += 1 + int(binary.BigEndian.Uint16(p[i+2:i+4]))
		}
	}
	return -1
}

// orientation reads tag 0x0112 of the first directory of an EXIF segment; 0 when there is none.
// https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, section 4.6.4
func orientation(s []byte) uint16 {
	if !bytes.HasPrefix(s, []byte("Exif\x00\x00")) || len(s) < 14 {
		return 0
	}
	tiff := s[6:]
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:8]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	for n := int64(order.Uint16(tiff[at:])); n > 0; n-- {
		entry := at + 2 + (n-1)*12
		if entry+12 > int64(len(tiff)) {
			continue
		}
		if order.Uint16(tiff[entry:]) == 0x0112 {
			if v := order.Uint16(tiff[entry+8:]); v <= 8 {
				return v
			}
		}
	}
	return 0
}

func orientationSegment(v uint16) []byte {
	tiff := []byte("Exif\x00\x00MM\x00\x2A\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	binary.BigEndian.PutUint16(tiff[24:], v)
	head := []byte{0xFF, 0xE1, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(tiff)+2))
	return append(head, tiff...)
}

// stripPNG leaves out the chunks that hold texts, times and EXIF.
func stripPNG(data []byte) ([]byte, error) {
	const signature = 8
	out := append(make([]byte, 0, len(data)), data[:signature]...)
	for rest := data[signature:]; ; {
		if len(rest) < 12 {
			return nil, refuse(Broken)
		}
		size := int64(binary.BigEndian.Uint32(rest[:4])) + 12
		if size > int64(len(rest)) {
			return nil, refuse(Broken)
		}
		if len(out) == signature {
			if err := checkPNGHeader(rest[:size]); err != nil {
				return nil, err
			}
		}
		switch kind := string(rest[4:8]); kind {
		case "eXIf", "tEXt", "zTXt", "iTXt", "tIME":
		case "IEND":
			return append(out, rest[:size]...), nil
		default:
			out = append(out, rest[:size]...)
		}
		rest = rest[size:]
	}
}

// stripWebP leaves out the EXIF and XMP chunks and says so in the extended header.
// https://developers.google.com/speed/webp/docs/riff_container
func stripWebP(data []byte) ([]byte, error) {
	if len(data) < 20 {
		return nil, refuse(Broken)
	}
	data = data[:min(int64(len(data)), 8+int64(binary.LittleEndian.Uint32(data[4:8])))] // nothing behind the end
	out := append(make([]byte, 0, len(data)), data[:min(12, len(data))]...)
	pictures := 0
	for rest := data[len(out):]; len(rest) >= 8; {
		size := 8 + int64(binary.LittleEndian.Uint32(rest[4:8]))
		size += size & 1
		if size > int64(len(rest)) {
			return nil, refuse(Broken)
		}
		chunk, kind := rest[:size], string(rest[:4])
		if err := checkWebP(kind, chunk[8:]); err != nil {
			return nil, err
		}
		switch kind {
		case "VP8X":
			out = append(out, chunk...)
			out[len(out)-int(size)+8] &^= 0x0C // the flags for EXIF and XMP
		case "VP8 ", "VP8L", "ANMF":
			pictures++
			out = append(out, chunk...)
		case "ALPH", "ANIM", "ICCP":
			out = append(out, chunk...)
		}
		rest = rest[size:]
	}
	if pictures == 0 {
		return nil, refuse(Broken)
	}
	binary.LittleEndian.PutUint32(out[4:8], uint32(len(out)-8))
	return out, nil
}

// notAlsoAnArchive refuses a document that is an archive as well: two programs would see two different things.
func notAlsoAnArchive(data []byte) error {
	if _, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
		return refuse(Type)
	}
	return nil
}

package media

import (
	"encoding/binary"
	"slices"
)

// stripVideo empties the boxes in which phones note the place and the camera ("udta" and "meta", in the movie
// and in its tracks). They become free space of the same size, so that no offset in the file changes.
// ISO/IEC 14496-12, sections 4.2 and 8.10
func stripVideo(data []byte) ([]byte, error) {
	out := slices.Clone(data)
	eachBox(out, func(kind string, box []byte) {
		switch kind {
		case "moov":
			stripMovie(box, 3)
		case "meta", "udta":
			empty(box)
		}
	})
	return out, nil
}

func stripMovie(box []byte, depth int) {
	eachBox(box[8:], func(kind string, inner []byte) {
		switch kind {
		case "udta", "meta":
			empty(inner)
		case "trak", "mdia":
			if depth > 0 {
				stripMovie(inner, depth-1)
			}
		}
	})
}

// eachBox calls do for every whole box of plain size; what cannot be read ends the walk.
func eachBox(data []byte, do func(kind string, box []byte)) {
	for len(data) >= 8 {
		size := int64(binary.BigEndian.Uint32(data))
		if size == 1 && len(data) >= 16 { // a large one; films are, the boxes that we look into are not
			size = int64(min(binary.BigEndian.Uint64(data[8:]), uint64(len(data))))
		} else if size == 0 {
			size = int64(len(data)) // to the end
		}
		if size < 8 || size > int64(len(data)) {
			return
		}
		do(string(data[4:8]), data[:size])
		data = data[size:]
	}
}

func empty(box []byte) {
	copy(box[4:8], "free")
	clear(box[8:])
}

// Package media looks at files by their content: what they are, whether they are taken, and what they must not
// tell. Photos and films lose where they were taken and with what, nothing else; no pixel changes. It is pure:
// bytes in, bytes out; it imports the root and archive only.
package media

import (
	"bytes"
	"net/http"
	"strings"
	"unicode/utf8"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/archive"
)

// Result is a file that is taken.
type Result struct {
	Data []byte
	MIME string
	Kind sangkien.AttachmentKind
}

// Clean types data by its content and takes out what it tells about a photographer's place and camera. It
// returns EINVALID, whose message begins with one of the Reasons, for what is not taken.
func Clean(data []byte) (clean Result, err error) {
	defer func() {
		if recover() != nil { // what a decoder did not think of is no reason to fall, again and again
			clean, err = Result{}, refuse(Broken)
		}
	}()
	switch {
	case len(data) == 0:
		return Result{}, refuse(Empty)
	case len(data) > sangkien.MaxAttachment:
		return Result{}, refuse(TooLarge)
	}
	mime := detect(data)
	kind, ok := taken[mime]
	if !ok {
		return Result{}, refuse(reasonFor(mime))
	}
	stripped, err := strip(mime, data)
	if err != nil {
		return Result{}, err
	}
	return Result{Data: stripped, MIME: mime, Kind: kind}, nil
}

// Reason is why a file is not taken. The set is closed; locale has a sentence for each: "file.refused.<reason>".
type Reason string

// The reasons.
const (
	Empty    Reason = "empty"
	TooLarge Reason = "large"
	Broken   Reason = "broken"
	HEIC     Reason = "heic"
	Type     Reason = "type"
	Pixels   Reason = "pixels" // more than a computer can open
	Gone     Reason = "gone"   // the platform does not have it any more
)

// Reasons lists them.
func Reasons() []Reason { return []Reason{Empty, TooLarge, Broken, HEIC, Type, Pixels, Gone} }

// ReasonOf returns the reason of an error of Clean; Type for any other.
func ReasonOf(err error) Reason {
	for _, r := range Reasons() {
		if err != nil && strings.HasPrefix(err.Error(), string(r)+":") {
			return r
		}
	}
	return Type
}

func refuse(r Reason) error {
	return sangkien.Errorf(sangkien.EINVALID, "%s: the file is not taken", r)
}

func reasonFor(mime string) Reason {
	if mime == "image/heic" {
		return HEIC
	}
	return Type
}

// taken is what is taken, and what it is to a member. HTML, SVG, programs and archives are not: opened on an
// officer's computer they could act.
var taken = map[string]sangkien.AttachmentKind{
	"image/jpeg": sangkien.Photo, "image/png": sangkien.Photo, "image/webp": sangkien.Photo, "image/gif": sangkien.Photo,
	"video/mp4": sangkien.Video, "video/webm": sangkien.Video, "video/quicktime": sangkien.Video, "video/3gpp": sangkien.Video,
	"audio/ogg": sangkien.Voice, "audio/mpeg": sangkien.Voice, "audio/mp4": sangkien.Voice, "audio/wav": sangkien.Voice, "audio/amr": sangkien.Voice,
	"application/pdf": sangkien.Document, "text/plain": sangkien.Document, mimeDOCX: sangkien.Document, mimeXLSX: sangkien.Document,
	mimePPTX: sangkien.Document, mimeODT: sangkien.Document, mimeOLE: sangkien.Document,
}

const (
	mimeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	mimeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	mimePPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	mimeODT  = "application/vnd.oasis.opendocument.text"
	mimeOLE  = "application/msword" // .doc, .xls, .ppt: one container
)

// detect tells the type of data by its content; "" when it is none that we know.
func detect(data []byte) string {
	switch {
	case len(data) >= 12 && string(data[4:8]) == "ftyp":
		return brand(string(data[8:12]))
	case bytes.HasPrefix(data, []byte("#!AMR")):
		return "audio/amr"
	case bytes.HasPrefix(data, []byte("OggS")):
		return "audio/ogg"
	case bytes.HasPrefix(data, []byte("ID3")), len(data) > 2 && data[0] == 0xFF && data[1]&0xE6 == 0xE2:
		return "audio/mpeg"
	case bytes.HasPrefix(data, []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}):
		return mimeOLE
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return office(data)
	}
	mime, _, _ := strings.Cut(http.DetectContentType(data), ";")
	if mime == "audio/wave" {
		return "audio/wav"
	}
	if mime == "text/plain" && !plain(data) {
		return ""
	}
	return mime
}

// plain tells whether a text is no more than that: no page, no picture in words, no script.
func plain(data []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n\v\f")
	return utf8.Valid(data) && !bytes.HasPrefix(text, []byte("<")) && !bytes.HasPrefix(text, []byte("#!"))
}

// brand is the type of an ISO base media file by its major brand (ISO/IEC 14496-12, section 4.3).
func brand(b string) string {
	switch strings.ToLower(strings.TrimSpace(b)) {
	case "heic", "heix", "mif1", "msf1", "hevc", "avif":
		return "image/heic"
	case "m4a", "m4b", "f4a":
		return "audio/mp4"
	case "qt":
		return "video/quicktime"
	}
	if strings.HasPrefix(b, "3g") {
		return "video/3gpp"
	}
	return "video/mp4"
}

// office tells which document a zip archive is; "" for any other archive, and for one that is made to do harm.
func office(data []byte) string {
	z, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Office)
	if err != nil {
		return ""
	}
	kinds := map[string]string{"word/document.xml": mimeDOCX, "xl/workbook.xml": mimeXLSX, "ppt/presentation.xml": mimePPTX, "content.xml": mimeODT}
	found := ""
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if strings.Contains(name, "vbaproject") {
			return "" // macros act
		}
		if k, ok := kinds[name]; ok {
			found = k
		}
	}
	return found
}

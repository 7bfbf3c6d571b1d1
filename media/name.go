package media

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// extensions are the ends that a name may have for each type; the first is put behind a name that has another.
var extensions = map[string][]string{
	"image/jpeg": {".jpg", ".jpeg", ".jfif"}, "image/png": {".png"}, "image/webp": {".webp"}, "image/gif": {".gif"},
	"video/mp4": {".mp4", ".m4v"}, "video/webm": {".webm"}, "video/quicktime": {".mov", ".qt"}, "video/3gpp": {".3gp", ".3g2"},
	"audio/ogg": {".ogg", ".oga", ".opus"}, "audio/mpeg": {".mp3", ".mpga"}, "audio/mp4": {".m4a", ".m4b"}, "audio/wav": {".wav"}, "audio/amr": {".amr"},
	"application/pdf": {".pdf"}, "text/plain": {".txt", ".csv"}, mimeDOCX: {".docx"}, mimeXLSX: {".xlsx"}, mimePPTX: {".pptx"}, mimeODT: {".odt", ".ods", ".odp"},
	mimeOLE: {".doc", ".xls", ".ppt"},
}

// Name is the name under which a file of the type is handed out: no folder, nothing invisible, at most 120
// characters, and an end that fits the content, for that is what a computer goes by when someone opens it.
// "" stays "".
func Name(name, mime string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(name, `\`, "/"), ""))
	name = strings.Trim(path.Base("/"+name), " ./")
	if name == "" {
		return ""
	}
	ends := extensions[mime]
	end := strings.ToLower(path.Ext(name))
	if len(ends) > 0 && !slices.Contains(ends, end) {
		name, end = name+ends[0], ends[0]
	}
	if r := []rune(name); len(r) > 120 {
		name = string(r[:120-len(end)]) + end
	}
	return name
}

package telegramtest

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // photos that bots send
	_ "image/png"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Upload is a file that the bot sent.
type Upload struct {
	Kind    string // photo, document, voice, video
	Name    string
	Content []byte
	Again   bool // sent by the file_id of an earlier one
}

// The limits of what a bot may send. https://core.telegram.org/bots/api#sendphoto and #senddocument
const (
	maxCaption    = 1024
	maxPhotoBytes = 10 << 20
	maxUpload     = 50 << 20
)

func readUploads(r *http.Request) (map[string]Upload, error) {
	all := map[string]Upload{}
	for field, headers := range r.MultipartForm.File {
		f, err := headers[0].Open()
		if err != nil {
			return nil, fmt.Errorf("open the upload: %w", err)
		}
		content, err := io.ReadAll(io.LimitReader(f, maxUpload+1))
		_ = f.Close() // only read from
		if err != nil {
			return nil, fmt.Errorf("read the upload: %w", err)
		}
		all[field] = Upload{Name: headers[0].Filename, Content: content}
	}
	return all, nil
}

// keepUpload keeps a file until the call that brought it looks for it, and returns what stands for it there.
func (s *Server) keepUpload(u Upload) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	id := "upload-" + strconv.FormatInt(s.nextID, 10)
	if s.uploads == nil {
		s.uploads = map[string]Upload{}
	}
	s.uploads[id] = u
	return id
}

// sendFile takes a file of a kind with its caption, as the server does.
func (s *Server) sendFile(kind string, p map[string]string) (any, error) {
	s.mu.Lock()
	u, ok := s.uploads[p[kind]]
	delete(s.uploads, p[kind])
	if kept, known := s.kept[p[kind]]; !ok && known && kept.Kind == kind { // of another kind it is a wrong identifier
		u, ok = kept, true
		u.Again = true
	}
	s.mu.Unlock()
	u.Kind = kind
	switch {
	case !ok:
		return nil, refusal("wrong file identifier/HTTP URL specified")
	case len(u.Content) == 0:
		return nil, refusal("file must be non-empty")
	case len(u.Content) > maxUpload:
		return nil, apiFailure{code: http.StatusRequestEntityTooLarge, description: "Request Entity Too Large"}
	case kind == "photo":
		if err := checkPhoto(u.Content); err != nil {
			return nil, err
		}
	}
	text := formatted{}
	if caption, given := p["caption"]; given {
		var err error
		if text, err = readText(map[string]string{"text": caption, "parse_mode": p["parse_mode"]}); err != nil && strings.TrimSpace(caption) != "" {
			return nil, err
		}
	}
	if utf8.RuneCountInString(text.text) > maxCaption {
		return nil, refusal("message caption is too long")
	}
	rows, _, err := readKeyboard(p["reply_markup"])
	if err != nil {
		return nil, err
	}
	sent, err := s.show(p, Message{Text: text.text, HTML: text.html, Bold: text.bold, Buttons: rows, File: &u})
	if out, isMessage := sent.(map[string]any); isMessage {
		out[kind] = s.keep(u)
	}
	return sent, err
}

// keep remembers a file under the names that the answer tells: a photo has several sizes, in no order to rely on.
func (s *Server) keep(u Upload) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := func(width, height int) map[string]any {
		s.nextID++
		id := fmt.Sprintf("%s-kept-%d", u.Kind, s.nextID)
		s.kept[id] = u
		return map[string]any{"file_id": id, "file_unique_id": "u" + id, "width": width, "height": height, "file_size": width * height}
	}
	if u.Kind == "photo" {
		return []any{size(90, 60), size(1280, 853), size(320, 213)}
	}
	return size(1, 1)
}

func checkPhoto(content []byte) error {
	if len(content) > maxPhotoBytes {
		return refusal("file is too big")
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(content))
	switch {
	case err != nil:
		return refusal("IMAGE_PROCESS_FAILED")
	case c.Width+c.Height > 10_000 || c.Width > 20*c.Height || c.Height > 20*c.Width:
		return refusal("PHOTO_INVALID_DIMENSIONS")
	}
	return nil
}

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
	return s.show(p, Message{Text: text.text, HTML: text.html, Bold: text.bold, Buttons: rows, File: &u})
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

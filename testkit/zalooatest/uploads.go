package zalooatest

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

// Upload is a file that was brought.
type Upload struct {
	Kind string // "image", "gif", "file"
	Name string
	Data []byte
}

// upload takes jpg and png up to 1 MB, gif up to 5 MB, and pdf, doc, docx up to 5 MB.
func (s *Server) upload(kind string, r *http.Request) (any, *failure) {
	file, header, err := r.FormFile("file")
	if err != nil {
		return nil, &failure{-201, "file is missing"}
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, &failure{-201, "file is broken"}
	}
	most, types := 1<<20, []string{"image/jpeg", "image/png"}
	switch kind {
	case "gif":
		most, types = 5<<20, []string{"image/gif"}
	case "file":
		most, types = 5<<20, []string{"application/pdf", "application/zip", "application/octet-stream"}
	}
	if len(data) > most {
		return nil, &failure{-210, "file is too large"}
	}
	name := strings.ToLower(header.Filename)
	if kind == "file" && !strings.HasSuffix(name, ".pdf") && !strings.HasSuffix(name, ".doc") && !strings.HasSuffix(name, ".docx") || !slices.Contains(types, http.DetectContentType(data)) {
		return nil, &failure{-201, "type of the file is not supported"}
	}
	id := secret("upload")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads[id] = Upload{Kind: kind, Name: header.Filename, Data: data}
	if kind == "file" {
		return map[string]any{"token": id}, nil
	}
	return map[string]any{"attachment_id": id}, nil
}

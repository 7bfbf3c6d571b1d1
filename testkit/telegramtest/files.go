package telegramtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// maxDownload is the most bytes that a bot may fetch: https://core.telegram.org/bots/api#getfile.
const maxDownload = 20 << 20

// fileStore has what users sent. A file that was never asked for by getFile cannot be downloaded.
type fileStore struct {
	mu     sync.Mutex
	byID   map[string]storedFile
	byPath map[string]storedFile
}

type storedFile struct {
	path    string
	content []byte
	size    int64 // as told; larger than the content for files that are too large to keep in a test
}

func (f *fileStore) put(id, path string, content []byte, size int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byID == nil {
		f.byID, f.byPath = map[string]storedFile{}, map[string]storedFile{}
	}
	f.byID[id] = storedFile{path: path, content: content, size: size}
}

func (s *Server) getFile(p map[string]string) (any, error) {
	s.files.mu.Lock()
	defer s.files.mu.Unlock()
	id := p["file_id"]
	f, ok := s.files.byID[id]
	switch {
	case !ok:
		return nil, apiFailure{code: http.StatusBadRequest, description: "Bad Request: invalid file_id"}
	case f.size > maxDownload:
		return nil, apiFailure{code: http.StatusBadRequest, description: "Bad Request: file is too big"}
	}
	s.files.byPath[f.path] = f
	return map[string]any{"file_id": id, "file_unique_id": "u" + id, "file_size": f.size, "file_path": f.path}, nil
}

func (s *Server) serveFile(w http.ResponseWriter, path string) {
	s.files.mu.Lock()
	f, ok := s.files.byPath[path]
	s.files.mu.Unlock()
	if fault, broken := s.faultFor("file", 0); broken {
		fault.answer(w)
		return
	}
	if !ok {
		apiFailure{code: http.StatusNotFound, description: "Not Found"}.write(w)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(f.content)))
	_, _ = w.Write(f.content)
}

// newFile keeps a file that a user sends and returns its id. Callers hold the server's lock.
func (s *Server) newFile(folder, name string, content []byte, size int64) string {
	s.nextID++
	id := fmt.Sprintf("%s-%d", strings.TrimSuffix(folder, "s"), s.nextID)
	_, suffix, found := strings.Cut(name, ".")
	path := fmt.Sprintf("%s/file_%d", folder, s.nextID)
	if found {
		path += "." + suffix
	}
	s.files.put(id, path, content, max(size, int64(len(content))))
	return id
}

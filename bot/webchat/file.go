package webchat

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

// file hands out the file of a line, to the chat in whose log the line stands and to nobody else: a number or a
// hash alone opens nothing.
func (c *Channel) file(w http.ResponseWriter, r *http.Request) {
	f, ok, err := c.fileOf(r)
	if err != nil {
		c.unavailable(w, err)
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	content, err := c.files.Open(f.Hash)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		c.unavailable(w, err)
		return
	}
	defer func() { _ = content.Close() }() // only read from
	how := "attachment"
	if shown(f) {
		how = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", f.MIME)
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	_, _ = io.Copy(w, content) // the page may be gone
}

// fileOf finds the file of the line that a request names, in the visitor's own chat.
func (c *Channel) fileOf(r *http.Request) (f sangkien.File, ok bool, err error) {
	k, err := r.Cookie(cookie)
	seq, parse := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || parse != nil || len(k.Value) != 64 {
		return f, false, nil //nolint:nilerr // nobody, or nothing that was named
	}
	e, ok, err := c.log.WebEntry(r.Context(), hash(k.Value), seq)
	if err != nil || !ok {
		return f, false, err
	}
	var content entry
	if err := json.Unmarshal([]byte(e.Data), &content); err != nil || content.File == nil {
		return f, false, err
	}
	return *content.File, true, nil
}

// shown tells whether a browser may show the file in the page: pictures that we typed by their content.
func shown(f sangkien.File) bool {
	return f.Kind == sangkien.Photo && strings.HasPrefix(f.MIME, "image/") && f.MIME != "image/svg+xml"
}

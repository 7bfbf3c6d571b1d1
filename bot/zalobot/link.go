package zalobot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// linkValid is how long a link to a photo opens it: Zalo fetches within photoTimeout, and may try again.
const linkValid = 10 * time.Minute

// A link names its photo and its end and is signed: nobody can guess one or prolong it, nothing of it is stored, and
// any replica with the key can serve it.
const (
	linkBytes = 4 + sha256.Size
	signBytes = 16
)

func (c *Channel) photoURL(fileHash string, until time.Time) string {
	hash, err := hex.DecodeString(fileHash)
	if err != nil || len(hash) != sha256.Size {
		hash = make([]byte, sha256.Size) // not one of ours: the link opens nothing
	}
	link := binary.BigEndian.AppendUint32(nil, uint32(until.Unix())) //nolint:gosec // until 2106
	link = append(link, hash...)
	return c.config.Photos + "/" + base64.RawURLEncoding.EncodeToString(append(link, c.sign(link)...))
}

func (c *Channel) sign(link []byte) []byte {
	mac := hmac.New(sha256.New, c.config.PhotoKey)
	mac.Write([]byte("photo for zalo\n"))
	mac.Write(link)
	return mac.Sum(nil)[:signBytes]
}

// open returns the hash that a link names, if we made it and it is still good at now.
func (c *Channel) open(token string, now time.Time) (hash string, ok bool) {
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) != linkBytes+signBytes || len(c.config.PhotoKey) < 16 || !hmac.Equal(c.sign(data[:linkBytes]), data[linkBytes:]) {
		return "", false
	}
	return hex.EncodeToString(data[4:linkBytes]), now.Unix() < int64(binary.BigEndian.Uint32(data))
}

// Photos serves the photos that were sent, by the path value "token". Whoever has the link sees the photo for a few
// minutes: it holds nothing but pictures that were cleaned when they came.
func (c *Channel) Photos() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, ok := c.open(r.PathValue("token"), time.Now())
		if !ok {
			http.NotFound(w, r)
			return
		}
		content, err := c.config.Files.Open(hash)
		if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
			http.NotFound(w, r)
			return
		}
		if err != nil {
			c.logger.Error("zalo bot: open a photo", "error", err)
			http.Error(w, "again, please", http.StatusServiceUnavailable)
			return
		}
		defer func() { _ = content.Close() }() // only read from
		head := make([]byte, 512)
		n, _ := io.ReadFull(content, head) // short for a small picture
		kind := http.DetectContentType(head[:n])
		if kind != "image/jpeg" && kind != "image/png" {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cache-Control", "private, max-age=600")
		if _, err := w.Write(head[:n]); err == nil {
			_, _ = io.Copy(w, content) // who asked may be gone
		}
	})
}

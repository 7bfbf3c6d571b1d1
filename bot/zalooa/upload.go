package zalooa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"strings"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
)

// What Zalo takes. https://developers.zalo.me/docs/official-account/tin-nhan/quan-ly-tin-nhan/upload-hinh-anh
const (
	maxImage = 1 << 20
	maxFile  = 5 << 20
	// keepUpload is how long what was brought is used again: Zalo keeps it for about a week.
	keepUpload = 6 * 24 * time.Hour
	// manyUploads is how many are remembered.
	manyUploads = 256
	// uploadTimeout is how long bringing a file may take: 5 MB at half a megabit a second, within a delivery's lease.
	uploadTimeout = 80 * time.Second
)

// uploads remembers what was brought: a picture that goes to many is brought once.
type uploads struct {
	mu   sync.Mutex
	byID map[string]brought // by the hash of the bytes
}

type brought struct {
	id string
	at time.Time
}

func (u *uploads) get(hash string, now time.Time) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if b := u.byID[hash]; hash != "" && now.Sub(b.at) < keepUpload {
		return b.id
	}
	return ""
}

func (u *uploads) put(hash, id string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byID == nil || len(u.byID) >= manyUploads {
		u.byID = map[string]brought{}
	}
	u.byID[hash] = brought{id: id, at: now}
}

func (u *uploads) drop(hash string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.byID, hash)
}

// uploadPath is where a kind of file is brought; "" for what Zalo does not take.
func uploadPath(f sangkien.File) string {
	name := strings.ToLower(f.Name)
	switch {
	case (f.MIME == "image/jpeg" || f.MIME == "image/png") && f.Size <= maxImage:
		return "/v2.0/oa/upload/image"
	case f.MIME == "image/gif" && f.Size <= maxFile:
		return "/v2.0/oa/upload/gif"
	case f.Size <= maxFile && (strings.HasSuffix(name, ".pdf") || strings.HasSuffix(name, ".doc") || strings.HasSuffix(name, ".docx")):
		return "/v2.0/oa/upload/file"
	}
	return ""
}

// SendFile implements bot.FileSender. A picture carries its words; under a document, and with buttons, they follow in
// a message of their own, for Zalo shows no such thing with a file.
func (c *Channel) SendFile(ctx context.Context, to sangkien.Address, f sangkien.File, open func() (io.ReadCloser, error), caption bot.Message) (string, error) {
	class, err := c.allowed(ctx, to, caption.Class)
	if err != nil {
		return "", err
	}
	path := uploadPath(f)
	picture := strings.HasPrefix(f.MIME, "image/")
	if path == "" || class != sangkien.WriteConsult && !picture {
		return "", &bot.SendError{Kind: bot.SendRefused, Err: fmt.Errorf("zalo takes no %s of %d bytes as a %s message", f.MIME, f.Size, class)}
	}
	id, err := c.bring(ctx, path, f, open)
	if err != nil {
		return "", err
	}
	sent, err := c.sendBrought(ctx, to, class, f, id, caption)
	if bot.KindOf(err) == bot.SendRefused && err != nil {
		c.uploads.drop(f.Hash) // perhaps it was forgotten there
	}
	return sent, err
}

func (c *Channel) sendBrought(ctx context.Context, to sangkien.Address, class sangkien.WriteClass, f sangkien.File, id string, caption bot.Message) (string, error) {
	picture := strings.HasPrefix(f.MIME, "image/")
	words := caption.Text.String()
	if class != sangkien.WriteConsult {
		if words == "" {
			caption.Text = locale.Text{{Text: f.Name}}
		}
		return c.post(ctx, to, class, template(class, caption, id))
	}
	m := outMessage{Attachment: &attachment{Type: "file", Payload: payload{Token: id}}}
	if picture {
		m.Attachment = &attachment{Type: "template", Payload: payload{TemplateType: "media", Elements: []element{{MediaType: mediaType(f), AttachmentID: id}}}}
		if len(caption.Buttons) == 0 {
			m.Text, words = words, ""
		}
	}
	sent, err := c.post(ctx, to, class, m)
	if err != nil || words == "" && len(caption.Buttons) == 0 {
		return sent, err
	}
	if words == "" {
		caption.Text = locale.Text{{Text: f.Name}}
	}
	return c.post(ctx, to, class, consult(caption))
}

func mediaType(f sangkien.File) string {
	if f.MIME == "image/gif" {
		return "gif"
	}
	return "image"
}

// bring uploads a file, unless it was lately, and returns Zalo's handle for it.
func (c *Channel) bring(ctx context.Context, path string, f sangkien.File, open func() (io.ReadCloser, error)) (string, error) {
	now := c.config.Now()
	if id := c.uploads.get(f.Hash, now); id != "" {
		return id, nil
	}
	data, err := c.client.call(ctx, uploadTimeout, path, multipartOf(f, open))
	if se := (*bot.SendError)(nil); errors.As(err, &se) && se.Kind == bot.SendUnknown {
		se.Kind = bot.SendRetry // whether it arrived or not, nobody was shown it
	}
	if err != nil {
		return "", err
	}
	var a struct {
		Attachment loose `json:"attachment_id"`
		Token      loose `json:"token"`
	}
	err = json.Unmarshal(data, &a)
	id := string(a.Attachment + a.Token)
	if err != nil || id == "" {
		return "", &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("%s: the answer has no handle", path)}
	}
	c.uploads.put(f.Hash, id, now)
	return id, nil
}

// multipartOf reads a file, of 5 MB at most, into a form.
func multipartOf(f sangkien.File, open func() (io.ReadCloser, error)) content {
	return func() (io.ReadCloser, string, error) {
		r, err := open()
		if err != nil {
			return nil, "", fmt.Errorf("open the file: %w", err)
		}
		defer func() { _ = r.Close() }() // only read from
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", fileName(f))
		if err != nil {
			return nil, "", fmt.Errorf("write the form: %w", err)
		}
		_, err = io.Copy(part, io.LimitReader(r, maxFile+1))
		if err = errors.Join(err, form.Close()); err != nil {
			return nil, "", fmt.Errorf("write the form: %w", err)
		}
		return io.NopCloser(&body), form.FormDataContentType(), nil
	}
}

// fileName is a name that a header can carry; people see it.
func fileName(f sangkien.File) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`"\/`, r) {
			return '_'
		}
		return r
	}, f.Name)
	if name == "" {
		return "tep"
	}
	return name
}

// untilMorning adds when a message that Zalo refused for the night may be tried again.
func (c *Channel) untilMorning(err error) error {
	var se *bot.SendError
	if errors.As(err, &se) && se.Barred == sangkien.BarredNight && se.Until.IsZero() {
		now := c.config.Now().In(c.config.Zone)
		se.Until = c.windows.Morning(now.Add(30 * time.Minute)) // by a clock that differs from ours
	}
	return err
}

package webchat

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
)

// Limits of what a page may send. A long text fits; nothing else needs more.
const (
	maxBody   = 256 << 10
	maxFiles  = 10
	heartbeat = 20 * time.Second
	history   = 200 // lines that a page shows when it comes back
	cookie    = "sangkien"
)

// MaxUpload is how many bytes the files of one answer may have together.
const MaxUpload = maxFiles * (sangkien.MaxAttachment + 4096)

// Handler serves the page's API under /chat/api/. What is sent goes to receive and is acknowledged once it is
// committed: a page that got no answer sends again with the same key.
func (c *Channel) Handler(receive bot.Receive) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /chat/api/events", c.events)
	mux.HandleFunc("GET /chat/api/file/{seq}", c.file)
	mux.HandleFunc("POST /chat/api/send", func(w http.ResponseWriter, r *http.Request) { c.send(w, r, receive) })
	mux.HandleFunc("POST /chat/api/upload", func(w http.ResponseWriter, r *http.Request) { c.upload(w, r, receive) })
	return mux
}

// visitor is who a request comes from. The chat is named by a hash of the cookie, so that the database holds
// nothing that opens a conversation.
func (c *Channel) visitor(w http.ResponseWriter, r *http.Request) (chat string, ok bool) {
	if k, err := r.Cookie(cookie); err == nil && len(k.Value) == 64 {
		return hash(k.Value), true
	}
	if !c.pace.newVisitor(r.RemoteAddr) {
		return "", false
	}
	token := make([]byte, 32)
	_, _ = rand.Read(token) // crypto/rand.Read never returns an error
	value := hex.EncodeToString(token)
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: value, Path: "/chat", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode})
	return hash(value), true
}

func hash(token string) string {
	sum := sha256.Sum256([]byte("web:" + token))
	return hex.EncodeToString(sum[:16])
}

// problem is an error as the page shows it.
func problem(w http.ResponseWriter, status int, vi, en string) {
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "2")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"vi": vi, "en": en}) // the page may be gone
}

// ours refuses what another site makes a browser send (CSRF).
func ours(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		origin, err := url.Parse(r.Header.Get("Origin"))
		return err == nil && (origin.Host == "" && r.Header.Get("Origin") == "" || origin.Host == r.Host)
	}
	return false
}

// sent is the body of /chat/api/send.
type sent struct {
	Key   string `json:"key"`
	Text  string `json:"text"`
	Press string `json:"press"`
	Line  int64  `json:"line"`  // whose button was pressed
	Label string `json:"label"` // of the button, to show it again
	Lang  string `json:"lang"`
	Quiet bool   `json:"quiet"` // not shown as a line: the page's own /start
}

var keyShape = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)

func (c *Channel) send(w http.ResponseWriter, r *http.Request, receive bot.Receive) {
	chat, ok := c.enter(w, r)
	if !ok {
		return
	}
	var in sent
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil || !keyShape.MatchString(in.Key) {
		problem(w, http.StatusBadRequest, "Tin nhắn quá dài hoặc chưa đúng dạng.", "The message is too long or malformed.")
		return
	}
	u := c.update(chat, in.Key, in.Lang)
	u.Kind, u.Text = sangkien.UpdateText, in.Text
	shown := in.Text
	if in.Press != "" {
		u.Kind, u.Text, u.Press, u.MessageID, shown = sangkien.UpdatePress, "", in.Press, strconv.FormatInt(in.Line, 10), in.Label
	}
	if !in.Quiet && shown != "" {
		if _, err := c.append(r.Context(), chat, sangkien.WebEntry{Key: in.Key, Mine: true}, entry{Text: locale.Text{{Text: shown}}}); err != nil {
			c.unavailable(w, err)
			return
		}
	}
	c.finish(w, r, receive, u)
}

// enter checks what every sending request must pass.
func (c *Channel) enter(w http.ResponseWriter, r *http.Request) (chat string, ok bool) {
	if !ours(r) {
		problem(w, http.StatusForbidden, "Yêu cầu đến từ trang khác.", "The request came from another site.")
		return "", false
	}
	chat, ok = c.visitor(w, r)
	if !ok || !c.pace.message(chat) {
		problem(w, http.StatusTooManyRequests, "Anh/chị gửi hơi nhanh, hệ thống sẽ gửi lại sau giây lát.", "Too fast; it will be sent again in a moment.")
		return "", false
	}
	return chat, true
}

func (c *Channel) update(chat, key, lang string) sangkien.Update {
	sum := sha256.Sum256([]byte(chat + ":" + key)) // each page names its messages by itself; keys are logged, chats are not
	return sangkien.Update{Key: "web:" + hex.EncodeToString(sum[:16]), At: time.Now(), MessageID: key,
		Address: sangkien.Address{Channel: Name, Bot: "0", Chat: chat}, From: sangkien.Sender{ID: chat, Language: lang}}
}

func (c *Channel) finish(w http.ResponseWriter, r *http.Request, receive bot.Receive, u sangkien.Update) {
	if err := receive(context.WithoutCancel(r.Context()), u)(); err != nil {
		c.unavailable(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *Channel) unavailable(w http.ResponseWriter, err error) {
	c.logger.Warn("web chat: not handled", "error", err)
	problem(w, http.StatusServiceUnavailable, "Hệ thống đang gián đoạn, tin nhắn chưa gửi được. Anh/chị không phải viết lại: trang này sẽ tự gửi lại.", "The system is interrupted and your message was not sent. No need to write it again: this page will send it.")
}

// upload takes the files of one answer: several are one update, as an album is.
func (c *Channel) upload(w http.ResponseWriter, r *http.Request, receive bot.Receive) {
	chat, ok := c.enter(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxUpload)
	u, names, err := c.readUpload(r, chat)
	switch {
	case errors.Is(err, errMalformed):
		problem(w, http.StatusBadRequest, "Tệp chưa gửi được. Anh/chị chọn lại giúp.", "The files did not arrive. Please choose them again.")
	case sangkien.CodeOf(err) == sangkien.EINVALID:
		c.refused(w, err)
	case err != nil:
		c.unavailable(w, err)
	default:
		if _, err := c.append(r.Context(), chat, sangkien.WebEntry{Key: u.MessageID, Mine: true}, entry{Files: names, Text: locale.Text{{Text: u.Text}}}); err != nil {
			c.unavailable(w, err)
			return
		}
		c.finish(w, r, receive, u)
	}
}

// refused says why a file is not taken, and what is.
func (c *Channel) refused(w http.ResponseWriter, err error) {
	vi, en := "chỉ nhận ảnh, video, ghi âm, PDF, Word, Excel, không quá 20 MB.", "only photos, video, sound, PDF, Word or Excel are taken, up to 20 MB."
	if key := sangkien.Say("file.refused." + c.reason(err)); locale.Has(key.Key) {
		say := locale.NewSpeaker(time.UTC)
		vi, en = say.Say(key, sangkien.Vietnamese).String(), say.Say(key, sangkien.English).String()
	}
	problem(w, http.StatusUnprocessableEntity, "Tệp này không nhận được: "+vi, "This file cannot be taken: "+en)
}

func (c *Channel) reason(err error) string {
	if c.Reason == nil {
		return ""
	}
	return c.Reason(err)
}

var errMalformed = errors.New("malformed upload")

func (c *Channel) readUpload(r *http.Request, chat string) (u sangkien.Update, names []string, err error) {
	form, err := r.MultipartReader()
	if err != nil {
		return u, nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	fields := map[string]string{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return u, nil, fmt.Errorf("%w: %w", errMalformed, err)
		}
		if part.FileName() == "" {
			value, err := io.ReadAll(io.LimitReader(part, 16<<10))
			if err != nil {
				return u, nil, fmt.Errorf("%w: %w", errMalformed, err)
			}
			fields[part.FormName()] = string(value)
			continue
		}
		if len(u.Files) == maxFiles {
			return u, nil, sangkien.Errorf(sangkien.EINVALID, "more than %d files", maxFiles)
		}
		f, err := c.files.Put(r.Context(), part.FileName(), part)
		if err != nil {
			return u, nil, err
		}
		u.Files, names = append(u.Files, f), append(names, f.Name)
	}
	if len(u.Files) == 0 || !keyShape.MatchString(fields["key"]) {
		return u, nil, errMalformed
	}
	files := u.Files
	u = c.update(chat, fields["key"], fields["lang"])
	u.Kind, u.Files, u.Text = sangkien.UpdateFile, files, strings.TrimSpace(fields["text"])
	return u, names, nil
}

// events streams the lines of the visitor's chat: what the page has not seen, then what comes.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
func (c *Channel) events(w http.ResponseWriter, r *http.Request) {
	chat, ok := c.visitor(w, r)
	if !ok {
		problem(w, http.StatusTooManyRequests, "Quá nhiều người truy cập cùng lúc từ nơi này. Anh/chị đợi một phút rồi thử lại.", "Too many visitors from this place. Please wait a minute.")
		return
	}
	after, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64) // 0 when it is none
	news, leave := c.hub.join(chat)
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	s := stream{w: w, control: http.NewResponseController(w)}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for first := true; ; first = false {
		entries, err := c.log.WebEntries(r.Context(), chat, after, history)
		if err != nil {
			return // the page connects again
		}
		for _, e := range entries {
			s.line(e)
			after = e.Seq
		}
		if first {
			s.event("ready", strconv.Itoa(len(entries)))
		}
		if !s.wait(r, news, beat.C) {
			return
		}
	}
}

// stream writes events; the first failure ends it.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	failed  bool
}

func (s *stream) write(format string, args ...any) {
	if s.failed {
		return
	}
	// A page that does not read is cut off; it connects again and misses nothing.
	err := s.control.SetWriteDeadline(time.Now().Add(10 * time.Second))
	_, werr := fmt.Fprintf(s.w, format, args...)
	s.failed = errors.Join(ignoreUnsupported(err), werr, s.control.Flush()) != nil
}

func ignoreUnsupported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

func (s *stream) event(name, data string) { s.write("event: %s\ndata: %s\n\n", name, data) }

func (s *stream) line(e sangkien.WebEntry) {
	s.write("id: %d\ndata: {\"seq\":%d,\"mine\":%t,\"key\":%q,\"at\":%d,\"entry\":%s}\n\n", e.Seq, e.Seq, e.Mine, e.Key, e.At.UnixMilli(), e.Data)
}

// wait returns when there is news, false when the page is gone.
func (s *stream) wait(r *http.Request, news <-chan struct{}, beat <-chan time.Time) bool {
	for !s.failed {
		select {
		case <-r.Context().Done():
			return false
		case <-news:
			return true
		case <-beat:
			s.write(": still here\n\n")
		}
	}
	return false
}

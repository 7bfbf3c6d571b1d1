package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/testkit/telegramtest"
	"github.com/sangkien/sangkien/testkit/zalobottest"
)

// label returns what is on the button that a step presses.
func label(step string) (string, bool) {
	inner, ok := strings.CutPrefix(step, "[")
	return strings.TrimSuffix(inner, "]"), ok
}

func bracketed(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	return "[" + strings.Join(labels, "] [") + "]"
}

// await waits until something came and nothing more is on its way.
func await(ctx context.Context, came func() int, settled func() error) error {
	for {
		if came() > 0 && settled() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

type telegramDriver struct {
	server *telegramtest.Server
	chat   *telegramtest.Chat
	read   int
}

func openTelegram(t *testing.T, run func(func(*Config)) *running) journeyDriver {
	server := telegramtest.New(t)
	run(func(c *Config) { c.TelegramToken, c.TelegramAPIURL = server.Token, server.URL })
	return &telegramDriver{server: server, chat: server.Chat(7)}
}

func (d *telegramDriver) Address() sangkien.Address {
	return sangkien.Address{Channel: "telegram", Bot: d.server.BotID, Chat: "7"}
}

func (d *telegramDriver) Do(_ context.Context, step string) error {
	if l, ok := label(step); ok {
		all := d.chat.Messages()
		for _, m := range slices.Backward(all) {
			if _, has := m.Button(l); has {
				return d.chat.Press(m.ID, l)
			}
		}
		return fmt.Errorf("no button %q", l)
	}
	if step == "!photo" {
		data, err := journeyPhoto()
		d.chat.Photo("", data)
		return err
	}
	d.chat.Send(step)
	return nil
}

func (d *telegramDriver) Heard(ctx context.Context, settled func() error) ([]heard, error) {
	if err := await(ctx, func() int { return len(d.chat.Messages()) - d.read }, settled); err != nil {
		return nil, err
	}
	var out []heard
	for _, m := range d.chat.Messages()[d.read:] {
		out = append(out, heard{words: timeless(m.Text), choices: bracketed(m.Labels())})
		d.read++
	}
	return out, nil
}

// zaloBotDriver has no buttons: it types the number or the word that it reads.
type zaloBotDriver struct {
	server *zalobottest.Server
	chat   *zalobottest.Chat
	read   int
}

func openZaloBot(t *testing.T, run func(func(*Config)) *running) journeyDriver {
	server := zalobottest.New(t, zalobottest.Options{Idle: 50 * time.Millisecond})
	run(func(c *Config) { c.ZaloBotToken, c.ZaloBotAPIURL = server.Token, server.URL })
	return &zaloBotDriver{server: server, chat: server.Chat("7")}
}

func (d *zaloBotDriver) Address() sangkien.Address {
	return sangkien.Address{Channel: "zalo-bot", Bot: d.server.BotID, Chat: "7"}
}

// zaloWords are what a member types where others send a command.
var zaloWords = map[string]string{"/start": "xin chào", "/cuatoi": "cua toi"}

func (d *zaloBotDriver) Do(_ context.Context, step string) error {
	l, press := label(step)
	switch {
	case step == "!photo":
		data, err := journeyPhoto()
		d.chat.Photo(data, "")
		return err
	case !press:
		if words := zaloWords[step]; words != "" {
			step = words
		}
		d.chat.Send(step)
		return nil
	}
	all := d.chat.Messages()
	said, err := typedFor(all[len(all)-1].Text, l)
	if err == nil {
		d.chat.Send(said)
	}
	return err
}

var typedLine = regexp.MustCompile(`^(?:(?:Hoặc gõ|Gõ): (.*)|Gõ số để chọn\.)$`)

// typedFor is what someone types who wants the choice with a label, from what the last message says.
func typedFor(text, label string) (string, error) {
	_, name, _ := strings.Cut(label, ": ")
	title := regexp.MustCompile(`^Xem (\d+)\. `).ReplaceAllString(label, "")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		n, rest, numbered := strings.Cut(line, ". ")
		if m := typedLine.FindStringSubmatch(line); m != nil && slices.Contains(strings.Split(m[1], " · "), label) {
			return strings.ToLower(label), nil
		}
		switch {
		case !numbered || strings.Trim(n, "0123456789") != "":
		case rest == label, name != "" && strings.HasPrefix(rest, name+": "), title != label && strings.HasPrefix(rest, "“"+title+"”"):
			return n, nil
		}
	}
	return "", fmt.Errorf("nothing to type for %q in %q", label, text)
}

func (d *zaloBotDriver) Heard(ctx context.Context, settled func() error) ([]heard, error) {
	if err := await(ctx, func() int { return len(d.chat.Messages()) - d.read }, settled); err != nil {
		return nil, err
	}
	var out []heard
	for _, m := range d.chat.Messages()[d.read:] {
		out = append(out, apart(timeless(m.Text)))
		d.read++
	}
	return out, nil
}

var numberedLine = regexp.MustCompile(`^\d+\. `)

// apart takes the choices at the end of a message off its words.
func apart(text string) heard {
	lines := strings.Split(text, "\n")
	end := len(lines)
	if end > 0 && typedLine.MatchString(lines[end-1]) {
		end--
	}
	for end > 0 && numberedLine.MatchString(lines[end-1]) && !strings.Contains(lines[end-1], "“") {
		end--
	}
	return heard{words: strings.Join(lines[:end], "\n"), choices: strings.Join(lines[end:], " | ")}
}

// webDriver is a page, without its looks.
type webDriver struct {
	url    string
	client *http.Client
	store  func(context.Context) (string, error) // the chat's id

	mu   sync.Mutex
	said []webLine
	read int
	keys int
}

type webLine struct {
	seq     int64
	text    locale.Text
	buttons [][]bot.Button
}

func openWeb(t *testing.T, run func(func(*Config)) *running) journeyDriver {
	r := run(func(*Config) {})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &webDriver{url: r.url, client: &http.Client{Jar: jar}}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/chat/api/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var reader sync.WaitGroup
	reader.Go(func() { d.listen(resp) })
	t.Cleanup(func() { cancel(); _ = resp.Body.Close(); reader.Wait() })
	d.store = func(ctx context.Context) (string, error) { return webChatOf(ctx, r) }
	return d
}

// webChatOf finds the only web chat.
func webChatOf(ctx context.Context, r *running) (string, error) {
	var members []int64
	err := r.store.EachIdea(ctx, func(i sangkien.Idea, m sangkien.Member) error { members = append(members, m.ID); return nil })
	if err != nil || len(members) == 0 {
		return "", fmt.Errorf("no idea: %w", err)
	}
	a, ok, err := r.store.Reach(ctx, members[0])
	if err != nil || !ok {
		return "", fmt.Errorf("nobody: %w", err)
	}
	return a.Chat, nil
}

func (d *webDriver) Address() sangkien.Address {
	chat, _ := d.store(context.Background())
	return sangkien.Address{Channel: "web", Bot: "0", Chat: chat}
}

// listen reads the page's events.
func (d *webDriver) listen(resp *http.Response) {
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: {")
		if !ok {
			continue
		}
		var e struct {
			Seq   int64
			Mine  bool
			Entry struct {
				Text    locale.Text
				Buttons [][]bot.Button
				Retire  int64
			}
		}
		if json.Unmarshal([]byte("{"+data), &e) == nil && !e.Mine && e.Entry.Retire == 0 {
			d.mu.Lock()
			d.said = append(d.said, webLine{e.Seq, e.Entry.Text, e.Entry.Buttons})
			d.mu.Unlock()
		}
	}
}

func (d *webDriver) key() string {
	d.keys++
	return fmt.Sprintf("journey-%08d", d.keys)
}

func (d *webDriver) Do(ctx context.Context, step string) error {
	body := map[string]any{"key": d.key(), "text": step, "lang": "vi", "quiet": step == "/start"}
	if step == "!photo" {
		return d.photo(ctx)
	}
	if l, ok := label(step); ok {
		b, seq, found := d.button(l)
		if !found {
			return fmt.Errorf("no button %q", l)
		}
		body["text"], body["press"], body["label"], body["line"] = "", b.Data, l, seq
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return d.post(ctx, "/chat/api/send", "application/json", raw)
}

func (d *webDriver) button(label string) (bot.Button, int64, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, line := range slices.Backward(d.said) {
		for _, b := range slices.Concat(line.buttons...) {
			if b.Label == label {
				return b, line.seq, true
			}
		}
	}
	return bot.Button{}, 0, false
}

func (d *webDriver) photo(ctx context.Context) error {
	data, err := journeyPhoto()
	if err != nil {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("key", d.key())
	_ = form.WriteField("lang", "vi")
	part, err := form.CreateFormFile("file", "a.jpg")
	if err != nil {
		return err
	}
	_, _ = part.Write(data)
	_ = form.Close()
	return d.post(ctx, "/chat/api/upload", form.FormDataContentType(), body.Bytes())
}

func (d *webDriver) post(ctx context.Context, path, kind string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	resp, err := d.client.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	return nil
}

func (d *webDriver) Heard(ctx context.Context, settled func() error) ([]heard, error) {
	came := func() int {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.said) - d.read
	}
	if err := await(ctx, came, settled); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []heard
	for _, line := range d.said[d.read:] {
		var labels []string
		for _, b := range slices.Concat(line.buttons...) {
			labels = append(labels, b.Label)
		}
		out = append(out, heard{words: timeless(line.text.String()), choices: bracketed(labels)})
	}
	d.read = len(d.said)
	return out, nil
}

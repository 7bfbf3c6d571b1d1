package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// emulatorVersion is that of npm's telegram-test-api, which nobody here wrote.
const emulatorVersion = "4.2.1"

// Emulator is npm's telegram-test-api: an independent peer for a conversation. It knows no long poll, no
// redelivery, no limits and no files.
type Emulator struct {
	URL   string
	Token string
}

// StartEmulator installs the emulator into the user's cache and starts it. Where node is not installed or the
// package cannot be had the test is skipped, or fails if SANGKIEN_TEST_REQUIRE names node.
func StartEmulator(t testing.TB) *Emulator {
	t.Helper()
	dir, err := installEmulator()
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("SANGKIEN_TEST_REQUIRE"), ","), "node") {
			t.Fatalf("node is required: %v", err)
		}
		t.Skipf("without telegram-test-api: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	script := fmt.Sprintf(`const S = require('telegram-test-api'); new S({port: %d, host: '127.0.0.1', storeTimeout: 3600}).start()`, port)
	cmd := exec.Command("node", "-e", script)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	e := &Emulator{URL: fmt.Sprintf("http://127.0.0.1:%d", port), Token: "5:emulated"}
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.DialTimeout("tcp", e.URL[len("http://"):], time.Second); err == nil {
			_ = conn.Close()
			return e
		}
		if time.Since(begun) > 15*time.Second {
			t.Fatal("the emulator does not listen")
		}
	}
}

// installEmulator installs aside and moves what is whole into its place: an install that was cut off, or one by
// another test at the same time, never shows.
func installEmulator() (string, error) {
	if _, err := exec.LookPath("npm"); err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "sangkien-test", "telegram-test-api-"+emulatorVersion)
	if installed(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err
	}
	aside, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(aside) }()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second) // a network that is not there must not hold up the tests
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", aside, "telegram-test-api@"+emulatorVersion)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install: %w: %s", err, out)
	}
	if err := os.Rename(aside, dir); err != nil && !installed(dir) {
		return "", fmt.Errorf("keep the emulator: %w", err)
	}
	return dir, nil
}

func installed(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "node_modules", "telegram-test-api"))
	return err == nil
}

// EmulatorMessage is a message of the bot, as the emulator kept it.
type EmulatorMessage struct {
	ID      int64 `json:"messageId"`
	Message struct {
		Text   string `json:"text"`
		Markup struct {
			Rows [][]Button `json:"inline_keyboard"`
		} `json:"reply_markup"`
	} `json:"message"`
}

func (e *Emulator) post(ctx context.Context, path string, body any) ([]byte, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var b bytes.Buffer
	_, err = b.ReadFrom(resp.Body)
	return b.Bytes(), err
}

func emulated() (from, chat map[string]any) {
	return map[string]any{"id": 1, "first_name": "Ôn", "username": "on", "is_bot": false, "language_code": "vi"},
		map[string]any{"id": 1, "first_name": "Ôn", "username": "on", "type": "private", "title": ""}
}

// Send lets the user write a text.
func (e *Emulator) Send(ctx context.Context, text string) error {
	from, chat := emulated()
	path := "/sendMessage"
	body := map[string]any{"botToken": e.Token, "date": time.Now().Unix(), "from": from, "chat": chat, "text": text}
	if strings.HasPrefix(text, "/") {
		path = "/sendCommand"
		body["entities"] = []any{map[string]any{"offset": 0, "length": len(text), "type": "bot_command"}}
	}
	_, err := e.post(ctx, path, body)
	return err
}

// Press lets the user press a button of a message.
func (e *Emulator) Press(ctx context.Context, m EmulatorMessage, label string) error {
	for _, b := range slices.Concat(m.Message.Markup.Rows...) {
		if b.Text != label {
			continue
		}
		from, chat := emulated()
		_, err := e.post(ctx, "/sendCallback", map[string]any{"botToken": e.Token, "from": from, "data": b.Data,
			"message": map[string]any{"message_id": m.ID, "date": 1, "chat": chat}})
		return err
	}
	return fmt.Errorf("message %q has no button %q", m.Message.Text, label)
}

// Await waits until the bot said something that holds the words, and returns the newest such message.
func (e *Emulator) Await(ctx context.Context, words string) (EmulatorMessage, error) {
	for {
		data, err := e.post(ctx, "/getUpdatesHistory", map[string]any{"token": e.Token})
		if err != nil {
			return EmulatorMessage{}, fmt.Errorf("wait for %q: %w", words, err)
		}
		var history struct {
			Result []EmulatorMessage `json:"result"`
		}
		if err := json.Unmarshal(data, &history); err != nil {
			return EmulatorMessage{}, fmt.Errorf("read the history: %w: %s", err, data)
		}
		for _, m := range slices.Backward(history.Result) {
			if strings.Contains(m.Message.Text, words) && m.Message.Markup.Rows != nil {
				return m, nil
			}
		}
		select {
		case <-ctx.Done():
			return EmulatorMessage{}, fmt.Errorf("wait for %q: %w; the history is %s", words, ctx.Err(), data)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestFullDisk fills the disk under the running binary: who writes is told once what happens next, what only reads is
// answered, nothing that was confirmed is lost, and when there is room again all goes on by itself, each update once.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ disk, mode string }{{"ext4", "webhook"}, {"tmpfs", "polling"}} {
		t.Run(c.disk+"/"+c.mode, func(t *testing.T) {
			t.Parallel()
			fullDisk(t, testkit.SmallDisk(t, c.disk, 24), c.mode)
		})
	}
}

// TestStartOnAFullDisk: what cannot be started says why and what to do, changes nothing, and starts once there is room.
func TestStartOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := testkit.SmallDisk(t, "tmpfs", 24)
	p := newProcess(t, "SANGKIEN_DATA_DIR="+filepath.Join(disk, "data"))
	p.start()
	p.ready(t)
	p.signal(15)
	if err := p.await(); err != nil {
		t.Fatal(err)
	}
	free := testkit.Fill(t, disk)
	for _, dir := range []string{"data", "new"} {
		out, err := binaryRun(t, []string{"SANGKIEN_DATA_DIR=" + filepath.Join(disk, dir)}, "serve")
		if err == nil || !strings.Contains(out, "Ổ đĩa đầy") || !strings.Contains(out, "move old backups") {
			t.Errorf("%s: %s, %v", dir, out, err)
		}
	}
	free()
	p.start()
	p.ready(t)
}

func fullDisk(t *testing.T, disk, mode string) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server, dir := telegramtest.New(t), filepath.Join(disk, "data")
	p := newProcess(t, "SANGKIEN_DATA_DIR="+dir, "SANGKIEN_TELEGRAM_TOKEN="+server.Token, "SANGKIEN_TELEGRAM_API_URL="+server.URL,
		"SANGKIEN_TELEGRAM_MODE="+mode, "SANGKIEN_TELEGRAM_RATE=1000", "TMPDIR="+disk)
	p.env = append(p.env, "SANGKIEN_PUBLIC_URL=http://"+p.addr)
	p.start()
	p.ready(t)
	reader, writer := diskMember(server, 1), diskMember(server, 2)
	reader.chat.send("/start")
	if err := reader.submit(ctx, 1); err != nil {
		t.Fatal(err)
	}
	writer.chat.send("/start")
	walk := writer.turns(1, "2-1")
	const half = 10 // the answer to “Bước 3/9” is confirmed, [Xong] comes next
	writer.walk(ctx, t, append(walk[:half-1:half-1], chaosTurn{walk[half-1].until, nil}))
	page := openVisitor(ctx, t, p.addr)
	page.say(t, "/start", http.StatusNoContent)
	page.until(t, "Kính chào")

	free := testkit.Fill(t, disk)
	before := len(p.log.String())
	writer.chat.send("xong")
	writer.hears(ctx, t, "hết chỗ chứa")
	server.Chat(2).Photo("", readFile(t, photo(t, "a.jpg")))
	reader.chat.send("/cuatoi")
	reader.hears(ctx, t, "SK-")
	reader.chat.send("/tracuu ngô")
	reader.hears(ctx, t, "ngô")
	reader.chat.send("/ketqua")
	reader.hears(ctx, t, "1")
	page.say(t, "/trogiup", http.StatusNoContent)
	page.until(t, "/cuatoi")
	if said := page.say(t, "/gui", http.StatusServiceUnavailable); !strings.Contains(said, "hết chỗ chứa") || !strings.Contains(said, "tự gửi lại") {
		t.Errorf("the page is told %s", said)
	}
	p.ready(t)
	if got := p.get(t, "/metrics"); !strings.Contains(got, "sangkien_disk_free_bytes 0") || !strings.Contains(got, `sangkien_updates_without_room_total{channel="telegram"}`) {
		t.Errorf("the figures do not tell")
	}
	env := []string{"SANGKIEN_DATA_DIR=" + dir, "TMPDIR=" + disk}
	if out, err := binaryRun(t, env, "doctor"); err == nil || !strings.Contains(out, "BAD   Ổ đĩa gần đầy, chỉ còn 0 MB") {
		t.Errorf("doctor says %s, %v", out, err)
	}
	if out, err := binaryRun(t, env, "backup"); err == nil || !strings.Contains(out, "there is too little room") {
		t.Errorf("backup says %s, %v", out, err)
	}
	noLeftovers(t, disk)
	told := 0
	for _, m := range server.Chat(2).Messages() {
		if strings.Contains(m.Text, "hết chỗ chứa") {
			told++
		}
	}
	if lines := strings.Count(p.log.String()[before:], "\n"); told != 1 || lines > 200 {
		t.Errorf("told %d times, with %d lines of the log: %s", told, lines, lastLines(p.log.String(), 20))
	}

	free()
	for i := range walk {
		if walk[i].until == "Bước 8/9" {
			walk[i].do = []string{"[Xong]"} // the photo that came meanwhile is there already
		}
	}
	writer.walk(ctx, t, walk[half:])
	text, err := writer.await(ctx, chaosTurn{"Mã hồ sơ", nil})
	if err != nil {
		t.Fatal(err)
	}
	if chaosCode.FindString(text) != fmt.Sprintf("SK-%d-00002", time.Now().Year()) {
		t.Errorf("told %s", text)
	}
	page.say(t, "/gui", http.StatusNoContent)
	page.until(t, "(1/5")
	if err := server.WaitIdle(ctx); err != nil {
		t.Error(err)
	}
	p.signal(15)
	if err := p.await(); err != nil {
		t.Errorf("%v: %s", err, lastLines(p.log.String(), 5))
	}
	checkSQLite(t, filepath.Join(dir, "sangkien.db"))
}

func diskMember(server *telegramtest.Server, n int) *chaosMember {
	return &chaosMember{burst: 1, n: n, chat: telegramChat{server.Chat(int64(n))}, submitted: map[string]sangkien.Answers{}}
}

func (m *chaosMember) walk(ctx context.Context, t *testing.T, turns []chaosTurn) {
	t.Helper()
	for _, turn := range turns {
		if _, err := m.await(ctx, turn); err != nil {
			t.Fatal(err)
		}
	}
}

func (m *chaosMember) hears(ctx context.Context, t *testing.T, words string) {
	t.Helper()
	if _, err := m.await(ctx, chaosTurn{words, nil}); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (p *process) get(t *testing.T, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + p.addr + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// noLeftovers: what could not be finished lies nowhere.
func noLeftovers(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		for _, half := range []string{".writing-", ".verifying-", ".restoring-", ".doctor-", "came-", "new-", "sangkien-table-"} {
			if err == nil && strings.HasPrefix(e.Name(), half) {
				t.Errorf("left behind: %s", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func checkSQLite(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(t.Context(), "pragma integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check says %s, %v", verdict, err)
	}
}

// visitor is a page of the web chat: what it says is posted, what it hears is a stream.
type visitor struct {
	url    string
	client *http.Client
	lines  *bufio.Reader
	said   int
}

func openVisitor(ctx context.Context, t *testing.T, addr string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{url: "http://" + addr + "/chat/api/", client: &http.Client{Jar: jar}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+"events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := v.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	v.lines = bufio.NewReader(resp.Body)
	return v
}

// say posts a text and returns the answer, which must have the status.
func (v *visitor) say(t *testing.T, text string, status int) string {
	t.Helper()
	v.said++
	resp, err := v.client.Post(v.url+"send", "application/json", strings.NewReader(fmt.Sprintf(`{"key":"visitor-key-%d","text":%q,"lang":"vi"}`, v.said, text)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Errorf("%q is answered %d, want %d: %s, %v", text, resp.StatusCode, status, body, err)
	}
	return string(body)
}

// until reads the stream up to a line that has the words.
func (v *visitor) until(t *testing.T, words string) {
	t.Helper()
	for {
		line, err := v.lines.ReadString('\n')
		if err != nil {
			t.Fatalf("waited for %q: %v", words, err)
		}
		if strings.HasPrefix(line, "data:") && strings.Contains(line, words) && !strings.Contains(line, `"mine":true`) {
			return
		}
	}
}

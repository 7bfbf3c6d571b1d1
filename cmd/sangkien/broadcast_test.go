package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// onTelegram is an app whose members have chats on a strict server.
func onTelegram(t *testing.T, members int, rate int) (*running, *telegramtest.Server) {
	t.Helper()
	server := telegramtest.New(t)
	r := start(t, func(c *Config) {
		c.TelegramToken, c.TelegramAPIURL, c.TelegramRate = server.Token, server.URL, rate
	})
	subscribe(t, r.store, server, members)
	return r, server
}

var broadcastID = regexp.MustCompile(`Broadcast (\d+) is planned`)

// TestBroadcastFromTheCommandLine writes to many beside a running server: what the preview says, what arrives, what is
// shown and exported afterwards.
func TestBroadcastFromTheCommandLine(t *testing.T) {
	t.Parallel()
	r, server := onTelegram(t, 20, 1000)
	dir := r.config.DataDir
	text := filepath.Join(dir, "text.txt")
	if err := os.WriteFile(text, []byte("\ufeffKính gửi {ten}, <b>mời</b> anh/chị *gửi* ý tưởng & lời khuyên.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	named := func(m int64, name string) {
		if _, err := r.store.Commit(t.Context(), sangkien.Commit{Key: name, At: time.Now(), Effects: []sangkien.Effect{sangkien.MemberNamed{Member: m, Name: name}}}); err != nil {
			t.Fatal(err)
		}
	}
	named(3, "=HYPERLINK(1)")
	named(4, "<i>Bà {ten}</i>")
	muted, err := sangkien.Member{ID: 5}.Subscribe(sangkien.TopicNews, sangkien.Never, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.Commit(t.Context(), sangkien.Commit{Key: "mute", At: time.Now(), Effects: []sangkien.Effect{muted}}); err != nil {
		t.Fatal(err)
	}
	send := func(more ...string) (string, error) {
		return command(t, dir, append([]string{"broadcast", "--text-file", text}, more...)...)
	}
	for audience, wrong := range map[string]string{"unit=77": `there is no unit with the code or id "77"`, "status=draft": "add campaign=", "x=1": `"x" is not known`, "unit": "is not like unit=19",
		"status=asleep": "one of nothing, draft", "campaign=x": "there is no campaign x"} {
		if _, err := send("--audience", audience); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", audience, err)
		}
	}
	out, err := send("--audience", "channel=telegram", "--dry-run")
	if err != nil || !strings.Contains(out, "In the audience: 20. Will be written to: 19.") || !strings.Contains(out, "muted the topic") || server.Count("sendMessage") > 0 {
		t.Fatalf("%s, %v", out, err)
	}
	out, err = send("--audience", "all", "--offer", "gui")
	if err != nil || !strings.Contains(out, "It is done: 19 sent, 0 failed, 0 blocked, 1 skipped, 0 uncertain.") {
		t.Fatalf("%s, %v", out, err)
	}
	id := broadcastID.FindStringSubmatch(out)[1]
	m, err := server.Chat(4).Next(t.Context())
	if err != nil || m.Text != "Kính gửi <i>Bà {ten}</i>, <b>mời</b> anh/chị *gửi* ý tưởng & lời khuyên." || strings.Join(m.Labels(), "|") != "Gửi ý tưởng hoặc làm tiếp|Tắt thông báo" {
		t.Errorf("%+v, %v", m, err)
	}
	if out, err := command(t, dir, "broadcast", "show", id); err != nil || !strings.Contains(out, "muted the topic") {
		t.Errorf("%s, %v", out, err)
	}
	for format, want := range map[string]string{"csv": `"'=HYPERLINK(1)"`, "jsonl": `"name":"=HYPERLINK(1)"`} {
		if out, err := command(t, dir, "export", "deliveries", id, "--format", format); err != nil || strings.Count(out, "\n") < 20 || !strings.Contains(out, want) {
			t.Errorf("%s: %s, %v", format, out, err)
		}
	}
	path := filepath.Join(dir, "deliveries.xlsx")
	if _, err := command(t, dir, "export", "deliveries", id, "--format", "xlsx", "-o", path); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() < 1000 || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	// A second one on the same day reaches nobody; an urgent one does.
	if out, err := send("--audience", "all"); err != nil || !strings.Contains(out, "0 sent, 0 failed, 0 blocked, 20 skipped") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := send("--audience", "all", "--urgent"); err != nil || !strings.Contains(out, "19 sent") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := command(t, dir, "broadcast", "list"); err != nil || strings.Count(out, "done") != 3 {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := command(t, dir, "broadcast", "pause", id); err == nil || !strings.Contains(err.Error(), "is done: that cannot be done") {
		t.Error(err)
	}
}

// TestBroadcastIsSteered pauses, resumes and cancels by the command line what a slow server sends.
func TestBroadcastIsSteered(t *testing.T) {
	t.Parallel()
	r, server := onTelegram(t, 40, 10)
	b := plan(t, r.store, sangkien.Broadcast{ID: 70})
	dir := r.config.DataDir
	if err := server.WaitCount(t.Context(), "sendMessage", 5); err != nil {
		t.Fatal(err)
	}
	steer := func(how, want string) {
		t.Helper()
		if out, err := command(t, dir, "broadcast", how, "70"); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %s, %v", how, out, err)
		}
	}
	steer("pause", "is paused")
	time.Sleep(500 * time.Millisecond) // what was under way
	before := server.Count("sendMessage")
	time.Sleep(500 * time.Millisecond)
	if after := server.Count("sendMessage"); after != before || after >= 40 {
		t.Errorf("%d sent after the pause", after-before)
	}
	steer("resume", "is running")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := server.WaitCount(ctx, "sendMessage", before+3); err != nil {
		t.Error(err)
	}
	steer("cancel", "is cancelled")
	testkit.WaitFor(t, func() error {
		got, err := r.store.Broadcast(t.Context(), b.ID)
		if err == nil && (got.Counts.Left() > 0 || got.Counts.Skipped == 0) {
			err = os.ErrExist
		}
		return err
	})
	if got, _ := r.store.Broadcast(t.Context(), b.ID); got.Counts.Planned != 40 || got.Counts.Sent != server.Count("sendMessage") {
		t.Errorf("%+v, %d sent", got.Counts, server.Count("sendMessage"))
	}
}

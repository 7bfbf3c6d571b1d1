package main

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// ended waits until a broadcast is done and returns it with its recipients by member.
func ended(t *testing.T, r *running, id int64) (sangkien.Broadcast, map[int64]sangkien.Recipient) {
	t.Helper()
	var b sangkien.Broadcast
	testkit.WaitFor(t, func() error {
		var err error
		if b, err = r.store.Broadcast(t.Context(), id); err == nil && b.State != sangkien.BroadcastDone {
			err = os.ErrDeadlineExceeded
		}
		return err
	})
	all := map[int64]sangkien.Recipient{}
	if err := r.store.EachRecipient(t.Context(), id, func(x sangkien.Recipient) error { all[x.Member] = x; return nil }); err != nil {
		t.Fatal(err)
	}
	if !b.Counts.Adds() {
		t.Errorf("counts %+v", b.Counts)
	}
	return b, all
}

// TestBroadcastThroughTrouble: every way in which a platform fails befalls some recipients. Nothing is lost, each ends
// as what it is, and who blocked us is not written to again.
func TestBroadcastThroughTrouble(t *testing.T) {
	t.Parallel()
	r, server := onTelegram(t, 60, 1000)
	server.Move(2, -1002)
	fault := func(chat int64, f telegramtest.Fault) { f.Chat, f.Method = chat, "sendMessage"; server.Inject(f) }
	fault(1, telegramtest.Fault{Status: 403, Description: "Forbidden: bot was blocked by the user"})
	fault(3, telegramtest.TooMany(1))
	for range 3 {
		fault(4, telegramtest.BadGateway())
	}
	fault(5, telegramtest.Fault{Cut: true})                                                               // nobody knows; it had not arrived
	fault(6, telegramtest.Fault{Late: true, Cut: true})                                                   // nor here; it had
	fault(7, telegramtest.Fault{Late: true, Status: 200, Body: `{"ok":true,"resu`})                       // half an answer
	fault(8, telegramtest.Fault{Status: 400, Description: "Bad Request: BUTTON_DATA_INVALID"})            // for ever
	fault(9, telegramtest.Fault{Status: 400, Description: "Bad Request: can't parse entities: nonsense"}) // goes as plain text
	fault(10, telegramtest.Fault{Status: 403, Description: "Forbidden: user is deactivated"})
	plan(t, r.store, sangkien.Broadcast{ID: 70})
	b, all := ended(t, r, 70)
	for member, want := range map[int64][2]string{1: {"blocked", "blocked"}, 2: {"sent", ""}, 3: {"sent", ""}, 4: {"sent", ""}, 5: {"uncertain", "no_answer"},
		6: {"uncertain", "no_answer"}, 7: {"uncertain", "no_answer"}, 8: {"failed", "refused"}, 9: {"sent", ""}, 10: {"blocked", "blocked"}, 11: {"sent", ""}} {
		if got := all[member]; string(got.State) != want[0] || got.Reason != want[1] {
			t.Errorf("member %d is %s %q, want %v", member, got.State, got.Reason, want)
		}
	}
	if c := b.Counts; c.Planned != 60 || c.Sent != 54 || c.Blocked != 2 || c.Uncertain != 3 || c.Failed != 1 {
		t.Errorf("counts %+v", c)
	}
	if all[2].To.Chat != "-1002" || all[2].MessageID == "" {
		t.Errorf("who moved is noted at %v", all[2].To)
	}
	// Again, to those whom it failed: nobody else hears it twice.
	sent := server.Count("sendMessage")
	moved, err := b.Move(sangkien.BroadcastRunning, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.Commit(t.Context(), sangkien.Commit{Key: "again", At: time.Now(), Effects: []sangkien.Effect{moved}}); err != nil {
		t.Fatal(err)
	}
	testkit.WaitFor(t, func() error {
		if server.Count("sendMessage") != sent+1 {
			return os.ErrDeadlineExceeded
		}
		return nil
	})
	if b, all := ended(t, r, 70); all[8].State != sangkien.RecipientSent || b.Counts.Failed != 0 || b.Counts.Sent != 55 {
		t.Errorf("after the retry member 8 is %s; counts %+v", all[8].State, b.Counts)
	}
	// The next broadcast leaves out who cannot be reached, and finds who moved.
	plan(t, r.store, sangkien.Broadcast{ID: 71, Urgent: true})
	if _, all := ended(t, r, 71); all[1].Reason != sangkien.SkippedUnreachable || all[10].Reason != sangkien.SkippedUnreachable || all[2].State != sangkien.RecipientSent {
		t.Errorf("then %+v, %+v, %+v", all[1], all[10], all[2])
	}
}

// TestBroadcastThroughAStorm: the platform refuses everyone for a while, then is away; nobody is lost or given up.
func TestBroadcastThroughAStorm(t *testing.T) {
	t.Parallel()
	r, server := onTelegram(t, 80, 1000)
	storm := telegramtest.TooMany(1)
	storm.Times, storm.Method = 40, "sendMessage"
	server.Inject(storm)
	away := telegramtest.BadGateway()
	away.Times, away.Method = 30, "sendMessage"
	server.Inject(away)
	plan(t, r.store, sangkien.Broadcast{ID: 70})
	if b, _ := ended(t, r, 70); b.Counts.Sent != 80 {
		t.Errorf("counts %+v", b.Counts)
	}
}

// TestRepliesOvertakeABroadcast: while a broadcast takes all of the rate, who presses or writes is answered soon, and
// no second has more messages than the platform allows, as far as they can be told where they arrive.
func TestRepliesOvertakeABroadcast(t *testing.T) {
	t.Parallel()
	seconds := fromEnv(t, "SANGKIEN_PACE_SECONDS", 6)
	const rate = 30
	var mu sync.Mutex
	var times []time.Time
	server := telegramtest.New(t, telegramtest.Options{Keep: 4, OnSend: func(telegramtest.Message) {
		mu.Lock()
		defer mu.Unlock()
		times = append(times, time.Now())
	}})
	r := start(t, func(c *Config) {
		c.TelegramToken, c.TelegramAPIURL, c.TelegramRate = server.Token, server.URL, rate
	})
	subscribe(t, r.store, server, rate*(seconds+30))
	plan(t, r.store, sangkien.Broadcast{ID: 70})
	if err := server.WaitCount(t.Context(), "sendMessage", 5); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	var took []time.Duration
	for n := int64(0); time.Since(begun) < time.Duration(seconds)*time.Second; n++ {
		asker := server.Chat(100_000 + n%5)
		asked := time.Now()
		asker.Send("/trogiup")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if _, err := asker.Next(ctx); err != nil {
			t.Error(err)
		}
		cancel()
		took = append(took, time.Since(asked))
		time.Sleep(150 * time.Millisecond)
	}
	ended := time.Now()
	mu.Lock()
	defer mu.Unlock()
	n := 0
	for _, at := range times {
		if at.After(begun) && at.Before(ended) {
			n++
		}
	}
	most, crowded := mostWithin(times, time.Second), mostWithin(times, time.Second-tolerance)
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	t.Logf("%.2f messages a second, at most %d in any second; %d replies, median %v, p99 %v", float64(n)/ended.Sub(begun).Seconds(), most, len(took), took[len(took)/2], p99)
	if p99 > 1500*time.Millisecond {
		t.Errorf("p99 of replies %v", p99)
	}
	if crowded > rate {
		t.Errorf("%d messages in %v", crowded, time.Second-tolerance)
	}
}

// mostWithin is how many of the times, which are in order, lie within d of each other at most.
func mostWithin(times []time.Time, d time.Duration) (most int) {
	for from, to := 0, 0; to < len(times); to++ {
		for times[to].Sub(times[from]) >= d {
			from++
		}
		most = max(most, to+1-from)
	}
	return most
}

// TestAPhotoIsUploadedOnce and sent by its name from then on, with words and buttons; a name that Telegram has forgotten
// is made anew.
func TestAPhotoIsUploadedOnce(t *testing.T) {
	t.Parallel()
	r, server := onTelegram(t, 30, 1000)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 640, 480))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.config.DataDir, "anh.png")
	text := filepath.Join(r.config.DataDir, "text.txt")
	for p, data := range map[string][]byte{path: picture.Bytes(), text: []byte("Ảnh hội nghị")} {
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		out, err := command(t, r.config.DataDir, "broadcast", "--text-file", text, "--photo", path, "--audience", "all", "--urgent")
		if err != nil || !strings.Contains(out, "30 sent, 0 failed") {
			t.Fatalf("%s, %v", out, err)
		}
	}
	uploaded := 0
	for i := range int64(30) {
		for _, m := range server.Chat(i + 1).Messages() {
			if m.File == nil || m.Text != "Ảnh hội nghị" || len(m.Labels()) != 1 {
				t.Errorf("%+v", m)
			} else if !m.File.Again {
				uploaded++
			}
		}
	}
	if uploaded != 1 {
		t.Errorf("uploaded %d times", uploaded)
	}
}

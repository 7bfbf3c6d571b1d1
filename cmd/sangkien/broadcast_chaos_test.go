package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// inFlight is how many sends one process has under way at most: bot's, of one channel.
const inFlight = 64

// TestBroadcastChaos is promise 6 with real processes: a broadcast goes out at full speed while the binary is killed
// every so many sends, paused and resumed. Afterwards nobody was missed: with Resend everyone has the message, and who
// has it twice is marked so and was in flight at a kill; without, nobody has it twice, and who has it not is uncertain.
// The counts say what the rows say, and what the platform saw.
//
// SANGKIEN_CHAOS_RECIPIENTS and SANGKIEN_CHAOS_EVERY say how many there are, and after how many sends a kill comes.
func TestBroadcastChaos(t *testing.T) {
	t.Parallel()
	for _, c := range []broadcastChaos{
		{database: "sqlite", processes: 1, resend: true}, {database: "sqlite", processes: 1},
		{database: "postgres", processes: 1, resend: true}, {database: "postgres", processes: 2, resend: true}, {database: "postgres", processes: 2},
		{database: "postgres", processes: 2, redis: true, resend: true}, {database: "postgres", processes: 2, redis: true},
	} {
		t.Run(fmt.Sprintf("%s/%d/redis=%v/resend=%v", c.database, c.processes, c.redis, c.resend), func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

type broadcastChaos struct {
	database  string
	processes int
	redis     bool
	resend    bool
}

func (c broadcastChaos) run(t *testing.T) {
	recipients, every := fromEnv(t, "SANGKIEN_CHAOS_RECIPIENTS", 600), fromEnv(t, "SANGKIEN_CHAOS_EVERY", 150)
	var sends atomic.Int64
	reached := newTally()
	server := telegramtest.New(t, telegramtest.Options{Keep: 1, OnSend: func(m telegramtest.Message) {
		reached.add(m.Chat)
		sends.Add(1)
	}})
	address := "sqlite:" + filepath.Join(t.TempDir(), "sangkien.db")
	if c.database == "postgres" {
		address = testkit.Postgres(t)
	}
	store, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	subscribe(t, store, server, recipients)
	b := plan(t, store, sangkien.Broadcast{ID: 70, Resend: c.resend})
	env := []string{"SANGKIEN_TELEGRAM_RATE=10000"}
	if c.redis {
		env = append(env, "SANGKIEN_REDIS_URL="+testkit.Redis(t))
	}
	processes := make([]*process, c.processes)
	for i := range processes {
		processes[i] = newProcess(t, append(broadcastEnv(t, server, address), env...)...)
		processes[i].start()
	}
	begun := time.Now()
	kills := c.disturb(t, store, &sends, processes, every, recipients)
	b = awaitDone(t, store, b.ID, processes)
	took := time.Since(begun)
	for _, p := range processes {
		p.kill()
	}
	c.check(t, store, b, reached.counts(), kills, recipients)
	t.Logf("%s, redis %v, %d processes, resend %v: %d recipients, %d kills, %d sends in %.1f s; %+v", c.database, c.redis, c.processes, c.resend,
		recipients, kills, sends.Load(), took.Seconds(), b.Counts)
}

func broadcastEnv(t *testing.T, server *telegramtest.Server, address string) []string {
	t.Helper()
	return []string{"SANGKIEN_DATA_DIR=" + t.TempDir(), "SANGKIEN_DATABASE_URL=" + address, "SANGKIEN_TELEGRAM_API_URL=" + server.URL,
		"SANGKIEN_TELEGRAM_TOKEN=" + server.Token, "SANGKIEN_QUIET_HOURS=off", "SANGKIEN_TELEGRAM_MODE=webhook", "SANGKIEN_PUBLIC_URL=http://127.0.0.1:1"}
}

// disturb kills a process after every so many sends, and every second time pauses the broadcast for a while.
func (c broadcastChaos) disturb(t *testing.T, store *storage.Store, sends *atomic.Int64, processes []*process, every, recipients int) (kills int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for next := int64(every); next < int64(recipients) && ctx.Err() == nil; {
		if sends.Load() < next {
			time.Sleep(2 * time.Millisecond)
			if b, err := store.Broadcast(ctx, 70); err != nil || b.State == sangkien.BroadcastDone {
				return kills
			}
			continue
		}
		p := processes[kills%len(processes)]
		p.kill()
		kills++
		p.start()
		if kills%2 == 0 {
			c.pause(t, store, sends)
		}
		next = sends.Load() + int64(every)
	}
	return kills
}

// pause stops the broadcast: two seconds later nothing is sent any more.
func (c broadcastChaos) pause(t *testing.T, store *storage.Store, sends *atomic.Int64) {
	t.Helper()
	if !control(t, store, sangkien.BroadcastPaused) {
		return // done already
	}
	time.Sleep(2 * time.Second) // the promise is about this moment
	before := sends.Load()
	time.Sleep(300 * time.Millisecond)
	if after := sends.Load(); after != before {
		t.Errorf("%d sends after the pause", after-before)
	}
	if !control(t, store, sangkien.BroadcastRunning) {
		t.Error("not resumed")
	}
}

// control moves the broadcast, if it still can be.
func control(t *testing.T, store *storage.Store, to sangkien.BroadcastState) bool {
	t.Helper()
	b, err := store.Broadcast(t.Context(), 70)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := b.Move(to, time.Now())
	if err != nil {
		return false
	}
	_, err = store.Commit(t.Context(), sangkien.Commit{Key: "control:" + strconv.FormatInt(time.Now().UnixNano(), 36), At: time.Now(), Effects: []sangkien.Effect{moved}})
	return err == nil
}

func (c broadcastChaos) check(t *testing.T, store *storage.Store, b sangkien.Broadcast, reached map[int64]int, kills, recipients int) {
	t.Helper()
	twice, missed, n := 0, 0, map[sangkien.RecipientState]int{}
	err := store.EachRecipient(t.Context(), b.ID, func(r sangkien.Recipient) error {
		n[r.State]++
		got := reached[r.Member]
		switch {
		case got > 1 && (r.Reason != sangkien.DoubtTwice || !c.resend):
			t.Errorf("member %d has it %d times and is %s %q", r.Member, got, r.State, r.Reason)
		case got == 0 && r.State != sangkien.RecipientUncertain:
			t.Errorf("member %d was missed and is %s", r.Member, r.State)
		case got > 1:
			twice += got - 1
		case got == 0:
			missed++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if twice+missed > kills*inFlight || c.resend && missed > 0 {
		t.Errorf("%d have it twice and %d have it not, after %d kills", twice, missed, kills)
	}
	counts := b.Counts
	if !counts.Adds() || counts.Planned != recipients || counts.Sent != n[sangkien.RecipientSent] || counts.Uncertain != n[sangkien.RecipientUncertain] || counts.Left() != 0 {
		t.Errorf("counts %+v, rows %v", counts, n)
	}
	if kills == 0 {
		t.Error("nothing was killed")
	}
}

// subscribe makes so many members who want news, each with a chat on the server. A member's id is their chat's.
func subscribe(t *testing.T, store *storage.Store, server *telegramtest.Server, n int) {
	t.Helper()
	now := time.Now()
	var all sync.WaitGroup
	next := atomic.Int64{}
	for range 64 {
		all.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				server.Chat(i)
				m := sangkien.Member{ID: i}
				u := sangkien.Update{Address: sangkien.Address{Channel: "telegram", Bot: server.BotID, Chat: strconv.FormatInt(i, 10)}, From: sangkien.Sender{ID: strconv.FormatInt(i, 10)}}
				if _, err := store.Commit(t.Context(), sangkien.Commit{Key: fmt.Sprint("subscribe", i), At: now, Chat: sangkien.Chat{Address: u.Address, Member: m},
					Effects: []sangkien.Effect{sangkien.Join(i, u, now), sangkien.MemberNamed{Member: i, Name: fmt.Sprint("Bà ", i)}, m.Decide(sangkien.PurposeNews, true, "1", "words", u, now)}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func plan(t *testing.T, store *storage.Store, b sangkien.Broadcast) sangkien.Broadcast {
	t.Helper()
	b.Kind, b.Topic, b.Purpose, b.Start = sangkien.BroadcastManual, sangkien.TopicNews, sangkien.PurposeNews, time.Now()
	b.Text.VI = "Kính chào {ten}, mời anh/chị gửi ý tưởng."
	b.Offers = []string{"gui"}
	planned, err := b.Plan(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Commit(t.Context(), sangkien.Commit{Key: fmt.Sprint("plan", b.ID), At: time.Now(), Effects: []sangkien.Effect{planned}}); err != nil {
		t.Fatal(err)
	}
	return b
}

func awaitDone(t *testing.T, store *storage.Store, id int64, processes []*process) sangkien.Broadcast {
	t.Helper()
	var b sangkien.Broadcast
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var err error
		if b, err = store.Broadcast(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if b.State == sangkien.BroadcastDone {
			return b
		}
		if time.Now().After(deadline) {
			var log strings.Builder
			for _, p := range processes {
				log.WriteString(lastLines(p.log.String(), 20))
			}
			t.Fatalf("not done: %+v\n%s", b, log.String())
		}
	}
}

// counter counts by chat.
type counter struct {
	mu sync.Mutex
	n  map[int64]int
}

func newTally() *counter { return &counter{n: map[int64]int{}} }

func (c *counter) add(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[id]++
}

func (c *counter) counts() map[int64]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

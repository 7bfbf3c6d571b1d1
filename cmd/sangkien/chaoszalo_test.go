package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/zalobottest"
)

// window is the longest that an update may be in the killed process's memory only. It is a bound for machines that
// are busy with other tests; what was measured is in RELIABILITY.md.
const window = 2 * time.Second

// TestChaosZaloBot is TestChaos through a platform that hands each update over once and never again. After each kill
// the disk is compared with what was handed over: what is neither in the spool nor in the database was lost, and was
// handed over at the moment of the kill. The members say it again, as people do who get no answer; everything else must
// be as if nothing had happened.
func TestChaosZaloBot(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			runChaosZaloBot(t, database)
		})
	}
}

func runChaosZaloBot(t *testing.T, database string) {
	kills, members := fromEnv(t, "SANGKIEN_CHAOS_KILLS", 3), fromEnv(t, "SANGKIEN_CHAOS_MEMBERS", 6)
	server := zalobottest.New(t)
	dir := t.TempDir()
	address := "sqlite:" + filepath.Join(dir, "sangkien.db")
	if database == "postgres" {
		address = testkit.Postgres(t)
	}
	p := newProcess(t, "SANGKIEN_DATA_DIR="+dir, "SANGKIEN_DATABASE_URL="+address, "SANGKIEN_ZALO_BOT_TOKEN="+server.Token,
		"SANGKIEN_ZALO_BOT_API_URL="+server.URL, "SANGKIEN_ZALO_BOT_RATE=10000")
	p.start()
	p.ready(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var enough atomic.Bool
	crowd := make([]*chaosMember, members)
	var all sync.WaitGroup
	for i := range crowd {
		crowd[i] = &chaosMember{burst: 1, n: i + 1, chat: zaloChat{server.Chat(fmt.Sprint("z", i))}}
		all.Go(func() { crowd[i].live(ctx, t, &enough) })
	}
	lost, dead, said, longest := 0, 0, map[string]bool{}, time.Duration(0)
	for range kills {
		time.Sleep(time.Duration(300+rand.IntN(600)) * time.Millisecond) // the moment of a power cut is chance
		killed := time.Now()
		p.kill()
		if err := server.WaitQuiet(ctx); err != nil {
			t.Fatal(err)
		}
		gone := notKept(t, server, address, dir, said)
		for _, h := range gone {
			if before := killed.Sub(h.At); before > 0 {
				lost, longest = lost+1, max(longest, before)
			} else {
				dead++ // given to a process that was dead already, whose socket the system had not closed yet
			}
		}
		server.Again(gone)
		p.start()
	}
	if longest > window {
		t.Errorf("an update was lost that had been handed over %v before", longest)
	}
	enough.Store(true)
	all.Wait()
	if t.Failed() {
		t.Logf("the process says:\n%s", lastLines(p.log.String(), 30))
		return
	}
	if err := server.WaitIdle(ctx); err != nil {
		t.Error(err)
	}
	awaitSilence(t, address)
	p.kill()
	ideas := checkChaos(t, address, crowd)
	t.Logf("Zalo bot, %s: %d kills, %d members, %d ideas, %d messages; of %d updates %d were handed over before a kill and lost, at most %v before it, and %d to a dead process",
		database, kills, members, ideas, server.Count("sendMessage"), len(server.Handed()), lost, longest, dead)
	if strings.Contains(p.log.String(), server.Token) {
		t.Error("the token is in the log")
	}
}

// TestZaloBotWhileTheDatabaseIsDown: what Zalo hands over while PostgreSQL cannot be reached is kept, also when the
// process is killed then, and everything is answered once both are back.
func TestZaloBotWhileTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	server := zalobottest.New(t)
	database, err := url.Parse(testkit.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	between := newCable(t, database.Host)
	database.Host = between.addr
	dir := t.TempDir()
	p := newProcess(t, "SANGKIEN_DATA_DIR="+dir, "SANGKIEN_DATABASE_URL="+database.String(), "SANGKIEN_ZALO_BOT_TOKEN="+server.Token, "SANGKIEN_ZALO_BOT_API_URL="+server.URL)
	p.start()
	p.ready(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	chats := []*zalobottest.Chat{server.Chat("a"), server.Chat("b"), server.Chat("c")}
	chats[0].Send("xin chào")
	if _, err := chats[0].Text(ctx, "Kính chào"); err != nil {
		t.Fatal(err)
	}
	between.cut()
	for _, c := range chats {
		c.Send("trợ giúp")
		c.Send("của tôi")
	}
	if err := server.WaitIdle(ctx); err != nil {
		t.Fatal(err)
	}
	awaitSpool(t, dir, 6)
	p.kill()
	between.join()
	p.start()
	for _, c := range chats {
		if _, err := c.Text(ctx, "Anh/chị có thể:"); err != nil {
			t.Errorf("%v; the process says:\n%s", err, lastLines(p.log.String(), 20))
		}
		if _, err := c.Text(ctx, "chưa có ý tưởng nào"); err != nil {
			t.Error(err)
		}
	}
	awaitSpool(t, dir, 0)
}

// awaitSpool waits until so many updates are kept.
func awaitSpool(t *testing.T, dir string, n int) {
	t.Helper()
	testkit.WaitFor(t, func() error {
		kept, err := filepath.Glob(filepath.Join(dir, zaloSpool, "*.update"))
		if err == nil && len(kept) != n {
			err = fmt.Errorf("%d updates are kept, want %d", len(kept), n)
		}
		return err
	})
}

// cable is the network before a server, which can be cut.
type cable struct {
	addr, to string
	mu       sync.Mutex
	whole    bool
	open     map[net.Conn]bool
	work     sync.WaitGroup
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{addr: l.Addr().String(), to: to, whole: true, open: map[net.Conn]bool{}}
	c.work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.work.Go(func() { c.carry(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); c.cut(); c.work.Wait() })
	return c
}

func (c *cable) carry(conn net.Conn) {
	far, err := net.Dial("tcp", c.to)
	if err != nil || !c.plug(conn, far) {
		_ = conn.Close()
		return
	}
	c.work.Go(func() { _, _ = io.Copy(far, conn); _ = far.Close() })
	_, _ = io.Copy(conn, far)
	_ = conn.Close()
}

func (c *cable) plug(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		c.open[conn] = true
		if !c.whole {
			_ = conn.Close()
		}
	}
	return c.whole
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.whole = false
	for conn := range c.open {
		_ = conn.Close()
	}
	clear(c.open)
}

func (c *cable) join() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.whole = true
}

// notKept lists what was handed over and is neither in the spool nor in the database, and was not found lost before.
func notKept(t *testing.T, server *zalobottest.Server, address, dir string, known map[string]bool) []zalobottest.Handed {
	t.Helper()
	kept := keysOf(t, address)
	spool, err := storage.OpenSpool(filepath.Join(dir, zaloSpool))
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := spool.Waiting()
	if err = errors.Join(err, spool.Close()); err != nil {
		t.Fatal(err)
	}
	for _, w := range waiting {
		var u struct {
			Message struct {
				ID string `json:"message_id"`
			} `json:"message"`
		}
		if err := json.Unmarshal(w.Data, &u); err != nil {
			t.Fatalf("an entry of the spool is torn: %q", w.Data)
		}
		kept["zalo-bot:"+server.BotID+":"+u.Message.ID] = true
	}
	var gone []zalobottest.Handed
	for _, h := range server.Handed() {
		if key := "zalo-bot:" + server.BotID + ":" + h.MessageID; !kept[key] && !known[key] {
			gone, known[key] = append(gone, h), true
		}
	}
	return gone
}

// keysOf lists the keys of updates that were committed.
func keysOf(t *testing.T, address string) map[string]bool {
	t.Helper()
	driver, source := "pgx", address
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Query(`select key from updates where key like 'zalo-bot:%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	keys := map[string]bool{}
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			t.Fatal(err)
		}
		keys[key] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return keys
}

// zaloChat is a member in Zalo, who types what others press.
type zaloChat struct{ *zalobottest.Chat }

func (c zaloChat) send(text string) { c.Send(text) }

func (c zaloChat) next(ctx context.Context) (string, func(string) error, error) {
	m, err := c.Next(ctx)
	return m.Text, func(step string) error {
		if l, ok := label(step); ok {
			if step, err = typedFor(m.Text, l); err != nil {
				return err
			}
		}
		c.Send(step)
		return nil
	}, err
}

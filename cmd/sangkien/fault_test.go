package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/time/rate"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestFaults is two processes on PostgreSQL and Redis behind a load balancer, as an operator runs them, while members submit
// ideas and everything around them fails: processes are killed and stand still, the database and Redis are stopped, crash,
// are black-holed, slow, flushed and failed over, Telegram is down. Each update is delivered one to five times, some once more
// long after, and presses overtake messages. Afterwards nothing is lost, nothing happened twice, every answer is in the order
// in which it was typed, and after each fault everyone was answered again within five minutes.
//
// SANGKIEN_FAULT_SECONDS says how long (the faults come again and again), SANGKIEN_FAULT_RATE how many updates a second,
// SANGKIEN_FAULT_MEMBERS of how many members, SANGKIEN_FAULT_KILLS how many milliseconds lie between two kills,
// SANGKIEN_STANDSTILL how many seconds a process stands still. SANGKIEN_FAULT_ONLY names one fault.
func TestFaults(t *testing.T) {
	t.Parallel()
	w := newFaultWorld(t)
	w.redis = testkit.NewRedis(t)
	w.kv = testkit.NewProxy(t, w.redis.URL)
	w.run(w.kv.URL(t, w.redis.URL), faults())
}

// TestRedisFailsOver is the same with a Redis Cluster, and with a master that Sentinels watch: masters die one after the
// other, each is replaced and comes back as a replica, while processes are killed too. It takes a third of the time, with
// half of the members.
func TestRedisFailsOver(t *testing.T) {
	t.Parallel()
	for shape, start := range map[string]func(testing.TB, testkit.RedisProgram) *testkit.Redises{
		"cluster":  func(t testing.TB, p testkit.RedisProgram) *testkit.Redises { return testkit.RedisCluster(t, p, true) },
		"sentinel": testkit.RedisSentinel,
	} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			w, servers := newFaultWorld(t), start(t, testkit.RedisBinary(t))
			w.during, w.crowd = w.during/3, w.crowd[:max(1, len(w.crowd)/2)]
			w.run(servers.URL, []fault{{"a master of Redis dies", func(w *faultWorld) { servers.FailOver(w.t) }}})
		})
	}
}

// run lets the faults befall processes with this Redis, and looks whether all promises were kept.
func (w *faultWorld) run(redis string, all []fault) {
	t := w.t
	ctx, cancel := context.WithTimeout(t.Context(), w.during+10*time.Minute)
	defer cancel()
	w.start(ctx, redis)
	begun := time.Now()
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // the world around the processes shall leave them the machine
	killed := make(chan struct{})
	over, stop := context.WithTimeout(ctx, w.during)
	go func() { defer close(killed); w.kills(over) }()
	w.befall(ctx, over, all)
	stop()
	<-killed
	w.enough.Store(true)
	w.all.Wait()
	if err := w.platform.WaitIdle(ctx); err != nil {
		t.Error(err)
	}
	if !t.Failed() {
		awaitSilence(t, w.pg.URL())
	}
	for _, p := range w.group {
		p.end()
	}
	w.check(time.Since(begun), all)
	if t.Failed() {
		for _, p := range w.group {
			t.Logf("a process says:\n%s", lastLines(p.log.String(), 40))
		}
	}
}

// faultWorld is everything that can fail.
type faultWorld struct {
	t        *testing.T
	during   time.Duration
	pause    time.Duration // between two kills
	quiet    time.Duration // of a fault that is not a standstill
	platform *telegramtest.Server
	balancer *testkit.Balancer
	pg       *testkit.PostgresServer
	redis    *testkit.RedisServer
	sql, kv  *testkit.Proxy
	group    []*supervised
	files    string

	crowd  []*chaosMember
	all    sync.WaitGroup
	enough atomic.Bool
	rate   *rate.Limiter

	killed   atomic.Int64
	restarts int
	tally    []faultRow
	repeats  sync.Map // the last message of a chat
	repeated atomic.Int64
}

// faultRow is what became of one fault.
type faultRow struct {
	name           string
	took, caughtUp time.Duration
}

func newFaultWorld(t *testing.T) *faultWorld {
	w := &faultWorld{t: t, during: time.Duration(fromEnv(t, "SANGKIEN_FAULT_SECONDS", 30)) * time.Second,
		pause: time.Duration(fromEnv(t, "SANGKIEN_FAULT_KILLS", 4000)) * time.Millisecond, files: t.TempDir(),
		pg: testkit.NewPostgres(t), balancer: testkit.NewBalancer(t, 200*time.Millisecond)}
	w.quiet = min(max(w.during/60, 2*time.Second), 10*time.Second)
	w.platform = telegramtest.New(t, telegramtest.Options{Keep: 200, OnSend: w.sent, WebhookConnections: 100,
		WebhookRetry: 100 * time.Millisecond, WebhookRetryMax: 2 * time.Second}) // Telegram itself waits for 2 s, 4 s, 8 s …
	w.platform.DeliverEach(func() int { return 1 + rand.IntN(5) })
	w.platform.DeliverAgain(func() time.Duration {
		return max(0, time.Duration(rand.IntN(20)-16)*2*time.Second) // three of twenty, up to six seconds later
	})
	w.sql = testkit.NewProxy(t, w.pg.URL())
	perSecond := fromEnv(t, "SANGKIEN_FAULT_RATE", 20)
	w.rate = rate.NewLimiter(rate.Limit(perSecond), perSecond)
	for i := range fromEnv(t, "SANGKIEN_FAULT_MEMBERS", 20) {
		chat := w.platform.Chat(int64(1000 + i))
		w.crowd = append(w.crowd, &chaosMember{burst: 8, n: i + 1, photos: true, gate: w.rate.Wait, chat: faultChat{telegramChat{chat}}})
	}
	return w
}

func (w *faultWorld) start(ctx context.Context, redis string) {
	env := []string{"SANGKIEN_TELEGRAM_TOKEN=" + w.platform.Token, "SANGKIEN_TELEGRAM_API_URL=" + w.platform.URL, "SANGKIEN_TELEGRAM_MODE=webhook",
		"SANGKIEN_TELEGRAM_RATE=10000", "SANGKIEN_PUBLIC_URL=" + w.balancer.URL, "SANGKIEN_DATA_DIR=" + w.files,
		"SANGKIEN_DATABASE_URL=" + w.sql.URL(w.t, w.pg.URL()), "SANGKIEN_REDIS_URL=" + redis, "SANGKIEN_BACKUP_KEEP=0"}
	buildBinary(w.t)
	for range fromEnv(w.t, "SANGKIEN_FAULT_REPLICAS", 2) {
		w.group = append(w.group, &supervised{process: newProcess(w.t, env...)})
	}
	for _, p := range w.group {
		p.begin()
		p.ready(w.t)
		w.balancer.Add(p.addr)
		w.t.Cleanup(p.end)
	}
	for _, m := range w.crowd {
		w.all.Go(func() { m.live(ctx, w.t, &w.enough) })
	}
}

// sent counts what a chat was told twice in a row.
func (w *faultWorld) sent(m telegramtest.Message) {
	if before, ok := w.repeats.Swap(m.Chat, m.Text); ok && before == m.Text {
		w.repeated.Add(1)
	}
}

// kills kills one process after the other, as long as ctx lasts.
func (w *faultWorld) kills(ctx context.Context) {
	for {
		select {
		case <-time.After(w.pause/2 + rand.N(w.pause)):
			if w.group[rand.IntN(len(w.group))].kill9() {
				w.killed.Add(1)
			}
		case <-ctx.Done():
			return
		}
	}
}

// befall lets one fault after the other befall the world, each at least once, and notes how long it took until whoever had
// been waiting when it was over was answered.
func (w *faultWorld) befall(ctx, over context.Context, all []fault) {
	if only := os.Getenv("SANGKIEN_FAULT_ONLY"); only != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(f fault) bool { return f.name != only })
	}
	for i := 0; i < len(all) || over.Err() == nil && len(all) > 0; i++ {
		f, begun := all[i%len(all)], time.Now()
		f.run(w)
		healed := time.Now()
		for w.oldestWait().Before(healed) {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				return // the members say what they wait for
			}
			if time.Since(healed) > chaosPatience {
				w.t.Errorf("%s: not everyone was answered within %v", f.name, chaosPatience)
				return
			}
		}
		row := faultRow{f.name, healed.Sub(begun), time.Since(healed)}
		w.tally = append(w.tally, row)
		w.t.Logf("%-32s %5.1f s, caught up after %4.1f s", row.name, row.took.Seconds(), row.caughtUp.Seconds())
		select {
		case <-time.After(w.quiet):
		case <-over.Done():
		}
	}
	<-over.Done()
}

// oldestWait is since when the member waits who has waited longest; now if nobody does.
func (w *faultWorld) oldestWait() time.Time {
	oldest := time.Now().UnixNano()
	for _, m := range w.crowd {
		if since := m.since.Load(); since > 0 {
			oldest = min(oldest, since)
		}
	}
	return time.Unix(0, oldest)
}

// check compares what members saw with what is kept.
func (w *faultWorld) check(took time.Duration, all []fault) {
	t := w.t
	if t.Failed() {
		return
	}
	ideas := checkChaos(t, w.pg.URL(), w.crowd)
	w.checkEffects(ideas)
	updates, deliveries := w.platform.Traffic()
	var noted int
	w.query(`select count(*) from updates where key like 'telegram:%'`, &noted)
	if noted != updates {
		t.Errorf("%d updates were taken, %d are noted", updates, noted)
	}
	for _, p := range w.group {
		w.restarts += p.launched - 1
		if strings.Contains(p.log.String(), w.platform.Token) {
			t.Error("the token is in a log")
		}
	}
	longest := w.report(all)
	if most := int64(w.restarts+len(w.tally)) * 64; w.repeated.Load() > most {
		t.Errorf("%d messages came twice; what is under way when a process ends may", w.repeated.Load())
	}
	t.Logf("%d processes, %.0f s, %d kills, %d starts, %d other faults: %d updates (%.0f a second) delivered %d times, %d messages, %d ideas; 0 lost, 0 twice, every answer in order; %d messages repeated; longest until caught up %.1f s (%s)",
		len(w.group), took.Seconds(), w.killed.Load(), w.restarts+len(w.group), len(w.tally), updates, float64(updates)/took.Seconds(), deliveries, w.platform.Count("sendMessage"), ideas,
		w.repeated.Load(), longest.caughtUp.Seconds(), longest.name)
}

// report prints how long people waited after each fault, and returns the one after which they waited longest.
func (w *faultWorld) report(all []fault) (longest faultRow) {
	var b strings.Builder
	for _, f := range all {
		n, most := 0, faultRow{name: f.name}
		for _, r := range w.tally {
			if r.name == f.name {
				n, most.took, most.caughtUp = n+1, max(most.took, r.took), max(most.caughtUp, r.caughtUp)
			}
		}
		if most.caughtUp > longest.caughtUp {
			longest = most
		}
		fmt.Fprintf(&b, "| %s | %d | %.1f | %.1f |\n", f.name, n, most.took.Seconds(), most.caughtUp.Seconds())
	}
	w.t.Logf("| fault | times | longest, s | longest until everyone was answered, s |\n|---|---|---|---|\n%s", b.String())
	return longest
}

// checkEffects looks at what happened to each idea: it was submitted once, and its photo is whole.
func (w *faultWorld) checkEffects(ideas int) {
	t := w.t
	store, err := storage.Open(t.Context(), w.pg.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	files, err := storage.OpenFiles(filepath.Join(w.files, "attachments"))
	if err != nil {
		t.Fatal(err)
	}
	photos, moves, accounts := 0, 0, 0
	err = store.EachIdea(t.Context(), func(i sangkien.Idea, _ sangkien.Member) error {
		for _, a := range i.Attachments {
			photos++
			if err := isPhotoOf(files, a, i.Title()); err != nil {
				t.Errorf("%s: %v", i.Code, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, m := range w.crowd {
		want += len(m.submitted) / 4
	}
	if photos != want {
		t.Errorf("%d photos are kept, %d were sent", photos, want)
	}
	w.query(`select count(*) from idea_moves`, &moves)
	w.query(`select count(*) from accounts`, &accounts)
	if moves != ideas || accounts != len(w.crowd) {
		t.Errorf("%d ideas moved %d times; %d members have %d accounts", ideas, moves, len(w.crowd), accounts)
	}
}

func (w *faultWorld) query(q string, into ...any) {
	db, err := sql.Open("pgx", w.pg.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRow(q).Scan(into...); err != nil {
		w.t.Error(err)
	}
}

// photoOf is a photo that no other idea has.
func photoOf(title string) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 4, 4))
	var member, k int
	_, _ = fmt.Sscanf(title, "Ý tưởng %d-%d", &member, &k) // titles of ours
	for i := range 16 {
		img.Set(i%4, i/4, color.NRGBA{R: uint8(member), G: uint8(member >> 8), B: uint8(k), A: 255})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a Buffer takes all
	return b.Bytes()
}

func isPhotoOf(files *storage.Files, a sangkien.Attachment, title string) error {
	if a.State != sangkien.FileStored {
		return fmt.Errorf("a photo is %s", a.State)
	}
	f, err := files.Open(a.File.Hash)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	got, err := png.Decode(f)
	if err != nil {
		return err
	}
	want, err := png.Decode(bytes.NewReader(photoOf(title)))
	if err != nil {
		return err
	}
	if got.At(1, 1) != want.At(1, 1) {
		return fmt.Errorf("the photo of another idea")
	}
	return nil
}

// faultChat is a member who taps twice, and changes what they wrote: more kinds of updates, which overtake each other.
type faultChat struct{ telegramChat }

func (c faultChat) next(ctx context.Context) (string, func(string) error, error) {
	text, do, err := c.telegramChat.next(ctx)
	return text, func(step string) error {
		if title, ok := strings.CutPrefix(step, photoStep); ok {
			c.Photo("", photoOf(title))
			return nil
		}
		if err := do(step); err != nil {
			return err
		}
		if _, press := label(step); press && rand.IntN(4) == 0 {
			return do(step)
		}
		return nil
	}, err
}

// supervised is a process that is started again whenever it has ended, as systemd and Docker do.
type supervised struct {
	*process
	mu       sync.Mutex
	still    bool // it stands still, and is not to be killed
	ending   bool
	launched int
	done     chan struct{}
}

func (p *supervised) begin() {
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		for p.once() {
			time.Sleep(300 * time.Millisecond)
		}
	}()
}

// once runs the process until it ends, and tells whether it shall run again.
func (p *supervised) once() bool {
	p.mu.Lock()
	if p.ending {
		p.mu.Unlock()
		return false
	}
	if err := p.launch(); err != nil {
		p.t.Error(err)
		p.mu.Unlock()
		return false
	}
	p.launched++
	cmd := p.cmd
	p.mu.Unlock()
	_ = cmd.Wait() // however it ended
	return true
}

// kill9 kills the process unless it stands still.
func (p *supervised) kill9() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.still && p.cmd.Process.Signal(syscall.SIGKILL) == nil
}

// stand lets the process stand still for a while.
func (p *supervised) stand(d time.Duration) {
	p.mu.Lock()
	p.still = true
	process := p.cmd.Process
	_ = process.Signal(syscall.SIGSTOP) // it may be between two lives
	p.mu.Unlock()
	time.Sleep(d)
	p.mu.Lock()
	_ = process.Signal(syscall.SIGCONT)
	p.still = false
	p.mu.Unlock()
}

// end ends it for good.
func (p *supervised) end() {
	p.mu.Lock()
	p.ending = true
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
	}
	p.mu.Unlock()
	<-p.done
}

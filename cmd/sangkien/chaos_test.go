package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestChaos is promises 1 to 5 with real processes: members submit ideas in Telegram while the binary is killed
// again and again, updates are delivered one to five times and Redis is flushed. Afterwards every idea that a
// member saw confirmed is there exactly once, every answer is what was typed, and everyone was answered.
//
// Where there are two processes, each delivery of the webhook reaches either by chance: one chat still has one order, for
// members send many messages one after the other without waiting, and an answer has them in that order.
//
// SANGKIEN_CHAOS_KILLS and SANGKIEN_CHAOS_MEMBERS say how long and how many, for each of the 12 combinations.
func TestChaos(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"polling", "webhook"} {
		for _, state := range []string{"sql", "redis"} {
			for _, database := range []string{"sqlite", "postgres"} {
				t.Run(mode+"/"+state+"/"+database, func(t *testing.T) {
					t.Parallel()
					runChaos(t, mode, state, database, 1)
				})
			}
		}
		for _, state := range []string{"sql", "redis"} {
			t.Run(mode+"/"+state+"/postgres/2", func(t *testing.T) {
				t.Parallel()
				runChaos(t, mode, state, "postgres", 2)
			})
		}
	}
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func runChaos(t *testing.T, mode, state, database string, replicas int) {
	kills, members := fromEnv(t, "SANGKIEN_CHAOS_KILLS", 3), fromEnv(t, "SANGKIEN_CHAOS_MEMBERS", 6)
	server := telegramtest.New(t)
	dir := t.TempDir()
	env := []string{"SANGKIEN_TELEGRAM_TOKEN=" + server.Token, "SANGKIEN_TELEGRAM_API_URL=" + server.URL,
		"SANGKIEN_TELEGRAM_MODE=" + mode, "SANGKIEN_TELEGRAM_RATE=10000"}
	address := "sqlite:" + filepath.Join(dir, "sangkien.db")
	if database == "postgres" {
		address = testkit.Postgres(t)
	}
	env = append(env, "SANGKIEN_DATABASE_URL="+address)
	flush := func() {}
	if state == "redis" {
		url := testkit.Redis(t)
		env = append(env, "SANGKIEN_REDIS_URL="+url)
		flush = flusher(t, url)
	}
	group := startGroup(t, replicas, env)
	server.DeliverEach(func() int { return 1 + rand.IntN(5) })

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var enough atomic.Bool
	crowd := make([]*chaosMember, members)
	var all sync.WaitGroup
	for i := range crowd {
		crowd[i] = &chaosMember{burst: 8, n: i + 1, chat: telegramChat{server.Chat(int64(1000 + i))}}
		all.Go(func() { crowd[i].live(ctx, t, &enough) })
	}
	begun := time.Now()
	for range kills {
		time.Sleep(time.Duration(200+rand.IntN(600)) * time.Millisecond) // the moment of a power cut is chance
		p := group[rand.IntN(len(group))]
		p.kill()
		flush()
		p.start()
	}
	enough.Store(true)
	all.Wait()
	if t.Failed() {
		for _, p := range group {
			t.Logf("a process says:\n%s", lastLines(p.log.String(), 30))
		}
		return
	}
	if err := server.WaitIdle(ctx); err != nil {
		t.Error(err)
	}
	awaitSilence(t, address)
	for _, p := range group {
		p.kill()
		if strings.Contains(p.log.String(), server.Token) {
			t.Error("the token is in the log")
		}
	}
	ideas := checkChaos(t, address, crowd)
	t.Logf("%s, state in %s, %s, %d processes: %d kills, %d members, %d ideas, %d messages in %.1f s; every idea once, every answer intact",
		mode, state, database, replicas, kills, members, ideas, server.Count("sendMessage"), time.Since(begun).Seconds())
}

// awaitSilence waits until all that was to be said is noted as said.
func awaitSilence(t *testing.T, address string) {
	t.Helper()
	store, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	testkit.WaitFor(t, func() error {
		counts, err := store.Counts(t.Context())
		if err == nil && counts.Waiting > 0 {
			err = fmt.Errorf("%d messages wait", counts.Waiting)
		}
		return err
	})
}

func flusher(t *testing.T, url string) func() {
	t.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.ReadTimeout = time.Minute // its server may wait for the machine
	client := goredis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return func() {
		if err := client.FlushAll(context.Background()).Err(); err != nil {
			t.Error(err)
		}
	}
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// chaosMember is a person who submits one idea after the other and never says a thing twice.
type chaosMember struct {
	n         int
	chat      chaosChat
	burst     int // how many messages they write in one go; where an update may be lost, which is said again later: one
	submitted map[string]sangkien.Answers

	photos bool                        // every fourth idea has one
	gate   func(context.Context) error // lets them do one thing more; nil: at once
	since  atomic.Int64                // when they began to wait for what they wait for, in unix nanoseconds; 0: they do not wait
}

// chaosChat is a member's side of a channel.
type chaosChat interface {
	// next waits for the next message. do writes texts or presses "[label]" of it.
	next(ctx context.Context) (text string, do func(step string) error, err error)
	send(text string)
}

// telegramChat is one in Telegram.
type telegramChat struct{ *telegramtest.Chat }

func (c telegramChat) send(text string) { c.Send(text) }

func (c telegramChat) next(ctx context.Context) (string, func(string) error, error) {
	m, err := c.Next(ctx)
	return m.Text, func(step string) error {
		if l, ok := label(step); ok {
			return c.Press(m.ID, l)
		}
		c.Send(step)
		return nil
	}, err
}

// chaosTurn is what a member waits to read, and does then.
type chaosTurn struct {
	until string
	do    []string
}

func (m *chaosMember) live(ctx context.Context, t *testing.T, enough *atomic.Bool) {
	m.submitted = map[string]sangkien.Answers{}
	m.chat.send("/start")
	for k := 1; ; k++ {
		if err := m.submit(ctx, k); err != nil {
			t.Errorf("member %d, idea %d: %v", m.n, k, err)
			return
		}
		if enough.Load() {
			return
		}
	}
}

// turns is how a member gets from where they are to the code of their kth idea.
func (m *chaosMember) turns(k int, id string) []chaosTurn {
	hard := m.hardships(id)
	noted := func(words string) string { return fmt.Sprintf("tất cả %d ký tự", len([]rune(words))) }
	turns := []chaosTurn{{"", []string{"/gui"}}}
	if k == 1 {
		turns = []chaosTurn{{"Kính chào", []string{"[Gửi ý tưởng]"}}, {"(1/5", []string{"[Đồng ý]"}}, {"(2/5", []string{"[Không đồng ý]"}}, {"(3/5", []string{"[Đồng ý]"}},
			{"(4/5", []string{"Thành viên " + strconv.Itoa(m.n)}}, {"(5/5", []string{"Thôn " + strconv.Itoa(m.n)}}}
	}
	photo := []chaosTurn{{"Bước 8/9", []string{"[Bỏ qua]"}}}
	if m.photos && k%4 == 0 {
		photo = []chaosTurn{{"Bước 8/9", []string{photoStep + "Ý tưởng " + id}}, {"Đã nhận 1 tệp", []string{"[Xong]"}}}
	}
	turns = append(turns,
		chaosTurn{"Bước 1/9", []string{"[Khác]"}}, chaosTurn{"Bước 2/9", []string{"Ý tưởng " + id}},
		chaosTurn{"Bước 3/9", hard}, chaosTurn{noted(strings.Join(hard, "\n")), []string{"[Xong]"}},
		chaosTurn{"Bước 4/9", []string{"cách làm " + id}}, chaosTurn{noted("cách làm " + id), []string{"xong"}},
		chaosTurn{"Bước 5/9", []string{"lợi ích " + id}}, chaosTurn{noted("lợi ích " + id), []string{"[Xong]"}},
		chaosTurn{"Bước 6/9", []string{"[Đang làm thử]"}}, chaosTurn{"khi nào", []string{"2/2026"}}, chaosTurn{"ở đâu", []string{"nhà " + id}},
		chaosTurn{"Bước 7/9", []string{"[Chỉ một mình tôi]"}})
	return append(append(turns, photo...), chaosTurn{"Bước 9/9", []string{"[Bỏ qua]"}}, chaosTurn{"xem lại trước khi gửi", []string{"[Gửi ý tưởng]"}})
}

// photoStep is how a step begins with which a member sends the photo of an idea.
const photoStep = "!photo "

var chaosCode = regexp.MustCompile(`SK-\d{4}-\d{5}`)

func (m *chaosMember) submit(ctx context.Context, k int) error {
	id := fmt.Sprintf("%d-%d", m.n, k)
	for _, turn := range m.turns(k, id) {
		if _, err := m.await(ctx, turn); err != nil {
			return err
		}
	}
	text, err := m.await(ctx, chaosTurn{"Mã hồ sơ", nil})
	if err != nil {
		return err
	}
	m.submitted[chaosCode.FindString(text)] = sangkien.Answers{"title": {Value: "Ý tưởng " + id}, "problem": {Value: strings.Join(m.hardships(id), "\n")},
		"solution": {Value: "cách làm " + id}, "benefit": {Value: "lợi ích " + id}, "when": {Value: "2026-02"}, "place": {Value: "nhà " + id},
		"field": {Value: "khac"}, "stage": {Value: "trial"}}
	return nil
}

// hardships are what a member says in one go, message after message.
func (m *chaosMember) hardships(id string) (all []string) {
	for i := range m.burst {
		all = append(all, fmt.Sprintf("khó khăn %d %s", i+1, id))
	}
	return all
}

// chaosPatience is how long a member waits for one answer: as long as everything may take to catch up.
const chaosPatience = 5 * time.Minute

// await reads on until a message has the words, then acts. A message that came twice is read over.
func (m *chaosMember) await(ctx context.Context, turn chaosTurn) (text string, err error) {
	do := func(step string) error { m.chat.send(step); return nil }
	var heard []string
	m.since.Store(time.Now().UnixNano())
	for turn.until != "" && !strings.Contains(text, turn.until) {
		wait, cancel := context.WithTimeout(ctx, chaosPatience)
		text, do, err = m.chat.next(wait)
		cancel()
		if err != nil {
			return "", fmt.Errorf("waited for %q: %w; since then it was told:\n%s", turn.until, err, strings.Join(heard, "\n"))
		}
		heard = append(heard, text)
	}
	m.since.Store(0)
	for _, step := range turn.do {
		if m.gate != nil {
			if err := m.gate(ctx); err != nil {
				return "", err
			}
		}
		if err := do(step); err != nil {
			return "", err
		}
	}
	return text, nil
}

// checkChaos compares the database with what the members saw.
func checkChaos(t *testing.T, address string, crowd []*chaosMember) int {
	t.Helper()
	store, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	want := map[string]sangkien.Answers{}
	for _, m := range crowd {
		for code, answers := range m.submitted {
			if _, twice := want[code]; twice {
				t.Errorf("two members were given %s", code)
			}
			want[code] = answers
		}
	}
	n := 0
	err = store.EachIdea(t.Context(), func(i sangkien.Idea, _ sangkien.Member) error {
		n++
		answers, ok := want[i.Code]
		if !ok {
			t.Errorf("%s was submitted, but nobody saw it: %s", i.Code, i.Title())
		}
		for key, a := range answers {
			if i.Answers[key].Value != a.Value {
				t.Errorf("%s: %s is %q, was %q", i.Code, key, i.Answers[key].Value, a.Value)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n != len(want) {
		t.Errorf("%d ideas in the database, %d were confirmed", n, len(want))
	}
	for k := 1; k <= n; k++ { // codes have no gaps
		if code := fmt.Sprintf("SK-%d-%05d", time.Now().Year(), k); want[code] == nil {
			t.Errorf("no member has %s", code)
		}
	}
	counts, err := store.Counts(t.Context())
	if err != nil || counts.Drafts != 0 || counts.Failed != 0 || counts.Quarantined != 0 || counts.Waiting != 0 {
		t.Errorf("left behind: %+v, %v", counts, err)
	}
	return n
}

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
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
		crowd[i] = &chaosMember{n: i + 1, chat: server.Chat(int64(1000 + i))}
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
	chat      *telegramtest.Chat
	submitted map[string]sangkien.Answers
}

// turn is what a member waits to read, and does then.
type chaosTurn struct {
	until string
	do    func(m telegramtest.Message) error
}

func (m *chaosMember) live(ctx context.Context, t *testing.T, enough *atomic.Bool) {
	m.submitted = map[string]sangkien.Answers{}
	m.chat.Send("/start")
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

func (m *chaosMember) submit(ctx context.Context, k int) error {
	press := func(label string) func(telegramtest.Message) error {
		return func(msg telegramtest.Message) error { return m.chat.Press(msg.ID, label) }
	}
	send := func(texts ...string) func(telegramtest.Message) error {
		return func(telegramtest.Message) error {
			for _, s := range texts {
				m.chat.Send(s)
			}
			return nil
		}
	}
	id := fmt.Sprintf("%d-%d", m.n, k)
	hard := hardships(id)
	noted := func(words string) string { return fmt.Sprintf("tất cả %d ký tự", len([]rune(words))) }
	var turns []chaosTurn
	if k == 1 {
		turns = []chaosTurn{{"Kính chào", press("Gửi ý tưởng")}, {"(1/5", press("Đồng ý")}, {"(2/5", press("Không đồng ý")}, {"(3/5", press("Đồng ý")},
			{"(4/5", send("Thành viên " + strconv.Itoa(m.n))}, {"(5/5", send("Thôn " + strconv.Itoa(m.n))}}
	} else {
		turns = []chaosTurn{{"", send("/gui")}}
	}
	turns = append(turns,
		chaosTurn{"Bước 1/9", press("Khác")}, chaosTurn{"Bước 2/9", send("Ý tưởng " + id)},
		chaosTurn{"Bước 3/9", send(hard...)}, chaosTurn{noted(strings.Join(hard, "\n")), press("Xong")},
		chaosTurn{"Bước 4/9", send("cách làm " + id)}, chaosTurn{noted("cách làm " + id), send("xong")},
		chaosTurn{"Bước 5/9", send("lợi ích " + id)}, chaosTurn{noted("lợi ích " + id), press("Xong")},
		chaosTurn{"Bước 6/9", press("Đang làm thử")}, chaosTurn{"khi nào", send("2/2026")}, chaosTurn{"ở đâu", send("nhà " + id)},
		chaosTurn{"Bước 7/9", press("Chỉ một mình tôi")}, chaosTurn{"Bước 8/9", press("Bỏ qua")}, chaosTurn{"Bước 9/9", press("Bỏ qua")},
		chaosTurn{"xem lại trước khi gửi", press("Gửi ý tưởng")},
	)
	for _, turn := range turns {
		if err := m.await(ctx, turn); err != nil {
			return err
		}
	}
	return m.await(ctx, chaosTurn{"Mã hồ sơ", func(msg telegramtest.Message) error {
		code := msg.Bold[0]
		m.submitted[code] = sangkien.Answers{"title": {Value: "Ý tưởng " + id}, "problem": {Value: strings.Join(hard, "\n")},
			"solution": {Value: "cách làm " + id}, "benefit": {Value: "lợi ích " + id}, "when": {Value: "2026-02"}, "place": {Value: "nhà " + id},
			"field": {Value: "khac"}, "stage": {Value: "trial"}}
		return nil
	}})
}

// hardships are what a member says in one go, message after message.
func hardships(id string) (all []string) {
	for i := range 8 {
		all = append(all, fmt.Sprintf("khó khăn %d %s", i+1, id))
	}
	return all
}

// await reads on until a message has the words, then acts. A message that came twice is read over.
func (m *chaosMember) await(ctx context.Context, turn chaosTurn) error {
	if turn.until == "" {
		return turn.do(telegramtest.Message{})
	}
	for {
		wait, cancel := context.WithTimeout(ctx, 2*time.Minute)
		msg, err := m.chat.Next(wait)
		cancel()
		if err != nil {
			var said []string
			for _, x := range m.chat.Messages() {
				said = append(said, x.Text)
			}
			return fmt.Errorf("waited for %q: %w; it was told:\n%s", turn.until, err, lastLines(strings.Join(said, "\n"), 12))
		}
		if strings.Contains(msg.Text, turn.until) {
			return turn.do(msg)
		}
	}
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

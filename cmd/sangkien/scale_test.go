package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sangkien/sangkien/testkit"
)

// TestScaleBench measures one, two and four processes on one PostgreSQL and one Redis: what they do at most, what an update
// costs each of those who work on it, and how a last day of 300 updates a second feels (make bench).
func TestScaleBench(t *testing.T) {
	if os.Getenv("SANGKIEN_BENCH") == "" {
		t.Skip("measured by make bench")
	}
	fmt.Println("| processes | updates/s | CPU ms per update: ours | PostgreSQL | Redis | platform and members | reply p50 ms | p99 ms |")
	for _, replicas := range []int{1, 2, 4} {
		measureScale(t, replicas, strconv.Itoa(replicas), func(t *testing.T, c *crowd, spent func()) (took time.Duration) {
			spent()
			defer spent()
			return c.submit(t, 200)
		})
	}
	for _, replicas := range []int{1, 2} {
		p99 := measureScale(t, replicas, fmt.Sprintf("%d, 300/s come", replicas), func(t *testing.T, c *crowd, spent func()) time.Duration { return c.come(t, 300, spent) })
		if p99 > time.Second {
			t.Errorf("%d processes: with 300 updates a second 1 %% wait longer than %v for the reply", replicas, p99)
		}
	}
}

// measureScale lets a load run, which says twice when to look at what was spent, and prints what it cost.
func measureScale(t *testing.T, replicas int, name string, load func(t *testing.T, c *crowd, spent func()) (took time.Duration)) (p99 time.Duration) {
	t.Run(name, func(t *testing.T) {
		c := newCrowd(t)
		pg, redis := testkit.NewPostgres(t), testkit.NewRedis(t)
		var group []*process
		for range replicas {
			p := newProcess(t, "SANGKIEN_DATA_DIR="+t.TempDir(), "SANGKIEN_TELEGRAM_TOKEN="+benchToken, "SANGKIEN_TELEGRAM_API_URL="+c.server.URL,
				"SANGKIEN_TELEGRAM_MODE=webhook", "SANGKIEN_TELEGRAM_WEBHOOK_SECRET=bench", "SANGKIEN_TELEGRAM_RATE=1000000", "SANGKIEN_LOG_LEVEL=error",
				"SANGKIEN_REDIS_URL="+redis.URL, "SANGKIEN_DATABASE_URL="+pg.URL(), "SANGKIEN_PUBLIC_URL=http://127.0.0.1") // nobody asks for it: members post to the processes
			p.start()
			p.ready(t)
			c.targets = append(c.targets, "http://"+p.addr+"/webhooks/telegram")
			group = append(group, p)
		}
		var looks [][4]time.Duration
		took := load(t, c, func() { looks = append(looks, spent(t, group, pg, redis)) })
		c.mu.Lock()
		defer c.mu.Unlock()
		n := len(c.took)
		if n == 0 || len(looks) != 2 {
			t.Fatalf("%d updates, %d looks", n, len(looks))
		}
		slices.Sort(c.took)
		p99 = c.took[n*99/100]
		each := func(i int) float64 { return float64((looks[1][i] - looks[0][i]).Microseconds()) / 1000 / float64(n) }
		fmt.Printf("| %s | %.0f | %.2f | %.2f | %.2f | %.2f | %.1f | %.1f |\n", name, float64(n)/took.Seconds(), each(0), each(1), each(2), each(3), ms(c.took[n/2]), ms(p99))
	})
	return p99
}

// How people come who are not in step: each thinks for up to twice this long before each message, so that a whole idea
// takes them two minutes; measured is for a while after as many come as leave.
const (
	thinks      = 5 * time.Second
	measuredFor = time.Minute
)

var errLeft = errors.New("everyone leaves")

// come lets new members come evenly, so many that they send so many updates a second together once the first have finished,
// and measures from then on. Nobody waits for anyone: who is answered late does not send less.
func (c *crowd) come(t *testing.T, perSecond float64, spent func()) time.Duration {
	t.Helper()
	over := make(chan struct{})
	c.gate = func(context.Context) error {
		select {
		case <-time.After(rand.N(2 * thinks)):
			return nil
		case <-over:
			return errLeft
		}
	}
	var all sync.WaitGroup
	all.Go(func() {
		arrivals := time.NewTicker(time.Duration(float64(len(benchScript)) / perSecond * float64(time.Second)))
		defer arrivals.Stop()
		for chat := 1000; ; chat++ {
			select {
			case <-arrivals.C:
				all.Go(func() {
					if err := c.walk(strconv.Itoa(chat), 0); err != nil && !errors.Is(err, errLeft) {
						t.Error(err)
					}
				})
			case <-over:
				return
			}
		}
	})
	time.Sleep(time.Duration(len(benchScript)) * thinks * 3 / 2) // all but one of ten thousand who came first have left
	spent()
	begun := time.Now()
	c.mu.Lock()
	c.took = nil
	c.mu.Unlock()
	time.Sleep(measuredFor)
	c.mu.Lock()
	measured := c.took
	c.mu.Unlock()
	took := time.Since(begun)
	spent()
	close(over)
	all.Wait()
	c.took = measured
	return took
}

// spent is the CPU time so far of the processes, PostgreSQL, Redis and this one.
func spent(t *testing.T, group []*process, pg *testkit.PostgresServer, redis *testkit.RedisServer) (s [4]time.Duration) {
	t.Helper()
	for _, p := range group {
		s[0] += cpuTime(t, p)
	}
	for _, pid := range append(children(t, pg.PID()), pg.PID()) {
		s[1] += cpuOf(t, pid)
	}
	s[2], s[3] = cpuOf(t, redis.PID()), cpuOf(t, os.Getpid())
	return s
}

// children are the processes that a process started and that live.
func children(t *testing.T, pid int) (pids []int) {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		data, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		for field := range strings.FieldsSeq(string(data)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, child)
		}
	}
	return pids
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

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
		measureScale(t, replicas, 200, rate.Inf)
	}
	for _, replicas := range []int{1, 2} {
		if p99 := measureScale(t, replicas, 2000, 300); p99 > 5*time.Second {
			t.Errorf("%d processes: with 300 updates a second 1 %% wait longer than %v for the reply", replicas, p99)
		}
	}
}

// measureScale lets members submit at once, at most so many updates a second, and prints what it cost.
func measureScale(t *testing.T, replicas, members int, perSecond rate.Limit) (p99 time.Duration) {
	name := fmt.Sprintf("%d", replicas)
	if perSecond != rate.Inf {
		name = fmt.Sprintf("%d, asked for %.0f/s", replicas, perSecond)
	}
	t.Run(name, func(t *testing.T) {
		c := newCrowd(t)
		if perSecond != rate.Inf {
			c.gate = rate.NewLimiter(perSecond, int(perSecond)/10).Wait
		}
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
		before := spent(t, group, pg, redis)
		took := c.submit(t, members)
		after := spent(t, group, pg, redis)
		n := c.updates.Load()
		slices.Sort(c.took)
		p99 = c.took[n*99/100]
		each := func(i int) float64 { return float64((after[i] - before[i]).Microseconds()) / 1000 / float64(n) }
		fmt.Printf("| %s | %.0f | %.2f | %.2f | %.2f | %.2f | %.1f | %.1f |\n", name, float64(n)/took.Seconds(), each(0), each(1), each(2), each(3), ms(c.took[n/2]), ms(p99))
	})
	return p99
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

package testkit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

// Redises are servers that stand together, and the address of all.
type Redises struct {
	URL       string
	Masters   []*RedisServer
	Replicas  []*RedisServer // one of each master, in their order; none if not asked for
	Sentinels []*RedisServer
}

const clusterMasters = 3

// RedisCluster starts three masters that share the slots, with a replica each if asked for, and waits until every node
// says that the cluster is whole. A dead master is replaced after about two seconds.
func RedisCluster(t testing.TB, bin RedisProgram, replicas bool) *Redises {
	t.Helper()
	c := &Redises{}
	for range clusterMasters {
		c.Masters = append(c.Masters, startNode(t, bin))
		if replicas {
			c.Replicas = append(c.Replicas, startNode(t, bin))
		}
	}
	nodes := append(append([]*RedisServer{}, c.Masters...), c.Replicas...)
	const slots = 16384
	var hosts []string
	for i, n := range nodes {
		if i < len(c.Masters) {
			n.Do(t, "cluster", "addslotsrange", i*slots/clusterMasters, (i+1)*slots/clusterMasters-1)
		}
		n.Do(t, "cluster", "set-config-epoch", i+1)
		hosts = append(hosts, n.Host())
		if i > 0 {
			nodes[0].Do(t, "cluster", "meet", "127.0.0.1", n.Port, n.bus())
		}
	}
	for i, n := range c.Replicas {
		master := c.Masters[i].Do(t, "cluster", "myid")
		WaitFor(t, func() error { return n.try(t.Context(), nil, "cluster", "replicate", master) })
	}
	for _, n := range nodes {
		WaitFor(t, func() error {
			return n.told("cluster", "cluster_state:ok", fmt.Sprintf("cluster_known_nodes:%d", len(nodes)))
		})
	}
	for _, n := range c.Replicas {
		WaitFor(t, func() error { return n.told("info", "master_link_status:up") })
	}
	c.URL = bin.url("-cluster", strings.Join(hosts, ","))
	return c
}

func startNode(t testing.TB, bin RedisProgram) *RedisServer {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return StartRedis(t, bin, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(port), "--cluster-node-timeout", "1000",
		"--cluster-allow-replica-migration", "no", "--min-replicas-to-write", "0")
}

// bus is the port by which the nodes of a cluster speak.
func (s *RedisServer) bus() int {
	for i, a := range s.args {
		if a == "--cluster-port" {
			port, _ := strconv.Atoi(s.args[i+1]) // it was written by Itoa
			return port
		}
	}
	return 0
}

// RedisSentinel starts a master called main, a replica and three sentinels, and waits until they know each other. A dead
// master is replaced after one or two seconds.
func RedisSentinel(t testing.TB, bin RedisProgram) *Redises {
	t.Helper()
	m := StartRedis(t, bin)
	r := StartRedis(t, bin, "--replicaof", "127.0.0.1 "+strconv.Itoa(m.Port))
	c := &Redises{Masters: []*RedisServer{m}, Replicas: []*RedisServer{r}}
	WaitFor(t, func() error { return r.told("info", "master_link_status:up") })
	var hosts []string
	for range 3 {
		s := newRedis(t, bin)
		file := filepath.Join(t.TempDir(), "sentinel.conf")
		text := fmt.Sprintf("bind 127.0.0.1\nsentinel monitor main 127.0.0.1 %d 2\nsentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n", m.Port)
		for setting := range slices.Chunk(bin.listen(s.Port, ""), 2) {
			text += strings.Join(setting, " ") + "\n"
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.args = []string{file, "--sentinel"}
		s.Start(t)
		c.Sentinels, hosts = append(c.Sentinels, s), append(hosts, s.Host())
	}
	for _, s := range c.Sentinels {
		WaitFor(t, func() error { return s.told("info", "slaves=1,sentinels=3") })
	}
	c.URL = bin.url("-sentinel", strings.Join(hosts, ",")+"/main/0")
	return c
}

// FailOver kills a master, waits until its replica has taken its place, starts it again, and waits until it is a replica of
// that and all who watch know.
func (c *Redises) FailOver(t testing.TB) {
	t.Helper()
	i := rand.IntN(len(c.Masters))
	master, replica := c.Masters[i], c.Replicas[i]
	if replica.told("info", "role:master") == nil {
		master, replica = replica, master
	}
	master.Kill()
	leads := func(words string) {
		WaitFor(t, func() error { return replica.told("info", "role:master") })
		for _, s := range c.Sentinels {
			WaitFor(t, func() error { return s.told("info", words+"address="+replica.Host()) })
		}
	}
	leads("")
	master.Start(t)
	WaitFor(t, func() error { return master.told("info", "role:slave", "master_link_status:up") })
	leads("status=ok,")
}

// Do asks the server, once it answers, and returns the answer as text.
func (s *RedisServer) Do(t testing.TB, args ...any) string {
	t.Helper()
	var answer string
	WaitFor(t, func() error { return s.try(t.Context(), &answer, args...) })
	return answer
}

func (s *RedisServer) try(ctx context.Context, answer *string, args ...any) error {
	client := goredis.NewClient(&goredis.Options{Addr: s.Host(), MaxRetries: -1, Protocol: 2, TLSConfig: s.bin.tls.client()})
	defer func() { _ = client.Close() }()
	got, err := client.Do(ctx, args...).Result()
	if err != nil {
		return fmt.Errorf("%v of %s: %w", args, s.Host(), err)
	}
	if answer != nil {
		*answer = fmt.Sprint(got)
	}
	return nil
}

// told returns nil when the server says all of it in its INFO or CLUSTER INFO.
func (s *RedisServer) told(what string, lines ...string) error {
	question := []any{"info"}
	if what == "cluster" {
		question = []any{"cluster", "info"}
	}
	var answer string
	if err := s.try(context.Background(), &answer, question...); err != nil {
		return err
	}
	for _, l := range lines {
		if !strings.Contains(answer, l) {
			return fmt.Errorf("%s does not say %s", s.Host(), l)
		}
	}
	return nil
}

// DoAs is Do with a password.
func (s *RedisServer) DoAs(t testing.TB, password string, args ...any) {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: s.Host(), Password: password})
	defer func() { _ = client.Close() }()
	if err := client.Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
}

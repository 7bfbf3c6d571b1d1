package testkit

import (
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Redis returns the address of a private Redis server on a free port, ended with the test.
func Redis(t testing.TB) string {
	t.Helper()
	return NewRedis(t).URL
}

// RedisServer is a Redis of one test's own that keeps nothing on a disk.
type RedisServer struct {
	URL string

	bin, dir string
	port     int
	cmd      *exec.Cmd
}

// NewRedis starts a server on a free port that ends with the test. Where Redis is not installed the test is skipped, or
// fails if SANGKIEN_TEST_REQUIRE names redis.
func NewRedis(t testing.TB) *RedisServer {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis", err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	s := &RedisServer{URL: fmt.Sprintf("redis://127.0.0.1:%d/0", port), bin: bin, dir: t.TempDir(), port: port}
	s.Start(t)
	t.Cleanup(s.Kill)
	return s
}

// Start starts a server that was killed, empty. It does not wait until it answers.
func (s *RedisServer) Start(t testing.TB) {
	t.Helper()
	s.cmd = exec.Command(s.bin, "--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--save", "", "--dir", s.dir)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := startForLife(s.cmd); err != nil {
		t.Error(err)
	}
}

// PID is the server's process.
func (s *RedisServer) PID() int { return s.cmd.Process.Pid }

// Kill ends the server at once.
func (s *RedisServer) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it ends by the signal, which Wait reports
	s.cmd = nil
}

// WaitFor calls ready until it returns nil, at most a minute.
func WaitFor(t testing.TB, ready func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var err error
	for range 3000 {
		if err = ready(); err == nil {
			return
		}
		<-tick.C
	}
	t.Fatal(err)
}

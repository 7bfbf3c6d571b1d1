package testkit

import (
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Redis returns the address of a private Redis server on a free port, ended with the test.
func Redis(t testing.TB) string {
	t.Helper()
	return NewRedis(t).URL
}

// NewRedis starts a server on a free port that keeps nothing on a disk and ends with the test.
func NewRedis(t testing.TB) *RedisServer {
	t.Helper()
	return StartRedis(t, RedisBinary(t))
}

// RedisProgram is a server that is installed.
type RedisProgram struct {
	path string
	tls  *redisTLS // nil: it speaks no TLS
}

// RedisBinary is the redis-server that is installed. Where none is the test is skipped, or fails if
// SANGKIEN_TEST_REQUIRE names redis.
func RedisBinary(t testing.TB) RedisProgram {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis", err)
	}
	return RedisProgram{path: bin}
}

// RedisBinaries are the servers that are installed, by name: "redis", and "valkey" where it is there too.
func RedisBinaries(t testing.TB) map[string]RedisProgram {
	t.Helper()
	found := map[string]RedisProgram{"redis": RedisBinary(t)}
	if bin, err := exec.LookPath("valkey-server"); err == nil {
		found["valkey"] = RedisProgram{path: bin}
	} else {
		t.Logf("without valkey: %v", err)
	}
	return found
}

// RedisServer is a private server that can be stopped in the ways that servers are. It is ended with the test.
type RedisServer struct {
	URL  string
	Port int

	bin  RedisProgram
	args []string
	mu   sync.Mutex
	cmd  *exec.Cmd
}

// StartRedis starts a server that keeps nothing on the disk, unless args say so. It is not waited for.
func StartRedis(t testing.TB, bin RedisProgram, args ...string) *RedisServer {
	t.Helper()
	s := newRedis(t, bin)
	s.args = append(s.args, args...)
	s.Start(t)
	return s
}

func newRedis(t testing.TB, bin RedisProgram) *RedisServer {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return &RedisServer{URL: bin.url("", fmt.Sprintf("127.0.0.1:%d/0", port)), Port: port, bin: bin,
		args: append(bin.listen(port, "--"), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir(), "--repl-diskless-sync-delay", "0")}
}

// Host is where the server listens, as "127.0.0.1:port".
func (s *RedisServer) Host() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// Start starts the server, also once more after Kill.
func (s *RedisServer) Start(t testing.TB) {
	t.Helper()
	cmd := exec.Command(s.bin.path, s.args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := startForLife(cmd); err != nil {
		t.Fatal(err)
	}
	s.cmd = cmd
	t.Cleanup(s.Kill)
}

// Kill ends the server with SIGKILL, and waits for its end.
func (s *RedisServer) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // it ends by the signal, which Wait reports
		s.cmd = nil
	}
}

// PID is the server's process.
func (s *RedisServer) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.Process.Pid
}

// Signal sends the server a signal: SIGSTOP makes it hang.
func (s *RedisServer) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
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

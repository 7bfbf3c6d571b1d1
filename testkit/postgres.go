// Package testkit helps the tests: private servers and, later, fake platforms. Product code never imports it.
package testkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver
)

// server is the one PostgreSQL of a test process. The kernel ends it with the process that started it.
var server struct {
	sync.Mutex
	base string // address up to the database's name
	next int
	end  io.Closer // as long as it is open, the server's folder stays
}

// Postgres returns the address of a fresh database in a private PostgreSQL server on a free port. Where
// PostgreSQL is not installed the test is skipped, or fails if SANGKIEN_TEST_REQUIRE names postgres.
func Postgres(t *testing.T) string {
	t.Helper()
	server.Lock()
	defer server.Unlock()
	if server.base == "" {
		bin, err := postgresBin()
		if err != nil {
			missing(t, "postgres", err)
		}
		if server.base, err = startPostgres(bin); err != nil {
			t.Fatal(err)
		}
	}
	server.next++
	name := "t" + strconv.Itoa(server.next)
	db, err := sql.Open("pgx", server.base+"postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	return server.base + name
}

func missing(t testing.TB, what string, err error) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("SANGKIEN_TEST_REQUIRE"), ","), what) {
		t.Fatalf("%s is required: %v", what, err)
	}
	t.Skipf("without %s: %v", what, err)
}

func postgresBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil && len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("initdb is not installed (Debian: postgresql): %w", err)
	}
	return filepath.Dir(path), nil
}

func startPostgres(bin string) (string, error) {
	s, err := newPostgresServer(bin)
	if err != nil {
		return "", err
	}
	if err := s.initialise(); err != nil {
		return "", err
	}
	server.end = s.end
	return s.base(), s.run()
}

// startForLife starts a command from a thread that lives as long as the process: the kernel's
// parent-death signal follows the thread that started a child, not the process.
func startForLife(cmd *exec.Cmd) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		result <- cmd.Start()
		select {}
	}()
	return <-result
}

// RemoveAfterwards removes a folder once what it returns is closed, which the kernel does however this process ends. What
// still runs in the folder may write for a while.
func RemoveAfterwards(dir string) (io.Closer, error) {
	cmd := exec.Command("sh", "-c", `read -r _; for i in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && [ ! -e "$1" ] && exit; sleep 1; done`, "sh", dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is not for it
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("see to it that %s is removed: %w", dir, err)
	}
	return pipe, nil
}

// unprivileged makes dir the home of the user postgres when we are root, for postgres refuses to be root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT} // immediate shutdown, children included
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("find a user for postgres: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, uid, gid)
}

// Ports for servers: below those that the system gives to whoever connects somewhere, for one of these would take a port
// between its being found free and the server's start.
const lowestPort, highestPort = 15_000, 32_000

var lastPort struct {
	sync.Mutex
	n int
}

// FreePort is a port for a server that the test starts, also again after it was killed.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// freePort finds a port that is free, and that this process was not given before.
func freePort() (int, error) {
	lastPort.Lock()
	defer lastPort.Unlock()
	if lastPort.n == 0 {
		lastPort.n = lowestPort + rand.IntN(highestPort-lowestPort) // beside other test processes
	}
	for range highestPort - lowestPort {
		if lastPort.n++; lastPort.n >= highestPort {
			lastPort.n = lowestPort
		}
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lastPort.n)); err == nil {
			return lastPort.n, l.Close()
		}
	}
	return 0, errors.New("no port is free")
}

func waitPostgres(address string) error {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-tick.C:
		}
	}
}

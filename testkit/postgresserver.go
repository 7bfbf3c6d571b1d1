package testkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// PostgresServer is a PostgreSQL of one test's own, to be stopped and failed over.
type PostgresServer struct {
	bin, dir, data string
	port           int
	who            *syscall.SysProcAttr
	cmd            *exec.Cmd
	end            io.Closer // as long as it is open, dir stays
}

// NewPostgres starts a server that ends with the test; see Postgres about where there is none.
func NewPostgres(t testing.TB) *PostgresServer {
	t.Helper()
	bin, err := postgresBin()
	if err != nil {
		missing(t, "postgres", err)
	}
	s, err := newPostgresServer(bin)
	if err != nil {
		t.Fatal(err)
	}
	s.endWith(t)
	if err := errors.Join(s.initialise(), s.run()); err != nil {
		t.Fatal(err)
	}
	return s
}

func newPostgresServer(bin string) (*PostgresServer, error) {
	dir, err := os.MkdirTemp("", "sangkien-pg")
	if err != nil {
		return nil, err
	}
	end, err := RemoveAfterwards(dir)
	if err != nil {
		return nil, err
	}
	who, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	return &PostgresServer{end: end, bin: bin, dir: dir, data: filepath.Join(dir, "data"), port: port, who: who}, err
}

func (s *PostgresServer) endWith(t testing.TB) {
	t.Cleanup(func() {
		s.Crash()
		if err := errors.Join(os.RemoveAll(s.dir), s.end.Close()); err != nil {
			t.Error(err)
		}
	})
}

func (s *PostgresServer) initialise() error {
	return s.tool("initdb", "-D", s.data, "-U", "test", "--auth=trust", "-E", "UTF8", "--locale=C")
}

func (s *PostgresServer) tool(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.SysProcAttr, cmd.Dir = s.who, s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// run starts the server and waits until it answers.
func (s *PostgresServer) run() error {
	s.cmd = exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.data, "-p", strconv.Itoa(s.port), "-h", "127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "max_connections=200")
	s.cmd.SysProcAttr, s.cmd.Dir = s.who, s.dir
	if err := startForLife(s.cmd); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	return waitPostgres(s.base() + "postgres")
}

// base is the address up to the database's name.
func (s *PostgresServer) base() string { return fmt.Sprintf("postgres://test@127.0.0.1:%d/", s.port) }

// URL is the address of the database that every server has.
func (s *PostgresServer) URL() string { return s.base() + "postgres" }

// PID is the server's process.
func (s *PostgresServer) PID() int { return s.cmd.Process.Pid }

// Crash ends the server as if it had crashed: what it had not made safe is gone, and it recovers at the next Start.
func (s *PostgresServer) Crash() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGQUIT) // it may have ended by itself
	_ = s.cmd.Wait()                          // it ends by the signal, which Wait reports
	s.cmd = nil
}

// Start starts a server that crashed, and waits until it answers.
func (s *PostgresServer) Start(t testing.TB) {
	t.Helper()
	if err := s.run(); err != nil {
		t.Error(err)
	}
}

// Standby returns a new server that follows this one. When synchronous it has each commit before the client hears of it.
func (s *PostgresServer) Standby(t testing.TB, synchronous bool) *PostgresServer {
	t.Helper()
	b, err := newPostgresServer(s.bin)
	if err != nil {
		t.Fatal(err)
	}
	b.endWith(t)
	if err := b.tool("pg_basebackup", "-d", s.URL(), "-D", b.data, "-R", "-c", "fast"); err != nil {
		t.Fatal(err)
	}
	if err := b.run(); err != nil {
		t.Fatal(err)
	}
	if !synchronous {
		return b
	}
	s.Exec(t, `alter system set synchronous_standby_names = '*'`, `select pg_reload_conf()`)
	WaitFor(t, func() error {
		return s.one(`select count(*) = 1 from pg_stat_replication where sync_state = 'sync'`)
	})
	return b
}

// Promote makes a standby a server of its own, and returns once it takes writes.
func (s *PostgresServer) Promote(t testing.TB) {
	t.Helper()
	s.Exec(t, `select pg_promote()`, `alter system reset synchronous_standby_names`, `select pg_reload_conf()`)
	WaitFor(t, func() error { return s.one(`select not pg_is_in_recovery()`) })
}

// one returns nil when a query gives true.
func (s *PostgresServer) one(query string) error {
	var ok bool
	err := s.with(func(db *sql.DB) error { return db.QueryRow(query).Scan(&ok) })
	if err == nil && !ok {
		err = fmt.Errorf("not yet: %s", query)
	}
	return err
}

// Exec runs statements, each by itself.
func (s *PostgresServer) Exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, q := range statements {
		err := s.with(func(db *sql.DB) error {
			_, err := db.ExecContext(context.Background(), q)
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
}

func (s *PostgresServer) with(do func(*sql.DB) error) error {
	db, err := sql.Open("pgx", s.URL())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return do(db)
}

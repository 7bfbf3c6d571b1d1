// Package storage keeps the world in SQL: SQLite by default, PostgreSQL beyond one machine, one SQL text
// for both. It holds no rule: Commit applies effects that the root package and dialog made, and the reads
// return root types. It knows no channel and no sentence.
//
// Times are unix milliseconds. Every write goes through one transaction per commit.
package storage

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	_ "modernc.org/sqlite" // the "sqlite" driver

	sangkien "github.com/sangkien/sangkien"
)

//go:embed migrations
var migrations embed.FS

// Store is the SQL store. It is safe for concurrent use.
type Store struct {
	dialect dialect
	read    *sql.DB // several connections
	reads   statements
	write   *sql.DB // SQLite: exactly one connection; PostgreSQL: the same pool as read
	server  *server // nil: SQLite

	beforeMigration func(context.Context, *Snapshot) error
	path            string   // SQLite's file
	alone           bool     // see Alone
	lock            *os.File // held by who is alone

	jobs    chan *work // changes on their way to a writer
	audits  chan *work // those that leave a line in the record of changes; on SQLite they are jobs like the others
	closing chan struct{}
	writers sync.WaitGroup
	once    sync.Once

	platforms sangkien.Platforms // see Limit
	observer  *Observer          // nil: nobody

	callersClock bool // of tests, which travel in time; see clock
}

// Open opens the store at a URL ("sqlite:PATH" or "postgres://…"), brings its schema up to date and checks
// that the durability that we promise is really on. It returns EUNAVAILABLE when the server does not answer.
func Open(ctx context.Context, address string, options ...Option) (*Store, error) {
	s, err := connect(address, (*server).ordinary)
	if err != nil {
		return nil, err
	}
	for _, o := range options {
		o(s)
	}
	if err := s.start(ctx); err != nil {
		return nil, fmt.Errorf("start %s store: %w", s.dialect.name, roomless(errorsJoinClose(err, s)))
	}
	return s, nil
}

func errorsJoinClose(err error, s *Store) error {
	if cerr := s.Close(); cerr != nil {
		return fmt.Errorf("%w (and closing: %w)", err, cerr)
	}
	return err
}

func (s *Store) start(ctx context.Context) error {
	if err := s.beAlone(); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		if refused := (*pgconn.ConnectError)(nil); errors.As(err, &refused) {
			return &sangkien.Error{Code: sangkien.EUNAVAILABLE, Message: "PostgreSQL cannot be reached", Err: err}
		}
		return err
	}
	if err := s.dialect.assertDurable(ctx, s.write); err != nil {
		return err
	}
	if err := s.startWriters(ctx); err != nil {
		return err
	}
	s.startWatching()
	return s.indexMissing(ctx)
}

// startWatching has PostgreSQL looked after until the store closes.
func (s *Store) startWatching() {
	if s.server == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	for _, w := range s.server.watches {
		s.writers.Go(func() { s.server.watch(ctx, w) })
	}
	s.writers.Go(func() { <-s.closing; cancel() })
}

// startWriters starts the goroutines that write: one on SQLite, with a connection of its own.
func (s *Store) startWriters(ctx context.Context) error {
	if !s.Exclusive() {
		for range pgWriters {
			s.writers.Go(func() { s.writer(s.jobs, s.onPooled) })
		}
		s.writers.Go(func() { s.writer(s.audits, s.onPooled) }) // one: several would wait for each other, with a few changes each
		return nil
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("take the writing connection: %w", err)
	}
	s.writers.Go(func() {
		begin, forget := onLite(conn, s.dialect)
		s.writer(s.jobs, begin)
		forget()
		_ = conn.Close() // gives it back to the pool, which is closed next
	})
	return nil
}

// connect opens a store on the connections to PostgreSQL that pool makes, or on a SQLite file.
func connect(address string, pool func(*server) (*sql.DB, error)) (*Store, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return connectSQLite(path)
	}
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return nil, fmt.Errorf("the database address must begin with sqlite: or postgres://")
	}
	v := newServer(address)
	db, err := pool(v)
	if err != nil {
		return nil, err
	}
	s := newStore(postgres, db, db)
	s.server = v
	return s, nil
}

// slow is the connections for work that takes long, and what ends them.
func (s *Store) slow() (db *sql.DB, end func() error, err error) {
	if s.server == nil {
		return s.write, func() error { return nil }, nil
	}
	db, err = s.server.patient()
	if err != nil {
		return nil, nil, err
	}
	return db, db.Close, nil
}

func newStore(d dialect, read, write *sql.DB) *Store {
	s := &Store{dialect: d, read: read, write: write, jobs: make(chan *work), closing: make(chan struct{})}
	if s.audits = s.jobs; !s.Exclusive() {
		s.audits = make(chan *work)
	}
	return s
}

func connectSQLite(path string) (*Store, error) {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // it names people; what SQLite puts beside it has the same rights
	if err != nil {
		return nil, fmt.Errorf("make the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("make the database: %w", err)
	}
	common := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(memory)&_pragma=cache_size(-16000)"
	write, err := sql.Open("sqlite", common+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", common+"&_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("open %s for reading: %w", path, err)
	}
	read.SetMaxOpenConns(4)
	read.SetMaxIdleConns(4)
	s := newStore(sqlite, read, write)
	s.path = path
	return s, nil
}

// Close waits for the change that is being written and ends all connections.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.closing) })
	s.writers.Wait()
	err := s.write.Close()
	if s.read != s.write {
		if rerr := s.read.Close(); err == nil {
			err = rerr
		}
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	if err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// Ping tells whether the store answers. PostgreSQL is watched all the time: then nobody waits for the answer, and the code
// of the error is EUNAVAILABLE.
func (s *Store) Ping(ctx context.Context) error {
	if s.server != nil {
		return s.server.wires.err(false)
	}
	if err := s.read.PingContext(ctx); err != nil {
		return fmt.Errorf("ping the store: %w", err)
	}
	return nil
}

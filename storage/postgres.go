package storage

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pgWriters is how many groups of changes PostgreSQL writes side by side, and pgConns how many connections it
// has for ordinary work. Two more watch it, and work that takes long has its own.
const (
	pgWriters = 3
	pgConns   = 10
)

// pgConnect is how long connecting to a host may take, unless the address says otherwise (connect_timeout).
const pgConnect = 3 * time.Second

// What PostgreSQL does by itself on our connections, unless the address says otherwise. It does not compile a step of a
// broadcast for longer than the step takes, and does not hold locks for a machine that is gone.
var anyWork = map[string]string{
	"jit": "off", "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3", "tcp_user_timeout": "10000",
}

// Ordinary work is done by people who wait. A process that stands still in a transaction, stopped or cut off, loses it
// before the others, who wait for its locks, give up; the work between two statements of ours takes no time.
var ordinaryWork = map[string]string{
	"idle_in_transaction_session_timeout": "3000", "lock_timeout": "5000", "statement_timeout": "30000",
}

// server is a PostgreSQL, and the ways to it.
type server struct {
	address string
	wires   *wires
	watches []watch
	doubted chan struct{} // a connection failed: look at once

	notice  func(error) // is told that it went away, and with nil that it is back
	telling sync.Mutex
	there   bool // as was told last
}

func newServer(address string) *server {
	v := &server{address: address, watches: []watch{watchSilent, watchStuck}, doubted: make(chan struct{}, 1), notice: func(error) {}, there: true}
	v.wires = &wires{doubt: v.doubt, open: map[*wire]struct{}{}}
	return v
}

// doubt has the server looked at soon.
func (v *server) doubt() {
	select {
	case v.doubted <- struct{}{}:
	default:
	}
}

// config is how to connect. A server that became read-only is left: another of the address may be the one to write to.
func (v *server) config() (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(v.address)
	if err != nil {
		return nil, fmt.Errorf("read the PostgreSQL address: %w", err)
	}
	if u, err := url.Parse(v.address); err != nil || !u.Query().Has("connect_timeout") {
		config.ConnectTimeout = pgConnect
	}
	ended := config.OnPgError
	config.OnPgError = func(c *pgconn.PgConn, e *pgconn.PgError) bool {
		if e.Code == readOnly {
			v.doubt()
			return false
		}
		return ended(c, e)
	}
	return config, nil
}

// readOnly is PostgreSQL's code for a write on a server that takes none.
const readOnly = "25006"

// ordinary is the connections for ordinary work.
func (v *server) ordinary() (*sql.DB, error) {
	config, err := v.config()
	if err != nil {
		return nil, err
	}
	config.DialFunc = v.wires.dial(false)
	if config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(settings(config, anyWork, ordinaryWork)))
	db.SetMaxOpenConns(pgConns)
	db.SetMaxIdleConns(pgConns)
	return db, nil
}

// patient is connections for work that may take long and be silent meanwhile: migrations, backups, what is restored. They
// end only with the server, or the way to it.
func (v *server) patient() (*sql.DB, error) {
	config, err := v.config()
	if err != nil {
		return nil, err
	}
	config.DialFunc = v.wires.dial(true)
	return stdlib.OpenDB(*config, stdlib.OptionAfterConnect(settings(config, anyWork))), nil
}

// settings makes settings on a new connection, except those that the address makes.
func settings(config *pgx.ConnConfig, all ...map[string]string) func(context.Context, *pgx.Conn) error {
	var b strings.Builder
	for _, some := range all {
		for name, value := range some {
			if _, ok := config.RuntimeParams[name]; !ok {
				fmt.Fprintf(&b, "set %s = %s;", name, value)
			}
		}
	}
	return func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, b.String())
		return err
	}
}

package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// watch looks again and again whether PostgreSQL does what it must, on a connection of its own. A statement may rightly
// take long, and a server that is gone says nothing at all: only another question tells the two apart.
type watch struct {
	fault  int
	every  time.Duration // between two looks
	within time.Duration // an answer must come
	query  string        // returns whether the server takes no writes
}

var (
	// watchSilent: whoever waits for a server that is gone waits no longer than the sum of both.
	watchSilent = watch{fault: faultSilent, every: 500 * time.Millisecond, within: 2 * time.Second, query: `show transaction_read_only`}
	// watchStuck writes a line into the server's log of changes, which nobody reads, and waits until it is as safe as what we
	// confirm: on the disk, and on the standby if it must be there.
	watchStuck = watch{fault: faultStuck, every: 2 * time.Second, within: 8 * time.Second,
		query: `select current_setting('transaction_read_only') from (select pg_logical_emit_message(true, 'sangkien', '')) x`}
)

// watch looks until ctx ends.
func (v *server) watch(ctx context.Context, w watch) {
	l := look{watch: w, server: v}
	defer l.leave()
	doubted := v.doubted
	if w.fault != faultSilent {
		doubted = nil
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-doubted:
		}
		err := l.now(ctx)
		if ctx.Err() != nil {
			return
		}
		v.wires.note(w.fault, err)
		v.tell()
		timer.Reset(w.every)
	}
}

// tell says that the server went away, and that it is back, once each.
func (v *server) tell() {
	v.telling.Lock()
	defer v.telling.Unlock()
	err := v.wires.err(false)
	if (err == nil) == v.there {
		return
	}
	v.there = err == nil
	v.notice(err)
}

// look is a watch with its connection.
type look struct {
	watch
	server *server
	conn   *pgx.Conn // nil: not connected
}

// now returns what is wrong. A connection that failed is no proof: then a new one tells.
func (l *look) now(ctx context.Context) error {
	if l.conn != nil {
		err := l.ask(ctx)
		if err == nil {
			return nil
		}
		l.leave()
		if errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	config, err := l.server.config()
	if err != nil {
		return err
	}
	config.DialFunc = newDialer().DialContext
	if config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if l.conn, err = pgx.ConnectConfig(ctx, config); err != nil {
		return err
	}
	if err := l.ask(ctx); err != nil {
		l.leave()
		return err
	}
	return nil
}

func (l *look) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, l.within, context.DeadlineExceeded)
	defer cancel()
	var readOnly string
	if err := l.conn.QueryRow(ctx, l.query).Scan(&readOnly); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("no answer within %v: %w", l.within, context.DeadlineExceeded)
		}
		return err
	}
	if readOnly != "off" {
		return errors.New("the server takes no writes (transaction_read_only)")
	}
	return nil
}

// leave ends the connection.
func (l *look) leave() {
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.conn.Close(ctx) // it may be dead
	l.conn = nil
}

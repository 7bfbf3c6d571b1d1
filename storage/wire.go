package storage

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	sangkien "github.com/sangkien/sangkien"
)

// wires are the connections to PostgreSQL. All of them can be cut at once, which ends whatever waits on them, and none is
// made while the server is known to be away. It is safe for concurrent use.
type wires struct {
	doubt func() // is called when one fails; it must not block

	mu   sync.Mutex
	open map[*wire]struct{}
	why  [faults]error // what is wrong; nil: nothing
}

// What can be wrong with the server.
const (
	faultSilent = iota // it does not answer, or takes no writes
	faultStuck         // it makes nothing durable: what waits for no commit may go on
	faults
)

// wire is one connection. A patient one belongs to work that takes long and needs no commit meanwhile.
type wire struct {
	net.Conn
	of      *wires
	patient bool
}

// goneAfter is when the system gives a connection up whose other machine confirms nothing any more.
const goneAfter = 10 * time.Second

func newDialer() *net.Dialer {
	return &net.Dialer{Control: giveUpAfter(goneAfter),
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3}}
}

// dial makes connections, which fail at once while the server is away.
func (w *wires) dial(patient bool) pgconn.DialFunc {
	dialer := newDialer()
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := w.err(patient); err != nil {
			return nil, err
		}
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			w.doubt()
			return nil, err
		}
		c := &wire{Conn: conn, of: w, patient: patient}
		w.mu.Lock()
		defer w.mu.Unlock()
		if err := w.reason(patient); err != nil { // meanwhile
			_ = conn.Close()
			return nil, err
		}
		w.open[c] = struct{}{}
		return c, nil
	}
}

// note says what is wrong with the server, nil for nothing, and cuts what it concerns.
func (w *wires) note(fault int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.why[fault] = err
	for c := range w.open {
		if w.reason(c.patient) != nil {
			_ = c.Conn.Close()
		}
	}
}

// err is why a connection would fail; nil: it would not. Its code is EUNAVAILABLE.
func (w *wires) err(patient bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reason(patient)
}

// reason is err, for who holds the lock.
func (w *wires) reason(patient bool) error {
	for fault, err := range w.why {
		if err != nil && (fault == faultSilent || !patient) {
			return &sangkien.Error{Code: sangkien.EUNAVAILABLE, Message: "PostgreSQL is away", Err: err}
		}
	}
	return nil
}

// Read implements net.Conn.
func (c *wire) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, c.failed(err)
}

// Write implements net.Conn.
func (c *wire) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.failed(err)
}

// failed says of a connection that was cut why it was. What fails otherwise may be the first sign.
func (c *wire) failed(err error) error {
	if err == nil {
		return nil
	}
	if why := c.of.err(c.patient); why != nil {
		return fmt.Errorf("%w (%w)", why, err)
	}
	c.of.doubt()
	return err
}

// Close implements net.Conn.
func (c *wire) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

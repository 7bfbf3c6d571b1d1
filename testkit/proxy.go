package testkit

import (
	"context"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Proxy is a wire to a server that can be bad in the ways that networks are. It is safe for concurrent use.
type Proxy struct {
	listener net.Listener

	mu     sync.Mutex
	target string
	state  wire
	turned chan struct{} // closed when state changes
	conns  map[net.Conn]struct{}
	work   sync.WaitGroup
}

// wire is how the proxy passes things on.
type wire struct {
	refuse, hole bool
	delay        time.Duration
}

// NewProxy returns a wire to the host and port of a target, which may be the address of a database.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, target: hostOf(t, target), turned: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		_ = p.listener.Close()
		p.turn(wire{refuse: true})
		p.work.Wait()
	})
	return p
}

func hostOf(t testing.TB, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return target
	}
	return u.Host
}

// Host is where the proxy listens, as "127.0.0.1:port".
func (p *Proxy) Host() string { return p.listener.Addr().String() }

// URL is an address with the proxy in place of its host.
func (p *Proxy) URL(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.Host()
	return u.String()
}

// Heal passes everything on again. What a black hole held back is passed on late.
func (p *Proxy) Heal() { p.turn(wire{}) }

// Refuse cuts every connection and takes no new one, as a server that is off.
func (p *Proxy) Refuse() { p.turn(wire{refuse: true}) }

// BlackHole lets connections stand and be made, and passes nothing on: as a firewall that forgot them.
func (p *Proxy) BlackHole() { p.turn(wire{hole: true}) }

// Slow holds every piece back for so long, in each direction.
func (p *Proxy) Slow(delay time.Duration) { p.turn(wire{delay: delay}) }

// Cut cuts every connection once; new ones are passed on.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut()
}

// Lead cuts every connection; new ones are passed on to another target.
func (p *Proxy) Lead(t testing.TB, target string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = hostOf(t, target)
	p.cut()
}

func (p *Proxy) cut() {
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, as from a machine that is gone
		}
		_ = c.Close()
	}
}

func (p *Proxy) turn(w wire) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = w
	close(p.turned)
	p.turned = make(chan struct{})
	if w.refuse {
		p.cut()
	}
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.work.Go(func() { p.serve(c) })
	}
}

func (p *Proxy) serve(from net.Conn) {
	if !p.hold(from) {
		return
	}
	defer p.release(from)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	to, err := new(net.Dialer).DialContext(ctx, "tcp", target)
	cancel()
	if err != nil || !p.hold(to) {
		return
	}
	defer p.release(to)
	var both sync.WaitGroup
	both.Go(func() { p.pass(from, to) })
	p.pass(to, from)
	both.Wait()
}

// hold notes a connection, or closes it where none is taken.
func (p *Proxy) hold(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state.refuse {
		_ = c.Close()
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) release(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close()
}

// pass carries bytes from one side to the other until either is closed.
func (p *Proxy) pass(from, to net.Conn) {
	defer func() { _ = from.Close(); _ = to.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			p.wait()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return // io.EOF, or cut
		}
	}
}

// wait is as long as the wire holds a piece back.
func (p *Proxy) wait() {
	p.mu.Lock()
	state, turned := p.state, p.turned
	p.mu.Unlock()
	if state.delay > 0 {
		time.Sleep(state.delay)
	}
	for state.hole {
		<-turned
		p.mu.Lock()
		state, turned = p.state, p.turned
		p.mu.Unlock()
	}
}

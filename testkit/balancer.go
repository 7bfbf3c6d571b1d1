package testkit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Balancer is a load balancer as operators have them: it asks each process again and again whether it is ready, and sends
// each request to any of those that are. One that cannot be connected to is passed over for another.
type Balancer struct {
	URL string

	proxy  *httputil.ReverseProxy
	check  http.Client
	server *httptest.Server

	mu      sync.Mutex
	targets []string // "127.0.0.1:port"
	ready   []string // of them
}

// balancePatience is how long an answer of a process is waited for: more than it takes when all is well, less than
// a platform's patience with the balancer.
const balancePatience = 15 * time.Second

// NewBalancer returns a balancer that asks for /readyz every interval. It ends with the test.
func NewBalancer(t testing.TB, every time.Duration) *Balancer {
	t.Helper()
	transport := &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 256, ResponseHeaderTimeout: balancePatience,
		DialContext: (&net.Dialer{Timeout: time.Second}).DialContext}
	b := &Balancer{check: http.Client{Timeout: 2 * time.Second}}
	b.proxy = &httputil.ReverseProxy{
		Transport: another{transport, b}, ErrorLog: log.New(io.Discard, "", 0), FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: b.pick("")})
			r.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, errNobody) {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	b.server = httptest.NewServer(b.proxy)
	b.URL = b.server.URL
	ctx, end := context.WithCancel(context.Background())
	var checks sync.WaitGroup
	checks.Go(func() { b.watch(ctx, every) })
	t.Cleanup(func() {
		end()
		checks.Wait()
		b.server.CloseClientConnections()
		b.server.Close()
		transport.CloseIdleConnections()
	})
	return b
}

// Add takes more processes in, by "127.0.0.1:port".
func (b *Balancer) Add(targets ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.targets = append(b.targets, targets...)
}

func (b *Balancer) watch(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		b.mu.Lock()
		targets := b.targets
		b.mu.Unlock()
		up := make([]bool, len(targets))
		var all sync.WaitGroup
		for i, target := range targets {
			all.Go(func() { up[i] = b.ask(ctx, target) })
		}
		all.Wait()
		var ready []string
		for i, target := range targets {
			if up[i] {
				ready = append(ready, target)
			}
		}
		b.mu.Lock()
		b.ready = ready
		b.mu.Unlock()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (b *Balancer) ask(ctx context.Context, target string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+target+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	resp, err := b.check.Do(r)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// pick returns any process that is ready and not this one; "" when there is none.
func (b *Balancer) pick(but string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) == 0 {
		return ""
	}
	i := rand.IntN(len(b.ready))
	if b.ready[i] == but {
		i = (i + 1) % len(b.ready)
	}
	return b.ready[i]
}

var errNobody = errors.New("no process is ready")

// another asks a second process when the first cannot be connected to, and so did not hear the request.
type another struct {
	http.RoundTripper
	b *Balancer
}

func (a another) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "" {
		return nil, errNobody
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	for tried := ""; ; {
		once := r.Clone(r.Context())
		once.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		once.Body, _ = once.GetBody() // never fails
		resp, err := a.RoundTripper.RoundTrip(once)
		var op *net.OpError
		if tried != "" || !errors.As(err, &op) || op.Op != "dial" {
			return resp, err
		}
		tried = r.URL.Host
		if r.URL.Host = a.b.pick(tried); r.URL.Host == "" {
			return nil, err
		}
	}
}

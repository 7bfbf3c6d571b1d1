package webchat

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How fast a visitor may send, and how many new ones may come from one address: a school or a commune office
// behind one router passes, a script does not.
const (
	perVisitor      = rate.Limit(5)
	visitorBurst    = 30
	perAddress      = rate.Limit(1)
	addressBurst    = 120
	forgetPaceAfter = 10 * time.Minute
	mostSeen        = 100_000
)

// pace limits visitors. Its memory is bounded: who was quiet for a while is forgotten.
type pace struct {
	mu    sync.Mutex
	seen  map[string]*bucket
	swept time.Time
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newPace() *pace { return &pace{seen: map[string]*bucket{}} }

func (p *pace) message(chat string) bool { return p.allow("c:"+chat, perVisitor, visitorBurst) }

func (p *pace) newVisitor(remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() && !ip.Is4In6() {
		if network, err := ip.Prefix(64); err == nil {
			host = network.String() // one household has 2⁶⁴ addresses
		}
	}
	return p.allow("a:"+host, perAddress, addressBurst)
}

func (p *pace) allow(key string, limit rate.Limit, burst int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.swept) > forgetPaceAfter {
		for k, b := range p.seen {
			if now.Sub(b.used) > forgetPaceAfter {
				delete(p.seen, k)
			}
		}
		p.swept = now
	}
	b, ok := p.seen[key]
	if !ok {
		if len(p.seen) >= mostSeen {
			for k := range p.seen { // any: a crowd that large is no single visitor
				delete(p.seen, k)
				break
			}
		}
		b = &bucket{Limiter: rate.NewLimiter(limit, burst)}
		p.seen[key] = b
	}
	b.used = now
	return b.Allow()
}

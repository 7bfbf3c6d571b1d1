package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the addresses whose word about who asked is believed. None: nobody's.
type Proxies []netip.Prefix

// ParseProxies reads a list of addresses and networks, divided by commas: "127.0.0.1, 10.0.0.0/8".
func ParseProxies(list string) (Proxies, error) {
	var all Proxies
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		p, err := netip.ParsePrefix(entry)
		if err != nil {
			a, aerr := netip.ParseAddr(entry)
			if aerr != nil {
				return nil, fmt.Errorf("%q is neither an address nor a network; use some like 127.0.0.1 or 10.0.0.0/8", entry)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Addr().Is4In6() {
			return nil, fmt.Errorf("%q: write it as an IPv4 address", entry)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

func (p Proxies) hold(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// Believed tells whether who asks directly, at an address as http.Request has it, is one of them.
func (p Proxies) Believed(remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	return err == nil && p.hold(peer.Addr().Unmap())
}

// client is who asked: the peer, or, where the peer is a proxy of ours, the last address in X-Forwarded-For that is
// none of ours. What stands before that one is what a stranger says of himself.
func (p Proxies) client(r *http.Request) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	from := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.hold(from); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // the proxy itself is the last that is known
		}
		from = hop.Unmap().WithZone("")
	}
	return from, true
}

// known puts the client's address where handlers look for it. The headers stay: they tell that a proxy was passed.
func known(p Proxies, next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, ok := p.client(r); ok {
			r2 := *r // shallow: its context, body and headers are the same
			r2.RemoteAddr = netip.AddrPortFrom(a, 0).String()
			r = &r2
		}
		next.ServeHTTP(w, r)
	})
}

package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Limit is how much a request may bring, and how long it may take to do so.
type Limit struct {
	Body int64         // bytes
	Read time.Duration // from the headers to the end of the body
}

// usual is the limit where none is named: nothing that is not an upload is larger.
var usual = Limit{Body: 1 << 20, Read: 30 * time.Second}

// limited holds every request to its limit: the bytes of its body and the time that they take. What is larger is
// refused before it is read, what is slow is cut off. Answers are not timed: streams of events last.
func limited(next http.Handler, by map[string]Limit) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit, ok := by[r.URL.Path]
		if !ok {
			limit = usual
		}
		if r.ContentLength > limit.Body {
			w.Header().Set("Connection", "close")
			say(w, http.StatusRequestEntityTooLarge, "too large")
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, limit.Body)
			// Where there is no connection, as in tests of handlers, there is nothing to time.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit.Read))
		}
		next.ServeHTTP(w, r)
	})
}

// Proxies are the addresses that are believed when they say whom they ask for.
type Proxies []netip.Prefix

// ParseProxies reads a list such as "127.0.0.0/8, ::1, 10.0.0.0/24".
func ParseProxies(list string) (Proxies, error) {
	var all Proxies
	for _, one := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		if ip, err := netip.ParseAddr(one); err == nil {
			all = append(all, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, fmt.Errorf("%q is no address and no network like 10.0.0.0/24", one)
		}
		all = append(all, p)
	}
	return all, nil
}

func (p Proxies) trust(ip netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// asker puts into RemoteAddr whom a trusted proxy asks for: the last address of X-Forwarded-For that is no trusted
// proxy. What stands before it anyone can have written.
func asker(next http.Handler, trusted Proxies) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !trusted.trust(from.Addr()) {
			next.ServeHTTP(w, r)
			return
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0; i-- {
			ip, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			r.RemoteAddr = net.JoinHostPort(ip.Unmap().String(), "0")
			if !trusted.trust(ip) {
				break
			}
		}
		next.ServeHTTP(w, r)
	})
}

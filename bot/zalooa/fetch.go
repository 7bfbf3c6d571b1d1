package zalooa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/sangkien/sangkien/bot"
)

// fetchTimeout is how long a download may take.
const fetchTimeout = 2 * time.Minute

// Fetch implements bot.FileSource. A reference is an address of Zalo's that expires. It came in a signed event, and yet
// it is opened like one from a stranger: https, and nothing that is not on the public network.
func (c *Channel) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	u, err := url.Parse(ref)
	if err != nil || u.Host == "" || u.Scheme != "https" && !c.client.serves(u) {
		return nil, &bot.SendError{Kind: bot.SendRefused, Err: errors.New("the file has no https address")}
	}
	web := outside()
	if c.client.serves(u) {
		web = c.client.http
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, ref, http.NoBody)
	if err != nil {
		cancel()
		return nil, &bot.SendError{Kind: bot.SendRefused, Err: errors.New("the file has no address that can be opened")}
	}
	resp, err := web.Do(r)
	if err != nil {
		cancel()
		kind := bot.SendRetry
		if errors.Is(err, errInside) {
			kind = bot.SendRefused
		}
		se := noAnswer("download", 0, err)
		se.Kind = kind
		return nil, se
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close() // nothing in it is for us
		cancel()
		kind := bot.SendRetry
		if resp.StatusCode/100 == 4 && resp.StatusCode != http.StatusTooManyRequests {
			kind = bot.SendRefused // it expired
		}
		return nil, &bot.SendError{Kind: kind, Err: fmt.Errorf("download: HTTP %d", resp.StatusCode)}
	}
	return &body{ReadCloser: resp.Body, cancel: cancel}, nil
}

// serves tells whether an address is on the server of the API itself, which the operator chose.
func (c *client) serves(u *url.URL) bool {
	base, err := url.Parse(c.base)
	return err == nil && u.Scheme == base.Scheme && u.Host == base.Host
}

type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// errInside says that an address leads into a network that is not public.
var errInside = errors.New("the address is not on the public network")

// outside returns a client that connects to public addresses only: the one that is dialled is checked, whatever
// name or redirect led there, and no proxy is asked.
func outside() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || !public(ap.Addr()) {
			return errInside
		}
		return nil
	}}
	return &http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true, DisableKeepAlives: true},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 3 || r.URL.Scheme != "https" {
				return http.ErrUseLastResponse
			}
			return nil
		}}
}

// special are the networks that are not public and that netip does not know by name.
func special() []netip.Prefix {
	var all []netip.Prefix
	for _, p := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16"} {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
		return false
	}
	for _, p := range special() {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Downloader fetches what members' messages name by URL. A URL comes from outside, so it may lead anywhere: only
// http and https on their own ports are followed, and only to addresses of the public internet. The address is checked
// when the connection is made, after the name was resolved, for each redirect anew.
type Downloader struct {
	rules  DownloadRules
	client *http.Client
}

// DownloadRules is where a Downloader may go and how much it brings.
type DownloadRules struct {
	// Local are networks that may be reached although they are not public, on any port: for tests, and for a mirror of
	// one's own.
	Local   []netip.Prefix
	Secure  bool          // https only, also where a redirect leads; Local may do without
	Size    int64         // most bytes; more is cut off by an error
	Timeout time.Duration // for all of it
}

// maxRedirects is how often a download may be sent on.
const maxRedirects = 3

// ErrForbidden says that a URL leads where a download may not go.
var ErrForbidden = errors.New("the address is not of the public internet")

// ErrTooLarge says that a file has more bytes than are taken.
var ErrTooLarge = errors.New("the file is too large")

// NewDownloader returns a downloader.
func NewDownloader(rules DownloadRules) *Downloader {
	d := &Downloader{rules: rules}
	dialer := &net.Dialer{Timeout: 10 * time.Second, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		return d.mayDial(address)
	}}
	d.client = &http.Client{
		Timeout: rules.Timeout,
		// No proxy of the environment: it would be the one that connects, unchecked.
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: rules.Timeout,
			MaxIdleConns: 8, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("more than %d redirects", maxRedirects)
			}
			return d.mayAsk(r.URL)
		},
	}
	return d
}

// Client is the client that downloads are made with, for whoever asks for more than a file. It does not bound how much
// is read.
func (d *Downloader) Client() *http.Client { return d.client }

// Open begins a download. The caller closes it. An error is a *SendError: SendRefused where another try is in vain.
func (d *Downloader) Open(ctx context.Context, address string) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err == nil {
		err = d.mayAsk(u)
	}
	if err != nil {
		return nil, &SendError{Kind: SendRefused, Err: fmt.Errorf("download: %w", bare(err))}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, &SendError{Kind: SendRefused, Err: fmt.Errorf("download: %w", bare(err))}
	}
	resp, err := d.client.Do(r)
	switch {
	case errors.Is(err, ErrForbidden):
		return nil, &SendError{Kind: SendRefused, Err: fmt.Errorf("download: %w", ErrForbidden)}
	case err != nil:
		return nil, &SendError{Kind: SendRetry, Err: fmt.Errorf("download: %w", bare(err))}
	case resp.StatusCode != http.StatusOK:
		_ = resp.Body.Close() // nothing in it is for us
		return nil, &SendError{Kind: statusKind(resp.StatusCode), Err: fmt.Errorf("download: HTTP %d", resp.StatusCode)}
	case resp.ContentLength > d.rules.Size:
		_ = resp.Body.Close()
		return nil, &SendError{Kind: SendRefused, Err: fmt.Errorf("download: %w", ErrTooLarge)}
	}
	return &capped{ReadCloser: resp.Body, left: d.rules.Size}, nil
}

// statusKind tells what is gone from what may come back.
func statusKind(status int) SendKind {
	if status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests && status != http.StatusTooEarly {
		return SendRefused
	}
	return SendRetry
}

// bare takes the URL out of an error: links to members' photos open them to whoever has them.
func bare(err error) error {
	for ue := (*url.Error)(nil); errors.As(err, &ue); {
		err = ue.Err
	}
	return err
}

// mayAsk checks what can be known before the name is resolved.
func (d *Downloader) mayAsk(u *url.URL) error {
	port := u.Port()
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.User != nil:
		return ErrForbidden
	case d.rules.Secure && u.Scheme != "https" && len(d.rules.Local) == 0:
		return ErrForbidden
	case port != "" && port != "80" && port != "443" && len(d.rules.Local) == 0:
		return ErrForbidden
	}
	return nil
}

// mayDial checks the address that is about to be connected to.
func (d *Downloader) mayDial(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrForbidden
	}
	ip := at.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(d.rules.Local, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return nil
	}
	if !public(ip) || at.Port() != 80 && at.Port() != 443 {
		return ErrForbidden
	}
	return nil
}

// notPublic are networks that netip has no question for: shared, special, documentation, and those in which an
// address of another family is wrapped. https://www.iana.org/assignments/iana-ipv4-special-registry
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

func public(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// capped ends with ErrTooLarge instead of bringing more than is taken.
type capped struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, &SendError{Kind: SendRefused, Err: ErrTooLarge}
	}
	return n, err
}

package redis

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// forms are how an address is written. They hold no address, so that no error shows a password.
const forms = "write redis://[USER:PASSWORD@]HOST:6379/0 for one server, redis-cluster://[USER:PASSWORD@]HOST:6379,HOST:6379 for a cluster, " +
	"redis-sentinel://[USER:PASSWORD@]HOST:26379,HOST:26379/MASTER for Sentinel; rediss… instead of redis… with TLS, ?ca=FILE for a certificate authority of your own; " +
	"/ ? # @ : and % in a password as %2F %3F %23 %40 %3A %25"

// address is an address taken apart.
type address struct {
	text, scheme   string // scheme without the s of TLS: redis, redis-cluster, redis-sentinel
	user, password string
	hosts          []string // with ports
	path           []string
	query          url.Values
	tls            *tls.Config // nil: none

	sentinelUser, sentinelPassword string // of the Sentinels themselves
}

// parseAddress takes an address apart. Its errors say how an address is written and never quote it.
func parseAddress(text string) (address, error) {
	a := address{text: text}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return a, fmt.Errorf("SANGKIEN_REDIS_URL is no address: %s", forms)
	}
	secure := scheme == "rediss" || strings.HasPrefix(scheme, "rediss-")
	if a.scheme = scheme; secure {
		a.scheme = "redis" + strings.TrimPrefix(scheme, "rediss")
	}
	if !slices.Contains([]string{"redis", "redis-cluster", "redis-sentinel"}, a.scheme) {
		return a, fmt.Errorf("SANGKIEN_REDIS_URL begins with another word: %s", forms)
	}
	rest, query, _ := strings.Cut(rest, "?")
	hosts, path, _ := strings.Cut(rest, "/")
	var err error
	if i := strings.LastIndexByte(hosts, '@'); i >= 0 {
		user, password, _ := strings.Cut(hosts[:i], ":")
		hosts = hosts[i+1:]
		var other error
		a.user, err = url.PathUnescape(user)
		a.password, other = url.PathUnescape(password)
		err = errors.Join(err, other)
	}
	var other error
	a.query, other = url.ParseQuery(query)
	if err != nil || other != nil {
		return a, fmt.Errorf("SANGKIEN_REDIS_URL has a %% that begins no character: %s", forms)
	}
	a.path = strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if a.hosts, err = a.addHosts(hosts); err != nil {
		return a, err
	}
	if a.scheme == "redis" && len(a.hosts) > 1 {
		return a, fmt.Errorf("SANGKIEN_REDIS_URL has several servers; are they a cluster, or Sentinels? %s", forms)
	}
	return a, a.secure(secure)
}

func (a *address) addHosts(list string) (hosts []string, err error) {
	port := "6379"
	if a.scheme == "redis-sentinel" {
		port = "26379"
	}
	for host := range strings.SplitSeq(list, ",") {
		host = strings.TrimSpace(host)
		name, given, err := net.SplitHostPort(host)
		if err != nil {
			name, given = strings.Trim(host, "[]"), port
		}
		if name == "" && a.scheme == "redis" {
			name = "localhost"
		}
		if name == "" || strings.Trim(given, "0123456789") != "" {
			return nil, fmt.Errorf("SANGKIEN_REDIS_URL has a server without a name or with a port that is no number: %s", forms)
		}
		hosts = append(hosts, net.JoinHostPort(name, given))
	}
	return hosts, nil
}

// secure reads what an address says of TLS.
func (a *address) secure(secure bool) error {
	file, lax := a.take("ca"), a.scheme != "redis" && a.take("skip_verify") == "true"
	if !secure {
		if file != "" || lax {
			return errors.New("SANGKIEN_REDIS_URL has ca or skip_verify without TLS: begin it with rediss instead of redis")
		}
		return nil
	}
	a.tls = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: lax} //nolint:gosec // only where the operator says so
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the certificate authority that ca in SANGKIEN_REDIS_URL names: %w", err)
	}
	if a.tls.RootCAs = x509.NewCertPool(); !a.tls.RootCAs.AppendCertsFromPEM(pem) {
		return errors.New("the file that ca in SANGKIEN_REDIS_URL names holds no certificate: it must be PEM, with BEGIN CERTIFICATE")
	}
	return nil
}

// take reads an option and removes it.
func (a *address) take(option string) string {
	value := a.query.Get(option)
	delete(a.query, option)
	return value
}

// single is the options of one server; go-redis' own options are allowed.
func (a *address) single() (*redis.Options, error) {
	plain, _, _ := strings.Cut(a.text, "?")
	o, err := redis.ParseURL(plain + "?" + a.query.Encode())
	if err != nil {
		return nil, fmt.Errorf("SANGKIEN_REDIS_URL cannot be read: %s", forms)
	}
	if a.tls != nil && a.tls.RootCAs != nil {
		o.TLSConfig.RootCAs = a.tls.RootCAs
	}
	return o, nil
}

// left refuses what an address says too much.
func (a *address) left(path int) error {
	for option := range a.query {
		return fmt.Errorf("SANGKIEN_REDIS_URL has an option %q that there is none of: %s", option, forms)
	}
	if len(a.path) > path {
		return fmt.Errorf("SANGKIEN_REDIS_URL has too much after its servers: %s", forms)
	}
	return nil
}

package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// redisTLS is a certificate for 127.0.0.1 that is its own authority, in files.
type redisTLS struct {
	cert, key string
	pool      *x509.CertPool
}

// WithTLS is the same server speaking TLS only, also to its like, with a certificate that nobody else knows.
func (p RedisProgram) WithTLS(t testing.TB) RedisProgram {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	signed, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p.tls = &redisTLS{cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"), pool: x509.NewCertPool()}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
	p.tls.pool.AppendCertsFromPEM(public)
	for path, data := range map[string][]byte{p.tls.cert: public, p.tls.key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// listen is a server's settings for its port, each a name that begins with so much and a value.
func (p RedisProgram) listen(port int, begin string) []string {
	if p.tls == nil {
		return []string{begin + "port", strconv.Itoa(port)}
	}
	return []string{begin + "port", "0", begin + "tls-port", strconv.Itoa(port), begin + "tls-cert-file", p.tls.cert, begin + "tls-key-file", p.tls.key, begin + "tls-ca-cert-file", p.tls.cert,
		begin + "tls-auth-clients", "no", begin + "tls-replication", "yes", begin + "tls-cluster", "yes"}
}

// url is the address of servers that stand in some shape.
func (p RedisProgram) url(shape, rest string) string {
	if p.tls == nil {
		return "redis" + shape + "://" + rest
	}
	return "rediss" + shape + "://" + rest + "?ca=" + p.tls.cert
}

// client is how a client trusts the server; nil without TLS.
func (c *redisTLS) client() *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{RootCAs: c.pool, MinVersion: tls.VersionTLS12}
}

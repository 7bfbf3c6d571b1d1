package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tracing is where traces go, as the standard variables of OpenTelemetry say it. Those of the resource, the sampler and
// the batches are read by the SDK itself.
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/
type tracing struct {
	endpoint string // with its path
	headers  map[string]string
	timeout  time.Duration
	gzip     bool
	tls      *tls.Config // nil: the system's
}

// samplers are those of the standard.
var samplers = []string{"", "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}

// readTracing reads the standard variables. nil: nothing is traced. It says what cannot work, and how to mend it.
func readTracing(env func(string) string) (*tracing, error) {
	get := func(name string) string { // the variable for traces goes before the one for all signals
		if v := env("OTEL_EXPORTER_OTLP_TRACES_" + name); v != "" {
			return v
		}
		return env("OTEL_EXPORTER_OTLP_" + name)
	}
	exporter, endpoint := env("OTEL_TRACES_EXPORTER"), get("ENDPOINT")
	switch {
	case strings.EqualFold(env("OTEL_SDK_DISABLED"), "true"), exporter == "none", exporter == "" && endpoint == "":
		return nil, nil
	case exporter != "" && exporter != "otlp":
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER: %q is not known here; use otlp or none", exporter)
	}
	if p := get("PROTOCOL"); p != "" && p != "http/protobuf" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not spoken here; use http/protobuf, which collectors take at port 4318", p)
	}
	if err := checkSampler(env("OTEL_TRACES_SAMPLER"), env("OTEL_TRACES_SAMPLER_ARG")); err != nil {
		return nil, err
	}
	if endpoint == "" {
		endpoint = "http://localhost:4318"
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT is no address; use one like http://localhost:4318")
	}
	if env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		u = u.JoinPath("v1", "traces")
	}
	c := &tracing{endpoint: u.String(), timeout: 10 * time.Second, gzip: get("COMPRESSION") == "gzip"}
	if v := get("TIMEOUT"); v != "" {
		ms, err := strconv.Atoi(v)
		if err != nil || ms <= 0 {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_TIMEOUT: %q is no number of milliseconds", v)
		}
		c.timeout = time.Duration(ms) * time.Millisecond
	}
	if c.headers, err = readHeaders(get("HEADERS")); err != nil {
		return nil, err
	}
	c.tls, err = trusting(get("CERTIFICATE"))
	return c, err
}

func checkSampler(name, arg string) error {
	if !slices.Contains(samplers, name) {
		return fmt.Errorf("OTEL_TRACES_SAMPLER: %q is no sampler; use one of %s", name, strings.Join(samplers[1:], ", "))
	}
	if ratio, err := strconv.ParseFloat(arg, 64); strings.HasSuffix(name, "traceidratio") && arg != "" && (err != nil || ratio < 0 || ratio > 1) {
		return fmt.Errorf("OTEL_TRACES_SAMPLER_ARG: %q is no share between 0 and 1", arg)
	}
	return nil
}

// readHeaders reads "name=value,name=value", values escaped as in a URL. Its error repeats no value: they are secrets.
func readHeaders(list string) (map[string]string, error) {
	headers := map[string]string{}
	for entry := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		name, value, ok := strings.Cut(entry, "=")
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || name == "" || err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_HEADERS: write name=value, divided by commas")
		}
		headers[http.CanonicalHeaderKey(name)] = plain
	}
	return headers, nil
}

// trusting is what trusts the certificates in a file only; nil where there is none.
func trusting(path string) (*tls.Config, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: there is no certificate in %s", path)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// secrets are what must not be told: the values of headers, which let in, and what stands before the @ of the address.
func (c *tracing) secrets() []string {
	if c == nil {
		return nil
	}
	var found []string
	for _, v := range c.headers {
		found = append(found, v)
		if _, half, ok := strings.Cut(v, " "); ok {
			found = append(found, half) // Bearer …
		}
	}
	if u, err := url.Parse(c.endpoint); err == nil && u.User != nil {
		password, _ := u.User.Password()
		found = append(found, password)
	}
	return found
}

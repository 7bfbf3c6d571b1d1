package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector sends traces by OTLP over HTTP. It is the client of the official exporter: the official one for HTTP links
// gRPC, which costs 2.5 MB and six modules that nothing here calls (docs/decisions/0026-traces.md). A collector that
// does not take them costs nothing but the traces: that is logged when it begins and when it ends.
type collector struct {
	config *tracing
	http   *http.Client
	redact redactor
	logger *slog.Logger
	lost   atomic.Int64 // spans since the collector was last heard of
}

func newCollector(c *tracing, r redactor, logger *slog.Logger) *collector {
	return &collector{config: c, redact: r, logger: logger, http: &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: c.tls, MaxIdleConns: 2, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // it would carry the headers away
	}}
}

// Start implements otlptrace.Client.
func (c *collector) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *collector) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. Its error is always nil: the SDK would print it.
func (c *collector) UploadTraces(ctx context.Context, all []*tracepb.ResourceSpans) error {
	n := 0
	for _, resource := range all {
		for _, scope := range resource.GetScopeSpans() {
			n += len(scope.GetSpans())
			for _, s := range scope.GetSpans() {
				c.clean(s.GetAttributes())
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.timeout)
	defer cancel()
	switch err := c.deliver(ctx, all); {
	case err != nil && c.lost.Add(int64(n)) == int64(n):
		c.logger.Warn("traces: the collector takes none; they are left out until it does, and nothing else waits for it", "error", err)
	case err == nil:
		if lost := c.lost.Swap(0); lost > 0 {
			c.logger.Info("traces: the collector takes them again", "spans_lost", lost)
		}
	}
	return nil
}

// clean is the second net under what is told of a span.
func (c *collector) clean(attributes []*commonpb.KeyValue) {
	for _, a := range attributes {
		if s, ok := a.GetValue().GetValue().(*commonpb.AnyValue_StringValue); ok {
			s.StringValue = c.redact.text(s.StringValue)
		}
	}
}

// errAgain is an answer after which the standard lets the same be sent again.
type errAgain struct {
	after time.Duration
	cause error
}

func (e *errAgain) Error() string { return e.cause.Error() }
func (e *errAgain) Unwrap() error { return e.cause }

// deliver sends until it is taken, refused, or too late.
func (c *collector) deliver(ctx context.Context, all []*tracepb.ResourceSpans) error {
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: all}) // on the wire the same as ExportTraceServiceRequest
	if err != nil {
		return fmt.Errorf("write traces: %w", err)
	}
	if c.config.gzip {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(body); err != nil {
			return fmt.Errorf("compress traces: %w", err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("compress traces: %w", err)
		}
		body = b.Bytes()
	}
	for wait := 250 * time.Millisecond; ; wait *= 2 {
		err := c.once(ctx, body)
		var again *errAgain
		if !errors.As(err, &again) {
			return err
		}
		end, _ := ctx.Deadline() // there is one
		pause := max(wait, again.after)
		if time.Until(end) < pause {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func (c *collector) once(ctx context.Context, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send traces: %w", err)
	}
	for name, value := range c.config.headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	if c.config.gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // the address may hold a password
		}
		return &errAgain{cause: fmt.Errorf("send traces: %w", err)}
	}
	defer func() { _ = resp.Body.Close() }()                      // only read from
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is free for the next
	switch err := fmt.Errorf("send traces: HTTP %d", resp.StatusCode); resp.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // 0 for none, or a date
		return &errAgain{after: time.Duration(seconds) * time.Second, cause: err}
	default:
		return err
	}
}

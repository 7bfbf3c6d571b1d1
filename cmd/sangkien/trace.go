package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/web"
)

// tracer tells an operator where time goes, from a webhook to the message that answers it. Nothing outside of this
// package knows of it: it stands around what the parts are given (docs/decisions/0026-traces.md). Nil traces nothing,
// and what it is asked to stand around it gives back as it is.
//
// What is told of a person is nothing: no word, no name, no id of a chat. Errors are told by their codes; their words
// are in the log, under the id of the trace.
type tracer struct {
	trace.Tracer
	provider  *sdktrace.TracerProvider
	collector *collector
	claims    rate.Sometimes // of broadcasts; they come many times a second
	bulk      rate.Sometimes // sends of broadcasts
}

// newTracer starts to send traces to where c says; nil when it says nothing.
func newTracer(ctx context.Context, c *tracing, name string, r redactor, logger *slog.Logger) (*tracer, error) {
	if c == nil {
		return nil, nil
	}
	to := newCollector(c, r, logger)
	exporter := otlptrace.NewUnstarted(to)
	if err := exporter.Start(ctx); err != nil {
		return nil, fmt.Errorf("start to send traces: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "sangkien"), attribute.String("service.instance.id", name)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: write name=value, divided by commas: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return &tracer{Tracer: provider.Tracer("github.com/sangkien/sangkien"), provider: provider, collector: to,
		claims: rate.Sometimes{Interval: time.Second}, bulk: rate.Sometimes{Interval: time.Second}}, nil
}

// close sends what is not sent yet, until a moment: a collector that does not answer keeps nobody from ending.
func (t *tracer) close(until time.Time) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil && t.collector.lost.Load() == 0 {
		t.collector.logger.Warn("traces: the collector does not take the last ones in time", "error", err)
	}
}

// step begins a part of what ctx is a part of; of what is not traced, no part is.
func (t *tracer) step(ctx context.Context, name string, about ...attribute.KeyValue) (context.Context, trace.Span) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, trace.SpanFromContext(context.Background())
	}
	return t.Start(ctx, name, trace.WithAttributes(about...))
}

// past tells of a part that has ended.
func (t *tracer) past(ctx context.Context, name string, from, to time.Time, err error, about ...attribute.KeyValue) {
	if trace.SpanFromContext(ctx).IsRecording() {
		_, span := t.Start(ctx, name, trace.WithTimestamp(from), trace.WithAttributes(about...))
		failed(span, err)
		span.End(trace.WithTimestamp(to))
	}
}

// end ends a part with how it went.
func end(span trace.Span, err error) {
	failed(span, err)
	span.End()
}

func failed(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, reason(err))
	}
}

// reason is an error without its words: they may hold someone's.
func reason(err error) string {
	var send *bot.SendError
	switch code := sangkien.CodeOf(err); {
	case errors.As(err, &send):
		return send.Kind.String()
	case errors.Is(err, context.DeadlineExceeded):
		return "too late"
	case errors.Is(err, context.Canceled):
		return "given up"
	default:
		return string(code)
	}
}

// arrival is when a request came, and what it is a part of, if who handed it on is believed.
type arrival struct {
	at     time.Time
	parent trace.SpanContext
}

type arrivalKey struct{}

// arrivals notes when requests come. What a request says to be a part of is believed where who asks is believed: whoever
// may say it decides what is traced, and under which id.
func (t *tracer) arrivals(next http.Handler, believed web.Proxies) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			a := arrival{at: time.Now()}
			if believed.Believed(r.RemoteAddr) {
				ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier{"Traceparent": r.Header["Traceparent"]})
				a.parent = trace.SpanContextFromContext(ctx)
			}
			r = r.WithContext(context.WithValue(r.Context(), arrivalKey{}, a))
		}
		next.ServeHTTP(w, r)
	})
}

// journey is an update on its way through this process.
type journey struct {
	taken   time.Time // into the inbox
	begun   time.Time // the attempt to decide
	loaded  time.Time // what that begins with
	attempt int
	ended   time.Time
}

type journeyKey struct{}

// receive begins the trace of an update: when its request came, or when a poll brought it.
func (t *tracer) receive(in bot.Receive) bot.Receive {
	if t == nil {
		return in
	}
	return func(ctx context.Context, u sangkien.Update) func() error {
		now := time.Now()
		came, kind := now, trace.SpanKindConsumer
		if a, ok := ctx.Value(arrivalKey{}).(arrival); ok {
			came, kind = a.at, trace.SpanKindServer
			ctx = trace.ContextWithRemoteSpanContext(ctx, a.parent)
		}
		ctx, span := t.Start(ctx, "receive "+u.Address.Channel, trace.WithTimestamp(came), trace.WithSpanKind(kind), trace.WithAttributes(
			attribute.String("sangkien.channel", u.Address.Channel), attribute.String("sangkien.update", u.Key), attribute.String("sangkien.kind", string(u.Kind))))
		j := &journey{taken: now}
		wait := in(context.WithValue(ctx, journeyKey{}, j), u)
		return func() error {
			err := wait()
			if j.ended.IsZero() {
				j.ended = time.Now() // it was not taken in
			}
			failed(span, err)
			span.End(trace.WithTimestamp(j.ended)) // who polls asks for one after the other
			return err
		}
	}
}

// handle is a handler whose work is seen.
func (t *tracer) handle(handle bot.Handle) bot.Handle {
	if t == nil {
		return handle
	}
	return func(ctx context.Context, u sangkien.Update) (err error) {
		j, ok := ctx.Value(journeyKey{}).(*journey)
		if !ok {
			return handle(ctx, u)
		}
		now := time.Now()
		t.past(ctx, "inbox", j.taken, now, nil)
		ctx, span := t.step(ctx, "handle")
		defer func() { end(span, err); j.ended = time.Now() }()
		j.begun, j.loaded = now, now
		return handle(ctx, u)
	}
}

// watching is how the store is opened.
func (t *tracer) watching() []storage.Option {
	if t == nil {
		return nil
	}
	return []storage.Option{storage.Observed(t.observer())}
}

// observer sees what the store does, and lets replies carry on what brought them about.
func (t *tracer) observer() storage.Observer {
	return storage.Observer{
		Done: func(ctx context.Context, w storage.Work) {
			if w.Query != "" {
				t.past(ctx, "read", w.Begun, w.Ended, w.Err, attribute.String("db.query.text", w.Query))
				return
			}
			t.past(ctx, "transaction", w.Begun, w.Ended, w.Err, attribute.Int("sangkien.group", w.Group))
		},
		Trace: func(ctx context.Context) string {
			if !trace.SpanContextFromContext(ctx).IsSampled() {
				return ""
			}
			carrier := propagation.MapCarrier{}
			propagation.TraceContext{}.Inject(ctx, carrier)
			return carrier["traceparent"]
		},
	}
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/scheduler"
)

// decisions is the store of the handlers, seen: what is read first, what is decided with it, what is committed.
type decisions struct {
	handlers.Store
	t *tracer
}

func (t *tracer) decisions(s handlers.Store) handlers.Store {
	if t == nil {
		return s
	}
	return decisions{s, t}
}

// Chat implements handlers.Store: each attempt to decide begins with it.
func (d decisions) Chat(ctx context.Context, a sangkien.Address, from sangkien.Sender) (sangkien.Chat, error) {
	j, _ := ctx.Value(journeyKey{}).(*journey)
	if j != nil && j.attempt > 0 { // the world changed under the one before
		j.begun = time.Now()
	}
	chat, err := d.Store.Chat(ctx, a, from)
	j.hasLoaded()
	return chat, err
}

func (j *journey) hasLoaded() {
	if j != nil {
		j.loaded = time.Now()
	}
}

// Commit implements handlers.Store.
func (d decisions) Commit(ctx context.Context, c sangkien.Commit) (sangkien.Facts, error) {
	if j, ok := ctx.Value(journeyKey{}).(*journey); ok {
		if j.loaded.After(j.begun) {
			d.t.past(ctx, "load", j.begun, j.loaded, nil)
		}
		d.t.past(ctx, "decide", j.loaded, time.Now(), nil, decided(c)...)
		j.attempt++
		var span trace.Span
		ctx, span = d.t.step(ctx, "commit", attribute.Int("sangkien.attempt", j.attempt))
		facts, err := d.Store.Commit(ctx, c)
		span.SetAttributes(attribute.Bool("sangkien.duplicate", facts.Duplicate))
		end(span, err)
		return facts, err
	}
	return d.Store.Commit(ctx, c)
}

// decided is what a commit changes and says, by the names of effects and sentences.
func decided(c sangkien.Commit) []attribute.KeyValue {
	var effects, says []string
	for _, e := range c.Effects {
		effects = append(effects, strings.TrimPrefix(fmt.Sprintf("%T", e), "sangkien."))
	}
	for _, r := range c.Replies {
		for _, l := range r.Lines {
			says = append(says, l.Key)
		}
	}
	return []attribute.KeyValue{attribute.StringSlice("sangkien.effects", effects), attribute.StringSlice("sangkien.says", says)}
}

// states is where conversations are kept, seen.
type states struct {
	handlers.Sessions
	t *tracer
}

func (t *tracer) states(s handlers.Sessions) handlers.Sessions {
	if t == nil {
		return s
	}
	return states{s, t}
}

// Load implements handlers.Sessions.
func (s states) Load(ctx context.Context, a sangkien.Address) (sangkien.Session, error) {
	ctx, span := s.t.step(ctx, "session load")
	session, err := s.Sessions.Load(ctx, a)
	end(span, err)
	j, _ := ctx.Value(journeyKey{}).(*journey)
	j.hasLoaded()
	return session, err
}

// Save implements handlers.Sessions.
func (s states) Save(ctx context.Context, a sangkien.Address, session sangkien.Session) error {
	ctx, span := s.t.step(ctx, "session save")
	err := s.Sessions.Save(ctx, a, session)
	end(span, err)
	return err
}

// outgoing is the outbox's table, seen.
type outgoing struct {
	bot.Deliveries
	t *tracer
}

func (t *tracer) outgoing(table bot.Deliveries) bot.Deliveries {
	if t == nil {
		return table
	}
	return outgoing{table, t}
}

// Claim implements bot.Deliveries. It is told in the trace of each message that was claimed.
func (o outgoing) Claim(ctx context.Context, by string, channels []string, limit int, now time.Time, lease time.Duration) ([]sangkien.Delivery, error) {
	begun := time.Now()
	got, err := o.Deliveries.Claim(ctx, by, channels, limit, now, lease)
	ended := time.Now()
	for _, d := range got {
		if ctx, ok := continued(ctx, d.Reply.Trace); ok {
			_, span := o.t.Start(ctx, "claim", trace.WithTimestamp(begun), trace.WithAttributes(attribute.Int("sangkien.claimed", len(got))))
			span.End(trace.WithTimestamp(ended))
		}
	}
	return got, err
}

// continued is ctx as a part of what brought a reply about, perhaps in another process.
func continued(ctx context.Context, mark string) (context.Context, bool) {
	if mark == "" {
		return ctx, false
	}
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": mark})
	return ctx, trace.SpanContextFromContext(ctx).IsSampled()
}

// deliver goes on with the trace of the update that a message answers.
func (t *tracer) deliver(ctx context.Context, d sangkien.Delivery) (context.Context, func(sangkien.DeliveryResult)) {
	ctx, ok := continued(ctx, d.Reply.Trace)
	if !ok {
		return ctx, func(sangkien.DeliveryResult) {}
	}
	due := d.Created
	if d.Due.After(due) {
		due = d.Due
	}
	ctx, span := t.Start(ctx, "deliver "+d.Reply.To.Channel, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
		attribute.Int64("sangkien.delivery", d.ID), attribute.String("sangkien.class", className(d.Reply.Class)), attribute.Int("sangkien.attempt", d.Attempts+1),
		attribute.Int64("sangkien.overdue_ms", time.Since(due).Milliseconds())))
	return ctx, func(r sangkien.DeliveryResult) {
		span.SetAttributes(attribute.String("sangkien.outcome", outcomes[r.State]), attribute.Int("sangkien.parts", r.Parts))
		span.End()
	}
}

var outcomes = map[sangkien.DeliveryState]string{sangkien.DeliverySent: "sent", sangkien.DeliveryLater: "later",
	sangkien.DeliveryFailed: "failed", sangkien.DeliveryUnreachable: "unreachable"}

// waits is a pace, seen: how long a message waited for its moment.
type waits struct {
	bot.Pace
	t *tracer
}

func (t *tracer) waits(paces map[string]bot.Pace) map[string]bot.Pace {
	if t != nil {
		for channel, p := range paces {
			paces[channel] = waits{p, t}
		}
	}
	return paces
}

// Take implements bot.Pace. Who is given a moment sleeps until it.
func (w waits) Take(ctx context.Context, class sangkien.ReplyClass, chat sangkien.Address) (time.Duration, bool, error) {
	begun := time.Now()
	wait, taken, err := w.Pace.Take(ctx, class, chat)
	w.t.past(ctx, "pace", begun, time.Now().Add(wait), err, attribute.Bool("sangkien.taken", taken))
	return wait, taken, err
}

// asked is the pace that replicas share, seen.
type asked struct {
	bot.Shared
	t *tracer
}

func (t *tracer) asked(s bot.Shared) bot.Shared {
	if t == nil {
		return s
	}
	return asked{s, t}
}

// Take implements bot.Pace.
func (a asked) Take(ctx context.Context, class sangkien.ReplyClass, chat sangkien.Address) (time.Duration, bool, error) {
	ctx, span := a.t.step(ctx, "redis pace")
	wait, taken, err := a.Shared.Take(ctx, class, chat)
	end(span, err)
	return wait, taken, err
}

// calls are the requests to a platform, seen.
type calls struct {
	http.RoundTripper
	t       *tracer
	channel string
}

// calls returns what a channel's requests go through; nil for nothing.
func (t *tracer) calls(channel string) func(http.RoundTripper) http.RoundTripper {
	if t == nil {
		return nil
	}
	return func(next http.RoundTripper) http.RoundTripper { return calls{next, t, channel} }
}

// methodName is how platforms name what can be asked of them. Whatever else an address ends with is not told, nor is
// what stands before: the token.
var methodName = regexp.MustCompile(`^[A-Za-z_]{2,40}$`)

// RoundTrip implements http.RoundTripper. Of what belongs to nothing only the renewal of tokens is told: polls last
// for minutes and bring nothing.
func (c calls) RoundTrip(r *http.Request) (*http.Response, error) {
	method := path.Base(r.URL.Path)
	if !methodName.MatchString(method) {
		method = "file"
	}
	ctx := r.Context()
	if !trace.SpanFromContext(ctx).IsRecording() && method != "access_token" {
		return c.RoundTripper.RoundTrip(r)
	}
	ctx, span := c.t.Start(ctx, c.channel+" "+method, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("http.request.method", r.Method), attribute.String("server.address", r.URL.Hostname())))
	resp, err := c.RoundTripper.RoundTrip(r.WithContext(ctx))
	if err == nil {
		span.SetAttributes(attribute.Int("http.response.status_code", resp.StatusCode))
	}
	end(span, err)
	return resp, err
}

// tasks are scheduled tasks, seen: each begins a trace.
func (t *tracer) tasks(tasks []scheduler.Task) []scheduler.Task {
	if t == nil {
		return tasks
	}
	for i, task := range tasks {
		do := task.Do
		tasks[i].Do = func(ctx context.Context, now time.Time) error {
			ctx, span := t.Start(ctx, "task "+task.Name)
			err := do(ctx, now)
			end(span, err)
			return err
		}
	}
	return tasks
}

// readings are the fetches of feeds, seen.
func (t *tracer) readings(fetch scheduler.FetchFeed) scheduler.FetchFeed {
	if t == nil {
		return fetch
	}
	return func(ctx context.Context, f sangkien.Feed) ([]sangkien.FeedItem, string, string, bool, error) {
		ctx, span := t.step(ctx, "read feed", attribute.Int64("sangkien.feed", f.ID))
		items, etag, modified, unchanged, err := fetch(ctx, f)
		span.SetAttributes(attribute.Int("sangkien.items", len(items)), attribute.Bool("sangkien.unchanged", unchanged))
		end(span, err)
		return items, etag, modified, unchanged, err
	}
}

// many is the table of broadcasts, seen: a claim a second.
type many struct {
	bot.Broadcasts
	t *tracer
}

func (t *tracer) many(table bot.Broadcasts) bot.Broadcasts {
	if t == nil {
		return table
	}
	return many{table, t}
}

// ClaimRecipients implements bot.Broadcasts.
func (m many) ClaimRecipients(ctx context.Context, by string, b sangkien.Broadcast, channel string, limit int, now time.Time, lease time.Duration, day int64, perDay int) ([]sangkien.Recipient, error) {
	span := trace.SpanFromContext(context.Background())
	m.t.claims.Do(func() {
		ctx, span = m.t.Start(ctx, "broadcast claim", trace.WithAttributes(attribute.Int64("sangkien.broadcast", b.ID), attribute.String("sangkien.channel", channel)))
	})
	got, err := m.Broadcasts.ClaimRecipients(ctx, by, b, channel, limit, now, lease, day, perDay)
	span.SetAttributes(attribute.Int("sangkien.claimed", len(got)))
	end(span, err)
	return got, err
}

// recipient tells of one send of a broadcast a second: at full speed there are thirty.
func (t *tracer) recipient(ctx context.Context, b sangkien.Broadcast, channel string) (context.Context, func(sangkien.RecipientResult)) {
	done := func(sangkien.RecipientResult) {}
	t.bulk.Do(func() {
		var span trace.Span
		ctx, span = t.Start(ctx, "broadcast send "+channel, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(attribute.Int64("sangkien.broadcast", b.ID)))
		done = func(r sangkien.RecipientResult) {
			span.SetAttributes(attribute.String("sangkien.outcome", string(r.State)))
			span.End()
		}
	})
	return ctx, done
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// hidden stands in logs and errors where a secret or a telephone number stood.
const hidden = "[hidden]"

// shapes are secrets that no setting names: tokens of bots, tokens that the program makes itself (invitations, logins,
// the kept webhook secret), the password in an address; and mobile numbers, which are the likeliest personal data in
// an error that some platform words.
var shapes = regexp.MustCompile(`[0-9]{6,12}:[A-Za-z0-9_-]{30,}` +
	`|\b[A-Za-z2-7]{26}\b` +
	`|(?:\+84|\b0)[35789][0-9]{8}\b`)

var addressPassword = regexp.MustCompile(`(://[^\s/:@"]*:)[^\s/"]+@`)

// redactor takes secrets out of text. It is the second net: whoever makes an error takes the secret out already.
// The zero value knows the shapes only.
type redactor struct{ known *strings.Replacer }

// redactor knows the values of the settings that are secret, by the names of their variables.
func (c *Config) redactor() redactor {
	var pairs []string
	for _, secret := range c.secrets() {
		quoted := strconv.Quote(secret)
		for _, form := range []string{secret, quoted[1 : len(quoted)-1], url.QueryEscape(secret), url.PathEscape(secret)} {
			pairs = append(pairs, form, hidden)
		}
	}
	return redactor{strings.NewReplacer(pairs...)}
}

// secretName matches the variables whose values are secret, whoever adds one.
var secretName = regexp.MustCompile(`_(TOKEN|SECRET|PASSWORD|KEY)$`)

// secrets are the secret values that are set, and the passwords in addresses. A value shorter than 4 bytes is left
// out: it would tear other words apart, and protects nothing.
func (c *Config) secrets() []string {
	var found []string
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if v.Field(i).Kind() != reflect.String {
			continue
		}
		value := v.Field(i).String()
		if secretName.MatchString(v.Type().Field(i).Tag.Get("env")) {
			found = append(found, value)
			if _, half, ok := strings.Cut(value, ":"); ok {
				found = append(found, half) // however the colon of a bot's token was escaped
			}
		} else {
			found = append(found, addressSecrets(value)...)
		}
	}
	found = append(found, c.tracing.secrets()...)
	long := found[:0]
	for _, s := range found {
		if len(s) >= 4 {
			long = append(long, s)
		}
	}
	return long
}

// addressSecrets are the passwords in an address, which may name several hosts: as they are written, and as they are
// meant.
func addressSecrets(address string) []string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return nil
	}
	rest, query, _ := strings.Cut(rest, "?")
	var found []string
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		if _, password, ok := strings.Cut(rest[:i], ":"); ok {
			found = append(found, password)
			if meant, err := url.PathUnescape(password); err == nil {
				found = append(found, meant)
			}
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if strings.HasSuffix(name, "password") {
			found = append(found, value)
			if meant, err := url.QueryUnescape(value); err == nil {
				found = append(found, meant)
			}
		}
	}
	return found
}

// text returns s without secrets.
func (r redactor) text(s string) string {
	if r.known != nil {
		s = r.known.Replace(s)
	}
	s = addressPassword.ReplaceAllString(s, "${1}"+hidden+"@")
	return shapes.ReplaceAllString(s, hidden)
}

// error returns err with its words redacted; what it wraps can still be asked for.
func (r redactor) error(err error) error {
	if err == nil {
		return nil
	}
	return redactedError{r.text(err.Error()), err}
}

type redactedError struct {
	words string
	cause error
}

func (e redactedError) Error() string { return e.words }
func (e redactedError) Unwrap() error { return e.cause }

// redacting is a slog.Handler that hands on records without secrets.
type redacting struct {
	next slog.Handler
	r    redactor
}

func (h redacting) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

func (h redacting) Handle(ctx context.Context, rec slog.Record) error {
	clean := slog.NewRecord(rec.Time, rec.Level, h.r.text(rec.Message), rec.PC)
	rec.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.r.attr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h redacting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return redacting{h.next.WithAttrs(h.r.attrs(attrs)), h.r}
}

func (h redacting) WithGroup(name string) slog.Handler { return redacting{h.next.WithGroup(name), h.r} }

// placed is a slog.Handler that says of which trace a record is a part.
type placed struct{ slog.Handler }

// Handle implements slog.Handler.
func (h placed) Handle(ctx context.Context, rec slog.Record) error {
	if at := trace.SpanContextFromContext(ctx); at.IsValid() {
		rec = rec.Clone()
		rec.AddAttrs(slog.String("trace_id", at.TraceID().String()), slog.String("span_id", at.SpanID().String()))
	}
	return h.Handler.Handle(ctx, rec)
}

// WithAttrs implements slog.Handler.
func (h placed) WithAttrs(attrs []slog.Attr) slog.Handler { return placed{h.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (h placed) WithGroup(name string) slog.Handler { return placed{h.Handler.WithGroup(name)} }

func (r redactor) attrs(attrs []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = r.attr(a)
	}
	return clean
}

func (r redactor) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, r.text(v.String()))
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(r.attrs(v.Group())...)}
	case slog.KindAny:
		return slog.String(a.Key, r.text(fmt.Sprintf("%+v", v.Any())))
	default: // numbers, times
		return slog.Attr{Key: a.Key, Value: v}
	}
}

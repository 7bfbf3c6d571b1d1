package zalooa

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/testkit/zalooatest"
)

func text(s string) bot.Message { return bot.Message{Text: locale.Text{{Text: s}}} }

// TestEveryCodeHasAClass sends against each code that Zalo names, over the wire, and one that nobody has heard of.
func TestEveryCodeHasAClass(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{Paid: true}, nil)
	u := r.server.User(1)
	u.Heard(r.clock.Now())
	want := map[int]meaning{
		-32: {kind: bot.SendLimited, after: time.Minute}, -201: {kind: bot.SendRefused}, -202: {kind: bot.SendRefused}, -204: {kind: bot.SendRefused},
		-205: {kind: bot.SendRefused}, -207: {kind: bot.SendUnreachable}, -209: {kind: bot.SendRefused}, -210: {kind: bot.SendRefused},
		-211: barred("quota"), -212: {kind: bot.SendRefused}, -213: barred("window"), -216: {kind: bot.SendFatal}, -217: {kind: bot.SendUnreachable},
		-218: barred("quota"), -224: barred("quota"), -227: {kind: bot.SendUnreachable}, -230: barred("window"), -232: barred("window"),
		-233: {kind: bot.SendRefused}, -234: barred("night"), -240: {kind: bot.SendRefused}, -98765: {kind: bot.SendRefused},
		-108: {kind: bot.SendUnreachable}, -115: barred("quota"), -118: {kind: bot.SendUnreachable}, -119: {kind: bot.SendUnreachable}, -124: {kind: bot.SendFatal},
		-131: {kind: bot.SendRefused}, -132: {kind: bot.SendRefused}, -133: barred("night"), -144: barred("quota"),
	}
	for code := range meanings() {
		if _, ok := want[code]; !ok {
			t.Errorf("code %d has no expectation", code)
		}
	}
	for code, w := range want {
		if w.kind == bot.SendFatal {
			continue // below
		}
		r.server.Refuse(code)
		_, err := r.Send(t.Context(), r.to(u), text("chào"))
		se := asSendError(t, err)
		if se.Kind != w.kind || se.Barred != w.barred || se.After != w.after {
			t.Errorf("%d: %s, %q, %v", code, se.Kind, se.Barred, se.After)
		}
		if w.barred == sangkien.BarredNight && !se.Until.After(r.clock.Now()) {
			t.Errorf("%d: until %v", code, se.Until)
		}
	}
	for _, code := range []int{tokenInvalid, znsTokenInvalid} {
		r.clock.add(2 * time.Minute)
		u.Heard(r.clock.Now())
		before := r.server.Renewals()
		r.server.Refuse(code)
		if _, err := r.Send(t.Context(), r.to(u), text("chào")); err != nil || r.server.Renewals() != before+1 {
			t.Errorf("%d once: %v after %d renewals", code, err, r.server.Renewals()-before)
		}
		r.clock.add(2 * time.Minute)
		r.server.Refuse(code, code)
		if _, err := r.Send(t.Context(), r.to(u), text("chào")); asSendError(t, err).Kind != bot.SendFatal || r.server.Renewals() != before+2 {
			t.Errorf("%d twice: %v after %d renewals", code, err, r.server.Renewals()-before)
		}
	}
	for message, kind := range map[string]bot.SendKind{"Params is invalid": bot.SendRefused, "User has not followed OA": bot.SendBarred, "Người dùng chưa quan tâm OA": bot.SendBarred} {
		if se := failure("/p", 200, &apiError{code: -201, message: message}); se.Kind != kind {
			t.Errorf("-201 %q: %s", message, se.Kind)
		}
	}
	for status, kind := range map[int]bot.SendKind{0: bot.SendRetry, 429: bot.SendLimited, 413: bot.SendRefused, 500: bot.SendRetry, 503: bot.SendRetry, 301: bot.SendRetry} {
		if se := failure("/p", status, errors.New("x")); se.Kind != kind {
			t.Errorf("HTTP %d: %s", status, se.Kind)
		}
	}
}

// TestSuccessIsSaidTwice: HTTP 200 alone is no success, nor is an error of 0 with another status.
func TestSuccessIsSaidTwice(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{`{"error":0,"message":"Success","data":{"message_id":"1"}}`: true, `{"error":-211,"message":"quota"}`: false,
		`{"message":"Success"}`: false, `<html>`: false, ``: false, `[]`: false, `null`: false} {
		if _, err := readAnswer("/p", 200, []byte(body)); (err == nil) != ok {
			t.Errorf("%q: %v", body, err)
		}
		if _, err := readAnswer("/p", 502, []byte(body)); err == nil {
			t.Errorf("%q with HTTP 502 is success", body)
		}
	}
}

// TestNoAnswerIsDoubt: a message that was asked for and never answered for may have arrived, so that a broadcast does not say
// it again by itself; a file that was brought was shown to nobody.
func TestNoAnswerIsDoubt(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{Paid: true}, nil)
	u := r.server.User(1)
	u.Heard(r.clock.Now())
	r.server.Cut(1)
	if _, err := r.Send(t.Context(), r.to(u), text("chào")); asSendError(t, err).Kind != bot.SendUnknown {
		t.Error(err)
	}
	if n := len(r.server.Sent(u.ID)); n != 1 {
		t.Errorf("%d messages arrived", n)
	}
	r.server.Cut(1)
	picture := sangkien.File{Hash: "h", MIME: "image/png", Name: "a.png", Size: 4}
	_, err := r.SendFile(t.Context(), r.to(u), picture, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("\x89PNG")), nil }, text("x"))
	if asSendError(t, err).Kind != bot.SendRetry {
		t.Error(err)
	}
}

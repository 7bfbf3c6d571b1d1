package zalooa

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// apiError is a call to which Zalo said no, with HTTP 200.
type apiError struct {
	path    string
	code    int
	message string
}

func (e *apiError) Error() string { return fmt.Sprintf("%s: %d %s", e.path, e.code, e.message) }

// tokenInvalid are the codes that a new access token mends.
const (
	tokenInvalid    = -216
	znsTokenInvalid = -124
)

// meaning is what a code means for a message.
type meaning struct {
	kind   bot.SendKind
	barred sangkien.Barred
	after  time.Duration
}

func barred(why sangkien.Barred) meaning { return meaning{kind: bot.SendBarred, barred: why} }

// meanings is every code that is known, in classes. One that is not here is about the message and final: the message
// is kept, marked as failed. https://developers.zalo.me/docs/official-account/phu-luc/ma-loi
func meanings() map[int]meaning {
	refused, gone, fatal := meaning{kind: bot.SendRefused}, meaning{kind: bot.SendUnreachable}, meaning{kind: bot.SendFatal}
	return map[int]meaning{
		-32:  {kind: bot.SendLimited, after: time.Minute},
		-201: refused, // or "not a follower", by its words
		-202: refused, -204: refused, -205: refused, -209: refused, -210: refused, -212: refused, -233: refused, -240: refused,
		-207: gone, -217: gone, -227: gone,
		-211: barred(sangkien.BarredQuota), -218: barred(sangkien.BarredQuota), -224: barred(sangkien.BarredQuota),
		-213: barred(sangkien.BarredWindow), -230: barred(sangkien.BarredWindow), -232: barred(sangkien.BarredWindow),
		-234:         barred(sangkien.BarredNight),
		tokenInvalid: fatal, // after it was renewed once
		// Templates to phones.
		-108: gone, -118: gone, -119: gone,
		-115: barred(sangkien.BarredQuota), -144: barred(sangkien.BarredQuota), -133: barred(sangkien.BarredNight),
		-131: refused, -132: refused, znsTokenInvalid: fatal,
	}
}

// notFollowing are the words by which -201 means a person and not a message.
var notFollowing = []string{"follow", "quan tâm", "interact", "tương tác"}

// failure says what a call that failed means.
func failure(path string, status int, err error) *bot.SendError {
	var api *apiError
	if !errors.As(err, &api) {
		return noAnswer(path, status, err)
	}
	m, ok := meanings()[api.code]
	if !ok {
		m = meaning{kind: bot.SendRefused}
	}
	if api.code == -201 && containsAny(strings.ToLower(api.message), notFollowing) {
		m = barred(sangkien.BarredWindow)
	}
	return &bot.SendError{Kind: m.kind, Barred: m.barred, After: m.after, Err: api}
}

// noAnswer is a call that Zalo did not answer as Zalo does.
func noAnswer(path string, status int, err error) *bot.SendError {
	lost := errors.As(err, new(unknown))
	for ue := (*url.Error)(nil); errors.As(err, &ue); {
		err = ue.Err
	}
	out := &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("%s: %w (HTTP %d)", path, err, status)}
	if lost {
		out.Kind = bot.SendUnknown
	}
	switch status {
	case http.StatusTooManyRequests:
		out.Kind, out.After = bot.SendLimited, time.Minute
	case http.StatusRequestEntityTooLarge:
		out.Kind = bot.SendRefused
	}
	return out
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

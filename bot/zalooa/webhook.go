package zalooa

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/sangkien/sangkien/bot"
)

const (
	// maxEvent is the most bytes of an event: texts have 2,000 characters, the rest is addresses.
	maxEvent = 128 << 10
	// patience is how long a call waits for the commit. Zalo gives up after 2 s.
	patience = 1500 * time.Millisecond
	// handling is how long an update may go on being handled after its call was answered.
	handling = time.Minute
	// early is how far ahead of ours the clock of Zalo may be.
	early = 10 * time.Minute
)

// Webhook is where Zalo delivers to. Zalo waits 2 s and takes anything but 200 as "deliver again", for hours.
//
// 200 means that the update is committed (promise 2). Where the stores take longer than 1.5 s, or are down, the answer
// is 503 in time, while the update goes on being handled: when Zalo delivers it again it is committed, is known by
// its id, acts no second time and gets its 200. The other way, 200 at once and the commit later, would lose whatever
// a process holds when it dies.
//
// Who cannot sign is not read beyond the body, and nothing is stored. What is older than the window is refused too:
// the window is as long as Zalo delivers again, for within it what was handled is known by its id.
func (c *Channel) Webhook(receive bot.Receive) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deadline := time.Now().Add(c.config.Patience)
		var shown [sha256.Size]byte
		raw, ok := bot.Posted(w, r, maxEvent, func(h http.Header) (signed bool) {
			if shown, signed = signature(h.Get("X-ZEvent-Signature")); !signed {
				c.warn("the header X-ZEvent-Signature is missing or no signature")
			}
			return signed
		})
		if !ok {
			return
		}
		now := c.config.Now()
		if why := c.check(raw, shown, now); why != "" {
			c.warn(why)
			http.Error(w, "not for you", http.StatusUnauthorized)
			return
		}
		u, ok := decode(c.config.AppID, raw, now)
		if !ok {
			w.WriteHeader(http.StatusOK)
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), handling)
		wait := receive(ctx, u)
		done := make(chan error, 1)
		c.work.Go(func() { defer cancel(); done <- wait() })
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		var err error
		select {
		case err = <-done:
		case <-timer.C:
			err = context.DeadlineExceeded
		}
		if err != nil {
			http.Error(w, "again, please", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}

// signature reads the header: "mac=" and 64 hexadecimal digits.
func signature(header string) (mac [sha256.Size]byte, ok bool) {
	digits, ok := strings.CutPrefix(header, "mac=")
	if !ok || len(digits) != hex.EncodedLen(len(mac)) {
		return mac, false
	}
	_, err := hex.Decode(mac[:], []byte(digits))
	return mac, err == nil
}

// check returns why an event is not taken, or "". The signature is over the bytes as they came: written anew by a
// JSON library they would be others. https://developers.zalo.me/docs/official-account/webhook
func (c *Channel) check(raw []byte, shown [sha256.Size]byte, now time.Time) string {
	var head struct {
		Timestamp loose `json:"timestamp"`
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.Timestamp == "" {
		return "it has no timestamp"
	}
	h := sha256.New()
	for _, part := range [][]byte{[]byte(c.config.AppID), raw, []byte(head.Timestamp), []byte(c.config.OASecret)} {
		_, _ = h.Write(part) // a hash's Write never fails
	}
	if subtle.ConstantTimeCompare(h.Sum(nil), shown[:]) != 1 {
		return "the signature does not fit: is SANGKIEN_ZALO_OA_OA_SECRET the key of the webhook, and does nothing on the way change the body?"
	}
	if happened := at(head.Timestamp, time.Time{}); happened.Before(now.Add(-c.config.Limits.Window())) || happened.After(now.Add(early)) {
		return "it is too old, or the clock is wrong"
	}
	return ""
}

// warn says why a call was refused. A flood of them fills no log.
func (c *Channel) warn(why string) {
	if c.warned.may(c.config.Now()) {
		c.logger.Warn("zalo: a webhook call was refused", "why", why)
	}
}

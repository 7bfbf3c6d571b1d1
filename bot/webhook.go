package bot

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// renewWebhook is how often a webhook that is set is set again: another program with the token may take it away, and no
// platform would tell.
const renewWebhook = 10 * time.Minute

// Posted reads what a platform posts to a webhook, at most so many bytes, from whoever is known by the header. Otherwise
// it answers, and ok is false. Who is not known is not read at all.
func Posted(w http.ResponseWriter, r *http.Request, most int64, known func(http.Header) bool) (raw []byte, ok bool) {
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "updates are posted", http.StatusMethodNotAllowed)
		return nil, false
	case !known(r.Header):
		http.Error(w, "not for you", http.StatusUnauthorized)
		return nil, false
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		http.Error(w, "too large or cut off", http.StatusBadRequest)
		return nil, false
	}
	return raw, true
}

// Again asks a platform to deliver an update again: it could not be kept.
func Again(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, "again, please", http.StatusServiceUnavailable)
}

// SameSecret compares a secret that was shown with ours in a time that tells nothing of it, not even its length. An
// empty one is nobody's.
func SameSecret(shown, ours string) bool {
	a, b := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(ours))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ours != ""
}

// KeepWebhook sets a webhook, again and again until it is set, and now and then afterwards, until ctx ends. What the
// platform dislikes about the address may be mended elsewhere: a name not yet known, a server not yet up. pause is how
// long to wait after so many failures in a row. It returns an error when the token or the address of the API is refused.
func KeepWebhook(ctx context.Context, channel string, set func(context.Context) error, pause func(err error, failures int) time.Duration, logger *slog.Logger) error {
	for failures := 0; ctx.Err() == nil; {
		err := set(ctx)
		wait := renewWebhook
		switch {
		case ctx.Err() != nil: // asked to end: what was cut off is no failure
		case err == nil:
			failures = 0
		case KindOf(err) == SendFatal:
			return fmt.Errorf("%s refuses the token or the address: %w", channel, err)
		default:
			failures++
			wait = pause(err, failures)
			logger.Warn(channel+": set the webhook", "again_in", wait, "error", err)
		}
		Sleep(ctx, wait)
	}
	return nil
}

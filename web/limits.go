package web

import (
	"net/http"
	"time"
)

// Limit is how much a request may bring, and how long it may take to do so.
type Limit struct {
	Body int64         // bytes
	Read time.Duration // from the headers to the end of the body
}

// usual is the limit where none is named: nothing that is not an upload is larger.
var usual = Limit{Body: 1 << 20, Read: 30 * time.Second}

// limited holds every request to its limit: the bytes of its body and the time that they take. What is larger is
// refused before it is read, what is slow is cut off. Answers are not timed: streams of events last.
func limited(next http.Handler, by map[string]Limit) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit, ok := by[r.URL.Path]
		if !ok {
			limit = usual
		}
		if r.ContentLength > limit.Body {
			w.Header().Set("Connection", "close")
			say(w, http.StatusRequestEntityTooLarge, "too large")
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, limit.Body)
			// Where there is no connection, as in tests of handlers, there is nothing to time.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit.Read))
		}
		next.ServeHTTP(w, r)
	})
}

package telegramtest

import (
	"cmp"
	"net/http"
	"time"
)

// Fault is how the next calls go wrong. The zero fault does nothing.
type Fault struct {
	Method string // "" means every method but getUpdates
	Chat   int64  // 0 means every chat
	Times  int    // calls that it befalls; 0 means one, less means every one until Heal

	Delay time.Duration // before anything else
	// Late lets the call take effect before it goes wrong: the bot cannot tell it from one that did not.
	Late bool
	// Cut hangs up without an answer. Otherwise, when Status is set, the answer is that of an API error, or Body as it stands.
	Cut         bool
	Status      int
	Description string
	RetryAfter  int   // seconds, in the parameters and in the header
	MigrateTo   int64 // in the parameters
	Body        string
	Location    string // header, for a redirect
}

type fault struct {
	Fault
	left int
}

// TooMany is the answer to a bot that is too fast.
func TooMany(seconds int) Fault {
	return Fault{Status: http.StatusTooManyRequests, RetryAfter: seconds, Description: "Too Many Requests: retry after"}
}

// BadGateway is what stands before Telegram when Telegram is not there.
func BadGateway() Fault {
	return Fault{Status: http.StatusBadGateway, Body: "<html>\r\n<head><title>502 Bad Gateway</title></head></html>"}
}

// Inject makes the next calls that it fits go wrong. Faults befall calls in the order in which they were injected.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault{Fault: f, left: cmp.Or(f.Times, 1)})
}

// Heal takes all faults away.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// faultFor takes the fault that befalls a call, if any.
func (s *Server) faultFor(method string, chat int64) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		fits := (f.Method == method || f.Method == "" && method != "getUpdates") && (f.Chat == 0 || f.Chat == chat)
		if !fits {
			continue
		}
		if f.left--; f.left == 0 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		return f.Fault, true
	}
	return Fault{}, false
}

// answer writes what a fault answers; the connection is cut where it answers nothing.
func (f Fault) answer(w http.ResponseWriter) {
	switch {
	case f.Cut:
		panic(http.ErrAbortHandler)
	case f.Location != "":
		w.Header().Set("Location", f.Location)
		w.WriteHeader(f.Status)
	case f.Body != "":
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body))
	default:
		apiFailure{code: f.Status, description: f.Description, retryAfter: f.RetryAfter, migrateTo: f.MigrateTo}.write(w)
	}
}

// DeliverEach says how often each update that comes from now on is delivered: a platform that is not sure whether
// we had an update delivers it again. times is called once for each update; it must be safe to call at any moment.
func (s *Server) DeliverEach(times func() int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = times
}

// DeliverAgain says how long after each update was taken by the webhook it is delivered once more, 0 for not: a copy that
// was long under way arrives when the chat has moved on. after must be safe to call at any moment.
func (s *Server) DeliverAgain(after func() time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again = after
}

// ResetUpdateIDs lets the next update have this id, as Telegram goes on at random after a week of silence.
// Nothing may be waiting for the bot then.
func (s *Server) ResetUpdateIDs(next int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextUpdate = next
}

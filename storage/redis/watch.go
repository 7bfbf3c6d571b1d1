package redis

import (
	"log/slog"
	"sync"
	"time"
)

// calm is how long nothing may have failed before Redis counts as well again: one that is full, or slow, fails now and
// then.
const calm = 10 * time.Second

// watch tells an operator once that Redis fails and what to do, once more for another reason, and once that it is over.
type watch struct {
	logger *slog.Logger

	mu   sync.Mutex
	last time.Time // of the last failure; zero: all is well
	err  error
	told map[string]bool // what was told since
}

func (w *watch) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		if !w.last.IsZero() && time.Since(w.last) > calm {
			w.last, w.err, w.told = time.Time{}, nil, nil
			w.logger.Info("Redis answers again")
		}
		return
	}
	w.last, w.err = time.Now(), err
	reason := ""
	if a, ok := err.(advisedError); ok { //nolint:errorlint // what ask returned
		reason = a.advice
	}
	if !w.told[reason] {
		if w.told == nil {
			w.told = map[string]bool{}
		}
		w.told[reason] = true
		w.logger.Warn("Redis fails: members go on, from the database", "error", err)
	}
}

func (w *watch) failing() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.last) > calm {
		return nil
	}
	return w.err
}

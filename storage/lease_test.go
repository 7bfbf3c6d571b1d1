package storage

import (
	"testing"
	"time"
)

func TestLease(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	take := func(by string, d time.Duration, want bool) {
		t.Helper()
		if held, err := s.Lease(t.Context(), "x", by, d); err != nil || held != want {
			t.Errorf("%s: %v, %v", by, held, err)
		}
	}
	end := func(by string) {
		t.Helper()
		if err := s.EndLease(t.Context(), "x", by); err != nil {
			t.Error(err)
		}
	}
	take("a", time.Minute, true)
	take("b", time.Minute, false)
	take("a", time.Minute, true)
	end("b") // holds nothing
	take("b", time.Minute, false)
	end("a")
	take("b", -time.Second, true) // and it is over
	take("a", time.Minute, true)
	take("b", time.Minute, false)
}

package handlers_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// TestGuessedCodesTellNothing guesses 10,000 codes, half of them of others' ideas, half of none: every answer is
// the same, and so is the time that it takes. Nothing is written, so that the disk's time hides nothing.
func TestGuessedCodesTellNothing(t *testing.T) {
	t.Parallel()
	const guesses, theirs = 10_000, 100
	s := newScene(t)
	for _, user := range []string{"author", "guesser"} {
		s.user = user
		s.do("/start")
	}
	for n := range theirs {
		s.submit(s.draft("author", "1906", fmt.Sprint("Máy số ", n)))
	}
	store := &dry{Store: s.store}
	d := s.dispatcher(store)
	guess := func(n int, code string) (took time.Duration, said string) {
		u := sangkien.Update{Key: fmt.Sprint("guess", n), Address: sangkien.Address{Channel: "test", Bot: "b", Chat: "guesser"},
			From: sangkien.Sender{ID: "guesser"}, Kind: sangkien.UpdateText, Text: "/tracuu " + code}
		begun := time.Now()
		if err := d.Handle(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		took = time.Since(begun)
		return took, strings.ReplaceAll(fmt.Sprint(store.last.Replies, store.last.Effects), code, "CODE")
	}
	_, nothing := guess(-1, "SK-2026-99999")
	if !strings.Contains(nothing, "code.unknown") {
		t.Fatal(nothing)
	}
	alike(t, guesses, func(n, kind int) time.Duration {
		code := fmt.Sprintf("SK-2026-%05d", 1+n/2%theirs+kind*50_000)
		took, said := guess(n, code)
		if said != nothing {
			t.Fatalf("%s is told apart: %s", code, said)
		}
		return took
	})
}

// alike fails when two kinds of a thing differ in time by more than 5 % in the median. They are tried in turns, and
// first and second in turns, so that whatever else the machine does falls on both. Where so many tries differ, more
// are added to them, up to five times as many: noise grows less by that and a difference does not.
func alike(t *testing.T, tries int, try func(n, kind int) time.Duration) {
	t.Helper()
	var times [2][]time.Duration
	var difference float64
	for round := range 5 {
		for n := range tries {
			kind := (n + n/2) % 2 // 0 1 1 0
			times[kind] = append(times[kind], try(round*tries+n, kind))
		}
		one, other := median(times[0]), median(times[1])
		difference = 100 * float64(one-other) / float64(other)
		t.Logf("%d tries: %s and %s, %+.1f %%", (round+1)*tries, one, other, difference)
		if math.Abs(difference) <= 5 {
			return
		}
	}
	t.Errorf("the times differ by %+.1f %%", difference)
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

package handlers_test

import (
	"fmt"
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
	const guesses, theirs, rounds = 10_000, 100, 5
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
	var differences []float64
	for round := range rounds { // other tests run beside this one: one round alone says little
		times := [2][]time.Duration{}
		for n := range guesses / rounds {
			kind := n % 2
			code := fmt.Sprintf("SK-2026-%05d", 1+n/2%theirs+kind*50_000)
			took, said := guess(round*guesses+n, code)
			if said != nothing {
				t.Fatalf("%s is told apart: %s", code, said)
			}
			times[kind] = append(times[kind], took)
		}
		slices.Sort(times[0])
		slices.Sort(times[1])
		there, missing := times[0][len(times[0])/2], times[1][len(times[1])/2]
		differences = append(differences, float64(there-missing)/float64(missing))
		t.Logf("round %d: a foreign code %s, none %s: %+.1f %%", round+1, there, missing, 100*differences[round])
	}
	slices.Sort(differences)
	if d := differences[rounds/2]; d < -0.05 || d > 0.05 {
		t.Errorf("the times differ by %+.1f %%", 100*d)
	}
}

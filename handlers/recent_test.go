package handlers

import (
	"strconv"
	"testing"
)

func TestRecent(t *testing.T) {
	t.Parallel()
	var r recent
	if r.has("") || r.has("0") {
		t.Error("an empty memory knows something")
	}
	for i := range 3 * recentKeys {
		r.add(strconv.Itoa(i))
		r.add(strconv.Itoa(i))
	}
	if n := len(r.keys); n != recentKeys {
		t.Errorf("%d keys", n)
	}
	for i, want := range map[int]bool{0: false, 2*recentKeys - 1: false, 2 * recentKeys: true, 3*recentKeys - 1: true} {
		if got := r.has(strconv.Itoa(i)); got != want {
			t.Errorf("%d: %v", i, got)
		}
	}
}

package webchat

import (
	"context"
	"testing"
	"time"
)

// lines is news of a test.
type lines map[int64]string

func (l lines) WebLast(context.Context) (last int64, err error) {
	for seq := range l {
		last = max(last, seq)
	}
	return last, nil
}

func (l lines) WebNews(_ context.Context, after int64) (map[int64]string, error) {
	news := map[int64]string{}
	for seq, chat := range l {
		if seq > after {
			news[seq] = chat
		}
	}
	return news, nil
}

// TestFollow: each line is told of once, also one that is seen after lines with later numbers; what is old is forgotten.
func TestFollow(t *testing.T) {
	t.Parallel()
	l, told := lines{1: "old"}, map[string]int{}
	f, now := follower{told: map[int64]bool{}}, time.Now()
	look := func(after time.Duration) {
		now = now.Add(after)
		if err := f.look(t.Context(), l, now, func(chat string) { told[chat]++ }); err != nil {
			t.Fatal(err)
		}
	}
	look(0)
	l[2], l[4] = "a", "c"
	look(followEvery)
	look(followEvery)
	l[3] = "b" // its commit took longer
	look(followBack - 2*followEvery)
	look(followBack)
	look(followBack)
	l[5] = "d"
	look(followEvery)
	if len(told) != 4 || told["a"] != 1 || told["b"] != 1 || told["c"] != 1 || told["d"] != 1 {
		t.Errorf("%v", told)
	}
	if len(f.told) != 1 {
		t.Errorf("%d lines are remembered", len(f.told))
	}
}

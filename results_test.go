package sangkien

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSumsAcrossTheMerger(t *testing.T) {
	t.Parallel()
	heirs := NewHeirs([]Unit{{ID: 1}, {ID: 2, Successor: 1}, {ID: 3, Successor: 2}, {ID: 8, Successor: 9}, {ID: 9, Successor: 8}})
	counts := []ResultCount{
		{Unit: 1, Field: "a", State: Recognised, Year: 2026, Count: 2}, {Unit: 3, Field: "b", State: Submitted, Year: 2025, Count: 2}, {Unit: 3, Field: "b", State: UnderAppraisal, Year: 2025, Count: 1},
		{Unit: 2, Field: "a", State: Excluded, Year: 2025, Count: 1}, {Unit: 7, Field: "c", State: NotRecognised, Year: 2026, Count: 1},
		{Unit: 1, Field: "z", State: Withdrawn, Year: 2026, Count: 9}, {Unit: 1, Field: "z", State: Draft, Year: 2026, Count: 9},
	}
	if diff := cmp.Diff(Figures{Submitted: 7, Waiting: 2, Appraised: 1, Recognised: 2, NotRecognised: 1, Excluded: 1}, Sum(counts)); diff != "" {
		t.Error(diff)
	}
	byUnit := SumBy(counts, func(c ResultCount) int64 { return heirs.Of(c.Unit) })
	if diff := cmp.Diff([]Share[int64]{{1, Figures{Submitted: 6, Waiting: 2, Appraised: 1, Recognised: 2, Excluded: 1}}, {7, Figures{Submitted: 1, NotRecognised: 1}}}, byUnit); diff != "" {
		t.Error(diff)
	}
	byField := SumBy(counts, func(c ResultCount) string { return c.Field })
	if len(byField) != 3 || byField[0].Key != "a" || byField[1].Key != "b" || byField[2].Key != "c" {
		t.Errorf("%+v", byField)
	}
	if got := heirs.Of(8); got != 8 && got != 9 {
		t.Errorf("a circle leads to %d", got)
	}
}

// TestSumsUpTheTree: old units count for their heirs, and each for those above it; nothing is lost on the way.
func TestSumsUpTheTree(t *testing.T) {
	t.Parallel()
	heirs := NewHeirs([]Unit{{ID: 19}, {ID: 6, Successor: 19}, {ID: 100, Parent: 19}, {ID: 101, Parent: 19}, {ID: 60, Parent: 6, Successor: 101},
		{ID: 61, Parent: 6}, {ID: 200, Parent: 100}, {ID: 201, Parent: 100}, {ID: 50}, {ID: 8, Parent: 9}, {ID: 9, Parent: 8}, {ID: 7, Parent: 7}})
	in := func(unit int64, state State, n int) ResultCount {
		return ResultCount{Unit: unit, State: state, Count: n}
	}
	counts := []ResultCount{in(19, Submitted, 1), in(6, Recognised, 2), in(100, Submitted, 3), in(200, Submitted, 4), in(201, Recognised, 5),
		in(60, Submitted, 6), in(61, Excluded, 7), in(50, Withdrawn, 99)}
	for _, c := range []struct {
		top  int64
		more []ResultCount
		want map[int64]int
	}{
		{0, nil, map[int64]int{19: 28}},
		{19, nil, map[int64]int{100: 12, 61: 7, 101: 6, 19: 3}},
		{6, nil, map[int64]int{100: 12, 61: 7, 101: 6, 19: 3}}, // the old province is the new one
		{100, nil, map[int64]int{201: 5, 200: 4, 100: 3}},
		{200, nil, map[int64]int{200: 4}},
		{50, nil, map[int64]int{}},
		{0, []ResultCount{in(0, Submitted, 2), in(8, Submitted, 3), in(7, Submitted, 1), in(999, Submitted, 1)}, map[int64]int{19: 28, 0: 2, 8: 3, 7: 1, 999: 1}},
	} {
		got := map[int64]int{}
		for _, s := range heirs.By(append(c.more, counts...), c.top) {
			got[s.Key] = s.Submitted
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("by the units of %d: %s", c.top, diff)
		}
	}
	if top := heirs.Top(counts); top != 19 {
		t.Errorf("begins at %d", top)
	}
	if top := heirs.Top(append(counts, in(50, Submitted, 1))); top != 0 {
		t.Errorf("two provinces begin at %d", top)
	}
	if top := heirs.Top([]ResultCount{in(8, Submitted, 1)}); top != 0 {
		t.Errorf("a circle begins at %d", top)
	}
	for unit, want := range map[int64]bool{0: false, 19: true, 100: true, 200: false, 50: false, 8: false} {
		if got := heirs.Deeper(counts, unit); got != want {
			t.Errorf("below %d: %v", unit, got)
		}
	}
	if heirs.Above(60) != 19 || heirs.Above(19) != 0 || heirs.Above(61) != 19 {
		t.Errorf("above: %d, %d, %d", heirs.Above(60), heirs.Above(19), heirs.Above(61))
	}
}

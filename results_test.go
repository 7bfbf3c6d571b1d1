package sangkien

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSumsAcrossTheMerger(t *testing.T) {
	t.Parallel()
	heirs := NewHeirs([]Unit{{ID: 1}, {ID: 2, Successor: 1}, {ID: 3, Successor: 2}, {ID: 8, Successor: 9}, {ID: 9, Successor: 8}})
	counts := []ResultCount{
		{Unit: 1, Field: "a", State: Recognised, Year: 2026, Count: 2}, {Unit: 3, Field: "b", State: Submitted, Year: 2025, Count: 3},
		{Unit: 2, Field: "a", State: Excluded, Year: 2025, Count: 1}, {Unit: 7, Field: "c", State: NotRecognised, Year: 2026, Count: 1},
		{Unit: 1, Field: "z", State: Withdrawn, Year: 2026, Count: 9}, {Unit: 1, Field: "z", State: Draft, Year: 2026, Count: 9},
	}
	if diff := cmp.Diff(Figures{Submitted: 7, Open: 3, Recognised: 2, NotRecognised: 1, Excluded: 1}, Sum(counts)); diff != "" {
		t.Error(diff)
	}
	byUnit := SumBy(counts, func(c ResultCount) int64 { return heirs.Of(c.Unit) })
	if diff := cmp.Diff([]Share[int64]{{1, Figures{Submitted: 6, Open: 3, Recognised: 2, Excluded: 1}}, {7, Figures{Submitted: 1, NotRecognised: 1}}}, byUnit); diff != "" {
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

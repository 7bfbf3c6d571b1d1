package sangkien

import (
	"cmp"
	"slices"
)

// ResultCount is how many ideas of a unit, field, state and year there are.
type ResultCount struct {
	Unit  int64
	Field string // option of the question KeyField; "" for none
	State State
	Year  int // of the code
	Count int
}

// Figures is what a campaign brought, added up along one side.
type Figures struct {
	Submitted     int // ever, without those that were withdrawn
	Open          int // neither decided nor withdrawn
	Recognised    int
	NotRecognised int
	Excluded      int
}

func (f *Figures) add(c ResultCount) {
	switch c.State {
	case Draft, Withdrawn:
		return
	case Recognised:
		f.Recognised += c.Count
	case NotRecognised:
		f.NotRecognised += c.Count
	case Excluded:
		f.Excluded += c.Count
	default:
		f.Open += c.Count
	}
	f.Submitted += c.Count
}

// Sum adds up all counts.
func Sum(counts []ResultCount) Figures {
	var f Figures
	for _, c := range counts {
		f.add(c)
	}
	return f
}

// Share is the figures of one field, unit or year.
type Share[K cmp.Ordered] struct {
	Key K
	Figures
}

// SumBy adds up counts by a key, the largest share first; equal ones by their key.
func SumBy[K cmp.Ordered](counts []ResultCount, key func(ResultCount) K) []Share[K] {
	byKey := map[K]*Figures{}
	for _, c := range counts {
		k := key(c)
		if byKey[k] == nil {
			byKey[k] = &Figures{}
		}
		byKey[k].add(c)
	}
	var shares []Share[K]
	for k, f := range byKey {
		if f.Submitted > 0 {
			shares = append(shares, Share[K]{k, *f})
		}
	}
	slices.SortFunc(shares, func(a, b Share[K]) int {
		return cmp.Or(cmp.Compare(b.Submitted, a.Submitted), cmp.Compare(a.Key, b.Key))
	})
	return shares
}

// Heirs tells by which unit of today each unit is counted: its own, or the one that took its place, however
// often that happened.
type Heirs map[int64]int64

// NewHeirs follows the successors of all units. A circle in the data ends where it was entered.
func NewHeirs(units []Unit) Heirs {
	next := map[int64]int64{}
	for _, u := range units {
		next[u.ID] = u.Successor
	}
	h := Heirs{}
	for id := range next {
		today, seen := id, map[int64]bool{}
		for next[today] != 0 && !seen[today] {
			seen[today] = true
			today = next[today]
		}
		h[id] = today
	}
	return h
}

// Of returns the unit of today; the unit itself when it is not known.
func (h Heirs) Of(unit int64) int64 {
	if today, ok := h[unit]; ok {
		return today
	}
	return unit
}

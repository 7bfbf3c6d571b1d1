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
	Waiting       int // to be received, to be passed on, or for a supplement
	Appraised     int // under appraisal now
	Recognised    int
	NotRecognised int
	Excluded      int
}

// counts tells whether ideas in this state are part of the results.
func (c ResultCount) counts() bool { return c.State != Draft && c.State != Withdrawn }

func (f *Figures) add(c ResultCount) {
	if !c.counts() {
		return
	}
	switch c.State {
	case Recognised:
		f.Recognised += c.Count
	case NotRecognised:
		f.NotRecognised += c.Count
	case Excluded:
		f.Excluded += c.Count
	case UnderAppraisal:
		f.Appraised += c.Count
	default:
		f.Waiting += c.Count
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
// often that happened; and by which of those above it.
type Heirs struct{ today, above map[int64]int64 }

// NewHeirs follows the successors of all units. A circle in the data ends where it was entered.
func NewHeirs(units []Unit) Heirs {
	next := map[int64]int64{}
	for _, u := range units {
		next[u.ID] = u.Successor
	}
	h := Heirs{today: map[int64]int64{}, above: map[int64]int64{}}
	for id := range next {
		today, seen := id, map[int64]bool{}
		for next[today] != 0 && !seen[today] {
			seen[today] = true
			today = next[today]
		}
		h.today[id] = today
	}
	for _, u := range units {
		if h.today[u.ID] == u.ID {
			h.above[u.ID] = h.Of(u.Parent)
		}
	}
	return h
}

// Of returns the unit of today; the unit itself when it is not known.
func (h Heirs) Of(unit int64) int64 {
	if today, ok := h.today[unit]; ok {
		return today
	}
	return unit
}

// Above returns the unit of today above a unit; 0 for none.
func (h Heirs) Above(unit int64) int64 { return h.above[h.Of(unit)] }

// Below returns by which of the units directly below top a unit is counted; top itself for top's own. Below 0 are
// those that have none above them, and 0, which is no unit of the list. ok is false for what is not within top. A unit
// that is above itself in the data is counted by itself.
func (h Heirs) Below(unit, top int64) (child int64, ok bool) {
	child, top = h.Of(unit), h.Of(top)
	seen := map[int64]bool{}
	for child != top && h.above[child] != top {
		if seen[child] || h.above[child] == 0 {
			return h.Of(unit), top == 0
		}
		seen[child] = true
		child = h.above[child]
	}
	return child, true
}

// Within picks the counts of a unit and of all below it.
func (h Heirs) Within(counts []ResultCount, top int64) []ResultCount {
	var within []ResultCount
	for _, c := range counts {
		if _, ok := h.Below(c.Unit, top); ok {
			within = append(within, c)
		}
	}
	return within
}

// Deeper tells whether something below a unit was counted, so that it is worth a look by itself.
func (h Heirs) Deeper(counts []ResultCount, unit int64) bool {
	if unit == 0 {
		return false
	}
	return slices.ContainsFunc(counts, func(c ResultCount) bool {
		_, within := h.Below(c.Unit, unit)
		return within && c.counts() && h.Of(c.Unit) != h.Of(unit)
	})
}

// Top is the unit at which to begin: the lowest that holds all that was counted and has more than one part; 0 for the
// whole list.
func (h Heirs) Top(counts []ResultCount) int64 {
	for top := int64(0); ; {
		parts := h.By(counts, top)
		if len(parts) != 1 || parts[0].Key == top || !h.Deeper(counts, parts[0].Key) {
			return top
		}
		top = parts[0].Key
	}
}

// By adds up the counts within a unit by the units directly below it.
func (h Heirs) By(counts []ResultCount, top int64) []Share[int64] {
	return SumBy(h.Within(counts, top), func(c ResultCount) int64 {
		child, _ := h.Below(c.Unit, top)
		return child
	})
}

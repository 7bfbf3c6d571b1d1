package sangkien

// Tree answers which units belong to which, over the whole history: a commune belongs to the province above
// it, and a unit that was merged belongs to the one that took its place. The nil *Tree knows no unit.
type Tree struct {
	above map[int64][]int64 // parent and successor
	below map[int64][]int64
}

// NewTree makes a tree of all units, of today and of before. A circle in the data does no harm.
func NewTree(units []Unit) *Tree {
	t := &Tree{above: map[int64][]int64{}, below: map[int64][]int64{}}
	for _, u := range units {
		for _, up := range []int64{u.Parent, u.Successor} {
			if up != 0 && up != u.ID {
				t.above[u.ID] = append(t.above[u.ID], up)
				t.below[up] = append(t.below[up], u.ID)
			}
		}
	}
	return t
}

// Within tells whether a unit is top, is below it, or was merged into what is. Everything is within 0; unit 0,
// which is none of the list, is within nothing else.
func (t *Tree) Within(unit, top int64) bool {
	if top == 0 || unit == top {
		return true
	}
	if t == nil || unit == 0 {
		return false
	}
	found := false
	walk(t.above, unit, func(u int64) { found = found || u == top })
	return found
}

// Under lists top and all that is within it, in no promised order; nil for 0.
func (t *Tree) Under(top int64) []int64 {
	if top == 0 {
		return nil
	}
	all := []int64{top}
	if t != nil {
		walk(t.below, top, func(u int64) { all = append(all, u) })
	}
	return all
}

// Over lists unit, all above it and what it was merged into, in no promised order; nil for 0.
func (t *Tree) Over(unit int64) []int64 {
	if unit == 0 {
		return nil
	}
	all := []int64{unit}
	if t != nil {
		walk(t.above, unit, func(u int64) { all = append(all, u) })
	}
	return all
}

// walk visits once whatever is reached from a unit, without the unit itself.
func walk(edges map[int64][]int64, from int64, visit func(int64)) {
	seen := map[int64]bool{from: true}
	for next := edges[from]; len(next) > 0; {
		u := next[0]
		next = next[1:]
		if seen[u] {
			continue
		}
		seen[u] = true
		visit(u)
		next = append(append([]int64(nil), next...), edges[u]...)
	}
}

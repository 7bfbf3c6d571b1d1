package sangkien

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The tree of the tests: province 1 took the place of province 2 on a merger; commune 10 is of 1, commune 20
// was of 2 and became part of commune 21 of 1.
func testTree() *Tree {
	return NewTree([]Unit{{ID: 1}, {ID: 2, Successor: 1}, {ID: 3}, {ID: 10, Parent: 1}, {ID: 11, Parent: 1},
		{ID: 20, Parent: 2, Successor: 21}, {ID: 21, Parent: 1}, {ID: 30, Parent: 3}, {ID: 100, Parent: 10},
		{ID: 98, Parent: 99}, {ID: 99, Parent: 98}})
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		unit, top int64
		want      bool
	}{
		{10, 1, true}, {100, 1, true}, {20, 1, true}, {20, 2, true}, {20, 21, true}, {2, 1, true}, {0, 0, true}, {10, 0, true},
		{1, 10, false}, {10, 11, false}, {30, 1, false}, {1, 2, false}, {0, 1, false}, {98, 1, false}, {77, 1, false},
	} {
		if got := testTree().Within(c.unit, c.top); got != c.want {
			t.Errorf("Within(%d, %d) = %v", c.unit, c.top, got)
		}
	}
}

// TestUnderIsWithin holds the two directions to each other, on any tree, circles included.
func TestUnderIsWithin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.Int64Range(0, 8)
		var units []Unit
		for id := int64(1); id <= 8; id++ {
			units = append(units, Unit{ID: id, Parent: ids.Draw(t, "parent"), Successor: ids.Draw(t, "successor")})
		}
		tree, top, unit := NewTree(units), rapid.Int64Range(1, 8).Draw(t, "top"), rapid.Int64Range(1, 8).Draw(t, "unit")
		if tree.Within(unit, top) != slices.Contains(tree.Under(top), unit) {
			t.Fatalf("Within(%d, %d) = %v, Under = %v", unit, top, tree.Within(unit, top), tree.Under(top))
		}
	})
}

func TestMay(t *testing.T) {
	t.Parallel()
	anyone := Viewer{Member: Member{ID: 1}, Tree: testTree()}
	commune := Viewer{Member: Member{ID: 2, Roles: []Grant{{RoleOrganiser, 10}}}, Tree: testTree()}
	admin := Viewer{Member: Member{ID: 3, Roles: []Grant{{RoleAdmin, 0}}}, Tree: testTree()}
	for _, c := range []struct {
		name string
		v    Viewer
		a    Action
		o    Object
		want bool
	}{
		{"nobody does nothing", Viewer{}, ActTakePart, Anything(), false},
		{"nobody owns nothing", Viewer{}, ActOwnIdea, Object{}, false},
		{"everyone takes part", anyone, ActTakePart, Anything(), true},
		{"the author reads", anyone, ActOwnIdea, Object{Author: 1}, true},
		{"another does not", anyone, ActOwnIdea, Object{Author: 2}, false},
		{"a member has no desk", anyone, ActOpenDesk, Anything(), false},
		{"an organiser has", commune, ActOpenDesk, Anything(), true},
		{"below", commune, ActHandle, Object{Author: 1, Unit: 100, State: Submitted}, true},
		{"beside", commune, ActHandle, Object{Author: 1, Unit: 11, State: Submitted}, false},
		{"above", commune, ActReadIdea, Object{Author: 1, Unit: 1, State: Submitted}, false},
		{"in no unit", commune, ActReadIdea, Object{Author: 1, State: Submitted}, false},
		{"in no unit, the admin", admin, ActReadIdea, Object{Author: 1, State: Submitted}, true},
		{"a draft is the author's", admin, ActReadIdea, Object{Author: 1, State: Draft}, false},
		{"nobody decides their own", commune, ActDecide, Object{Author: 2, Unit: 10, State: UnderAppraisal}, false},
		{"an organiser gives no roles", commune, ActGrant, Object{Unit: 10}, false},
		{"unknown", admin, Action("fly"), Anything(), false},
	} {
		if got := c.v.May(c.a, c.o); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestScopeIsMay holds lists to the rule for one thing.
func TestScopeIsMay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tree := testTree()
		var roles []Grant
		for range rapid.IntRange(0, 3).Draw(t, "grants") {
			roles = append(roles, Grant{Role: rapid.SampledFrom([]Role{RoleAdmin, RoleOrganiser, RoleAppraiser}).Draw(t, "role"),
				Unit: rapid.SampledFrom([]int64{0, 1, 2, 3, 10, 20, 30}).Draw(t, "over")})
		}
		v := Viewer{Member: Member{ID: 1, Roles: roles}, Tree: tree}
		unit := rapid.SampledFrom([]int64{0, 1, 2, 3, 10, 11, 20, 21, 30, 100}).Draw(t, "unit")
		s := v.Scope()
		listed := s.All || slices.Contains(s.Units, unit)
		if listed != v.May(ActReadIdea, Object{Unit: unit, State: Submitted}) {
			t.Fatalf("unit %d: listed %v, roles %v", unit, listed, roles)
		}
	})
}

// TestEveryActionHasARule: an action that some role may is one that not everyone may, but for taking part.
func TestEveryActionHasARule(t *testing.T) {
	t.Parallel()
	all := Viewer{Member: Member{ID: 1, Roles: []Grant{{Role: RoleAdmin}}}, Tree: testTree()}
	for _, a := range Actions() {
		if !all.May(a, Object{Any: true, State: Submitted}) {
			t.Errorf("nobody may %s", a)
		}
	}
}

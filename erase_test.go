package sangkien

import (
	"testing"
	"time"
)

// TestEraseFor: administrators of a person's unit delete what is known of who has no account, and the record names them.
func TestEraseFor(t *testing.T) {
	t.Parallel()
	tree := NewTree([]Unit{{ID: 19}, {ID: 1906, Parent: 19}, {ID: 1840, Parent: 19}})
	staff := func(r Role, unit int64) Viewer {
		return Viewer{Tree: tree, Member: Member{ID: 9, Roles: []Grant{{Role: r, Unit: unit}}}}
	}
	person := Person{Member: Member{ID: 3, Unit: 1906}, Ideas: []Idea{{ID: 7, Author: 3, State: Received}}}
	forms := map[int64]Form{7: {}}
	effects, err := person.EraseFor(forms, staff(RoleAdmin, 19), time.UnixMilli(1))
	if err != nil || len(effects) != 3 {
		t.Fatalf("%+v, %v", effects, err)
	}
	if e, ok := Audited(effects[2]); !ok || e.Actor != 9 || e.Object != "member:3" {
		t.Errorf("the record says %+v", e)
	}
	for _, v := range []Viewer{staff(RoleOrganiser, 1906), staff(RoleAdmin, 1840), {Member: Member{ID: 3}}} {
		if _, err := person.EraseFor(forms, v, time.UnixMilli(1)); CodeOf(err) != EFORBIDDEN {
			t.Errorf("%+v: %v", v.Member, err)
		}
	}
	person.Accounts = []Account{{Channel: "web"}}
	if _, err := person.EraseFor(forms, staff(RoleAdmin, 0), time.UnixMilli(1)); CodeOf(err) != ECONFLICT {
		t.Errorf("someone with an account was erased by staff: %v", err)
	}
}

package sangkien

import (
	"testing"
	"time"
)

// TestPapersAreTheirUnits: staff add documents for where they are, and change those of their units and below; what is
// the whole organisation's is changed by staff of the whole organisation.
func TestPapersAreTheirUnits(t *testing.T) {
	t.Parallel()
	tree := NewTree([]Unit{{ID: 19}, {ID: 1906, Parent: 19}, {ID: 1840, Parent: 19}})
	staff := func(units ...int64) Viewer {
		v := Viewer{Tree: tree, Member: Member{ID: 9}}
		for _, u := range units {
			v.Member.Roles = append(v.Member.Roles, Grant{Role: RoleOrganiser, Unit: u})
		}
		return v
	}
	paper := Paper{ID: 70, Title: "Kế hoạch"}
	for _, c := range []struct {
		by   Viewer
		unit int64
	}{{staff(1906), 1906}, {staff(19), 19}, {staff(0), 0}, {staff(1906, 0), 0}, {staff(1906, 19), 1906}} {
		if e, err := paper.Save(Sheet{ID: 70}, Paper{}, c.by, time.Time{}); err != nil || e.Paper.Unit != c.unit {
			t.Errorf("%+v adds for %d, %v", c.by.Member.Roles, e.Paper.Unit, err)
		}
	}
	for _, c := range []struct {
		of  int64
		by  Viewer
		may bool
	}{{1906, staff(1906), true}, {1906, staff(19), true}, {1906, staff(0), true}, {1906, staff(1840), false}, {19, staff(1906), false},
		{0, staff(19), false}, {0, staff(0), true}, {1906, Viewer{Member: Member{ID: 3}}, false}} {
		earlier := Paper{ID: 70, Unit: c.of}
		saved, err := paper.Save(Sheet{ID: 71}, earlier, c.by, time.Time{})
		_, removeErr := earlier.Remove(c.by, time.Time{})
		if (err == nil) != c.may || (removeErr == nil) != c.may || c.may && saved.Paper.Unit != c.of {
			t.Errorf("%+v changes one of %d: %+v, %v; removes: %v", c.by.Member.Roles, c.of, saved.Paper, err, removeErr)
		}
	}
}

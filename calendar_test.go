package sangkien

import (
	"testing"
	"time"
)

func TestClosesForAUnit(t *testing.T) {
	t.Parallel()
	day := func(d int) time.Time { return time.Date(2026, 10, d, 17, 0, 0, 0, time.UTC) }
	c := Campaign{Opens: day(1), Closes: day(10), Extensions: []Extension{{Unit: 1, Closes: day(12)}, {Unit: 10, Closes: day(15)}, {Unit: 3, Closes: day(9)}}}
	for unit, want := range map[int64]int{0: 10, 3: 10, 30: 10, 1: 12, 11: 12, 20: 12, 10: 15, 100: 15} {
		if got := c.ClosesFor(unit, testTree()); !got.Equal(day(want)) {
			t.Errorf("unit %d closes on %v", unit, got)
		}
	}
	if c.Closes = (time.Time{}); !c.ClosesFor(10, testTree()).IsZero() {
		t.Error("a campaign without a deadline closes for some")
	}
}

func TestRedate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC)
	c := Campaign{ID: 5, Opens: now, Closes: now.AddDate(0, 0, 30), Extensions: []Extension{{Unit: 10, Closes: now.AddDate(0, 0, 40)}}}
	admin := Viewer{Member: Member{ID: 3, Roles: []Grant{{RoleAdmin, 0}}}, Tree: testTree()}
	commune := Viewer{Member: Member{ID: 2, Roles: []Grant{{RoleOrganiser, 10}}}, Tree: testTree()}
	for _, try := range []struct {
		name string
		v    Viewer
		step string
		at   time.Time
		unit int64
		want Code
	}{
		{"all by an admin", admin, StepCloses, now.AddDate(0, 0, 20), 0, ""},
		{"all by a commune", commune, StepCloses, now.AddDate(0, 0, 20), 0, EFORBIDDEN},
		{"one's own", commune, StepCloses, now.AddDate(0, 0, 50), 10, ""},
		{"another's", commune, StepCloses, now.AddDate(0, 0, 50), 11, EFORBIDDEN},
		{"earlier for some", admin, StepCloses, now.AddDate(0, 0, 20), 10, EINVALID},
		{"another step for some", admin, StepOpens, now.AddDate(0, 0, 1), 10, EINVALID},
		{"before it opens", admin, StepCloses, now, 0, EINVALID},
		{"opens after the end", admin, StepOpens, now.AddDate(0, 0, 31), 0, EINVALID},
		{"results", admin, StepResults, now.AddDate(0, 0, 60), 0, ""},
		{"no date", admin, StepResults, time.Time{}, 0, EINVALID},
	} {
		dated, err := try.v.Redate(c, Step{Key: try.step, At: try.at}, try.unit, now)
		if CodeOf(err) != try.want {
			t.Errorf("%s: %v", try.name, err)
		}
		if at, _ := c.On(dated.After).For(try.unit, testTree()).StepAt(try.step); err == nil && !at.Equal(try.at) {
			t.Errorf("%s: %v", try.name, at)
		}
		if c.Extensions[0].Closes != now.AddDate(0, 0, 40) || !dated.Before.Equal(c.Dates()) && err == nil {
			t.Errorf("%s changed what it was given", try.name)
		}
	}
}

package scheduler_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/scheduler"
)

var hanoi = time.FixedZone("+07", 7*3600)

// above is the tree of the model: 10 is in 1, 100 in 10, 11 in 1. It is written apart from sangkien.Tree.
var above = map[int64][]int64{1: {1}, 10: {10, 1}, 11: {11, 1}, 100: {100, 10, 1}}

func within(unit, top int64) bool { return slices.Contains(above[unit], top) }

// note is what became of an occasion, with what it was sent to.
type note struct {
	sangkien.Occurrence
	broadcast sangkien.Broadcast
}

// model is the world of the simulation in memory, and what it wrote.
type model struct {
	campaign sangkien.Campaign
	rules    map[int64]sangkien.Reminder
	notes    map[occasion]note
	twice    int // occurrences that the unique key refused
}

// occasion is the unique key of the table.
type occasion struct {
	reminder int64
	what     string
	at       int64
}

func key(o sangkien.Occurrence) occasion { return occasion{o.Reminder, o.What, o.At.UnixMilli()} }

func (m *model) Campaigns(context.Context) ([]sangkien.Campaign, error) {
	return []sangkien.Campaign{m.campaign}, nil
}

func (m *model) Units(context.Context) ([]sangkien.Unit, error) {
	return []sangkien.Unit{{ID: 1}, {ID: 10, Parent: 1}, {ID: 11, Parent: 1}, {ID: 100, Parent: 10}}, nil
}

func (m *model) Reminders(context.Context) ([]sangkien.Reminder, error) {
	return slices.Collect(maps.Values(m.rules)), nil
}

func (m *model) Occurrences(_ context.Context, reminder int64) ([]sangkien.Occurrence, error) {
	var all []sangkien.Occurrence
	for _, n := range m.notes {
		if n.Reminder == reminder {
			all = append(all, n.Occurrence)
		}
	}
	return all, nil
}

func (m *model) DraftsLeft(context.Context, sangkien.Reminder, time.Time, time.Time) ([]sangkien.Idea, error) {
	return nil, nil
}
func (m *model) Supplements(context.Context, int64) ([]sangkien.Idea, error) { return nil, nil }

func (m *model) Commit(_ context.Context, c sangkien.Commit) (sangkien.Facts, error) {
	for _, e := range c.Effects {
		switch e := e.(type) {
		case sangkien.ReminderFired:
			return m.note(e.Occurrences, e.Since, e.Planned.Broadcast)
		case sangkien.ReminderMissed:
			return m.note(e.Occurrences, e.Since, sangkien.Broadcast{})
		}
	}
	return sangkien.Facts{}, nil
}

func (m *model) note(all []sangkien.Occurrence, since time.Time, b sangkien.Broadcast) (sangkien.Facts, error) {
	for _, o := range all {
		r := m.rules[o.Reminder]
		if _, ok := m.notes[key(o)]; ok || r.Off || !r.Since.Equal(since) {
			m.twice++
			return sangkien.Facts{}, sangkien.Errorf(sangkien.ECONFLICT, "noted before")
		}
		m.notes[key(o)] = note{o, b}
	}
	return sangkien.Facts{}, nil
}

// replica is one that read everything before the other wrote.
type replica struct {
	*model
	was model
}

func (r replica) Occurrences(ctx context.Context, reminder int64) ([]sangkien.Occurrence, error) {
	return r.was.Occurrences(ctx, reminder)
}

// simulation is one run: a clock that jumps, a process that is down, an organiser who changes things.
type simulation struct {
	t     *testing.T
	seed  uint64
	dice  *rand.Rand
	world *model
	now   time.Time
	ids   int64
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	s := &simulation{t: t, seed: seed, dice: rand.New(rand.NewPCG(seed, 7)), now: time.Date(2026, 5, 1, 0, 0, 0, 0, hanoi)}
	opens := s.now.Add(time.Duration(s.dice.IntN(20*24)) * time.Hour)
	s.world = &model{rules: map[int64]sangkien.Reminder{}, notes: map[occasion]note{}, campaign: sangkien.Campaign{ID: 1, Title: sangkien.Text{VI: "Đợt"}, Opens: opens,
		Closes: opens.AddDate(0, 0, 10+s.dice.IntN(40)).Truncate(24 * time.Hour).Add(10 * time.Hour),
		Steps:  []sangkien.Step{{Key: sangkien.StepResults, At: opens.AddDate(0, 0, 60)}}}}
	for id, timing := range []sangkien.Timing{{Step: sangkien.StepOpens}, {Step: sangkien.StepCloses, Days: 7, Clock: "08:00"}, {Step: sangkien.StepCloses, Days: 1, Clock: "08:00"},
		{Step: sangkien.StepResults, Clock: "22:00"}, {Cron: "30 8 * * 1,4"}, {At: s.now.AddDate(0, 0, s.dice.IntN(40))}} {
		r := sangkien.Reminder{ID: int64(id + 1), Campaign: 1, Timing: timing, Text: sangkien.Text{VI: "Còn {con} ngày, hạn {han}"}, Topic: sangkien.TopicReminders,
			Purpose: sangkien.PurposeNews, Grace: []int{0, 600, 1440}[s.dice.IntN(3)], Since: s.now}
		s.world.rules[r.ID] = r
	}
	return s
}

func (s *simulation) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("seed %d, %v: %s", s.seed, s.now, fmt.Sprintf(format, args...))
}

// closes is the closing for a unit, by another way than the program's.
func (s *simulation) closes(unit int64) time.Time {
	latest := s.world.campaign.Closes
	for _, e := range s.world.campaign.Extensions {
		if within(unit, e.Unit) && e.Closes.After(latest) {
			latest = e.Closes
		}
	}
	return latest
}

// step lets something happen, then a minute of the scheduler on one replica or two.
func (s *simulation) step() {
	pause := []time.Duration{time.Minute, 37 * time.Minute, 3 * time.Hour, 11 * time.Hour, 26 * time.Hour, 5 * 24 * time.Hour}
	s.now = s.now.Add(pause[s.dice.IntN(len(pause))])
	if s.dice.IntN(12) == 0 { // the clock was wrong, or is set right
		s.now = s.now.Add(time.Duration(s.dice.IntN(120)-90) * time.Hour)
	}
	s.organise()
	was := model{notes: maps.Clone(s.world.notes)}
	newID := func() int64 { s.ids++; return s.ids }
	replicas := []scheduler.Calendar{s.world, replica{s.world, was}}
	for _, calendar := range replicas[:1+s.dice.IntN(2)] {
		if err := scheduler.Remind(calendar, newID).Do(context.Background(), s.now); err != nil {
			s.fail("%v", err)
		}
	}
	for k, n := range s.world.notes {
		if _, before := was.notes[k]; !before {
			s.checkNote(n)
		}
	}
	for _, unit := range []int64{1, 10, 11, 100} {
		s.checkUnit(unit)
	}
}

// organise changes a date or a rule, now and then.
func (s *simulation) organise() {
	anyone := sangkien.Viewer{Member: sangkien.Member{ID: 9, Roles: []sangkien.Grant{{Role: sangkien.RoleAdmin}}}}
	c := &s.world.campaign
	move := func(step string, to time.Time, unit int64) {
		if dated, err := anyone.Redate(*c, sangkien.Step{Key: step, At: to}, unit, s.now); err == nil {
			*c = c.On(dated.After)
		}
	}
	days := func(most int) time.Duration { return time.Duration(s.dice.IntN(most*24)) * time.Hour }
	switch s.dice.IntN(12) {
	case 0:
		move(sangkien.StepCloses, c.Closes.Add(days(20)-days(15)), 0)
	case 1:
		later := []time.Duration{time.Hour, 24 * time.Hour, days(20)}[s.dice.IntN(3)] // an hour moves no reminder
		move(sangkien.StepCloses, c.Closes.Add(later), []int64{10, 11, 100}[s.dice.IntN(3)])
	case 2:
		move(sangkien.StepResults, s.now.Add(days(10)-days(3)), 0)
	case 3:
		r := s.world.rules[int64(1+s.dice.IntN(len(s.world.rules)))]
		s.world.rules[r.ID] = r.Switch(!r.Off, s.now)
	}
}

// checkNote holds what has just been noted to what was promised.
func (s *simulation) checkNote(n note) {
	r := s.world.rules[n.Reminder]
	late := s.now.Sub(n.At)
	grace := max(time.Duration(r.Grace)*time.Minute, 5*time.Minute)
	switch start := n.broadcast.Start.In(hanoi); {
	case late < 0 || n.At.Before(r.Since):
		s.fail("rule %d was noted for %v", r.ID, n.At)
	case n.Missed:
		s.checkMissed(n, r, late <= grace)
	case late > grace:
		s.fail("rule %d was sent %v late, its grace is %v", r.ID, late, grace)
	case start.Hour() >= 21 || start.Hour() < 7:
		s.fail("rule %d starts in the night, at %v", r.ID, start)
	case strings.Contains(n.broadcast.Text.VI, "{"):
		s.fail("rule %d says %q", r.ID, n.broadcast.Text.VI)
	}
}

// checkMissed: what was still in time is not given up, unless there is nothing left to remind of or a later time of the
// same rule is said instead.
func (s *simulation) checkMissed(n note, r sangkien.Reminder, inTime bool) {
	start := s.now.Add(sangkien.Quiet(s.now))
	for _, unit := range []int64{1, 10, 11, 100} {
		over := r.Timing.Step == sangkien.StepCloses && !start.Before(s.closes(unit))
		if inTime && r.Timing.Cron == "" && !over && meant(n, unit) {
			s.fail("rule %d of %v was given up in time", r.ID, n.At)
		}
	}
}

// meant tells whether a note was for the members of a unit: by its audience if it was sent.
func meant(n note, unit int64) bool {
	in := func(all []int64) bool {
		return slices.ContainsFunc(all, func(u int64) bool { return within(unit, u) })
	}
	if !n.Missed { // by whom it is sent to
		a := n.broadcast.Audience
		return (len(a.Units) == 0 || in(a.Units)) && !in(a.Except)
	}
	of := map[string]int64{"unit:10": 10, "unit:11": 11, "unit:100": 100}[n.What]
	return (n.What == "" || within(unit, of)) && !in(n.Apart)
}

// checkUnit holds what the members of a unit got to what they should have got.
func (s *simulation) checkUnit(unit int64) {
	got := map[occasion]int{}
	for _, n := range s.world.notes {
		if meant(n, unit) {
			got[occasion{reminder: n.Reminder, at: n.At.UnixMilli()}]++
		}
	}
	for what, n := range got {
		if n > 1 {
			s.fail("unit %d: %+v was noted %d times", unit, what, n)
		}
	}
	for _, r := range s.world.rules {
		for _, at := range s.expected(r, unit) {
			if got[occasion{reminder: r.ID, at: at.UnixMilli()}] != 1 {
				s.fail("unit %d: rule %d of %v (since %v) was silently missed; closes %v", unit, r.ID, at, r.Since, s.closes(unit))
			}
		}
	}
}

// expected lists the times at which a rule was due for a unit, day by day.
func (s *simulation) expected(r sangkien.Reminder, unit int64) []time.Time {
	if r.Off {
		return nil
	}
	var all []time.Time
	c, closes := s.world.campaign, s.closes(unit).In(hanoi)
	switch r.ID {
	case 1:
		all = append(all, c.Opens)
	case 2, 3:
		day := closes.AddDate(0, 0, -r.Timing.Days)
		if at := time.Date(day.Year(), day.Month(), day.Day(), 8, 0, 0, 0, hanoi); !at.Before(c.Opens) {
			all = append(all, at)
		}
	case 4:
		day := c.Steps[0].At.In(hanoi)
		all = append(all, time.Date(day.Year(), day.Month(), day.Day(), 22, 0, 0, 0, hanoi))
	case 5:
		for at := time.Date(2026, 5, 1, 8, 30, 0, 0, hanoi); at.Before(closes); at = at.AddDate(0, 0, 1) {
			if (at.Weekday() == time.Monday || at.Weekday() == time.Thursday) && at.After(c.Opens) && at.After(r.Since) {
				all = append(all, at)
			}
		}
	case 6:
		all = append(all, r.Timing.At)
	}
	return slices.DeleteFunc(all, func(at time.Time) bool { return at.After(s.now) || at.Before(r.Since) })
}

// seeds is how many runs a test makes: SANGKIEN_SEEDS sets another number, SANGKIEN_SEED repeats one.
func seeds(t *testing.T, usual uint64) (from, until uint64) {
	t.Helper()
	if one, err := strconv.ParseUint(os.Getenv("SANGKIEN_SEED"), 10, 64); err == nil {
		return one, one + 1
	}
	if n, err := strconv.ParseUint(os.Getenv("SANGKIEN_SEEDS"), 10, 64); err == nil {
		return 0, n
	}
	return 0, usual
}

// TestNoReminderTwiceOrSilentlyMissed runs thousands of histories with downtimes, clocks that jump, deadlines that
// move for all and for some, rules that are switched off and on, and two replicas of which one reads what is old.
func TestNoReminderTwiceOrSilentlyMissed(t *testing.T) {
	t.Parallel()
	from, until := seeds(t, 5000)
	var fired, missed, refused atomic.Int64
	for part := range uint64(4) {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for seed := from + part; seed < until; seed += 4 {
				s := newSimulation(t, seed)
				for range 14 {
					s.step()
				}
				for _, n := range s.world.notes {
					if n.Missed {
						missed.Add(1)
					} else {
						fired.Add(1)
					}
				}
				refused.Add(int64(s.world.twice))
			}
		})
	}
	t.Cleanup(func() {
		t.Logf("%d seeds: %d sent, %d noted as missed, %d refused to a second replica", until-from, fired.Load(), missed.Load(), refused.Load())
		if until-from > 1000 && (fired.Load() < 2000 || missed.Load() < 1000 || refused.Load() < 1000) {
			t.Error("too little happens in these histories")
		}
	})
}

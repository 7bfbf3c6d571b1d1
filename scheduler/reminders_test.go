package scheduler_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/scheduler"
)

// calendar keeps rules and what became of them, as the store does: an occurrence once, whoever notes it.
type calendar struct {
	mu        sync.Mutex
	reminders []sangkien.Reminder
	campaign  sangkien.Campaign
	noted     map[int64]map[when]noted
	keys      map[string]bool
	broken    string
}

type when struct {
	at   int64
	part string
}

type noted struct {
	fired bool
	at    time.Time // when it was noted
	over  sangkien.Audience
}

func (c *calendar) Reminders(context.Context) ([]sangkien.Reminder, error) { return c.reminders, nil }
func (c *calendar) Campaigns(context.Context) ([]sangkien.Campaign, error) {
	return []sangkien.Campaign{c.campaign}, nil
}

func (c *calendar) Units(context.Context) ([]sangkien.Unit, error) {
	return []sangkien.Unit{{ID: 1}, {ID: 2, Parent: 1}, {ID: 3, Parent: 1}, {ID: 4, Parent: 2}}, nil
}

func (c *calendar) Noted(_ context.Context, reminder int64) ([]sangkien.Occurrence, error) {
	var all []sangkien.Occurrence
	for w := range maps.Keys(c.noted[reminder]) {
		all = append(all, sangkien.Occurrence{Reminder: reminder, At: time.UnixMilli(w.at).UTC(), Part: w.part})
	}
	slices.SortFunc(all, func(a, b sangkien.Occurrence) int { return a.At.Compare(b.At) })
	return all, nil
}

func (c *calendar) Commit(_ context.Context, commit sangkien.Commit) (sangkien.Facts, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys[commit.Key] {
		return sangkien.Facts{Duplicate: true}, nil
	}
	for _, e := range commit.Effects {
		var o sangkien.Occurrence
		n := noted{at: commit.At}
		switch e := e.(type) {
		case sangkien.ReminderFired:
			o, n.fired, n.over = e.Occurrence, true, e.Planned.Broadcast.Audience
		case sangkien.ReminderMissed:
			o = e.Occurrence
		}
		if _, there := c.noted[o.Reminder][when{o.At.UnixMilli(), o.Part}]; there {
			return sangkien.Facts{}, sangkien.Errorf(sangkien.ECONFLICT, "noted")
		}
		late := commit.At.Sub(o.At)
		switch {
		case late < 0:
			c.broken = fmt.Sprintf("reminder %d went out %v early", o.Reminder, -late)
		case n.fired && late > 36*time.Hour:
			c.broken = fmt.Sprintf("reminder %d went out %v late", o.Reminder, late)
		case n.fired && !o.Target.IsZero() && o.At.Before(o.Target) && !commit.At.Before(o.Target):
			c.broken = fmt.Sprintf("reminder %d of %v went out when that was over", o.Reminder, o.Target)
		case !n.fired && late <= 36*time.Hour && (o.Target.IsZero() || commit.At.Before(o.Target)):
			c.broken = fmt.Sprintf("reminder %d was missed though it was only %v late", o.Reminder, late)
		}
		if c.noted[o.Reminder] == nil {
			c.noted[o.Reminder] = map[when]noted{}
		}
		c.noted[o.Reminder][when{o.At.UnixMilli(), o.Part}] = n
	}
	c.keys[commit.Key] = true
	return sangkien.Facts{}, nil
}

// expected is what a plain reading of the rules says: every moment at which a reminder had to be noted by now.
func (c *calendar) expected(r sangkien.Reminder, now time.Time) []when {
	var all []when
	add := func(t time.Time, part string) {
		if !t.Before(r.Created) && !t.After(now) {
			all = append(all, when{t.UnixMilli(), part})
		}
	}
	switch {
	case r.Cron != "": // "30 8 * * 1": every Monday at half past eight
		for d := r.Created.AddDate(0, 0, -1); !d.After(now); d = d.AddDate(0, 0, 1) {
			if d.Weekday() == time.Monday {
				add(time.Date(d.Year(), d.Month(), d.Day(), 8, 30, 0, 0, d.Location()), "")
			}
		}
	case !r.At.IsZero():
		add(r.At, "")
	default:
		eight := func(closes time.Time) time.Time {
			d := closes.In(now.Location()).AddDate(0, 0, -r.Days)
			return time.Date(d.Year(), d.Month(), d.Day(), 8, 0, 0, 0, d.Location())
		}
		add(eight(c.campaign.Closes), "")
		for _, e := range c.campaign.Later { // in this test each is for one unit, at a minute of its own
			add(eight(e.Closes), fmt.Sprint(e.Units[0]))
		}
	}
	return all
}

const seeds = 5000

// TestRemindersFireOnceAndNoneIsLost lives many lives of a campaign: downtimes, clocks that jump, deadlines that move,
// for all or for some units, two replicas at once. SANGKIEN_SEED lives one of them again.
func TestRemindersFireOnceAndNoneIsLost(t *testing.T) {
	t.Parallel()
	from, to := uint64(1), uint64(seeds)
	if s, err := strconv.ParseUint(os.Getenv("SANGKIEN_SEED"), 10, 64); err == nil {
		from, to = s, s
	}
	for seed := from; seed <= to; seed++ {
		if problem := live(t, seed); problem != "" {
			t.Fatalf("SANGKIEN_SEED=%d: %s", seed, problem)
		}
	}
}

func live(t *testing.T, seed uint64) string {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 7))
	zone := time.FixedZone("+07", 7*3600)
	now := time.Date(2026, 3, 1, 9, dice.IntN(60), 0, 0, zone)
	c := &calendar{noted: map[int64]map[when]noted{}, keys: map[string]bool{}, campaign: sangkien.Campaign{ID: 5, Opens: now.AddDate(0, 0, -10),
		Closes: now.AddDate(0, 0, 5+dice.IntN(60))}}
	rule := sangkien.Reminder{Campaign: 5, Text: sangkien.Text{VI: "Còn {han}"}, Topic: sangkien.TopicReminders, Purpose: sangkien.PurposeNews,
		Late: sangkien.Duration(36 * time.Hour), Created: now}
	for id, change := range []func(*sangkien.Reminder){
		func(r *sangkien.Reminder) { r.Step, r.Days, r.Clock = sangkien.StepCloses, 7, "08:00" },
		func(r *sangkien.Reminder) { r.Step, r.Days, r.Clock = sangkien.StepCloses, 1, "08:00" },
		func(r *sangkien.Reminder) { r.Cron = "30 8 * * 1" },
		func(r *sangkien.Reminder) { r.At = now.Add(time.Duration(dice.IntN(40*24*60)) * time.Minute) },
	} {
		r := rule
		r.ID = int64(id + 1)
		change(&r)
		c.reminders = append(c.reminders, r)
	}
	next := int64(0)
	task := scheduler.Remind(c, func() int64 { next++; return next }, func(at time.Time, _ sangkien.Language) string { return at.String() })
	highest := now
	for range 25 {
		step := time.Minute
		switch dice.IntN(4) {
		case 0:
			step = time.Duration(dice.IntN(4*24*60)) * time.Minute // down for days
		case 1:
			step = time.Duration(dice.IntN(180)-60) * time.Minute // the clock jumps, also back
		case 2:
			step = time.Duration(dice.IntN(24*60)) * time.Minute
		}
		now = now.Add(step)
		if now.After(highest) {
			highest = now
		}
		if dice.IntN(4) == 0 {
			c.move(dice, now)
		}
		before := c.fired()
		for range 2 { // replicas
			if err := task.Do(t.Context(), now); err != nil {
				return err.Error()
			}
		}
		if c.broken != "" {
			return c.broken
		}
		for _, r := range c.reminders {
			for _, at := range c.expected(r, now) {
				if _, there := c.noted[r.ID][at]; !there {
					return fmt.Sprintf("reminder %d of %v is neither sent nor missed at %v", r.ID, at, now)
				}
			}
		}
		for key, n := range before {
			if c.fired()[key] != n {
				return fmt.Sprintf("what was noted of %v changed", key)
			}
		}
	}
	return ""
}

func (c *calendar) fired() map[string]time.Time {
	all := map[string]time.Time{}
	for r, times := range c.noted {
		for at, n := range times {
			all[fmt.Sprint(r, at)] = n.at
		}
	}
	return all
}

// move gives the campaign another closing, for everyone or for some units.
func (c *calendar) move(dice *rand.Rand, now time.Time) {
	closes := now.Add(time.Duration(dice.IntN(30*24*60)-2*24*60) * time.Minute)
	var units []int64
	if dice.IntN(2) == 0 {
		units = []int64{int64(2 + dice.IntN(3))}
		closes = c.campaign.Closes.Add(time.Duration(1+dice.IntN(20*24*60))*time.Minute + time.Duration(units[0])*time.Second)
	}
	if moved, err := c.campaign.Reschedule(closes, units); err == nil {
		c.campaign = moved
	}
}

// TestRemindersDivideByClosing: of one rule each person hears once, with the date that holds for them.
func TestRemindersDivideByClosing(t *testing.T) {
	t.Parallel()
	closes := time.Date(2026, 10, 30, 17, 0, 0, 0, time.UTC)
	c := sangkien.Campaign{ID: 5, Closes: closes, Later: []sangkien.Extension{{Units: []int64{2}, Closes: closes.AddDate(0, 0, 10)}, {Units: []int64{4}, Closes: closes.AddDate(0, 0, 20)}}}
	units, _ := new(calendar).Units(t.Context())
	tree := sangkien.NewTree(units)
	r := sangkien.Reminder{ID: 1, Step: sangkien.StepCloses, Days: 7, Clock: "08:00", Audience: sangkien.Audience{Status: sangkien.StatusUnfinished}}
	got := r.Occurrences(c, tree, scheduler.NextCron, closes.AddDate(-1, 0, 0), closes.AddDate(1, 0, 0))
	if len(got) != 3 {
		t.Fatalf("%+v", got)
	}
	for unit, want := range map[int64]time.Time{1: closes, 3: closes, 2: closes.AddDate(0, 0, 10), 4: closes.AddDate(0, 0, 20), 0: closes} {
		var hears []time.Time
		for _, o := range got {
			in := len(o.Audience.Units) == 0 || slices.ContainsFunc(o.Audience.Units, func(top int64) bool { return tree.Within(unit, top) })
			out := slices.ContainsFunc(o.Audience.Except, func(top int64) bool { return tree.Within(unit, top) })
			if in && !out {
				hears = append(hears, o.Target)
			}
		}
		if len(hears) != 1 || !hears[0].Equal(want) || !c.In(unit, tree).Closes.Equal(want) {
			t.Errorf("unit %d hears of %v, want %v", unit, hears, want)
		}
	}
}

func TestCheckCron(t *testing.T) {
	t.Parallel()
	for expression, ok := range map[string]bool{"0 8 * * *": true, "30 8 * * 1": true, "0 8 1 * *": true, "* * * * *": false, "0 8,20 * * *": false, "soon": false, "": false} {
		if err := scheduler.CheckCron(expression, begun); (err == nil) != ok {
			t.Errorf("%q: %v", expression, err)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/storage"
)

type remindersCmd struct {
	List remindersListCmd `cmd:"" help:"Print what will be sent next, to whom and when. Nothing is sent."`
}

type remindersListCmd struct {
	Most int `default:"20" help:"How many at most."`
}

// Run prints the next occasions of all rules that are on.
func (l remindersListCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		next, err := upcoming(ctx, store, time.Now().In(c.zone), l.Most)
		if err != nil {
			return err
		}
		if len(next) == 0 {
			fmt.Fprintln(s.out, "Nothing is to be sent: no rule is on, or no campaign has the dates that they hang on.")
			return nil
		}
		table := "WHEN\tCAMPAIGN\tRULE\tTO\tTEXT\n"
		for _, b := range next {
			table += fmt.Sprintf("%s\t%s\t%s\t%s\t%s\n", b.start.Format("2006-01-02 15:04"), b.campaign, b.rule, b.to, b.text)
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		if _, err := w.Write([]byte(table)); err != nil {
			return fmt.Errorf("print the list: %w", err)
		}
		return w.Flush()
	})
}

// nextBroadcast is one line of the list.
type nextBroadcast struct {
	start                    time.Time
	campaign, rule, to, text string
}

func upcoming(ctx context.Context, store *storage.Store, now time.Time, most int) ([]nextBroadcast, error) {
	rules, err := store.Reminders(ctx)
	if err != nil {
		return nil, err
	}
	campaigns, err := store.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	units, err := store.Units(ctx)
	if err != nil {
		return nil, err
	}
	tree := sangkien.NewTree(units)
	var all []nextBroadcast
	for _, r := range rules {
		n := slices.IndexFunc(campaigns, func(c sangkien.Campaign) bool { return c.ID == r.Campaign })
		if n < 0 {
			continue
		}
		occasions, err := r.Upcoming(campaigns[n], tree, scheduler.NextTime, now, most)
		if err != nil {
			return nil, fmt.Errorf("reminder %d: %w", r.ID, err)
		}
		for _, o := range occasions {
			b := r.Preview(o, campaigns[n], now)
			all = append(all, nextBroadcast{b.Start, campaigns[n].Slug, r.Name.VI, audienceWords(b.Audience), b.Text.VI})
		}
	}
	slices.SortStableFunc(all, func(a, b nextBroadcast) int { return a.start.Compare(b.start) })
	return all[:min(most, len(all))], nil
}

// audienceWords is an audience on one line, for those at the machine.
func audienceWords(a sangkien.Audience) string {
	to := "all"
	if a.Status != sangkien.StatusAny {
		to = string(a.Status)
	}
	if len(a.Units) > 0 {
		to += fmt.Sprint(" of units ", a.Units)
	}
	if len(a.Except) > 0 {
		to += fmt.Sprint(" without units ", a.Except)
	}
	return to
}

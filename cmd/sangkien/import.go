package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/importing"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/storage"
)

type importCmd struct {
	Units     importUnitsCmd     `cmd:"" help:"Units of the organisation: code, name, kind, the unit above, other names, dates, the units whose place it took."`
	Members   importMembersCmd   `cmd:"" help:"Staff who are to be invited: name, unit, role. Prints an invitation for each; nothing else of them is kept."`
	Ideas     importIdeasCmd     `cmd:"" help:"Ideas of earlier years: title, year, field, authors, unit, result, decision."`
	Documents importDocumentsCmd `cmd:"" help:"Official documents: title, number, date, issuer, link."`
	Undo      importUndoCmd      `cmd:"" help:"Take a list back that nothing was built on."`
}

type importUnitsCmd struct{ listFile }

// Run imports units.
func (i importUnitsCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withStore(ctx, c, func(store *storage.Store) error {
		l, records, err := i.read("units", importing.UnitColumns(), c, s, store)
		if err != nil {
			return err
		}
		there, err := store.Units(ctx)
		if err != nil {
			return err
		}
		units, problems := importing.Units(records, there, c.zone)
		if err := l.problems(problems); err != nil {
			return err
		}
		before := map[int64]sangkien.Unit{}
		for _, u := range there {
			before[u.ID] = u
		}
		var items []sangkien.BatchItem
		var effects [][]sangkien.Effect
		for _, u := range units {
			item := sangkien.BatchItem{Object: fmt.Sprint("unit:", u.ID)}
			if was, ok := before[u.ID]; ok {
				if item.Before, err = json.Marshal(was); err != nil {
					return fmt.Errorf("keep unit %d: %w", u.ID, err)
				}
			}
			items, effects = append(items, item), append(effects, []sangkien.Effect{u.Save()})
		}
		l.tell("import.plan", sangkien.With("rows", strconv.Itoa(len(records))), sangkien.With("n", strconv.Itoa(len(items))))
		return l.write(ctx, items, effects)
	})
}

type importIdeasCmd struct {
	listFile

	Campaign string `default:"luu-tru" help:"Slug of the campaign that the ideas belong to; the default is one for the past, made when needed."`
}

// Run imports ideas of earlier years.
func (i importIdeasCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withStore(ctx, c, func(store *storage.Store) error {
		l, records, err := i.read("ideas", importing.IdeaColumns(), c, s, store)
		if err != nil {
			return err
		}
		campaign, err := i.campaign(ctx, store, c.zone)
		if err != nil {
			return err
		}
		units, err := store.Units(ctx)
		if err != nil {
			return err
		}
		taken, err := store.Codes(ctx)
		if err != nil {
			return err
		}
		ideas, problems := importing.Ideas(records, units, campaign.Form, taken)
		if err := l.problems(problems); err != nil {
			return err
		}
		// Codes that are given come first, so that the numbers taken after them are free.
		slices.SortStableFunc(ideas, func(a, b sangkien.PastIdea) int { return len(b.Code) - len(a.Code) })
		there := map[int64]bool{}
		for _, idea := range taken {
			there[idea] = true
		}
		var items []sangkien.BatchItem
		var effects [][]sangkien.Effect
		for _, idea := range ideas {
			if there[idea.Key] {
				continue // by this list, or another that has it too
			}
			items = append(items, sangkien.BatchItem{Object: fmt.Sprint("idea:", idea.Key)})
			effects = append(effects, idea.Import(campaign))
		}
		l.tell("import.plan", sangkien.With("rows", strconv.Itoa(len(records))), sangkien.With("n", strconv.Itoa(len(items))))
		if !i.DryRun {
			saved, err := campaign.Save()
			if err != nil {
				return err
			}
			if _, err := store.Commit(ctx, sangkien.Commit{Key: "import:campaign:" + campaign.Slug, At: time.Now(), Effects: []sangkien.Effect{saved}}); err != nil {
				return err
			}
		}
		return l.write(ctx, items, effects)
	})
}

// pastCampaign is the number of the campaign of the past, which no other has.
const pastCampaign = 2

// campaign finds the campaign, or makes the one of the past: closed, with the fields of the ready-made one.
func (i importIdeasCmd) campaign(ctx context.Context, store *storage.Store, zone *time.Location) (sangkien.Campaign, error) {
	all, err := store.Campaigns(ctx)
	if err != nil {
		return sangkien.Campaign{}, err
	}
	for _, c := range all {
		if c.Slug == i.Campaign {
			return c, nil
		}
	}
	if i.Campaign != "luu-tru" {
		return sangkien.Campaign{}, fmt.Errorf("there is no campaign %q", i.Campaign)
	}
	past := seed.Campaign(time.Date(1990, 1, 1, 0, 0, 0, 0, zone))
	past.ID, past.Slug, past.Closes = pastCampaign, i.Campaign, time.Date(1990, 1, 2, 0, 0, 0, 0, zone)
	past.Title = sangkien.Text{VI: "Sáng kiến các năm trước", EN: "Initiatives of earlier years"}
	return past, nil
}

type importDocumentsCmd struct{ listFile }

// Run imports official documents.
func (i importDocumentsCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withStore(ctx, c, func(store *storage.Store) error {
		l, records, err := i.read("documents", importing.PaperColumns(), c, s, store)
		if err != nil {
			return err
		}
		papers, problems := importing.Papers(records)
		if err := l.problems(problems); err != nil {
			return err
		}
		var items []sangkien.BatchItem
		var effects [][]sangkien.Effect
		for _, p := range papers {
			if _, err := store.Paper(ctx, p.ID); err == nil {
				continue // it is there already
			} else if sangkien.CodeOf(err) != sangkien.ENOTFOUND {
				return err
			}
			items, effects = append(items, sangkien.BatchItem{Object: fmt.Sprint("document:", p.ID)}), append(effects, []sangkien.Effect{p.Import(time.Now())})
		}
		l.tell("import.plan", sangkien.With("rows", strconv.Itoa(len(records))), sangkien.With("n", strconv.Itoa(len(items))))
		return l.write(ctx, items, effects)
	})
}

type importMembersCmd struct{ listFile }

// Run prints an invitation for each person of a list. Nothing is kept of a person until they accept it themselves.
func (i importMembersCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withStore(ctx, c, func(store *storage.Store) error {
		l, records, err := i.read("members", importing.OfficerColumns(), c, s, store)
		if err != nil {
			return err
		}
		units, err := store.Units(ctx)
		if err != nil {
			return err
		}
		officers, problems := importing.Officers(records, units)
		if err := l.problems(problems); err != nil {
			return err
		}
		l.tell("import.plan", sangkien.With("rows", strconv.Itoa(len(records))), sangkien.With("n", strconv.Itoa(len(officers))))
		if i.DryRun {
			l.tell("import.dry")
			return nil
		}
		codes, err := l.invite(ctx, officers)
		if err != nil {
			return err
		}
		for n, o := range officers {
			fmt.Fprintf(s.out, "%s; %s; %s; %s\n", o.Name, o.Unit, l.say.Say(sangkien.Say("role."+string(o.Grant.Role)), sangkien.Vietnamese), codes[n])
		}
		l.tell("import.invited", sangkien.With("hash", l.hash))
		return nil
	})
}

// invite issues an invitation for each of a list, all or none. Each run is a list of its own: who missed the half hour
// is invited again by the same file.
func (l *list) invite(ctx context.Context, officers []importing.Officer) (codes []string, err error) {
	now := time.Now()
	l.hash = hashOf(l.hash, now.String())
	batch := sangkien.Batch{Hash: l.hash, Kind: l.kind, At: now}
	var effects []sangkien.Effect
	for _, o := range officers {
		token := newToken()
		codes = append(codes, handlers.InvitationCode(token))
		batch.Items = append(batch.Items, sangkien.BatchItem{Object: "invitation:" + sangkien.InvitationHash(token)})
		effects = append(effects, sangkien.Issue(token, o.Grant, now))
	}
	return codes, l.commit(ctx, "invited", append(effects, batch.Note())...)
}

type importUndoCmd struct {
	Batch string `arg:"" help:"The number that the import printed."`
}

// Run takes a list back.
func (i importUndoCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		batch, err := store.Import(ctx, i.Batch)
		if err != nil {
			return err
		}
		undone := batch.Undo(time.Now())
		_, err = store.Commit(ctx, sangkien.Commit{Key: fmt.Sprint("import-undo:", i.Batch, ":", batch.At.UnixMilli()), At: time.Now(), Effects: []sangkien.Effect{undone}})
		if err != nil {
			return fmt.Errorf("the list stays: something was built on it since: %w", err)
		}
		key := "import.undone"
		if batch.Kind == "members" {
			key = "import.uninvited"
		}
		fmt.Fprintf(s.out, "%s\n", locale.NewSpeaker(c.zone).Say(sangkien.Say(key, sangkien.With("n", strconv.Itoa(len(batch.Items)))), sangkien.Vietnamese))
		return nil
	})
}

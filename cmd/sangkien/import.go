package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
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

// listFile is a list that is read in, CSV or XLSX.
type listFile struct {
	File   string `arg:"" type:"existingfile" help:"CSV or XLSX."`
	DryRun bool   `help:"Say what would happen, and write nothing."`
}

// list is a list that is being read in.
type list struct {
	listFile
	kind  string
	hash  string
	store *storage.Store
	say   *locale.Speaker
	out   io.Writer
	zone  *time.Location
}

// read opens a list and finds its columns. It prints how the heading was understood.
func (f listFile) read(kind string, columns []importing.Column, c *Config, s *streams, store *storage.Store) (*list, []importing.Record, error) {
	l := &list{listFile: f, kind: kind, store: store, say: locale.NewSpeaker(c.zone), out: s.out, zone: c.zone}
	data, err := os.ReadFile(f.File)
	if err != nil {
		return nil, nil, fmt.Errorf("read the list: %w", err)
	}
	sum := sha256.Sum256(append([]byte(kind+":"), data...))
	l.hash = hex.EncodeToString(sum[:8])
	rows, err := importing.Read(data)
	if err != nil {
		return nil, nil, l.refused(err)
	}
	records, found, err := importing.Records(rows, columns)
	if err != nil {
		return nil, nil, l.refused(err)
	}
	for _, column := range columns {
		if as, ok := found[column.Key]; ok {
			l.tell("import.column", sangkien.With("name", column.Names[0]), sangkien.With("as", as))
		}
	}
	return l, records, nil
}

func (l *list) tell(key string, args ...sangkien.Arg) {
	fmt.Fprintln(l.out, l.say.Say(sangkien.Say(key, args...), sangkien.Vietnamese))
}

// refused puts a refusal into words.
func (l *list) refused(err error) error {
	var r *importing.Refusal
	if errors.As(err, &r) {
		return errors.New(l.say.Say(r.Line, sangkien.Vietnamese).String())
	}
	return err
}

// maxProblems is how many problems are printed.
const maxProblems = 100

// problems prints what is wrong, all of it; then nothing is imported.
func (l *list) problems(all []importing.Problem) error {
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b importing.Problem) int { return a.Row - b.Row })
	for _, p := range all[:min(maxProblems, len(all))] {
		what := l.say.Say(p.Line, sangkien.Vietnamese).String()
		l.tell("import.problem", sangkien.With("row", strconv.Itoa(p.Row)), sangkien.With("column", p.Column), sangkien.With("what", what))
	}
	return errors.New(l.say.Say(sangkien.Say("import.nothing", sangkien.With("n", strconv.Itoa(len(all)))), sangkien.Vietnamese).String())
}

// perCommit is how many things are written at once: more would keep members waiting.
const perCommit = 500

// write imports the things of a list, once. What was cut off goes on where it stopped.
func (l *list) write(ctx context.Context, items []sangkien.BatchItem, effects [][]sangkien.Effect) error {
	if _, err := l.store.Import(ctx, l.hash); err == nil {
		l.tell("import.already", sangkien.With("hash", l.hash))
		return nil
	} else if sangkien.CodeOf(err) != sangkien.ENOTFOUND {
		return err
	}
	if l.DryRun || len(items) == 0 {
		l.tell("import.dry")
		return nil
	}
	round, err := l.store.ImportRound(ctx, l.hash)
	if err != nil {
		return err
	}
	n := 0
	for chunk := range slices.Chunk(effects, perCommit) {
		if err := l.commit(ctx, round, n, slices.Concat(chunk...)...); err != nil {
			return err
		}
		n++
	}
	batch := sangkien.Batch{Hash: l.hash, Kind: l.kind, Items: items, At: time.Now()}
	if err := l.commit(ctx, round, -1, batch.Note()); err != nil {
		return err
	}
	l.tell("import.done", sangkien.With("n", strconv.Itoa(len(items))), sangkien.With("hash", l.hash))
	return nil
}

func (l *list) commit(ctx context.Context, round int64, n int, effects ...sangkien.Effect) error {
	_, err := l.store.Commit(ctx, sangkien.Commit{Key: fmt.Sprintf("import:%s:%d:%d", l.hash, round, n), At: time.Now(), Effects: effects})
	return err
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
		if _, err := store.Import(ctx, l.hash); err == nil {
			taken = nil // its own codes are there: it is told that it was imported
		}
		ideas, problems := importing.Ideas(records, units, campaign.Form, taken)
		if err := l.problems(problems); err != nil {
			return err
		}
		// Codes that are given come first, so that the numbers taken after them are free.
		slices.SortStableFunc(ideas, func(a, b sangkien.PastIdea) int { return len(b.Code) - len(a.Code) })
		var items []sangkien.BatchItem
		var effects [][]sangkien.Effect
		for _, idea := range ideas {
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
		for _, o := range officers {
			code, err := invite(ctx, store, o.Grant)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s; %s; %s; %s\n", o.Name, o.Unit, l.say.Say(sangkien.Say("role."+string(o.Grant.Role)), sangkien.Vietnamese), code)
		}
		l.tell("import.invited")
		return nil
	})
}

type importUndoCmd struct {
	Batch string `arg:"" help:"The number that the import printed."`
}

// Run takes a list back.
func (i importUndoCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withStore(ctx, c, func(store *storage.Store) error {
		batch, err := store.Import(ctx, i.Batch)
		if err != nil {
			return err
		}
		undone := batch.Undo(time.Now())
		_, err = store.Commit(ctx, sangkien.Commit{Key: fmt.Sprint("import-undo:", i.Batch, ":", batch.At.UnixMilli()), At: time.Now(), Effects: []sangkien.Effect{undone}})
		if err != nil {
			return fmt.Errorf("the list stays: something was built on it since: %w", err)
		}
		fmt.Fprintf(s.out, "%s\n", locale.NewSpeaker(c.zone).Say(sangkien.Say("import.undone", sangkien.With("n", strconv.Itoa(len(batch.Items)))), sangkien.Vietnamese))
		return nil
	})
}

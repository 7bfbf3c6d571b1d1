package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/export"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/storage"
)

// withData runs f on a database that is there: a command that asks would else make an empty one and say that all is well.
func withData(ctx context.Context, c *Config, f func(*storage.Store) error) error {
	if path, embedded := strings.CutPrefix(c.DatabaseURL, "sqlite:"); embedded {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("không có dữ liệu ở %s. Trên máy chủ đã cài, gõ sangkien-admin thay cho sangkien. / there is no data at %s; on a server where it is installed write sangkien-admin instead of sangkien", path, path)
		}
	}
	return withStore(ctx, c, f)
}

// withStore runs f on the opened database, which is made if it is not there.
func withStore(ctx context.Context, c *Config, f func(*storage.Store) error, options ...storage.Option) error {
	s, err := openStore(ctx, c, c.logger(&streams{err: c.stderr}), options...)
	if err != nil {
		return err
	}
	return errors.Join(f(s), s.Close())
}

type migrateCmd struct{}

// Run opens the database, which brings it up to date.
func (migrateCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withStore(ctx, c, func(*storage.Store) error {
		fmt.Fprintln(s.out, "The database is up to date:", withoutPassword(c.DatabaseURL))
		return nil
	})
}

type exportCmd struct {
	Ideas      exportIdeasCmd      `cmd:"" help:"Export all ideas that were submitted."`
	Deliveries exportDeliveriesCmd `cmd:"" help:"Export everyone in a broadcast, with how it went."`
}

type exportIdeasCmd struct {
	Format string `default:"jsonl" enum:"jsonl,csv,xlsx" help:"jsonl, csv or xlsx."`
	Output string `short:"o" help:"File to write; default: standard output."`
}

// Run writes every idea that was ever submitted.
func (e exportIdeasCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) (err error) {
		columns, rows, err := exportRows(ctx, store, c.zone)
		if err != nil {
			return err
		}
		w := s.out
		if e.Output != "" {
			f, err := os.OpenFile(e.Output, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // it names people
			if err != nil {
				return fmt.Errorf("open the file: %w", err)
			}
			defer func() { err = errors.Join(err, f.Close()) }()
			w = f
		}
		return export.Write(w, e.Format, c.zone, columns, rows)
	})
}

// exportRows puts ideas into words. Columns are the questions of all campaigns, each once, in their order.
func exportRows(ctx context.Context, store *storage.Store, zone *time.Location) ([]export.Column, []export.Row, error) {
	campaigns, err := store.Campaigns(ctx)
	if err != nil {
		return nil, nil, err
	}
	byID, seen := map[int64]sangkien.Campaign{}, map[string]bool{}
	var columns []export.Column
	for _, c := range campaigns {
		byID[c.ID] = c
		for _, q := range c.Form.Questions {
			if !seen[q.Key] && q.Kind != sangkien.KindFiles {
				seen[q.Key] = true
				columns = append(columns, export.Column{Key: q.Key, Name: q.Name.VI})
			}
		}
	}
	say := locale.NewSpeaker(zone)
	var rows []export.Row
	err = store.EachIdea(ctx, func(i sangkien.Idea, m sangkien.Member) error {
		form, err := store.Form(ctx, i.Campaign, i.FormVersion)
		if err != nil {
			return err
		}
		row := export.Row{Code: i.Code, Campaign: byID[i.Campaign].Title.VI, SubmittedAt: i.SubmittedAt.In(zone), Author: m.Name,
			State: say.Say(sangkien.Say("state."+string(i.State)), sangkien.Vietnamese).String(),
			Unit:  i.UnitText, Publish: m.Allows(sangkien.PurposePublish), Answers: map[string]string{}}
		for _, q := range form.Questions {
			if a := i.Answers[q.Key]; q.Kind != sangkien.KindFiles && !a.Skipped && a.Value != "" {
				shown := sangkien.Line{Args: []sangkien.Arg{dialog.Shown("text", q, a, sangkien.Vietnamese, 1<<30)}}
				row.Answers[q.Key] = say.Say(shown, sangkien.Vietnamese).String()
			}
		}
		for _, a := range i.Attachments {
			row.Files = append(row.Files, a.File)
		}
		rows = append(rows, row)
		return nil
	})
	return columns, rows, err
}

type inviteCmd struct {
	Role string `required:"" enum:"admin,organiser,appraiser" help:"admin, organiser or appraiser."`
	Unit string `help:"Official code or id of the unit that the role is for, with all below; default: everywhere."`
}

// Run prints an invitation: a link for Telegram, one for the web chat, and the code to type anywhere.
func (i inviteCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		grant := sangkien.Grant{Role: sangkien.Role(i.Role)}
		if i.Unit != "" {
			units, err := store.Units(ctx)
			if err != nil {
				return err
			}
			unit, err := unitOfToday(i.Unit, units, time.Now())
			if err != nil {
				return err
			}
			grant.Unit = unit.ID
			fmt.Fprintf(s.out, "For %s and all below it.\n", unit.Name)
		}
		code, err := invite(ctx, store, grant)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "Can be used once, within %d minutes.\n", int(sangkien.InvitationValid.Minutes()))
		fmt.Fprintf(s.out, "Code to type in any chat:  %s\n", code)
		if c.PublicURL != "" {
			fmt.Fprintf(s.out, "Web chat:                  %s/chat#start=%s\n", c.PublicURL, code)
		}
		if c.TelegramToken != "" {
			a := &app{config: c, logger: c.logger(s)}
			t, err := a.newTelegram(nil)
			if err != nil {
				return err
			}
			if me, err := t.Me(ctx); err == nil && me.Name != "" {
				fmt.Fprintf(s.out, "Telegram:                  https://t.me/%s?start=%s\n", me.Name, code)
			} else if err != nil {
				fmt.Fprintf(s.err, "Telegram's link is not known: %v\n", err)
			}
		}
		return nil
	})
}

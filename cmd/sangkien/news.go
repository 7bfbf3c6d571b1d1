package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/storage"
)

// newsTasks is what falls due of news: digests, feeds, and what writers are told of their broadcasts.
func (a *app) newsTasks() []scheduler.Task {
	say := func(b sangkien.Broadcast, reasons []sangkien.ReasonCount, now time.Time) sangkien.Reply {
		return handlers.ProgressReply(b, reasons, a.pace, now)
	}
	return []scheduler.Task{
		scheduler.Digest(a.store, sangkien.Daily, a.inBoth("digest.title"), newID),
		scheduler.Digest(a.store, sangkien.Weekly, a.inBoth("digest.week"), newID),
		scheduler.ReadFeeds(a.speaking(), a.tracer.readings(a.fetchFeed), newID, askEditors),
		scheduler.Progress(a.speaking(), say),
	}
}

// speaking is the store for those who speak unasked: what they offer can be typed as well as pressed.
func (a *app) speaking() speaking { return speaking{a.store, a.dispatcher} }

type speaking struct {
	*storage.Store
	dispatcher *handlers.Dispatcher
}

// Commit implements the interfaces of scheduler.
func (s speaking) Commit(ctx context.Context, c sangkien.Commit) (sangkien.Facts, error) {
	c.Replies = s.dispatcher.Typed(c.Replies)
	return s.Store.Commit(ctx, c)
}

// inBoth is a sentence as a text of both languages.
func (a *app) inBoth(key string) sangkien.Text {
	return sangkien.Text{VI: a.words(sangkien.Say(key), sangkien.Vietnamese), EN: a.words(sangkien.Say(key), sangkien.English)}
}

func (a *app) fetchFeed(ctx context.Context, f sangkien.Feed) ([]sangkien.FeedItem, string, string, bool, error) {
	r, err := a.feeds.Read(ctx, f)
	return r.Items, r.ETag, r.Modified, r.Unchanged, err
}

// askEditors is what editors are told of news that waits.
func askEditors(n int) ([]sangkien.Line, [][]sangkien.Button) {
	return []sangkien.Line{sangkien.Say("news.asks", sangkien.With("n", strconv.Itoa(n)))}, [][]sangkien.Button{{handlers.NewsDeskButton()}}
}

type feedCmd struct {
	Add    feedAddCmd    `cmd:"" help:"Read news from a website, RSS or Atom."`
	List   feedListCmd   `cmd:"" help:"List the feeds and how their last reading went."`
	Remove feedRemoveCmd `cmd:"" help:"Read a feed no more; its news stays."`
}

type feedAddCmd struct {
	URL     string   `arg:"" help:"Address of the feed: http or https."`
	Name    string   `required:"" help:"Who its news is from, as readers know them."`
	Unit    []string `help:"Official codes or ids of the units that it is for, with all below; default: everyone."`
	Trusted bool     `help:"Send its news without anyone's approval."`
}

// Run stores a feed.
func (f feedAddCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		feed := sangkien.Feed{ID: newID(), URL: f.URL, Name: f.Name, Trusted: f.Trusted}
		all, err := store.Units(ctx)
		if err != nil {
			return err
		}
		for _, name := range f.Unit {
			unit, err := unitOfToday(name, all, time.Now())
			if err != nil {
				return err
			}
			feed.Units = append(feed.Units, unit.ID)
		}
		added, err := feed.Add(time.Now())
		if err != nil {
			return err
		}
		_, err = store.Commit(ctx, sangkien.Commit{Key: fmt.Sprint("feed-added:", feed.ID), At: time.Now(), Effects: []sangkien.Effect{added}})
		if sangkien.CodeOf(err) == sangkien.ECONFLICT {
			return errors.New("this feed is read already: see 'sangkien feed list'")
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "Feed %d is read every quarter of an hour while the server runs.\n", feed.ID)
		if !f.Trusted {
			fmt.Fprintln(s.out, "Each piece of news waits for approval: /bantin in the chat.")
		}
		return nil
	})
}

type feedListCmd struct{}

// Run lists the feeds.
func (feedListCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		all, err := store.Feeds(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			fmt.Fprintln(s.out, "There is no feed. Add one: sangkien feed add URL --name NAME")
		}
		for _, f := range all {
			fmt.Fprintf(s.out, "%d  %s  %s\n   %s\n", f.ID, f.Name, f.URL, feedState(f, locale.NewSpeaker(c.zone)))
		}
		return nil
	})
}

func feedState(f sangkien.Feed, say *locale.Speaker) string {
	switch {
	case f.Checked.IsZero():
		return "not read yet"
	case f.Error != "":
		return "read at " + say.When(f.Checked, sangkien.English) + " in vain: " + f.Error
	}
	return "read at " + say.When(f.Checked, sangkien.English)
}

type feedRemoveCmd struct {
	ID int64 `arg:"" help:"Number of the feed, see 'sangkien feed list'."`
}

// Run forgets a feed.
func (f feedRemoveCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		all, err := store.Feeds(ctx)
		if err != nil {
			return err
		}
		for _, feed := range all {
			if feed.ID == f.ID {
				_, err := store.Commit(ctx, sangkien.Commit{Key: fmt.Sprint("feed-removed:", f.ID), At: time.Now(), Effects: []sangkien.Effect{feed.Remove(time.Now())}})
				if err == nil {
					fmt.Fprintf(s.out, "%s is read no more.\n", feed.Name)
				}
				return err
			}
		}
		return fmt.Errorf("there is no feed %d: see 'sangkien feed list'", f.ID)
	})
}

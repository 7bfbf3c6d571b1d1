package scheduler

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Press is what reading feeds needs; storage is one.
type Press interface {
	Feeds(context.Context) ([]sangkien.Feed, error)
	KnownNews(ctx context.Context, feed int64, guids []string) (map[string]bool, error)
	Units(context.Context) ([]sangkien.Unit, error)
	Staff(context.Context) ([]sangkien.Member, error)
	Reach(ctx context.Context, member int64) (to sangkien.Address, ok bool, err error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// FetchFeed asks for a feed; unchanged tells that there is nothing new.
type FetchFeed func(ctx context.Context, f sangkien.Feed) (items []sangkien.FeedItem, etag, modified string, unchanged bool, err error)

// ReadFeeds is the task that reads the feeds. What a trusted one brings is published and the newest of it sent; what
// others bring waits for approval, which those who may give it are told once for all. ask is what they are told of so
// many.
func ReadFeeds(p Press, fetch FetchFeed, newID func() int64, ask func(n int) ([]sangkien.Line, [][]sangkien.Button)) Task {
	return Task{Name: "feeds", Spec: "*/15 * * * *", Do: func(ctx context.Context, now time.Time) error {
		feeds, err := p.Feeds(ctx)
		if err != nil {
			return err
		}
		var failed []error
		for _, f := range feeds {
			failed = append(failed, readFeed(ctx, p, f, fetch, newID, ask, now))
		}
		return errors.Join(failed...)
	}}
}

func readFeed(ctx context.Context, p Press, f sangkien.Feed, fetch FetchFeed, newID func() int64, ask func(int) ([]sangkien.Line, [][]sangkien.Button), now time.Time) error {
	items, etag, modified, unchanged, err := fetch(ctx, f)
	key := fmt.Sprintf("feed:%d:%d", f.ID, now.Unix()/60)
	switch {
	case err != nil:
		return note(ctx, p, key, f.Failed(err.Error(), now), now)
	case unchanged:
		return note(ctx, p, key, f.Unchanged(now), now)
	}
	news, err := fresh(ctx, p, f, items, newID, now)
	if err != nil {
		return err
	}
	effects, err := taken(f, news, newID, now)
	if err != nil {
		return err
	}
	c := sangkien.Commit{Key: key, At: now, Effects: append(effects, f.Fetched(etag, modified, now))}
	if len(news) > 0 && !f.Trusted {
		if c.Replies, err = askEditors(ctx, p, f, len(news), ask, now); err != nil {
			return err
		}
	}
	_, err = p.Commit(ctx, c)
	if sangkien.CodeOf(err) == sangkien.ECONFLICT {
		return nil // another replica was first
	}
	return err
}

// fresh makes bulletins of what is news and was not taken before; the newest first, as feeds have them.
func fresh(ctx context.Context, p Press, f sangkien.Feed, items []sangkien.FeedItem, newID func() int64, now time.Time) ([]sangkien.Bulletin, error) {
	var guids []string
	for _, i := range items {
		guids = append(guids, i.GUID)
	}
	known, err := p.KnownNews(ctx, f.ID, guids)
	if err != nil {
		return nil, err
	}
	var out []sangkien.Bulletin
	for _, i := range items {
		if known[i.GUID] {
			continue
		}
		if b, ok := f.News(newID(), i, now); ok {
			known[i.GUID] = true
			out = append(out, b)
		}
	}
	return out, nil
}

// taken is the changes that store news. Of what a trusted feed brings at once only the newest is sent: the others are
// in the archive, for people hear of us once a day.
func taken(f sangkien.Feed, news []sangkien.Bulletin, newID func() int64, now time.Time) ([]sangkien.Effect, error) {
	var effects []sangkien.Effect
	for n, b := range news {
		if f.Trusted && n == 0 {
			planned, err := b.Sending(newID(), now).Plan(now)
			if err != nil {
				return nil, fmt.Errorf("send news of feed %d: %w", f.ID, err)
			}
			b.Broadcast = planned.Broadcast.ID
			effects = append(effects, planned)
		}
		written, err := b.Import(f.Trusted, now)
		if err != nil {
			return nil, fmt.Errorf("take news of feed %d: %w", f.ID, err)
		}
		effects = append(effects, written)
	}
	return effects, nil
}

// askEditors tells everyone who may publish the feed's news that some waits.
func askEditors(ctx context.Context, p Press, f sangkien.Feed, n int, ask func(int) ([]sangkien.Line, [][]sangkien.Button), now time.Time) ([]sangkien.Reply, error) {
	units, err := p.Units(ctx)
	if err != nil {
		return nil, err
	}
	staff, err := p.Staff(ctx)
	if err != nil {
		return nil, err
	}
	tree := sangkien.NewTree(units)
	var replies []sangkien.Reply
	for _, m := range staff {
		if !(sangkien.Viewer{Member: m, Tree: tree}).MayAddress(sangkien.Audience{Units: f.Units}) {
			continue
		}
		to, ok, err := p.Reach(ctx, m.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			r := sangkien.Reply{To: to, Language: m.Language, Class: sangkien.ClassNotice, Replaces: "feeds:" + strconv.FormatInt(f.ID, 36), After: sangkien.Quiet(now)}
			r.Lines, r.Buttons = ask(n)
			replies = append(replies, r)
		}
	}
	return replies, nil
}

func note(ctx context.Context, p Press, key string, e sangkien.FeedRead, now time.Time) error {
	_, err := p.Commit(ctx, sangkien.Commit{Key: key, At: now, Effects: []sangkien.Effect{e}})
	return err
}

package webchat

import (
	"context"
	"time"

	"github.com/sangkien/sangkien/bot"
)

// News is where the lines of all chats are found that any process has written; storage is one.
type News interface {
	// WebLast is the number of the newest line; 0: there is none.
	WebLast(context.Context) (int64, error)
	// WebNews is the lines after a number, and whose chats they are in.
	WebNews(ctx context.Context, after int64) (map[int64]string, error)
}

const (
	followEvery = 500 * time.Millisecond
	// followBack is how long a line may take to be seen after its number was given: numbers are given before commits.
	followBack = 10 * time.Second
)

// Follow tells the pages that are open here of lines that other processes wrote, until ctx ends. Where there is one
// process nobody needs it.
func (c *Channel) Follow(ctx context.Context, news News) {
	f := follower{told: map[int64]bool{}}
	for more := true; more; more = bot.Sleep(ctx, followEvery) {
		if err := f.look(ctx, news, time.Now(), c.hub.tell); err != nil && ctx.Err() == nil {
			c.logger.Warn("web chat: look for lines of other processes", "error", err)
		}
	}
}

// follower remembers which lines it has told of.
type follower struct {
	begun                 bool
	after, before, newest int64 // told of up to after for sure; newest at the last move, and now
	moved                 time.Time
	told                  map[int64]bool
}

// look tells of each line once.
func (f *follower) look(ctx context.Context, news News, now time.Time, tell func(chat string)) error {
	if !f.begun {
		last, err := news.WebLast(ctx)
		if err != nil {
			return err
		}
		f.begun, f.moved, f.after, f.before, f.newest = true, now, last, last, last
	}
	lines, err := news.WebNews(ctx, f.after)
	if err != nil {
		return err
	}
	for seq, chat := range lines {
		if f.newest = max(f.newest, seq); !f.told[seq] {
			f.told[seq] = true
			tell(chat)
		}
	}
	if now.Sub(f.moved) < followBack {
		return nil
	}
	f.moved, f.after, f.before = now, f.before, f.newest
	for seq := range f.told {
		if seq <= f.after {
			delete(f.told, seq)
		}
	}
	return nil
}

package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Attachments is where the fetcher finds files to fetch and notes what became of them; storage is one.
type Attachments interface {
	PendingAttachments(ctx context.Context, limit int, now time.Time) ([]sangkien.Attachment, error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// FileStore keeps files. What it does not take is EINVALID.
type FileStore interface {
	Put(ctx context.Context, name string, r io.Reader) (sangkien.File, error)
}

// Fetcher copies members' files from the platforms into our store, in the background: a member never waits
// for it, and a platform that is down only delays it.
type Fetcher struct {
	table    Attachments
	files    FileStore
	sources  map[string]FileSource
	reason   func(error) string // why a file is not taken, as locale's "file.refused.<reason>"
	language sangkien.Language
	wakeUp   func()
	logger   *slog.Logger
	vain     int // fetches in a row of which nothing could be noted
}

// NewFetcher returns a fetcher for those of the channels that keep files. wake tells the outbox of a notice.
func NewFetcher(table Attachments, files FileStore, channels []Channel, reason func(error) string, wake func(), logger *slog.Logger) *Fetcher {
	f := &Fetcher{table: table, files: files, sources: map[string]FileSource{}, reason: reason, language: sangkien.Vietnamese, wakeUp: wake, logger: logger}
	for _, c := range channels {
		if s, ok := c.(FileSource); ok {
			f.sources[c.Name()] = s
		}
	}
	return f
}

// fetchPoll is how often new files are looked for; maxFetchPause how long to wait at most when nothing can be noted, for
// then the same files are fetched again.
const (
	fetchPoll     = time.Second
	maxFetchPause = time.Minute
)

// Run fetches until ctx ends.
func (f *Fetcher) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if f.Round(ctx) == 0 {
			Sleep(ctx, min(fetchPoll<<min(f.vain, 6), maxFetchPause))
		}
	}
}

// Round fetches what is due now and returns how many files were settled.
func (f *Fetcher) Round(ctx context.Context) int {
	if len(f.sources) == 0 {
		return 0
	}
	due, err := f.table.PendingAttachments(ctx, 20, time.Now())
	if err != nil {
		if ctx.Err() == nil {
			f.logger.Error("look for files to fetch", "error", err)
		}
		return 0
	}
	n := 0
	for _, a := range due {
		if f.one(ctx, a) {
			n++
		} else if f.vain > 0 {
			return 0
		}
	}
	return n
}

// one fetches a file and commits what became of it. false: nothing was committed.
func (f *Fetcher) one(ctx context.Context, a sangkien.Attachment) bool {
	file, err := f.fetch(ctx, a)
	if ctx.Err() != nil {
		return false
	}
	now := time.Now()
	c := sangkien.Commit{Key: fmt.Sprintf("file:%d:%d", a.ID, now.UnixNano()), At: now}
	var se *SendError
	switch postponed, again := a.Postponed(now); {
	case err == nil:
		c.Effects = []sangkien.Effect{a.Stored(file)}
	case sangkien.CodeOf(err) == sangkien.EINVALID:
		f.refuse(&c, a, f.reason(err))
	case errors.As(err, &se) && se.Kind == SendRefused, !again:
		f.refuse(&c, a, "gone")
	default:
		f.logger.Warn("fetch a file", "attachment", a.ID, "error", err)
		c.Effects = []sangkien.Effect{postponed}
	}
	_, err = f.table.Commit(ctx, c)
	if sangkien.CodeOf(err) == sangkien.ECONFLICT {
		return true // another process was first, or nobody wants it any more
	}
	if err != nil {
		f.logger.Error("note a fetched file", "attachment", a.ID, "error", err)
		f.vain++
		return false
	}
	f.vain = 0
	f.wakeUp()
	return true
}

func (f *Fetcher) fetch(ctx context.Context, a sangkien.Attachment) (sangkien.File, error) {
	source, ok := f.sources[a.Address.Channel]
	if !ok {
		return sangkien.File{}, fmt.Errorf("channel %q is not running", a.Address.Channel)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	r, err := source.Fetch(ctx, a.File.Ref)
	if err != nil {
		return sangkien.File{}, err
	}
	defer func() { _ = r.Close() }() // only read from
	return f.files.Put(ctx, a.File.Name, r)
}

// refuse notes that a file is not kept and tells the member.
func (f *Fetcher) refuse(c *sangkien.Commit, a sangkien.Attachment, reason string) {
	c.Effects = []sangkien.Effect{a.Refused(reason)}
	c.Replies = []sangkien.Reply{{To: a.Address, Language: f.language, Class: sangkien.ClassNotice,
		Lines: []sangkien.Line{sangkien.Say("file.refused", sangkien.With("name", a.File.Name), sangkien.WithKey("why", "file.refused."+reason))}}}
}

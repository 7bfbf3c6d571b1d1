package sangkien

import (
	"strings"
	"time"
)

// Feed is a list of news of the organisation's website, RSS or Atom.
type Feed struct {
	ID       int64
	URL      string // http or https
	Name     string // who its news is from, as readers know them
	Units    []int64
	Trusted  bool // its news is sent without anyone's approval
	Added    time.Time
	ETag     string // as its server gave them last: what has not changed is not fetched again
	Modified string
	Checked  time.Time // zero: never
	Error    string    // of the last try; "" when it went well
}

// FeedItem is one piece of news as a feed has it, in plain text.
type FeedItem struct {
	GUID      string
	Title     string
	Text      string
	Link      string
	Published time.Time // zero when the feed does not tell
}

// FeedAdded stores a feed. One of the same address is a conflict.
type FeedAdded struct{ Feed Feed }

// FeedRemoved forgets a feed; what came from it stays.
type FeedRemoved struct {
	Feed int64
	At   time.Time
}

// FeedRead notes how a try to read a feed ended.
type FeedRead struct {
	Feed     int64
	ETag     string
	Modified string
	Error    string
	At       time.Time
}

func (FeedAdded) effect()   {}
func (FeedRemoved) effect() {}
func (FeedRead) effect()    {}

// Add is the change that stores the feed. It returns EINVALID when its address cannot be read from.
func (f Feed) Add(now time.Time) (FeedAdded, error) {
	if !IsLink(f.URL) {
		return FeedAdded{}, Errorf(EINVALID, "%q is no http or https address", f.URL)
	}
	f.Added = now
	return FeedAdded{Feed: f}, nil
}

// Remove is the change that forgets the feed.
func (f Feed) Remove(now time.Time) FeedRemoved { return FeedRemoved{Feed: f.ID, At: now} }

// Failed is the change that notes why the feed could not be read. What was known of it stays.
func (f Feed) Failed(reason string, now time.Time) FeedRead {
	return FeedRead{Feed: f.ID, ETag: f.ETag, Modified: f.Modified, Error: reason, At: now}
}

// Unchanged is the change that notes that the feed has nothing new.
func (f Feed) Unchanged(now time.Time) FeedRead { return f.Failed("", now) }

// Fetched is the change that notes that the feed was read.
func (f Feed) Fetched(etag, modified string, now time.Time) FeedRead {
	return FeedRead{Feed: f.ID, ETag: etag, Modified: modified, At: now}
}

// staleNews is how old an item may be to be news: a feed that is added brings no history.
const staleNews = 7 * 24 * time.Hour

// News makes a bulletin of an item. ok is false for one that is no news any more or says nothing. Of a long text the
// beginning is taken; the link leads to the rest.
func (f Feed) News(id int64, i FeedItem, now time.Time) (b Bulletin, ok bool) {
	b = Bulletin{ID: id, Title: shorten(i.Title, MaxBulletinTitle), Text: shorten(i.Text, MaxBulletinText/2), Sender: f.Name,
		Units: f.Units, Feed: f.ID, GUID: i.GUID}
	if IsLink(i.Link) {
		b.Link = i.Link
	}
	if b.Text == "" {
		b.Text = b.Title
	}
	fresh := i.Published.IsZero() || now.Sub(i.Published) < staleNews && i.Published.Sub(now) < 24*time.Hour
	return b, fresh && b.Title != "" && b.GUID != ""
}

// shorten cuts a text behind a word so that it has at most so many characters.
func shorten(s string, most int) string {
	s = strings.TrimSpace(s)
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	cut := string(r[:most-1])
	if i := strings.LastIndexAny(cut, " \n"); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " \n.,;:") + "…"
}

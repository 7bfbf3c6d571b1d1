package sangkien

import (
	"slices"
	"strings"
	"time"
)

// Bulletin is a piece of news. Its ID is that of the sheet that it was written as, so its picture is the sheet's
// attachment. It stays to be read in the archive after it was sent.
type Bulletin struct {
	ID        int64
	Title     string
	Text      string
	Link      string  // http or https, may be empty
	Sender    string  // who says it, as readers know them
	Units     []int64 // whom it is for: these and everything below them; none for everyone
	Author    int64   // the member who wrote it; 0 when it came from a feed
	Feed      int64   // where it came from; 0 for none
	GUID      string  // what it is called there
	Replaces  int64   // the bulletin that it corrects; 0 for none
	Broadcast int64   // its sending; 0 before there is one
	State     BulletinState
	At        time.Time // from when it can be read
	Files     []Attachment
}

// BulletinState is where a bulletin stands. The set is closed; bulletinMoves has every change that exists.
type BulletinState string

const (
	BulletinWaiting   BulletinState = "waiting"   // for someone to approve it
	BulletinPublished BulletinState = "published" // to be read from its time on
	BulletinReplaced  BulletinState = "replaced"  // by its correction
	BulletinDropped   BulletinState = "dropped"   // not to be read: refused, or taken back
)

var bulletinMoves = map[BulletinState][]BulletinState{
	BulletinWaiting:   {BulletinPublished, BulletinDropped},
	BulletinPublished: {BulletinReplaced, BulletinDropped},
}

// Limits of a bulletin in characters: with the sender it is a broadcast of one message.
const (
	MaxBulletinTitle = 120
	MaxBulletinText  = 1200
)

// The questions of a bulletin's sheet, and the choices of two of them.
const (
	BulletinKeyTitle = "title"
	BulletinKeyText  = "text"
	BulletinKeyPhoto = "photo"
	BulletinKeyLink  = "link"
	BulletinKeyTo    = "to"
	BulletinKeyUnit  = "unit"
	BulletinKeyWhen  = "when"
	BulletinKeyDate  = "date"

	ToAll        = "all"  // everyone whom the writer may write to
	ToUnit       = "unit" // one unit and everything below it
	WhenNow      = "now"
	WhenTomorrow = "tomorrow"
	WhenDate     = "date"
)

// BulletinWritten stores a bulletin. The one that it corrects is replaced.
type BulletinWritten struct {
	Bulletin Bulletin
	At       time.Time
}

// BulletinMoved changes the state of a bulletin, if it is still From.
type BulletinMoved struct {
	Bulletin  int64
	From, To  BulletinState
	Broadcast int64     // the sending that goes with it; 0 for none
	Reads     time.Time // from when it can be read; zero: as it was
	Actor     int64     // 0 for the program
	At        time.Time
}

func (BulletinWritten) effect() {}
func (BulletinMoved) effect()   {}

// BulletinOf reads a bulletin from its sheet: its words, and for which unit. Whom “all” is and when it starts is
// said by Reach and Starts.
func BulletinOf(s Sheet, sender string) Bulletin {
	value := func(key string) string { return strings.TrimSpace(s.Answers[key].Value) }
	b := Bulletin{ID: s.ID, Title: value(BulletinKeyTitle), Text: value(BulletinKeyText), Link: value(BulletinKeyLink),
		Sender: sender, Author: s.Member, Replaces: s.About, Files: s.Attachments}
	if unit := s.Answers[BulletinKeyUnit].Unit; s.Answers[BulletinKeyTo].Value == ToUnit && unit != 0 {
		b.Units = []int64{unit}
	}
	return b
}

// morning is the hour at which news that was written for another day arrives.
const morning = 8

// Starts is when the sending of a sheet's bulletin shall begin: now, or at eight on the day that was chosen. ok is
// false for a day that is over, or no whole day. now is in the zone of the deployment.
func (s Sheet) Starts(now time.Time) (start time.Time, ok bool) {
	day := now
	switch s.Answers[BulletinKeyWhen].Value {
	case WhenTomorrow:
		day = now.AddDate(0, 0, 1)
	case WhenDate:
		var err error
		if day, err = time.ParseInLocation(time.DateOnly, s.Answers[BulletinKeyDate].Value, now.Location()); err != nil {
			return now, false
		}
	default:
		return now, true
	}
	start = time.Date(day.Year(), day.Month(), day.Day(), morning, 0, 0, 0, now.Location())
	return start, start.After(now)
}

// Reach is the units over which the person may write to people: those of their roles; none and true for everyone.
func (v Viewer) Reach() (units []int64, ok bool) {
	for _, g := range v.Member.Roles {
		if !v.May(ActBroadcast, Object{Unit: g.Unit}) || g.Role == RoleAppraiser {
			continue
		}
		if g.Unit == 0 {
			return nil, true
		}
		units = append(units, g.Unit)
	}
	slices.Sort(units)
	return slices.Compact(units), len(units) > 0
}

// Reads is the units whose news the person finds: their own with all above it, and those to which they may write.
func (v Viewer) Reads() Scope {
	reach, ok := v.Reach()
	if ok && len(reach) == 0 {
		return Scope{All: true}
	}
	units := v.Tree.Over(v.Member.Unit)
	for _, u := range reach {
		units = append(units, v.Tree.Under(u)...)
	}
	return Scope{Units: units}
}

// MayEdit tells whether the person sees to a bulletin: all of whom it is for belong to their units.
func (v Viewer) MayEdit(b Bulletin) bool { return v.MayAddress(Audience{Units: b.Units}) }

// For tells whether the bulletin is for people of a unit.
func (b Bulletin) For(unit int64, tree *Tree) bool {
	return len(b.Units) == 0 || slices.ContainsFunc(b.Units, func(top int64) bool { return tree.Within(unit, top) })
}

// Sending is the broadcast that brings the bulletin to those whom it is for. A correction reaches also whoever
// heard of us today already.
func (b Bulletin) Sending(id int64, start time.Time) Broadcast {
	out := Broadcast{ID: id, Kind: BroadcastBulletin, Topic: TopicNews, Purpose: PurposeNews, Title: Text{VI: b.Title}, Sender: b.Sender,
		Text: Text{VI: b.Text}, Link: b.Link, Audience: Audience{Units: b.Units}, Urgent: b.Replaces != 0, By: b.Author, About: b.ID, Start: start}
	for _, f := range b.Files {
		if f.State == FileStored && f.File.Kind == Photo && out.Photo == "" {
			out.Photo = f.File.Hash
		}
	}
	return out
}

// Write is the change that stores a bulletin with its sending. It returns EFORBIDDEN when it is for people to whom
// the person may not write, and EINVALID when something is missing or too long.
func (v Viewer) Write(b Bulletin, sending BroadcastPlanned, now time.Time) (BulletinWritten, error) {
	if !v.MayEdit(b) {
		return BulletinWritten{}, Errorf(EFORBIDDEN, "member %d may not write to the units of bulletin %d", v.Member.ID, b.ID)
	}
	if err := b.check(); err != nil {
		return BulletinWritten{}, err
	}
	b.State, b.Broadcast, b.At = BulletinPublished, sending.Broadcast.ID, sending.Broadcast.Start
	if sending.Broadcast.State == BroadcastWaiting {
		b.State = BulletinWaiting
	}
	return BulletinWritten{Bulletin: b, At: now}, nil
}

// Import is the change that stores what a feed brought. Where the feed is not trusted it waits for approval.
func (b Bulletin) Import(trusted bool, now time.Time) (BulletinWritten, error) {
	if err := b.check(); err != nil {
		return BulletinWritten{}, err
	}
	b.State, b.At = BulletinWaiting, now
	if trusted {
		b.State = BulletinPublished
	}
	return BulletinWritten{Bulletin: b, At: now}, nil
}

// check returns EINVALID for a bulletin that nobody could read.
func (b Bulletin) check() error {
	switch {
	case strings.TrimSpace(b.Title) == "":
		return Errorf(EINVALID, "the bulletin has no title")
	case len([]rune(b.Title)) > MaxBulletinTitle, len([]rune(b.Text)) > MaxBulletinText:
		return Errorf(EINVALID, "the bulletin is too long")
	case b.Link != "" && !IsLink(b.Link):
		return Errorf(EINVALID, "%q is no http or https address", b.Link)
	}
	return nil
}

// Decide is the change by which a person publishes what waits, or takes a bulletin out of the archive. It returns
// EFORBIDDEN when they may not, and ECONFLICT when the bulletin's life has no such step.
func (v Viewer) Decide(b Bulletin, to BulletinState, broadcast int64, now time.Time) (BulletinMoved, error) {
	if !v.MayEdit(b) {
		return BulletinMoved{}, Errorf(EFORBIDDEN, "member %d may not move bulletin %d", v.Member.ID, b.ID)
	}
	if !slices.Contains(bulletinMoves[b.State], to) {
		return BulletinMoved{}, Errorf(ECONFLICT, "a bulletin that is %s cannot become %s", b.State, to)
	}
	return BulletinMoved{Bulletin: b.ID, From: b.State, To: to, Broadcast: broadcast, Actor: v.Member.ID, At: now}, nil
}

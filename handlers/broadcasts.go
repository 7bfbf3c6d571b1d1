package handlers

import (
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs of those who see to what is sent to many.
const (
	verbBroadcasts = "bb" // the desk of news: a page of the broadcasts, Value
	verbBroadcast  = "bv" // one broadcast
	verbApprove    = "ba" // approve it: the second person
	verbPause      = "bq"
	verbResume     = "bg"
	verbAskCancel  = "bk" // ask whether to end it
	verbCancel     = "bky"
	verbRetry      = "bf" // send again to whom it failed
	verbReport     = "be" // what became of each recipient, as a table
)

func broadcastVerbs() []verb {
	return []verb{
		{verbBroadcasts, sangkien.ActBroadcast, aboutNothing, (*turn).pressedBroadcasts},
		{verbBroadcast, sangkien.ActBroadcast, aboutNothing, (*turn).broadcast},
		{verbApprove, sangkien.ActBroadcast, aboutNothing, (*turn).approve},
		{verbPause, sangkien.ActBroadcast, aboutNothing, control(sangkien.BroadcastPaused)},
		{verbResume, sangkien.ActBroadcast, aboutNothing, control(sangkien.BroadcastRunning)},
		{verbAskCancel, sangkien.ActBroadcast, aboutNothing, (*turn).askCancel},
		{verbCancel, sangkien.ActBroadcast, aboutNothing, control(sangkien.BroadcastCancelled)},
		{verbRetry, sangkien.ActBroadcast, aboutNothing, control(sangkien.BroadcastRunning)},
		{verbReport, sangkien.ActBroadcast, aboutNothing, (*turn).report},
	}
}

// newsDesk is /bantin: write news, what waits for approval, and what is or was being sent.
func (t *turn) newsDesk(string) (outcome, error) { return t.broadcastPage(0) }

func (t *turn) newsDeskOr(err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	return t.broadcastPage(0)
}

func (t *turn) pressedBroadcasts(p sangkien.Press) (outcome, error) {
	page, err := strconv.Atoi(p.Value)
	if err != nil || page < 0 || page > 1_000_000 {
		page = 0
	}
	return t.broadcastPage(page)
}

// maxLooked is how many broadcasts are read to find those of the member's units.
const maxLooked = 500

func (t *turn) broadcastPage(page int) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	lines, rows, err := t.waitingNews(v, page)
	if err != nil {
		return outcome{}, err
	}
	all, err := t.d.Store.Broadcasts(t.ctx, 0, maxLooked)
	if err != nil {
		return outcome{}, err
	}
	mine := slices.DeleteFunc(all, func(b sangkien.Broadcast) bool { return !v.MayAddress(b.Audience) })
	if len(mine) == 0 {
		lines = append(lines, sangkien.Say("broadcast.none"))
	}
	from := min(page*perPage, len(mine))
	for n, b := range mine[from:min(from+perPage, len(mine))] {
		i := sangkien.With("i", strconv.Itoa(from+n+1))
		lines = append(lines, sangkien.Say("broadcast.one", append(broadcastArgs(b), i)...))
		rows = append(rows, []sangkien.Button{t.button("button.broadcast_one", verbBroadcast, b.ID, "", i, nameOf(b, 40))})
	}
	return t.stay(t.say(lines, append(rows, t.pages(verbBroadcasts, page, from+perPage < len(mine)))...)), nil
}

// waitingNews is the head of the desk: what feeds brought, to be approved.
func (t *turn) waitingNews(v sangkien.Viewer, page int) ([]sangkien.Line, [][]sangkien.Button, error) {
	lines, rows := []sangkien.Line{sangkien.Say("broadcast.head")}, [][]sangkien.Button{{t.button("button.write_news", verbWriteNews, 0, "")}}
	if page > 0 {
		return lines, rows, nil
	}
	waiting, err := t.d.Store.WaitingNews(t.ctx)
	if err != nil {
		return nil, nil, err
	}
	waiting = slices.DeleteFunc(waiting, func(b sangkien.Bulletin) bool { return b.Feed == 0 || !v.MayEdit(b) })
	if len(waiting) > 0 {
		lines = append(lines, sangkien.Say("broadcast.feeds", sangkien.With("n", strconv.Itoa(len(waiting)))))
	}
	for _, b := range waiting[:min(3, len(waiting))] {
		rows = append(rows, []sangkien.Button{t.button("button.waiting_news", verbRead, b.ID, "", sangkien.With("title", vntext.Truncate(b.Title, 40)))})
	}
	return lines, rows, nil
}

// nameOf is what a broadcast is known by: its headline, or how it begins.
func nameOf(b sangkien.Broadcast, most int) sangkien.Arg {
	name := b.Title.VI
	if name == "" {
		name = b.Text.VI
	}
	return sangkien.With("title", vntext.Truncate(strings.Join(strings.Fields(name), " "), most))
}

// broadcastArgs fill what is said of every broadcast.
func broadcastArgs(b sangkien.Broadcast) []sangkien.Arg {
	c := b.Counts
	return []sangkien.Arg{nameOf(b, 80), sangkien.WithKey("state", "broadcast."+string(b.State)), sangkien.WithTime("start", b.Start),
		sangkien.With("sent", number(c.Sent)), sangkien.With("planned", number(c.Planned-c.Skipped)), sangkien.With("left", number(c.Left()))}
}

// broadcastInHand loads a broadcast to whose whole audience the member may write.
func (t *turn) broadcastInHand(id int64) (b sangkien.Broadcast, v sangkien.Viewer, ok bool, err error) {
	b, err = t.d.Store.Broadcast(t.ctx, id)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return b, v, false, nil
	}
	if err == nil {
		v, err = t.viewer()
	}
	return b, v, err == nil && v.MayAddress(b.Audience), err
}

func (t *turn) broadcast(p sangkien.Press) (outcome, error) {
	b, _, ok, err := t.broadcastInHand(p.Idea)
	if err != nil || !ok {
		return t.newsDeskOr(err)
	}
	return t.showBroadcast(b)
}

// showBroadcast says how it goes, with what can be done about it.
func (t *turn) showBroadcast(b sangkien.Broadcast, before ...sangkien.Line) (outcome, error) {
	reasons, err := t.d.Store.BroadcastReasons(t.ctx, b.ID)
	if err != nil {
		return outcome{}, err
	}
	r := ProgressReply(b, reasons, t.d.Pace, t.now)
	o := t.say(append(before, r.Lines...), r.Buttons...)
	o.replies[0].Replaces = r.Replaces
	return t.stay(o), nil
}

// approve is the second person's yes.
func (t *turn) approve(p sangkien.Press) (outcome, error) {
	b, v, ok, err := t.broadcastInHand(p.Idea)
	if err != nil || !ok {
		return t.newsDeskOr(err)
	}
	moved, err := v.Control(b, sangkien.BroadcastDue, t.now)
	if err != nil {
		return t.refusedControl(b, err)
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("broadcast.approved", nameOf(b, 60))}, []sangkien.Button{t.button("button.broadcast", verbBroadcast, b.ID, "")}))
	o.effects = append(o.effects, moved)
	published, err := t.bulletinOfSending(v, b, sangkien.BulletinPublished)
	if err != nil {
		return outcome{}, err
	}
	o.effects = append(o.effects, published...)
	told, err := t.tellWriter(b, "broadcast.approved_for")
	o.replies = append(o.replies, told...)
	return o, err
}

// bulletinOfSending moves the bulletin on that waits together with its sending.
func (t *turn) bulletinOfSending(v sangkien.Viewer, b sangkien.Broadcast, to sangkien.BulletinState) ([]sangkien.Effect, error) {
	if b.Kind != sangkien.BroadcastBulletin || b.State != sangkien.BroadcastWaiting {
		return nil, nil
	}
	bulletin, err := t.d.Store.Bulletin(t.ctx, b.About)
	if err != nil {
		return nil, err
	}
	moved, err := v.Decide(bulletin, to, 0, t.now)
	if err != nil {
		return nil, nil //nolint:nilerr // it was taken back meanwhile
	}
	return []sangkien.Effect{moved}, nil
}

// tellWriter tells who wrote a broadcast what another did about it.
func (t *turn) tellWriter(b sangkien.Broadcast, key string) ([]sangkien.Reply, error) {
	if b.By == 0 || b.By == t.chat.Member.ID {
		return nil, nil
	}
	to, lang, ok, err := t.reach(b.By)
	if err != nil || !ok {
		return nil, err
	}
	return []sangkien.Reply{{To: to, Language: lang, Class: sangkien.ClassNotice, After: sangkien.Quiet(t.now),
		Lines:   []sangkien.Line{sangkien.Say(key, nameOf(b, 60), colleague(t.chat.Member), sangkien.WithTime("at", b.Start))},
		Buttons: [][]sangkien.Button{{t.foreign("button.broadcast", verbBroadcast, b.ID, "")}}}}, nil
}

// colleague is what staff are called before each other.
func colleague(m sangkien.Member) sangkien.Arg {
	if m.Name == "" {
		return sangkien.WithKey("name", "broadcast.colleague")
	}
	return sangkien.With("name", m.Name)
}

// askSecond asks everyone else who may write to the audience to approve it.
func (t *turn) askSecond(b sangkien.Broadcast, n int) ([]sangkien.Reply, error) {
	return t.staffWhere(func(v sangkien.Viewer) bool { return v.Member.ID != b.By && v.MayAddress(b.Audience) }, func(_ sangkien.Viewer, r sangkien.Reply) sangkien.Reply {
		r.After = sangkien.Quiet(t.now)
		r.Lines = []sangkien.Line{sangkien.Say("broadcast.ask", colleague(t.chat.Member), nameOf(b, 80), sangkien.With("n", number(n))),
			sangkien.Say("", sangkien.With("text", b.Text.In(r.Language)))}
		r.Buttons = [][]sangkien.Button{{t.foreign("button.approve", verbApprove, b.ID, "")}, {t.foreign("button.refuse_broadcast", verbAskCancel, b.ID, "")}}
		return r
	})
}

func (t *turn) askCancel(p sangkien.Press) (outcome, error) {
	b, _, ok, err := t.broadcastInHand(p.Idea)
	if err != nil || !ok {
		return t.newsDeskOr(err)
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("broadcast.cancel_ask", broadcastArgs(b)...)},
		[]sangkien.Button{t.button("button.cancel_yes", verbCancel, b.ID, ""), t.button("button.broadcast_back", verbBroadcast, b.ID, "")})), nil
}

// control makes the ability that moves a broadcast to a state.
func control(to sangkien.BroadcastState) func(*turn, sangkien.Press) (outcome, error) {
	return func(t *turn, p sangkien.Press) (outcome, error) {
		b, v, ok, err := t.broadcastInHand(p.Idea)
		if err != nil || !ok {
			return t.newsDeskOr(err)
		}
		moved, err := v.Control(b, to, t.now)
		if err != nil {
			return t.refusedControl(b, err)
		}
		effects := []sangkien.Effect{moved}
		if to == sangkien.BroadcastCancelled {
			dropped, err := t.bulletinOfSending(v, b, sangkien.BulletinDropped)
			if err != nil {
				return outcome{}, err
			}
			effects = append(effects, dropped...)
		}
		b.State = to
		o, err := t.showBroadcast(b)
		if err != nil {
			return outcome{}, err
		}
		o.effects = effects
		told, err := t.tellWriter(b, "broadcast.told_"+string(to))
		o.replies = append(o.replies, told...)
		return o, err
	}
}

// refusedControl says why not, and how it stands now.
func (t *turn) refusedControl(b sangkien.Broadcast, err error) (outcome, error) {
	switch sangkien.CodeOf(err) {
	case sangkien.EFORBIDDEN:
		return t.showBroadcast(b, sangkien.Say("broadcast.not_own"))
	case sangkien.ECONFLICT:
		return t.showBroadcast(b)
	}
	return outcome{}, err
}

// progressOf is the message about a broadcast that its writer keeps: it changes as the sending goes on.
func (t *turn) progressOf(b sangkien.Broadcast) outcome {
	r := ProgressReply(b, nil, t.d.Pace, t.now)
	o := t.say(r.Lines, r.Buttons...)
	o.replies[0].Replaces = r.Replaces
	return o
}

// report sends what became of each recipient as a table.
func (t *turn) report(p sangkien.Press) (outcome, error) {
	b, _, ok, err := t.broadcastInHand(p.Idea)
	if err != nil || !ok {
		return t.newsDeskOr(err)
	}
	f, err := t.d.Report(t.ctx, b)
	if err != nil {
		return outcome{}, err
	}
	o := t.say([]sangkien.Line{sangkien.Say("broadcast.report", nameOf(b, 60))}, []sangkien.Button{t.button("button.broadcast_back", verbBroadcast, b.ID, "")})
	o.replies = append(o.replies, sangkien.Reply{To: t.update.Address, Language: t.lang, File: &f})
	return t.stay(o), nil
}

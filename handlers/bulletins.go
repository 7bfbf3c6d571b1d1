package handlers

import (
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs and the sheet of those who write news.
const (
	verbWriteNews = "bw" // write a bulletin, or go on
	verbCorrect   = "bc" // write the correction of a bulletin
	verbTestNews  = "bt" // send it to oneself only: Idea is the sheet
	verbSendNews  = "bs" // send it: Idea is the sheet
	verbAskDrop   = "bx" // ask whether to take a bulletin out of the archive
	verbDropNews  = "bxy"
	verbPublish   = "bp" // publish what a feed brought
	verbRefuse    = "br" // refuse it
	sheetBulletin = "bulletin"
)

func bulletinVerbs() []verb {
	return []verb{
		{verbWriteNews, sangkien.ActBroadcast, aboutNothing, (*turn).writeNews},
		{verbCorrect, sangkien.ActBroadcast, aboutNothing, (*turn).correctNews},
		{verbTestNews, sangkien.ActBroadcast, aboutNothing, (*turn).testNews},
		{verbSendNews, sangkien.ActBroadcast, aboutNothing, (*turn).sendNews},
		{verbAskDrop, sangkien.ActBroadcast, aboutNothing, (*turn).askDropNews},
		{verbDropNews, sangkien.ActBroadcast, aboutNothing, (*turn).dropNews},
		{verbPublish, sangkien.ActBroadcast, aboutNothing, (*turn).publishNews},
		{verbRefuse, sangkien.ActBroadcast, aboutNothing, (*turn).refuseNews},
	}
}

func bulletinSheets() []sheetKind {
	return []sheetKind{{sheetBulletin, sangkien.ActBroadcast, aboutNothing, (*turn).previewNews}}
}

func (t *turn) writeNews(sangkien.Press) (outcome, error) { return t.openSheet(sheetBulletin, 0, nil) }

// correctNews begins a correction with the words of the bulletin.
func (t *turn) correctNews(p sangkien.Press) (outcome, error) {
	b, ok, err := t.editable(p.Idea)
	if err != nil || !ok || b.State != sangkien.BulletinPublished {
		return t.newsOr(err)
	}
	known := sangkien.Answers{sangkien.BulletinKeyTitle: {Value: b.Title}, sangkien.BulletinKeyText: {Value: b.Text},
		sangkien.BulletinKeyLink: {Value: b.Link, Skipped: b.Link == ""}, sangkien.BulletinKeyWhen: {Value: sangkien.WhenNow}, sangkien.BulletinKeyTo: {Value: sangkien.ToAll}}
	return t.openSheet(sheetBulletin, b.ID, known, sangkien.Say("bulletin.correct"))
}

// editable loads a bulletin that the member sees to.
func (t *turn) editable(id int64) (b sangkien.Bulletin, ok bool, err error) {
	b, err = t.d.Store.Bulletin(t.ctx, id)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return b, false, nil
	}
	if err != nil {
		return b, false, err
	}
	v, err := t.viewer()
	return b, err == nil && v.MayEdit(b), err
}

func (t *turn) newsOr(err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	return t.noNews()
}

// newsInHand is a bulletin that is being written, with its sending.
type newsInHand struct {
	sheet    sangkien.Sheet
	bulletin sangkien.Bulletin
	sending  sangkien.Broadcast
	preview  sangkien.Preview
	problem  sangkien.Line // why it cannot be sent as it is; the zero Line: it can
}

// inHand reads a bulletin from its sheet and counts whom it would reach.
func (t *turn) inHand(s sangkien.Sheet) (newsInHand, error) {
	v, err := t.viewer()
	if err != nil {
		return newsInHand{}, err
	}
	n := newsInHand{sheet: s}
	if n.bulletin, err = t.bulletinOf(s, v); err != nil {
		return n, err
	}
	start, ok := s.Starts(t.now)
	n.sending = n.bulletin.Sending(t.d.NewID(), start)
	switch {
	case !ok:
		n.problem = sangkien.Say("bulletin.past")
	case n.bulletin.Link != "" && !sangkien.IsLink(n.bulletin.Link):
		n.problem = sangkien.Say("document.bad_link")
	case !v.MayEdit(n.bulletin):
		n.problem = sangkien.Say("bulletin.not_yours")
	case s.Answers[sangkien.BulletinKeyTo].Value == sangkien.ToUnit && s.Answers[sangkien.BulletinKeyUnit].Unit == 0:
		n.problem = sangkien.Say("bulletin.no_unit")
	case waitsForFile(n.bulletin.Files):
		n.problem = sangkien.Say("bulletin.file_waits")
	}
	if n.problem.Key != "" {
		return n, nil
	}
	n.preview, err = t.d.Store.Preview(t.ctx, n.sending, t.now)
	return n, err
}

func waitsForFile(files []sangkien.Attachment) bool {
	for _, f := range files {
		if f.State == sangkien.FilePending {
			return true
		}
	}
	return false
}

// bulletinOf is the bulletin of a sheet. “All” are those whom the writer may write to; a correction goes where the
// bulletin went, and keeps its picture unless there is another.
func (t *turn) bulletinOf(s sangkien.Sheet, v sangkien.Viewer) (sangkien.Bulletin, error) {
	sender, err := t.senderOf(v)
	if err != nil {
		return sangkien.Bulletin{}, err
	}
	b := sangkien.BulletinOf(s, sender)
	if s.About != 0 {
		earlier, err := t.d.Store.Bulletin(t.ctx, s.About)
		if err != nil {
			return b, err
		}
		b.Units = earlier.Units
		if len(b.Files) == 0 {
			b.Files = earlier.Files
		}
		return b, nil
	}
	if len(b.Units) == 0 {
		b.Units, _ = v.Reach() // whoever has none may not send, which is asked apart
	}
	return b, nil
}

// senderOf is who readers are told that news comes from: the unit of the writer's role, "" for the whole.
func (t *turn) senderOf(v sangkien.Viewer) (string, error) {
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return "", err
	}
	if reach, _ := v.Reach(); len(reach) > 0 {
		return units.Name(reach[0]), nil
	}
	return "", nil
}

// previewNews shows a bulletin as it will look, whom it will reach and whom not, and asks once more. The sheet stays
// open until it is sent.
func (t *turn) previewNews(s sangkien.Sheet) (outcome, error) {
	n, err := t.inHand(s)
	if err != nil {
		return outcome{}, err
	}
	if n.problem.Key != "" {
		t.session = sangkien.Session{Form: sangkien.FormSheet, Idea: s.ID, Mode: sangkien.ModeSummary}
		o, err := t.showSheet(s, n.problem)
		o.open = true
		return o, err
	}
	o := outcome{open: true}
	o.replies = append(t.sample(n), t.say(t.previewLines(n), t.previewRows(n)...).replies...)
	return o, nil
}

// sample is the message as its readers get it, without the buttons that would act on the writer.
func (t *turn) sample(n newsInHand) []sangkien.Reply {
	r := n.sending.Message(sangkien.Recipient{Member: t.chat.Member.ID, Name: t.chat.Member.Name, Language: t.lang, To: t.update.Address})
	r.Class, r.Buttons = sangkien.ClassReply, nil
	return []sangkien.Reply{r}
}

// previewLines say whom it reaches, by channel and unit, whom it leaves out and why, and when it will be done.
func (t *turn) previewLines(n newsInHand) []sangkien.Line {
	begins := n.sending.Start.Add(sangkien.Quiet(n.sending.Start)) // at night it waits for the morning
	lines := []sangkien.Line{sangkien.Say("bulletin.preview", sangkien.With("n", number(n.preview.Queued())), sangkien.WithTime("at", begins))}
	if at := sangkien.FinishedAt(n.preview.Queued(), fastest(t.d.Pace), begins, sangkien.Night()); n.preview.Queued() > 0 && !at.IsZero() {
		lines = append(lines, sangkien.Say("broadcast.eta", sangkien.WithTime("at", at)))
	}
	lines = append(lines, t.reachLines(n.preview)...)
	if n.preview.Queued() > t.d.Approval && t.d.Approval > 0 {
		lines = append(lines, sangkien.Say("bulletin.second", sangkien.With("n", number(t.d.Approval))))
	}
	return lines
}

func (t *turn) previewRows(n newsInHand) [][]sangkien.Button {
	var rows [][]sangkien.Button
	if n.preview.Queued() > 0 {
		rows = append(rows, []sangkien.Button{t.button("button.send_news", verbSendNews, n.sheet.ID, "", sangkien.With("n", number(n.preview.Queued())))})
	}
	return append(rows, []sangkien.Button{t.button("button.test_news", verbTestNews, n.sheet.ID, ""), t.button("button.change_news", verbWriteNews, n.sheet.About, "")})
}

// sheetOfNews loads the sheet of a button: one that was sent or dropped leads back to the desk of news.
func (t *turn) sheetOfNews(id int64) (n newsInHand, ok bool, err error) {
	s, kind, err := t.sheetInHand(id)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND || err == nil && kind.name != sheetBulletin {
		return n, false, nil
	}
	if err != nil {
		return n, false, err
	}
	n, err = t.inHand(s)
	return n, err == nil, err
}

// testNews sends the message to its writer, as everyone will get it.
func (t *turn) testNews(p sangkien.Press) (outcome, error) {
	n, ok, err := t.sheetOfNews(p.Idea)
	if err != nil || !ok {
		return t.newsDeskOr(err)
	}
	r := n.sending.Message(sangkien.Recipient{Member: t.chat.Member.ID, Name: t.chat.Member.Name, Language: t.lang, To: t.update.Address})
	r.Class = sangkien.ClassReply
	o := t.say([]sangkien.Line{sangkien.Say("bulletin.tested")}, t.previewRows(n)...)
	o.replies = append([]sangkien.Reply{r}, o.replies...)
	return t.stay(o), nil
}

// sendNews stores the bulletin and its sending. Above the limit a second person is asked.
func (t *turn) sendNews(p sangkien.Press) (outcome, error) {
	n, ok, err := t.sheetOfNews(p.Idea)
	if err != nil || !ok {
		return t.newsDeskOr(err)
	}
	if n.problem.Key != "" || n.preview.Queued() == 0 {
		return t.previewNews(n.sheet)
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	planned, err := v.Announce(n.sending, n.preview.Queued(), t.d.Approval, t.now)
	if err != nil {
		return t.forbidden()
	}
	written, err := v.Write(n.bulletin, planned, t.now)
	if err != nil {
		return outcome{}, err
	}
	effects := []sangkien.Effect{written, planned, n.sheet.Done()}
	stopped, err := t.stopEarlier(v, n.bulletin)
	if err != nil {
		return outcome{}, err
	}
	effects = append(effects, stopped...)
	o := t.progressOf(planned.Broadcast)
	if planned.Broadcast.State == sangkien.BroadcastWaiting {
		o = t.say([]sangkien.Line{sangkien.Say("bulletin.waits", sangkien.With("title", n.bulletin.Title))}, []sangkien.Button{t.button("button.broadcasts", verbBroadcasts, 0, "0")})
		asked, err := t.askSecond(planned.Broadcast, n.preview.Queued())
		if err != nil {
			return outcome{}, err
		}
		o.replies = append(o.replies, asked...)
	}
	o.effects = effects
	return o, nil
}

// stopEarlier ends the sending of the bulletin that is corrected, where it is still on its way.
func (t *turn) stopEarlier(v sangkien.Viewer, b sangkien.Bulletin) ([]sangkien.Effect, error) {
	if b.Replaces == 0 {
		return nil, nil
	}
	earlier, err := t.d.Store.Bulletin(t.ctx, b.Replaces)
	if err != nil || earlier.Broadcast == 0 {
		return nil, err
	}
	sending, err := t.d.Store.Broadcast(t.ctx, earlier.Broadcast)
	if err != nil {
		return nil, err
	}
	moved, err := v.Control(sending, sangkien.BroadcastCancelled, t.now)
	if err != nil {
		return nil, nil //nolint:nilerr // it is over already: nothing to stop
	}
	return []sangkien.Effect{moved}, nil
}

// editorsOf adds what the editors of a bulletin see: where it stands, and what they can do.
func (t *turn) editorsOf(b sangkien.Bulletin, lines []sangkien.Line, rows [][]sangkien.Button) ([]sangkien.Line, [][]sangkien.Button) {
	switch b.State {
	case sangkien.BulletinWaiting:
		if b.Feed != 0 {
			return append(lines, sangkien.Say("news.waits")),
				append(rows, []sangkien.Button{t.button("button.publish_news", verbPublish, b.ID, ""), t.button("button.refuse_news", verbRefuse, b.ID, "")})
		}
	case sangkien.BulletinPublished:
		rows = append(rows, []sangkien.Button{t.button("button.correct_news", verbCorrect, b.ID, ""), t.button("button.drop_news", verbAskDrop, b.ID, "")})
	case sangkien.BulletinReplaced, sangkien.BulletinDropped:
		lines = append(lines, sangkien.Say("news."+string(b.State)))
	}
	if b.Broadcast != 0 {
		rows = append(rows, []sangkien.Button{t.button("button.broadcast", verbBroadcast, b.Broadcast, "")})
	}
	return lines, rows
}

func (t *turn) askDropNews(p sangkien.Press) (outcome, error) {
	b, ok, err := t.editable(p.Idea)
	if err != nil || !ok {
		return t.newsOr(err)
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("news.drop_ask", sangkien.With("title", b.Title))},
		[]sangkien.Button{t.button("button.drop_news_yes", verbDropNews, b.ID, ""), t.button("button.open_news", verbRead, b.ID, "")})), nil
}

// dropNews takes a bulletin out of the archive. What people got stays with them: only a correction reaches them.
func (t *turn) dropNews(p sangkien.Press) (outcome, error) {
	return t.decideNews(p.Idea, sangkien.BulletinDropped, "news.drop_done", nil)
}

// refuseNews keeps what a feed brought from everyone.
func (t *turn) refuseNews(p sangkien.Press) (outcome, error) {
	return t.decideNews(p.Idea, sangkien.BulletinDropped, "news.refused", nil)
}

// publishNews sends what a feed brought.
func (t *turn) publishNews(p sangkien.Press) (outcome, error) {
	return t.decideNews(p.Idea, sangkien.BulletinPublished, "news.published", func(v sangkien.Viewer, b sangkien.Bulletin) (planned sangkien.BroadcastPlanned, err error) {
		sending := b.Sending(t.d.NewID(), t.now)
		preview, err := t.d.Store.Preview(t.ctx, sending, t.now)
		if err != nil {
			return planned, err
		}
		return v.Announce(sending, preview.Queued(), t.d.Approval, t.now)
	})
}

func (t *turn) decideNews(id int64, to sangkien.BulletinState, said string, send func(sangkien.Viewer, sangkien.Bulletin) (sangkien.BroadcastPlanned, error)) (outcome, error) {
	b, ok, err := t.editable(id)
	if err != nil || !ok {
		return t.newsOr(err)
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say(said, sangkien.With("title", vntext.Truncate(b.Title, 60)))}, []sangkien.Button{t.button("button.broadcasts", verbBroadcasts, 0, "0")}))
	var sending int64
	if send != nil {
		planned, err := send(v, b)
		if err != nil {
			return outcome{}, err
		}
		sending = planned.Broadcast.ID
		o.effects = append(o.effects, planned)
	}
	moved, err := v.Decide(b, to, sending, t.now)
	if err != nil {
		return t.readBulletin(sangkien.Press{Idea: id})
	}
	if to == sangkien.BulletinPublished {
		moved.Reads = t.now
	}
	o.effects = append(o.effects, moved)
	return o, nil
}

// number writes a count as people here do: 1.234.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

package handlers

import (
	"context"
	"fmt"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/vntext"
)

// turn is one update with what was loaded for it.
type turn struct {
	ctx     context.Context //nolint:containedctx // a turn lives for one call of Handle
	d       *Dispatcher
	update  sangkien.Update
	chat    sangkien.Chat
	session sangkien.Session // fresh, or the zero Session: then place rebuilds it
	lang    sangkien.Language
	now     time.Time
	typed   bool              // the press was typed
	before  []sangkien.Effect // what must be written whatever is decided: a new member
	idea    sangkien.Idea     // loaded when first needed
}

// load reads the chat, the member and the session.
func (d *Dispatcher) load(ctx context.Context, u sangkien.Update) (*turn, error) {
	t := &turn{ctx: ctx, d: d, update: u, now: d.Now()}
	if u.Address.Chat == "" {
		return t, nil
	}
	var err error
	if t.chat, err = d.Store.Chat(ctx, u.Address, u.From); err != nil {
		return nil, err
	}
	if t.chat.Member.ID == 0 && u.From.ID != "" && !u.Group {
		joined := sangkien.Join(d.NewID(), u, t.now)
		t.chat.Member = sangkien.Member{ID: joined.Member, Language: joined.Language}
		t.before = append(t.before, joined)
	}
	t.lang = t.chat.Language(u.From)
	return t, t.loadSession()
}

// loadSession takes the stored session if it belongs to the chat's revision, and places the chat anew if not:
// Redis was flushed, or the session is of another release, or was never saved (promise 4).
func (t *turn) loadSession() error {
	if t.chat.Revision == 0 {
		return nil
	}
	s, err := t.d.Sessions.Load(t.ctx, t.update.Address)
	if err != nil {
		t.d.Logger.DebugContext(t.ctx, "load session: placing the chat anew", "error", err)
	}
	if err == nil && s.Fresh(t.chat.Revision) {
		t.session = s
		return nil
	}
	return t.place()
}

func (t *turn) place() error {
	asked := t.chat.Asked
	switch {
	case asked.Mode == sangkien.ModeResume:
		t.session = sangkien.Session{Mode: sangkien.ModeResume}
	case asked.Form == sangkien.FormProfile:
		t.session = t.d.Profile.Place(dialog.Known(t.chat.Member), asked)
		t.session.Then = "gui"
	case asked.Form == sangkien.FormIdea:
		return t.placeIdea(asked)
	case asked.Form == sangkien.FormSheet:
		return t.placeSheet(asked)
	case asked.Mode == sangkien.ModeSearch, asked.Mode == sangkien.ModePapers:
		t.session = sangkien.Session{Mode: asked.Mode, Search: asked.Search}
	}
	return nil
}

func (t *turn) placeSheet(asked sangkien.Asked) error {
	sheet, kind, err := t.sheetInHand(asked.Idea)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return nil // sent or dropped meanwhile: the menu
	}
	if err != nil {
		return err
	}
	t.session = t.d.Sheets[kind.name].Place(sheet.Answers, asked)
	if asked.Mode == sangkien.ModeCancel {
		t.session.Mode = sangkien.ModeCancel
	}
	return nil
}

func (t *turn) placeIdea(asked sangkien.Asked) error {
	idea, form, _, err := t.ideaInHand(asked.Idea)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return nil // deleted meanwhile: the menu
	}
	if err != nil || !idea.Open() {
		return err
	}
	t.session = form.Place(idea.Answers, asked)
	if asked.Mode == sangkien.ModeCancel {
		t.session.Mode = sangkien.ModeCancel
	}
	return nil
}

// ideaInHand loads an idea of the member with the form that it was begun under and its campaign. Another
// member's idea is ENOTFOUND: a forged button learns nothing.
func (t *turn) ideaInHand(id int64) (sangkien.Idea, sangkien.Form, sangkien.Campaign, error) {
	idea, err := t.loadIdea(id)
	if err == nil && !t.author().May(sangkien.ActOwnIdea, idea.Object()) {
		err = sangkien.Errorf(sangkien.ENOTFOUND, "member %d has no idea %d", t.chat.Member.ID, id)
	}
	if err != nil {
		return sangkien.Idea{}, sangkien.Form{}, sangkien.Campaign{}, err
	}
	form, c, err := t.formOf(idea)
	return idea, form, c, err
}

// author is the member as the one who wrote: what one may do with one's own takes no tree.
func (t *turn) author() sangkien.Viewer { return sangkien.Viewer{Member: t.chat.Member} }

// dialogTurn is what dialog needs to step through the form that the session is in.
func (t *turn) dialogTurn(s sangkien.Session) (dialog.Turn, error) {
	if s.Form == sangkien.FormSheet {
		sheet, _, err := t.sheetInHand(s.Idea)
		if err != nil {
			return dialog.Turn{}, err
		}
		t.session = s
		return t.sheetTurn(sheet)
	}
	dt := dialog.Turn{Chat: t.chat, Session: s, Update: t.update, Language: t.lang, Now: t.now, ID: t.d.NewID()}
	var err error
	if s.Form == sangkien.FormProfile {
		dt.Form = t.d.Profile
		dt.Idea.Answers = dialog.Known(t.chat.Member)
		if dt.Units, err = t.d.catalogue.units(t.ctx); err != nil {
			return dt, err
		}
		dt.Campaign, err = t.d.catalogue.current(t.ctx)
		return offered(dt), err
	}
	if dt.Idea, dt.Form, dt.Campaign, err = t.ideaInHand(s.Idea); err != nil {
		return dt, err
	}
	unit := t.chat.Member.Unit
	if dt.Idea.Author != t.chat.Member.ID {
		if dt.Author, err = t.d.Store.Member(t.ctx, dt.Idea.Author); err != nil {
			return dt, err
		}
		unit = dt.Author.Unit
	}
	tree, err := t.d.catalogue.tree(t.ctx)
	if err != nil {
		return dt, err
	}
	dt.Campaign = dt.Campaign.For(unit, tree)
	for _, q := range dt.Form.Questions {
		if q.Kind == sangkien.KindUnit && dt.Units == nil {
			if dt.Units, err = t.d.catalogue.units(t.ctx); err != nil {
				return dt, err
			}
		}
	}
	return dt, nil
}

// outcome is what an ability decides.
type outcome struct {
	session sangkien.Session
	effects []sangkien.Effect
	replies []sangkien.Reply
	silent  bool          // nothing happened but that the update is known
	tell    time.Duration // how long the author's notice of a move waits
	open    bool          // the sheet that was sent is not acted on yet
}

func (t *turn) commit(o outcome) sangkien.Commit {
	if t.update.Kind == sangkien.UpdatePress && !t.typed {
		o.session = o.session.Press(t.update, t.now)
	}
	c := sangkien.Commit{Key: t.update.Key, Effects: append(t.before, o.effects...), Replies: t.choices(o.replies), Session: o.session, At: t.now, Heard: t.update.At}
	if !o.silent && !t.update.Group && t.update.Address.Chat != "" {
		c.Chat = t.chat
	}
	return c
}

// say is an outcome that says lines and leaves the session idle.
func (t *turn) say(lines []sangkien.Line, buttons ...[]sangkien.Button) outcome {
	r := sangkien.Reply{To: t.update.Address, Language: t.lang, Lines: lines, Buttons: buttons}
	if t.update.Kind == sangkien.UpdatePress {
		r.Retire = t.update.MessageID
	}
	return outcome{replies: []sangkien.Reply{r}}
}

func (t *turn) sayKey(key string, args ...sangkien.Arg) outcome {
	return t.say([]sangkien.Line{sangkien.Say(key, args...)}, t.menu()...)
}

// menu is what a member can do next, two or three buttons.
func (t *turn) menu() [][]sangkien.Button {
	submit := t.command("button.gui", "gui")
	submit.Main = true
	return [][]sangkien.Button{{submit}, {t.command("button.mine", "cuatoi"), t.command("button.help", "trogiup")}}
}

func (t *turn) command(key, name string) sangkien.Button {
	return dialog.CommandButton(key, name, t.chat.Revision+1)
}

// button makes a button of an ability's own verb about an idea.
func (t *turn) button(key, verb string, idea int64, value string, args ...sangkien.Arg) sangkien.Button {
	p := sangkien.Press{Verb: verb, Idea: idea, Revision: t.chat.Revision + 1, Value: value}
	encoded, err := p.Encode()
	if err != nil {
		encoded = "" // verbs and values are ours and short
	}
	return sangkien.Button{Line: sangkien.Say(key, args...), Data: encoded}
}

// stay is an outcome that says lines and leaves the session where it is.
func (t *turn) stay(o outcome) outcome {
	o.session = t.session
	return o
}

func (t *turn) fromDialog(out dialog.Outcome) outcome {
	return outcome{session: out.Session, effects: out.Effects, replies: out.Replies, silent: out.Silent}
}

// contact is whom to ask: that of the campaign that opened last.
func (t *turn) contact() (string, error) {
	c, err := t.d.catalogue.current(t.ctx)
	if err != nil {
		return "", fmt.Errorf("find whom to ask: %w", err)
	}
	return c.Contact.In(t.lang), nil
}

// dispatch finds the ability: stop words first, then commands, then buttons, then where the session stands.
func (t *turn) dispatch() (outcome, error) {
	switch u := t.update; {
	case u.Kind == sangkien.UpdatePoisoned:
		return t.poisoned(), nil
	case u.Address.Chat == "":
		return outcome{silent: true}, nil
	case u.Group:
		return t.inGroup(), nil
	case u.Stranger:
		return outcome{silent: true, replies: t.say([]sangkien.Line{sangkien.Say("stranger.follow")}).replies}, nil
	case u.Kind == sangkien.UpdateBlocked, u.Kind == sangkien.UpdateUnblocked:
		return outcome{session: t.session, effects: []sangkien.Effect{t.chat.Reach(u.Kind == sangkien.UpdateUnblocked)}}, nil
	case IsStop(u) && t.mayMeanYes():
		return t.showAgain(sangkien.Say("stop.or_yes"))
	case IsStop(u):
		return t.stop()
	case u.Kind == sangkien.UpdateText:
		if o, ok, err := t.pressTyped(); ok {
			return o, err
		}
		if c, payload, ok := t.findCommand(u.Text); ok {
			return t.runCommand(c, payload)
		}
	case u.Kind == sangkien.UpdatePress:
		return t.pressed()
	case u.Kind == sangkien.UpdateEdited:
		return t.edited()
	}
	return t.continueSession()
}

// continueSession gives the update to the form that the chat is in.
func (t *turn) continueSession() (outcome, error) {
	switch {
	case t.session.Mode == sangkien.ModeResume:
		return t.wroteAtResume()
	case t.session.Mode == sangkien.ModeSearch:
		return t.wroteAtSearch()
	case t.session.Mode == sangkien.ModePapers:
		return t.wroteAtPapers()
	case t.session.Mode == sangkien.ModeSummary && t.session.Form == sangkien.FormIdea && t.update.Kind == sangkien.UpdateText:
		if code, ok := vntext.FindCode(t.update.Text); ok {
			return t.lookUp(code)
		}
		return t.step(t.session)
	case t.session.Form != "":
		return t.step(t.session)
	}
	return t.idle()
}

// step lets dialog decide; a profile that is complete goes on with what the member wanted.
func (t *turn) step(s sangkien.Session) (outcome, error) {
	dt, err := t.dialogTurn(s)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.sayKey("idea.gone"), nil
	}
	if err != nil {
		return outcome{}, err
	}
	if s.Form == sangkien.FormIdea && !dt.Idea.Open() {
		return t.say([]sangkien.Line{sangkien.Say("submit.already")}, t.menu()...), nil
	}
	out := t.decided(dt, dialog.Step)
	switch {
	case !out.Done:
		return t.fromDialog(out), nil
	case s.Form == sangkien.FormSheet:
		t.session = s
		return t.finishSheet(out.Effects)
	}
	return t.profileDone(out)
}

// poisoned keeps what could not be decoded, and says so where there is someone to say it to.
func (t *turn) poisoned() outcome {
	o := outcome{silent: true, effects: []sangkien.Effect{t.update.Quarantine(t.update.Text, t.now)}}
	t.before = nil
	if t.update.Address.Chat != "" && !t.update.Group {
		o.replies = t.sayKey("error.poisoned").replies
	}
	return o
}

// inGroup answers commands only, and asks to write in private: what is said about ideas is nobody else's business.
func (t *turn) inGroup() outcome {
	o := outcome{silent: true}
	if t.update.Kind == sangkien.UpdateText && strings.HasPrefix(t.update.Text, "/") {
		o.replies = t.say([]sangkien.Line{sangkien.Say("group.private")}).replies
	}
	return o
}

// idle answers when nothing is waited for.
func (t *turn) idle() (outcome, error) {
	u := t.update
	if code, ok := vntext.FindCode(u.Text); ok && u.Kind == sangkien.UpdateText {
		return t.lookUp(code)
	}
	var line sangkien.Line
	switch {
	case u.Kind == sangkien.UpdateFile:
		line = sangkien.Say("idle.files")
	case u.Kind != sangkien.UpdateText:
		line = sangkien.Say("idle.unknown")
	case isThanks(u.Text):
		return t.sayKey("idle.thanks"), nil
	case asksAfter(u.Text):
		return t.mine("")
	case soundsLikePetition(u.Text):
		return t.petition(sangkien.Press{})
	case vntext.Length(u.Text) >= 60:
		line = sangkien.Say("idle.long")
	case vntext.Blank(u.Text):
		line = sangkien.Say("idle.blank")
	default:
		line = sangkien.Say("idle.text", sangkien.With("text", vntext.Truncate(strings.Join(strings.Fields(u.Text), " "), 40)))
	}
	return t.missed(line)
}

// missed counts what was not understood in a row: never the same words twice, and the third time a person.
func (t *turn) missed(line sangkien.Line) (outcome, error) {
	lines := []sangkien.Line{line}
	misses := t.session.Misses + 1
	switch {
	case misses == 2:
		lines = append(lines, sangkien.Say("idle.second"))
	case misses >= 3:
		contact, err := t.contact()
		if err != nil {
			return outcome{}, err
		}
		lines = append(lines, sangkien.Say("idle.person", sangkien.With("contact", contact)))
	}
	o := t.say(lines, t.menu()...)
	o.session.Misses = misses
	o.replies[0].Replaces = "mend"
	return o, nil
}

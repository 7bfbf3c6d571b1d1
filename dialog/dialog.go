package dialog

import (
	"maps"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs of the buttons that dialog makes. Whoever dispatches presses sends these here.
const (
	VerbAnswer = "a"    // the choice Value of Question
	VerbSkip   = "k"    // leave Question without an answer
	VerbDone   = "d"    // the long text or the files of Question are complete
	VerbRedo   = "r"    // begin the answer to Question anew
	VerbSame   = "same" // keep the answer that Question has
	VerbPage   = "p"    // show page Value of the choices
	VerbOwn    = "u"    // the unit is not in the list
	VerbBack   = "b"    // to the question before Question
	VerbCancel = "x"    // leave the form
	VerbEdit   = "e"    // change the answer to Question
	VerbSubmit = "s"    // submit the idea
	VerbKeep   = "keep" // leave, and keep the draft
	VerbDelete = "del"  // leave, and delete the draft
	VerbGo     = "go"   // go on where the draft stands
)

// Verbs lists them.
func Verbs() []string {
	return []string{VerbAnswer, VerbSkip, VerbDone, VerbRedo, VerbSame, VerbPage, VerbOwn, VerbBack,
		VerbCancel, VerbEdit, VerbSubmit, VerbKeep, VerbDelete, VerbGo}
}

// valueMe is the choice that stands for the member: their own name, or themselves as the only author.
const valueMe = "me"

// Turn is all that one step of a conversation depends on.
type Turn struct {
	Form     sangkien.Form
	Campaign sangkien.Campaign // whose form it is; zero for the profile
	Idea     sangkien.Idea     // with its answers; for the profile only Answers is set; or the sheet, by OnSheet
	Author   sangkien.Member   // whose idea it is when an organiser writes for them; zero: the member of Chat
	Chat     sangkien.Chat
	Session  sangkien.Session // its Mode is not ModeIdle
	Update   sangkien.Update
	Language sangkien.Language
	Units    *Units
	Now      time.Time
	ID       int64     // the first of 16 new ids, for attachments
	Offer    int64     // the unit that a poster named, where the member's unit is asked; 0 for none
	Similar  []Similar // recognised ideas that are like the one in hand
}

// Similar is a recognised idea, and the button that opens it.
type Similar struct {
	Idea sangkien.Idea
	Read sangkien.Button
}

// Outcome is what follows from a step.
type Outcome struct {
	Session sangkien.Session
	Effects []sangkien.Effect
	Replies []sangkien.Reply
	Done    bool // the profile is complete: Session.Then says what the member wanted; or the sheet is
	Silent  bool // the second tap of a double tap: it was answered already
}

// Step takes what the member did and says what follows. It always replies, but for Outcome.Silent.
func Step(t Turn) Outcome {
	t.Idea.Answers = maps.Clone(t.Idea.Answers)
	if t.Idea.Answers == nil {
		t.Idea.Answers = sangkien.Answers{}
	}
	switch t.Update.Kind {
	case sangkien.UpdatePress:
		return t.pressed()
	case sangkien.UpdateText:
		return t.wrote(t.Update.Text)
	case sangkien.UpdateFile:
		return t.sentFiles()
	case sangkien.UpdateEdited:
		return t.edited()
	}
	return t.mend(sangkien.Say("mend.unknown"))
}

// Begin starts a new draft with its first question.
func Begin(t Turn, idea int64) Outcome {
	author, by := t.author()
	t.Idea = sangkien.Idea{ID: idea, Campaign: t.Campaign.ID, Author: author.ID, EnteredBy: by, State: sangkien.Draft,
		FormVersion: t.Campaign.Form.Version, Answers: sangkien.Answers{}}
	t.Form = t.Campaign.Form
	t.Session = sangkien.Session{Form: sangkien.FormIdea, Idea: idea}
	out := t.advance()
	out.Effects = []sangkien.Effect{sangkien.IdeaBegun{Idea: idea, Campaign: t.Campaign.ID,
		FormVersion: t.Form.Version, Author: author.ID, EnteredBy: by, At: t.Now}}
	return out
}

// author is whose idea it is, and who writes it down for them; 0 when they do.
func (t Turn) author() (m sangkien.Member, by int64) {
	if t.Author.ID != 0 && t.Author.ID != t.Chat.Member.ID {
		return t.Author, t.Chat.Member.ID
	}
	return t.Chat.Member, 0
}

// Show says anew what the conversation waits for, after the lines before.
func Show(t Turn, before ...sangkien.Line) Outcome {
	switch q, ok := t.question(); {
	case t.Session.Mode == sangkien.ModeSummary:
		return t.summary(before...)
	case t.Session.Mode == sangkien.ModeCancel:
		return t.askCancel(before...)
	case ok:
		return t.ask(q, before...)
	}
	return t.advance(before...)
}

// question is the one that the session asks.
func (t Turn) question() (sangkien.Question, bool) {
	return t.Form.Question(t.Session.Question)
}

// wrote understands text by what is waited for.
func (t Turn) wrote(text string) Outcome {
	switch t.Session.Mode {
	case sangkien.ModeSummary:
		return t.wroteAtSummary(text)
	case sangkien.ModeCancel:
		return t.wroteAtCancel(text)
	}
	q, ok := t.question()
	if !ok {
		return Show(t)
	}
	if out, ok := t.word(q, vntext.Fold(text)); ok {
		return out
	}
	if q.Kind == sangkien.KindUnit {
		return t.searchUnit(q, text)
	}
	if t.Session.Form == sangkien.FormProfile && q.Key == KeyName && !isName(text) {
		return t.mend(sangkien.Say("mend.name"))
	}
	a, mend := Read(q, text, t.Idea.Answers[q.Key], t.Language, t.Now)
	if mend.Key != "" {
		return t.mend(mend)
	}
	return t.accept(q, t.withPart(q, a, text))
}

// word acts on the words that stand for a button, where that button is shown.
func (t Turn) word(q sangkien.Question, folded string) (Outcome, bool) {
	a, answered := t.Idea.Answers[q.Key]
	open := q.Kind == sangkien.KindLong || q.Kind == sangkien.KindFiles
	switch folded {
	case "bo qua", "skip", "khong co", "chua ro":
		if q.Optional {
			return t.skip(q), true
		}
	case "khong", "ko", "thoi", "khong doi", "ko doi", "never mind", "k", "khong co anh", "ko co", "ko co anh", "k co", "chua co", "chua co anh", "khong co gi", "no", "none", "no photo", "no photos":
		switch {
		case q.Optional && q.Kind == sangkien.KindFiles:
			return t.skip(q), true
		case q.Key == KeyName && t.Session.Form == sangkien.FormProfile && answered: // not to be changed, after all
			return t.advance(), true
		}
	case "xong", "het", "done", "het roi", "xong roi", "i am done", "xong a", "het a":
		if open {
			return t.finish(q), true
		}
	case "ok", "oke", "dc", "duoc", "duoc roi", "the thoi", "chi the thoi", "cau sau", "sang cau sau", "tiep", "tiep tuc", "tiep di", "next":
		if open && (a.Value != "" || len(t.files(q)) > 0) { // nobody's story consists of it
			return t.finish(q), true
		}
	case "lam lai", "viet lai", "redo":
		if open {
			return t.redo(q), true
		}
	case "giu nguyen", "keep", "keep it":
		if answered && !a.Open {
			return t.advance(), true
		}
	case "co", "dung", "dung roi", "phai", "yes":
		if t.offers(q) {
			return t.acceptUnit(q, sangkien.Unit{ID: t.Offer}), true
		}
	case "toi", "chi toi", "chi minh toi", "mot minh", "mot minh toi", "chi mot minh toi", "only me", "me":
		if q.Kind == sangkien.KindPeople {
			return t.choose(q, valueMe)
		}
	}
	return Outcome{}, false
}

// withPart remembers which message an answer came from, so that editing the message edits the answer.
func (t Turn) withPart(q sangkien.Question, a sangkien.Answer, text string) sangkien.Answer {
	if earlier := t.Idea.Answers[q.Key]; q.Kind == sangkien.KindLong {
		a.Parts = append(a.Parts, earlier.Parts...)
	}
	if t.Update.MessageID != "" {
		a.Parts = append(a.Parts, sangkien.Part{Message: t.Update.MessageID, Text: vntext.Clean(text)})
	}
	return a
}

// accept stores an answer and goes on.
func (t Turn) accept(q sangkien.Question, a sangkien.Answer) Outcome {
	t.Session.Misses = 0
	t.Idea.Answers[q.Key] = a
	effects := t.store(q, a)
	var out Outcome
	switch {
	case a.Open:
		out = t.askMore(q)
	case q.Notice != "" && q.Key == string(sangkien.PurposeProcess) && a.Value != yes:
		out = t.refused()
	default:
		out = t.advance()
	}
	out.Effects = append(effects, out.Effects...)
	return out
}

// advance asks the next open question; when there is none, the profile is done and an idea is read back.
func (t Turn) advance(before ...sangkien.Line) Outcome {
	next, open := t.Form.Next(t.Idea.Answers)
	profile := t.Session.Form == sangkien.FormProfile
	switch {
	case open && (!profile || !t.Session.Change):
		return t.ask(next, before...)
	case profile: // complete, or the one question of it that was wanted
		return Outcome{Session: sangkien.Session{Then: t.Session.Then}, Done: true}
	case t.onSheet() && t.Form.Direct:
		return t.done()
	}
	return t.summary(before...)
}

// skip leaves a question without an answer; files that came before it was asked are one.
func (t Turn) skip(q sangkien.Question) Outcome {
	if len(t.files(q)) > 0 {
		return t.finishFiles(q)
	}
	return t.accept(q, sangkien.Answer{Skipped: true})
}

// finish closes an answer that was open.
func (t Turn) finish(q sangkien.Question) Outcome {
	a := t.Idea.Answers[q.Key]
	if q.Kind == sangkien.KindFiles {
		return t.finishFiles(q)
	}
	if a.Value == "" {
		return t.mend(sangkien.Say("mend.nothing"))
	}
	if n := vntext.Length(a.Value); n < int(q.Min) {
		return t.mend(sangkien.Say("mend.short", count("min", int(q.Min))))
	}
	a.Open = false
	return t.accept(q, a)
}

// redo empties an answer. The question is asked anew.
func (t Turn) redo(q sangkien.Question) Outcome {
	a := sangkien.Answer{Open: true}
	t.Idea.Answers[q.Key] = a
	effects := t.store(q, a)
	if q.Kind == sangkien.KindFiles {
		effects = append(effects, sangkien.AttachmentsCleared{Idea: t.Idea.ID, Question: q.Key})
		t.Idea.Attachments = nil
	}
	out := t.ask(q, sangkien.Say("redo.done"))
	out.Effects = effects
	return out
}

// mend says what was wrong and how to go on. It never says the same twice in a row: the second time it adds
// the example, the third time a person to ask.
func (t Turn) mend(line sangkien.Line) Outcome {
	t.Session.Misses++
	lines := []sangkien.Line{line}
	q, asking := t.question()
	asking = asking && t.Session.Mode == sangkien.ModeAsk
	switch {
	case t.Session.Misses >= 3 && t.contact() != "":
		if asking {
			lines = append(lines, bold(q.Text.In(t.Language)))
		}
		lines = append(lines, sangkien.Say("mend.person_to_ask", sangkien.With("contact", t.contact())))
		if t.Session.Form == sangkien.FormIdea {
			lines = append(lines, sangkien.Say("mend.kept"))
		}
	case t.Session.Misses == 2 && asking:
		lines = append(lines, data(q.Text.In(t.Language)), data(q.Help.In(t.Language)))
	}
	out := Show(t)
	r := &out.Replies[len(out.Replies)-1]
	if t.Session.Mode == sangkien.ModeSummary || asking {
		r.Lines = lines // with the buttons: what was read before stands above
	} else {
		r.Lines = append(lines, r.Lines...)
	}
	r.Replaces = "mend"
	out.Session.Misses = t.Session.Misses
	return out
}

func (t Turn) contact() string { return t.Campaign.Contact.In(t.Language) }

// store is the effect of an answer: on the draft, or on the member when it is the profile.
func (t Turn) store(q sangkien.Question, a sangkien.Answer) []sangkien.Effect {
	switch {
	case t.Session.Form == sangkien.FormProfile:
		return t.profile(q, a)
	case t.onSheet():
		return []sangkien.Effect{sangkien.SheetAnswered{Sheet: t.Session.Idea, Question: q.Key, Answer: a, At: t.Now}}
	}
	return []sangkien.Effect{sangkien.AnswerGiven{Idea: t.Idea.ID, Question: q.Key, Answer: a, At: t.Now}}
}

// reply is a message to the chat of the turn. The buttons of the message that was pressed are used up by it.
func (t Turn) reply(lines []sangkien.Line, buttons ...[]sangkien.Button) sangkien.Reply {
	r := sangkien.Reply{To: t.Update.Address, Language: t.Language, Lines: lines, Buttons: buttons}
	if t.Update.Kind == sangkien.UpdatePress {
		r.Retire = t.Update.MessageID
	}
	return r
}

// button makes a button for question q ("" for none) of the form in hand.
func (t Turn) button(key, verb, question, value string) sangkien.Button {
	b := t.press(verb, question, value)
	b.Line = sangkien.Say(key)
	return b
}

// aside marks a button that is no answer to the question but a way on.
func aside(b sangkien.Button) sangkien.Button {
	b.Aside = true
	return b
}

func (t Turn) press(verb, question, value string) sangkien.Button {
	p := sangkien.Press{Verb: verb, Idea: t.Session.Idea, Question: question, Revision: t.Chat.Revision + 1, Value: value}
	encoded, err := p.Encode()
	if err != nil {
		encoded = "" // Form.Check bounds keys and values: a button without data is not shown
	}
	return sangkien.Button{Data: encoded}
}

// data is a line that comes from the data, not from locale.
func data(text string) sangkien.Line { return sangkien.Say("", sangkien.With("text", text)) }

func bold(text string) sangkien.Line { return sangkien.Say("text.bold", sangkien.With("text", text)) }

func parseID(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 36, 64)
	return n, err == nil && n > 0
}

func formatID(n int64) string { return strconv.FormatInt(n, 36) }

func quote(text string, most int) string {
	return vntext.Truncate(strings.Join(strings.Fields(text), " "), most)
}

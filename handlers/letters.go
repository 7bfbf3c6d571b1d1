package handlers

import (
	"slices"
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs and sheets of letters to the editorial board.
const (
	verbWrite       = "lw" // write: Idea is the letter to go on with, 0 for a new one
	verbPetition    = "lp" // a petition or complaint: where those go
	verbMyLetters   = "lm" // one's own letters
	verbMyLetter    = "lv" // one of them
	verbLetters     = "lb" // the letters that wait for an answer, Value is the page
	verbLetter      = "ld" // one of them
	verbAnswer      = "la" // answer it
	verbCloseLetter = "lc" // it needs no answer
	sheetLetter     = "letter"
	sheetAnswer     = "answer"
	keySeen         = "seen" // how many lines the letter had when the answer was begun
)

func letterVerbs() []verb {
	return []verb{
		{verbWrite, sangkien.ActTakePart, aboutNothing, (*turn).writeLetter},
		{verbPetition, sangkien.ActTakePart, aboutNothing, (*turn).petition},
		{verbMyLetters, sangkien.ActTakePart, aboutNothing, (*turn).myLetters},
		{verbMyLetter, sangkien.ActTakePart, aboutNothing, (*turn).myLetter},
		{verbLetters, sangkien.ActLetters, aboutNothing, (*turn).pressedLetters},
		{verbLetter, sangkien.ActLetters, aboutNothing, (*turn).letter},
		{verbAnswer, sangkien.ActLetters, aboutNothing, (*turn).beginAnswer},
		{verbCloseLetter, sangkien.ActLetters, aboutNothing, (*turn).closeLetter},
	}
}

func letterSheets() []sheetKind {
	return []sheetKind{
		{sheetLetter, sangkien.ActTakePart, aboutNothing, (*turn).finishLetter},
		{sheetAnswer, sangkien.ActLetters, aboutNothing, (*turn).finishAnswer},
	}
}

// contactCommand is /lienhe: whom to ask, and a letter to the editorial board. In a form the question comes again
// below: nothing is lost.
func (t *turn) contactCommand(string) (outcome, error) {
	contact, err := t.contact()
	if err != nil {
		return outcome{}, err
	}
	rows := [][]sangkien.Button{{t.button("button.write_letter", verbWrite, 0, "")}}
	if t.d.PetitionURL != "" {
		rows = append(rows, []sangkien.Button{t.button("button.petition", verbPetition, 0, "")})
	}
	letters, err := t.d.Store.LettersOf(t.ctx, t.chat.Member.ID)
	if err != nil {
		return outcome{}, err
	}
	if len(letters) > 0 {
		rows = append(rows, []sangkien.Button{t.button("button.my_letters", verbMyLetters, 0, "")})
	}
	o := t.say([]sangkien.Line{sangkien.Say("contact", sangkien.With("contact", contact)), sangkien.Say("letter.hours")}, rows...)
	if t.session.Form == "" {
		return t.stay(o), nil
	}
	again, err := t.showAgain()
	again.replies = append(o.replies, again.replies...)
	return again, err
}

// petition says where petitions and complaints go: not here, and nothing of them is stored.
func (t *turn) petition(sangkien.Press) (outcome, error) {
	if t.d.PetitionURL == "" {
		return t.contactCommand("") // nowhere is known: a person is
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("letter.petition", sangkien.With("address", t.d.PetitionURL))},
		[]sangkien.Button{{Line: sangkien.Say("button.petition_page"), URL: t.d.PetitionURL}}, []sangkien.Button{t.button("button.write_letter", verbWrite, 0, "")})), nil
}

func (t *turn) writeLetter(p sangkien.Press) (outcome, error) {
	if p.Idea != 0 {
		if _, err := t.ownLetter(p.Idea); err != nil {
			return t.noLetter(err)
		}
	}
	var before []sangkien.Line
	if t.session.Form == sangkien.FormIdea {
		before = append(before, sangkien.Say("letter.draft"))
	}
	return t.openSheet(sheetLetter, p.Idea, nil, before...)
}

// ownLetter loads a letter of the member; anyone else's is ENOTFOUND.
func (t *turn) ownLetter(id int64) (sangkien.Letter, error) {
	l, err := t.d.Store.Letter(t.ctx, id)
	if err == nil && l.Member != t.chat.Member.ID {
		err = sangkien.Errorf(sangkien.ENOTFOUND, "member %d has no letter %d", t.chat.Member.ID, id)
	}
	return l, err
}

// noLetter says that there is no such letter, or none for this person.
func (t *turn) noLetter(err error) (outcome, error) {
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.stay(t.sayKey("letter.gone")), nil
	}
	return outcome{}, err
}

func (t *turn) finishLetter(s sangkien.Sheet) (outcome, error) {
	if s.About != 0 {
		if _, err := t.ownLetter(s.About); err != nil {
			return t.noLetter(err)
		}
	}
	text := s.Answers[keyText].Value
	written := t.chat.Member.Write(s.About, s, text, t.now)
	tally, err := t.d.Store.LetterTally(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	letter := sangkien.Letter{ID: written.Letter, Member: t.chat.Member.ID, Unit: t.chat.Member.Unit}
	if s.About == 0 || !t.waits(s.About) {
		tally = append(tally, sangkien.Tally{Unit: letter.Unit, Count: 1})
	}
	told, err := t.staffWho(sangkien.ActLetters, letter.Object(), func(v sangkien.Viewer, r sangkien.Reply) sangkien.Reply {
		r.Replaces, r.Gather, r.After = "letters", true, gatherFor+sangkien.Quiet(t.now.Add(gatherFor))
		r.Lines = []sangkien.Line{sangkien.Say("letter.notice", count(v.Letters(tally)), sangkien.With("text", vntext.Truncate(text, 120)))}
		r.Buttons = [][]sangkien.Button{{t.foreign("button.open_letter", verbLetter, letter.ID, "")}, {t.foreign("button.letters", verbLetters, 0, "0")}}
		return r
	})
	if err != nil {
		return outcome{}, err
	}
	sent := []sangkien.Line{sangkien.Say("letter.sent"), sangkien.Say("letter.hours")}
	if len(told) == 0 {
		contact, err := t.contact()
		if err != nil {
			return outcome{}, err
		}
		sent = []sangkien.Line{sangkien.Say("letter.nobody", sangkien.With("contact", contact))}
	}
	o := t.say(sent, t.menu()...)
	o.effects = []sangkien.Effect{written}
	o.replies = append(o.replies, told...)
	return o, nil
}

// waits tells whether a letter of the member waits for an answer already.
func (t *turn) waits(id int64) bool {
	l, err := t.ownLetter(id)
	return err == nil && l.Waits()
}

// myLetters lists what the member wrote.
func (t *turn) myLetters(sangkien.Press) (outcome, error) {
	letters, err := t.d.Store.LettersOf(t.ctx, t.chat.Member.ID)
	if err != nil {
		return outcome{}, err
	}
	if len(letters) == 0 {
		return t.contactCommand("")
	}
	lines, rows := []sangkien.Line{sangkien.Say("letter.mine")}, [][]sangkien.Button(nil)
	for n, l := range letters[:min(perPage, len(letters))] {
		if l, err = t.d.Store.Letter(t.ctx, l.ID); err != nil {
			return outcome{}, err
		}
		number := sangkien.With("i", strconv.Itoa(n+1))
		lines = append(lines, sangkien.Say("letter.one", number, sangkien.With("text", vntext.Truncate(l.Lines[0].Text, 60)), sangkien.WithTime("at", l.Lines[0].At)))
		rows = append(rows, []sangkien.Button{numbered(n+1, t.button("button.letter", verbMyLetter, l.ID, "", number))})
	}
	return t.stay(t.say(lines, rows...)), nil
}

// myLetter shows a thread to who began it; whoever answered is the editorial board.
func (t *turn) myLetter(p sangkien.Press) (outcome, error) {
	l, err := t.ownLetter(p.Idea)
	if err != nil {
		return t.noLetter(err)
	}
	lines, err := t.thread(l, false)
	if err != nil {
		return outcome{}, err
	}
	return t.stay(t.say(lines, []sangkien.Button{t.button("button.write_on", verbWrite, l.ID, ""), t.button("button.my_letters", verbMyLetters, 0, "")})), nil
}

// thread is the lines of a letter, with the names of staff for staff only.
func (t *turn) thread(l sangkien.Letter, staff bool) ([]sangkien.Line, error) {
	writer, err := t.d.Store.Member(t.ctx, l.Member)
	if err != nil {
		return nil, err
	}
	name := sangkien.With("name", writer.Name)
	if writer.Name == "" {
		name = sangkien.WithKey("name", "letter.member")
	}
	lines := []sangkien.Line{sangkien.Say("letter.head", name)}
	for _, line := range l.Lines {
		by := name
		if line.Staff {
			by = sangkien.WithKey("name", "letter.board")
		}
		if line.Staff && staff {
			if by, err = t.nameOf(line.Author); err != nil {
				return nil, err
			}
		}
		lines = append(lines, sangkien.Say("letter.line", by, sangkien.WithTime("at", line.At), sangkien.With("text", line.Text)))
	}
	return lines, nil
}

func (t *turn) pressedLetters(p sangkien.Press) (outcome, error) {
	page, err := strconv.Atoi(p.Value)
	if err != nil || page < 0 || page > 1_000_000 {
		page = 0
	}
	return t.letterList(page)
}

func (t *turn) letters(string) (outcome, error) { return t.letterList(0) }

// letterList is /hopthu: the letters that wait for an answer, the longest waiting first.
func (t *turn) letterList(page int) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	letters, err := t.d.Store.WaitingLetters(t.ctx, v.Scope(), page*perPage, perPage+1)
	if err != nil {
		return outcome{}, err
	}
	if len(letters) == 0 {
		return t.stay(t.say([]sangkien.Line{sangkien.Say("letter.none")}, []sangkien.Button{t.command("button.desk", "hoso")})), nil
	}
	lines, rows := []sangkien.Line{sangkien.Say("letter.list")}, [][]sangkien.Button(nil)
	for n, l := range letters[:min(perPage, len(letters))] {
		number, last := sangkien.With("i", strconv.Itoa(page*perPage+n+1)), l.Lines[len(l.Lines)-1]
		lines = append(lines, sangkien.Say("letter.one", number, sangkien.With("text", vntext.Truncate(last.Text, 60)), sangkien.WithTime("at", last.At)))
		rows = append(rows, []sangkien.Button{numbered(page*perPage+n+1, t.button("button.letter", verbLetter, l.ID, "", number))})
	}
	var nav []sangkien.Button
	if page > 0 {
		nav = append(nav, t.button("button.previous", verbLetters, 0, strconv.Itoa(page-1)))
	}
	if len(letters) > perPage {
		nav = append(nav, t.button("button.next", verbLetters, 0, strconv.Itoa(page+1)))
	}
	return t.stay(t.say(lines, append(rows, append(nav, t.command("button.desk", "hoso")))...)), nil
}

// deskLetter loads a letter that the member may answer; any other is ENOTFOUND.
func (t *turn) deskLetter(id int64) (sangkien.Letter, error) {
	l, err := t.d.Store.Letter(t.ctx, id)
	if err != nil {
		return l, err
	}
	ok, err := t.may(sangkien.ActLetters, l.Object())
	if err == nil && !ok {
		err = sangkien.Errorf(sangkien.ENOTFOUND, "member %d may not see letter %d", t.chat.Member.ID, id)
	}
	return l, err
}

func (t *turn) letter(p sangkien.Press) (outcome, error) {
	l, err := t.deskLetter(p.Idea)
	if err != nil {
		return t.noLetter(err)
	}
	return t.showLetter(l)
}

// showLetter shows a thread to staff, and sends the files that came with it.
func (t *turn) showLetter(l sangkien.Letter, before ...sangkien.Line) (outcome, error) {
	lines, err := t.thread(l, true)
	if err != nil {
		return outcome{}, err
	}
	row := []sangkien.Button{t.button("button.answer", verbAnswer, l.ID, "")}
	if l.Waits() {
		row = append(row, t.button("button.close_letter", verbCloseLetter, l.ID, strconv.Itoa(len(l.Lines))))
	}
	o := t.say(append(before, lines...), row, []sangkien.Button{t.button("button.letters", verbLetters, 0, "0")})
	for _, line := range l.Lines {
		o.replies = append(o.replies, t.filesOf(line.Files)...)
	}
	return t.stay(o), nil
}

// filesOf sends files, each with its name.
func (t *turn) filesOf(files []sangkien.Attachment) []sangkien.Reply {
	var replies []sangkien.Reply
	for _, a := range files {
		if a.State == sangkien.FileStored {
			replies = append(replies, sangkien.Reply{To: t.update.Address, Language: t.lang, File: &a.File})
		}
	}
	return replies
}

func (t *turn) beginAnswer(p sangkien.Press) (outcome, error) {
	l, err := t.deskLetter(p.Idea)
	if err != nil {
		return t.noLetter(err)
	}
	return t.openSheet(sheetAnswer, l.ID, sangkien.Answers{keySeen: {Value: strconv.Itoa(len(l.Lines))}})
}

// finishAnswer answers. If someone else answered since, it says so first; sent once more it goes.
func (t *turn) finishAnswer(s sangkien.Sheet) (outcome, error) {
	l, err := t.deskLetter(s.About)
	if err != nil {
		return t.noLetter(err)
	}
	seen, err := strconv.Atoi(s.Answers[keySeen].Value)
	if err != nil {
		seen = 0 // it is ours: read the whole thread again
	}
	for _, line := range slices.Backward(l.Lines[min(seen, len(l.Lines)):]) {
		if line.Staff {
			return t.answeredMeanwhile(s, l, line)
		}
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	text := s.Answers[keyText].Value
	answered, err := l.Answer(s, text, v, t.now)
	if err != nil {
		return t.forbidden()
	}
	o := t.say([]sangkien.Line{sangkien.Say("letter.answered")}, []sangkien.Button{t.button("button.letters", verbLetters, 0, "0")})
	o.effects = []sangkien.Effect{answered}
	to, lang, ok, err := t.reach(l.Member)
	if err != nil || !ok {
		return o, err
	}
	o.replies = append(o.replies, sangkien.Reply{To: to, Language: lang, Class: sangkien.ClassNotice, After: sangkien.Quiet(t.now),
		Lines:   []sangkien.Line{sangkien.Say("letter.reply", sangkien.With("text", text))},
		Buttons: [][]sangkien.Button{{t.foreign("button.write_on", verbWrite, l.ID, ""), t.foreign("button.see_letter", verbMyLetter, l.ID, "")}}})
	return o, nil
}

// answeredMeanwhile shows what someone else answered, and keeps the answer that was written to be sent or dropped.
func (t *turn) answeredMeanwhile(s sangkien.Sheet, l sangkien.Letter, last sangkien.LetterLine) (outcome, error) {
	name, err := t.nameOf(last.Author)
	if err != nil {
		return outcome{}, err
	}
	s.Answers[keySeen] = sangkien.Answer{Value: strconv.Itoa(len(l.Lines))}
	t.session = sangkien.Session{Form: sangkien.FormSheet, Idea: s.ID, Mode: sangkien.ModeSummary}
	o, err := t.showSheet(s, sangkien.Say("letter.meanwhile", name, sangkien.With("text", last.Text)))
	o.effects = []sangkien.Effect{s.Note(keySeen, s.Answers[keySeen], t.now)}
	o.open = true
	return o, err
}

func (t *turn) closeLetter(p sangkien.Press) (outcome, error) {
	l, err := t.deskLetter(p.Idea)
	if err != nil {
		return t.noLetter(err)
	}
	if p.Value != strconv.Itoa(len(l.Lines)) {
		return t.showLetter(l, sangkien.Say("letter.more"))
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	closed, err := l.Close(v, t.now)
	if err != nil {
		return t.forbidden()
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("letter.closed")}, []sangkien.Button{t.button("button.letters", verbLetters, 0, "0")}))
	o.effects = []sangkien.Effect{closed}
	return o, nil
}

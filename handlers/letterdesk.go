package handlers

import (
	"slices"
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs and sheet of those who answer letters.
const (
	verbLetters        = "lb" // the letters that wait for an answer, Value is the page
	verbLetter         = "ld" // one of them
	verbAnswer         = "la" // answer it
	verbCloseLetter    = "lc" // it needs no answer; Value is how many lines were read
	verbRedirectLetter = "lx" // it is a petition or complaint; Value as above
	sheetAnswer        = "answer"
	keySeen            = "seen" // how many lines the letter had when the answer was begun
)

func letterDeskVerbs() []verb {
	return []verb{
		{verbLetters, sangkien.ActLetters, aboutNothing, (*turn).pressedLetters},
		{verbLetter, sangkien.ActLetters, aboutNothing, (*turn).letter},
		{verbAnswer, sangkien.ActLetters, aboutNothing, (*turn).beginAnswer},
		{verbCloseLetter, sangkien.ActLetters, aboutNothing, (*turn).closeLetter},
		{verbRedirectLetter, sangkien.ActLetters, aboutNothing, (*turn).redirectLetter},
	}
}

func letterDeskSheets() []sheetKind {
	return []sheetKind{{sheetAnswer, sangkien.ActLetters, aboutNothing, (*turn).finishAnswer}}
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
	var elsewhere []sangkien.Button
	if l.Waits() && t.d.PetitionURL != "" {
		elsewhere = append(elsewhere, t.button("button.redirect_letter", verbRedirectLetter, l.ID, strconv.Itoa(len(l.Lines))))
	}
	o := t.say(append(before, lines...), row, elsewhere, []sangkien.Button{t.button("button.letters", verbLetters, 0, "0")})
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
	_, o, _, err := t.endLetter(p, "letter.closed")
	return o, err
}

// redirectLetter ends a letter that is a petition or complaint, and tells who wrote it where those are taken.
func (t *turn) redirectLetter(p sangkien.Press) (outcome, error) {
	if t.d.PetitionURL == "" {
		return t.latePress()
	}
	l, o, ended, err := t.endLetter(p, "letter.redirected")
	if err != nil || !ended {
		return o, err
	}
	to, lang, ok, err := t.reach(l.Member)
	if err != nil || !ok {
		return o, err
	}
	o.replies = append(o.replies, sangkien.Reply{To: to, Language: lang, Class: sangkien.ClassNotice, After: sangkien.Quiet(t.now),
		Lines:   []sangkien.Line{sangkien.Say("letter.is_petition", sangkien.With("address", t.d.PetitionURL))},
		Buttons: [][]sangkien.Button{{t.petitionPage()}, {t.foreign("button.see_letter", verbMyLetter, l.ID, "")}}})
	return o, nil
}

// endLetter closes a letter, if nothing was added to it since it was read.
func (t *turn) endLetter(p sangkien.Press, said string) (l sangkien.Letter, o outcome, ended bool, err error) {
	if l, err = t.deskLetter(p.Idea); err != nil {
		o, err = t.noLetter(err)
		return l, o, false, err
	}
	switch {
	case l.Closed:
		return l, t.stay(t.say([]sangkien.Line{sangkien.Say("letter.closed_already")}, []sangkien.Button{t.button("button.letters", verbLetters, 0, "0")})), false, nil
	case p.Value != strconv.Itoa(len(l.Lines)):
		o, err = t.showLetter(l, sangkien.Say("letter.more"))
		return l, o, false, err
	}
	v, err := t.viewer()
	if err != nil {
		return l, outcome{}, false, err
	}
	closed, err := l.Close(v, t.now)
	if err != nil {
		o, err = t.forbidden()
		return l, o, false, err
	}
	o = t.stay(t.say([]sangkien.Line{sangkien.Say(said)}, []sangkien.Button{t.button("button.letters", verbLetters, 0, "0")}))
	o.effects = []sangkien.Effect{closed}
	return l, o, true, nil
}

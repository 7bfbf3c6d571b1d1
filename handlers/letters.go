package handlers

import (
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs and sheets of letters to the editorial board.
const (
	verbWrite     = "lw" // write: Idea is the letter to go on with, 0 for a new one
	verbPetition  = "lp" // a petition or complaint: where those go
	verbMyLetters = "lm" // one's own letters
	verbMyLetter  = "lv" // one of them
	sheetLetter   = "letter"
)

// answersWithin is in how many working days the editorial board usually answers.
const answersWithin = 2

func letterVerbs() []verb {
	return []verb{
		{verbWrite, sangkien.ActTakePart, aboutNothing, (*turn).writeLetter},
		{verbPetition, sangkien.ActTakePart, aboutNothing, (*turn).petition},
		{verbMyLetters, sangkien.ActTakePart, aboutNothing, (*turn).myLetters},
		{verbMyLetter, sangkien.ActTakePart, aboutNothing, (*turn).myLetter},
	}
}

func letterSheets() []sheetKind {
	return []sheetKind{{sheetLetter, sangkien.ActTakePart, aboutNothing, (*turn).finishLetter}}
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
	o := t.say([]sangkien.Line{sangkien.Say("contact", sangkien.With("contact", contact)), t.hours()}, rows...)
	if t.session.Form == "" {
		return t.stay(o), nil
	}
	again, err := t.showAgain()
	again.replies = append(o.replies, again.replies...)
	return again, err
}

// hours says when there is an answer.
func (t *turn) hours() sangkien.Line {
	return sangkien.Say("letter.hours", sangkien.WithTime("by", sangkien.WorkdayEnd(t.now, answersWithin)))
}

// petition says where petitions and complaints go: not here, and nothing of them is stored.
func (t *turn) petition(sangkien.Press) (outcome, error) {
	if t.d.PetitionURL == "" {
		return t.contactCommand("") // nowhere is known: a person is
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("letter.petition", sangkien.With("address", t.d.PetitionURL))},
		[]sangkien.Button{t.petitionPage()}, []sangkien.Button{t.button("button.write_letter", verbWrite, 0, ""), t.command("button.gui", "gui")})), nil
}

func (t *turn) petitionPage() sangkien.Button {
	return sangkien.Button{Line: sangkien.Say("button.petition_page"), URL: t.d.PetitionURL}
}

// soundsLikePetition tells whether a letter uses the words of petitions and complaints. It decides nothing: the
// member is told where those are taken.
func soundsLikePetition(text string) bool {
	folded := " " + vntext.Fold(text) + " "
	return slices.ContainsFunc([]string{"kien nghi", "khieu nai", "to cao", "phan anh", "petition", "complain"}, func(word string) bool {
		return strings.Contains(folded, " "+word)
	})
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
	sent := []sangkien.Line{sangkien.Say("letter.sent"), t.hours()}
	if len(told) == 0 {
		contact, err := t.contact()
		if err != nil {
			return outcome{}, err
		}
		sent = []sangkien.Line{sangkien.Say("letter.nobody", sangkien.With("contact", contact))}
	}
	rows := t.menu()
	if t.d.PetitionURL != "" && soundsLikePetition(text) {
		sent = append(sent, sangkien.Say("letter.maybe_petition", sangkien.With("address", t.d.PetitionURL)))
		rows = append([][]sangkien.Button{{t.petitionPage()}}, rows...)
	}
	o := t.say(sent, rows...)
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

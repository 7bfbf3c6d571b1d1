package sangkien

import "time"

// Letter is a member's talk with the editorial board: what they wrote and what was answered, in one thread.
type Letter struct {
	ID     int64
	Member int64
	Unit   int64 // of the member when it was begun: whose desk it comes to
	Closed bool
	Lines  []LetterLine // oldest first
}

// LetterLine is one message of the thread. Its ID is the sheet that it was written as: files carry it.
type LetterLine struct {
	ID     int64
	Author int64
	Staff  bool
	Text   string
	At     time.Time
	Files  []Attachment
}

// LetterWritten begins a thread, or goes on with one; a closed one is opened again.
type LetterWritten struct {
	Letter int64
	Member int64
	Unit   int64
	Line   int64
	Text   string
	At     time.Time
}

// LetterAnswered adds an answer of the editorial board.
type LetterAnswered struct {
	Letter int64
	Actor  int64
	Line   int64
	Text   string
	Seen   int // lines that the letter had; another number is a conflict
	At     time.Time
}

// LetterClosed ends a thread that needs no answer.
type LetterClosed struct {
	Letter int64
	Actor  int64
	Seen   int // lines that the letter had; another number is a conflict
	At     time.Time
}

func (LetterWritten) effect()  {}
func (LetterAnswered) effect() {}
func (LetterClosed) effect()   {}

// Object is the letter as a rule sees it.
func (l Letter) Object() Object { return Object{Author: l.Member, Unit: l.Unit} }

// Write is the change that adds what the member wrote as a sheet; letter 0 begins a thread with the sheet's id.
func (m Member) Write(letter int64, s Sheet, text string, now time.Time) LetterWritten {
	if letter == 0 {
		letter = s.ID
	}
	return LetterWritten{Letter: letter, Member: m.ID, Unit: m.Unit, Line: s.ID, Text: text, At: now}
}

// Answer is the change that answers a letter. It returns EFORBIDDEN when the actor may not.
func (l Letter) Answer(s Sheet, text string, actor Viewer, now time.Time) (LetterAnswered, error) {
	if !actor.May(ActLetters, l.Object()) {
		return LetterAnswered{}, Errorf(EFORBIDDEN, "member %d may not answer letter %d", actor.Member.ID, l.ID)
	}
	return LetterAnswered{Letter: l.ID, Actor: actor.Member.ID, Line: s.ID, Text: text, Seen: len(l.Lines), At: now}, nil
}

// Close is the change that ends a letter. It returns EFORBIDDEN when the actor may not.
func (l Letter) Close(actor Viewer, now time.Time) (LetterClosed, error) {
	if !actor.May(ActLetters, l.Object()) {
		return LetterClosed{}, Errorf(EFORBIDDEN, "member %d may not close letter %d", actor.Member.ID, l.ID)
	}
	return LetterClosed{Letter: l.ID, Actor: actor.Member.ID, Seen: len(l.Lines), At: now}, nil
}

// Waits tells whether the last word is the member's.
func (l Letter) Waits() bool {
	return !l.Closed && len(l.Lines) > 0 && !l.Lines[len(l.Lines)-1].Staff
}

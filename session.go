package sangkien

import "time"

// SessionVersion is the version of the session's form. A session of another version is not read:
// the conversation is placed anew from what SQL holds, and no draft is touched.
const SessionVersion = 1

// Mode is what the conversation waits for. The set is closed.
type Mode string

const (
	ModeIdle    Mode = ""        // nothing; the menu
	ModeAsk     Mode = "ask"     // an answer to Session.Question
	ModeSummary Mode = "summary" // a confirmation, or the number of an answer to change
	ModeCancel  Mode = "cancel"  // whether to leave the draft, delete it, or go on
	ModeResume  Mode = "resume"  // whether to go on with a draft, and with which
	ModeSearch  Mode = "search"  // words to look for, or what to do with what was found
	ModePapers  Mode = "papers"  // the same of the library of documents
)

// The forms that a conversation can be in.
const (
	FormProfile = "profile" // consents, name, unit: asked once ever
	FormIdea    = "idea"    // the form of a campaign
	FormSheet   = "sheet"   // the form of a sheet's kind; Session.Idea is the sheet
)

// Session is where a chat stands. It holds the place in the conversation and nothing that a member said:
// losing it costs nobody an answer (promise 4).
type Session struct {
	Version  int    `json:"v"`
	Revision int64  `json:"rev"`             // of the chat row it belongs to; behind it means stale
	Mode     Mode   `json:"mode,omitempty"`  //
	Form     string `json:"form,omitempty"`  // FormProfile, or FormIdea
	Idea     int64  `json:"idea,omitempty"`  // the draft in hand, or the sheet
	Question string `json:"q,omitempty"`     // key of the question asked
	Change   bool   `json:"chg,omitempty"`   // the question was chosen in the summary: go back there
	Query    string `json:"query,omitempty"` // folded words of a unit search, for paging
	Page     int    `json:"page,omitempty"`  // of a paged choice, from 0; -1: the unit in the member's own words
	Misses   int    `json:"miss,omitempty"`  // inputs in a row that were not understood
	Then     string `json:"then,omitempty"`  // command to go on with once the profile is complete
	Search   string `json:"find,omitempty"`  // words that were last looked for
	View     string `json:"view,omitempty"`  // what of the findings is shown

	Pressed   string `json:"press,omitempty"` // the message and the button that led here
	PressedAt int64  `json:"at,omitempty"`    // when, in Unix milliseconds
}

// Asked is the one line of the session that SQL keeps beside the chat's revision, in the same statement:
// which question of which draft the member last saw. With it a lost session is placed exactly, and a
// typed answer is never credited to another question.
type Asked struct {
	Form     string
	Idea     int64
	Question string
	Mode     Mode
	Search   string `json:",omitempty"` // words that were looked for

	Choices []Choice `json:",omitempty"` // of the last reply, for those who type instead of pressing
}

// Asked returns the part of s that SQL keeps.
func (s Session) Asked() Asked {
	return Asked{Form: s.Form, Idea: s.Idea, Question: s.Question, Mode: s.Mode, Search: s.Search}
}

// doubleTap is how long after a press the same one is the second tap of a double tap: the hand of someone old, or a platform
// that delivers late.
const doubleTap = 10 * time.Second

// Press notes which button led here.
func (s Session) Press(u Update, now time.Time) Session {
	s.Pressed, s.PressedAt = u.tap(), now.UnixMilli()
	return s
}

// Tapped tells whether a button that is pressed now is the one that led here a moment ago: it was answered already.
func (s Session) Tapped(u Update, now time.Time) bool {
	tap := u.tap()
	return tap != "" && tap == s.Pressed && now.Sub(time.UnixMilli(s.PressedAt)) < doubleTap
}

// tap is which button of which message was pressed; "": two of the same cannot be told apart, for the platform does not say
// which message it was and the button does not either.
func (u Update) tap() string {
	if p, ok := ParsePress(u.Press); !ok || u.MessageID == "" && p.Revision == 0 {
		return ""
	}
	return u.MessageID + "/" + u.Press
}

// Fresh tells whether s can be used for a chat at the given revision.
func (s Session) Fresh(revision int64) bool {
	return s.Version == SessionVersion && s.Revision == revision
}

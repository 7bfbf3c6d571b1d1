package sangkien

import "time"

// Sheet is a form that someone fills beside the ideas: a decision with its reason, a letter, an official
// document. Its answers are kept as they are given, like those of a draft; once it is complete the ability that
// began it acts on them. Its attachments carry its ID where those of an idea carry the idea's.
type Sheet struct {
	ID          int64
	Kind        string // name of its form
	Member      int64  // who fills it
	About       int64  // the idea, letter or other thing that it is about; 0 for none
	Closed      bool   // acted on, or dropped
	Answers     Answers
	Attachments []Attachment
}

// SheetBegun stores an empty sheet.
type SheetBegun struct {
	Sheet  int64
	Kind   string
	Member int64
	About  int64
	At     time.Time
}

// SheetAnswered stores an answer of an open sheet, over the earlier one.
type SheetAnswered struct {
	Sheet    int64
	Question string
	Answer   Answer
	At       time.Time
}

// SheetClosed ends a sheet. Dropped sheets lose their answers; of one that was acted on they stay with what it made.
type SheetClosed struct {
	Sheet   int64
	Dropped bool
}

func (SheetBegun) effect()    {}
func (SheetAnswered) effect() {}
func (SheetClosed) effect()   {}

// Begin is the change that stores a new sheet with the answers that are known already.
func (s Sheet) Begin(now time.Time) []Effect {
	effects := []Effect{SheetBegun{Sheet: s.ID, Kind: s.Kind, Member: s.Member, About: s.About, At: now}}
	for key, a := range s.Answers {
		effects = append(effects, SheetAnswered{Sheet: s.ID, Question: key, Answer: a, At: now})
	}
	return effects
}

// Note is the change that stores an answer which was not asked for in words.
func (s Sheet) Note(question string, a Answer, now time.Time) SheetAnswered {
	return SheetAnswered{Sheet: s.ID, Question: question, Answer: a, At: now}
}

// Done is the change that closes a sheet which was acted on.
func (s Sheet) Done() SheetClosed { return SheetClosed{Sheet: s.ID} }

// Drop is the change that throws a sheet away.
func (s Sheet) Drop() SheetClosed { return SheetClosed{Sheet: s.ID, Dropped: true} }

package sangkien

import "time"

// PastIdea is an idea of an earlier year, as an office's list tells it.
type PastIdea struct {
	Key      int64 // unique, its lowest 4 bits 0: the idea's number; the next one is its author's
	Code     string
	State    State // Submitted or an outcome
	Number   string
	Unit     int64 // as on the day
	UnitText string
	Author   string
	Publish  bool // the author agreed that the name is published
	At       time.Time
	Answers  Answers
}

// Batch is one list that was read in, once, or is being.
type Batch struct {
	Hash     string // hex SHA-256 of the file and its kind
	Kind     string
	Items    []BatchItem
	At       time.Time
	UnderWay bool // not all of it is there yet
}

// BatchItem is one thing that a batch made or changed.
type BatchItem struct {
	Object string // "unit:19", "idea:7"
	Before []byte // JSON of a unit that was there before; nil for what is new
}

// ImportBegun notes what a list is about to make: whatever happens then, it can go on and be taken back. One that is
// there is a conflict, unless it is under way too.
type ImportBegun struct{ Batch Batch }

// Imported notes that a list was read in; a second time is a conflict.
type Imported struct{ Batch Batch }

// ImportUndone takes a list back that nothing was built on. What something was built on is a conflict that names it.
type ImportUndone struct {
	Hash string
	At   time.Time
}

func (ImportBegun) effect()  {}
func (Imported) effect()     {}
func (ImportUndone) effect() {}

// Begin is the change that says what the batch is about to make.
func (b Batch) Begin() ImportBegun { return ImportBegun{Batch: b} }

// Add takes in items that are not in the batch yet: what is known of a thing from before it was changed stays.
func (b *Batch) Add(items []BatchItem) {
	known := map[string]bool{}
	for _, i := range b.Items {
		known[i.Object] = true
	}
	for _, i := range items {
		if !known[i.Object] {
			b.Items = append(b.Items, i)
		}
	}
}

// Note is the change that remembers the batch.
func (b Batch) Note() Imported { return Imported{Batch: b} }

// Undo is the change that takes the batch back.
func (b Batch) Undo(now time.Time) ImportUndone { return ImportUndone{Hash: b.Hash, At: now} }

// Import returns the changes that make an idea of the past: an author without account, the answers, and the moves
// to its state, all at the time of the idea and by nobody.
func (p PastIdea) Import(campaign Campaign) []Effect {
	author := p.Key + 1
	effects := []Effect{MemberEntered{Member: author, Language: Vietnamese, At: p.At}, MemberNamed{Member: author, Name: p.Author},
		MemberPlaced{Member: author, Unit: p.Unit, Text: p.UnitText},
		ConsentAnswered{Member: author, Consent: Consent{Purpose: PurposePublish, Granted: p.Publish, Version: "imported", Channel: "imported", At: p.At}},
		IdeaBegun{Idea: p.Key, Campaign: campaign.ID, FormVersion: campaign.Form.Version, Author: author, At: p.At}}
	for _, q := range campaign.Form.Questions {
		if a, ok := p.Answers[q.Key]; ok {
			effects = append(effects, AnswerGiven{Idea: p.Key, Question: q.Key, Answer: a, At: p.At})
		}
	}
	effects = append(effects, IdeaMoved{Idea: p.Key, From: Draft, To: Submitted, Code: p.Code, At: p.At})
	if p.State.Decided() {
		effects = append(effects, IdeaMoved{Idea: p.Key, From: Submitted, To: p.State, Number: p.Number, At: p.At})
	}
	return effects
}

// Import is the change that stores a document of a list.
func (p Paper) Import(now time.Time) PaperSaved {
	return PaperSaved{Paper: p, Sheet: p.ID, At: now}
}

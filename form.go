package sangkien

import "fmt"

// Kind is the kind of a question. The set is closed; dialog has one function for each.
type Kind string

const (
	KindChoice Kind = "choice" // one of Options
	KindMulti  Kind = "multi"  // some of Options
	KindShort  Kind = "short"  // text in one message
	KindLong   Kind = "long"   // text over several messages, until "Xong"
	KindNumber Kind = "number" // a number between Min and Max
	KindDate   Kind = "date"   // a partial date: "2026", "2026-02", "2026-07-08"
	KindUnit   Kind = "unit"   // a unit of the tree, or its name in the member's words
	KindPeople Kind = "people" // people with shares that sum to 100
	KindFiles  Kind = "files"  // attachments
	KindYesNo  Kind = "yesno"
)

var kinds = map[Kind]bool{
	KindChoice: true, KindMulti: true, KindShort: true, KindLong: true, KindNumber: true,
	KindDate: true, KindUnit: true, KindPeople: true, KindFiles: true, KindYesNo: true,
}

// Form is an ordered list of questions: data of a campaign, versioned. A version never changes once
// an idea was begun with it; a draft keeps the version that it was begun under.
type Form struct {
	Version   int        `json:"version"`
	Title     Text       `json:"title,omitzero"`   // of a sheet: what stands above the answers when they are read back
	Send      Text       `json:"send,omitzero"`    // of a sheet: the button that sends it
	Direct    bool       `json:"direct,omitempty"` // of a sheet: the last answer sends it, nothing is read back
	Questions []Question `json:"questions"`
}

// Question is one question of a form.
type Question struct {
	Key      string `json:"key"` // stable over versions: [a-z_]{1,12}, for buttons carry it
	Kind     Kind   `json:"kind"`
	Text     Text   `json:"text"`          // the question, one or two short sentences
	Name     Text   `json:"name"`          // its name in the summary
	Help     Text   `json:"help,omitzero"` // an example, limits
	Optional bool   `json:"optional,omitempty"`
	// Confidential keeps the answer to those who see to the idea: it is neither published nor searched.
	Confidential bool `json:"confidential,omitempty"`
	// Aside marks a question that is never put by itself, only when the member asks for it: it is no step, and
	// nothing waits for its answer.
	Aside bool `json:"aside,omitempty"`
	// Ahead makes a date one to come, with its day: when something shall be, not when it was.
	Ahead   bool     `json:"ahead,omitempty"`
	Min     float64  `json:"min,omitempty"` // characters, files, or the number itself
	Max     float64  `json:"max,omitempty"` // 0: no limit but that of the kind
	Options []Option `json:"options,omitempty"`
	When    *When    `json:"when,omitempty"` // asked only if an earlier answer says so
	// Notice is the version of the notice that Text is, for a question that asks for a consent: then the
	// Key is the Purpose and the answer is kept as evidence with the hash of the words.
	Notice string `json:"notice,omitempty"`
}

// Option is one choice. Key is what is stored and what a button carries: [A-Za-z0-9_-]{1,16}.
type Option struct {
	Key   string `json:"key"`
	Label Text   `json:"label"`
}

// When makes a question depend on an earlier choice. Such a question shares the earlier one's step
// number: "Bước 6/9" does not become "6/11" because of an answer.
type When struct {
	Question string   `json:"question"`
	In       []string `json:"in"`
}

// Answers holds what was answered, by the question's key. A skipped question has an answer too.
type Answers map[string]Answer

// Answer is the stored form of an answer.
type Answer struct {
	Value   string `json:"value,omitempty"` // text, option key, number, ISO partial date, or JSON for people
	Unit    int64  `json:"unit,omitempty"`  // of a unit that is in the list; Value is its name then
	Skipped bool   `json:"skipped,omitempty"`
	Open    bool   `json:"open,omitempty"`  // a long text or files that may still grow
	Parts   []Part `json:"parts,omitempty"` // the messages it was made of, so that an edited one can be found
}

// Part is one message of an answer.
type Part struct {
	Message string `json:"m"`
	Text    string `json:"t"`
}

// Question returns the question with the key.
func (f Form) Question(key string) (Question, bool) {
	for _, q := range f.Questions {
		if q.Key == key {
			return q, true
		}
	}
	return Question{}, false
}

// Visible tells whether q is asked, given the answers so far.
func (q Question) Visible(a Answers) bool {
	if q.When == nil {
		return true
	}
	for _, v := range q.When.In {
		if a[q.When.Question].Value == v {
			return true
		}
	}
	return false
}

// Step returns the number of the question with the key and the number of steps, from 1.
// Questions that depend on another share its number. It returns 0, 0 for an unknown key.
func (f Form) Step(key string) (n, of int) {
	for _, q := range f.Questions {
		if q.When == nil && !q.Aside {
			of++
		}
		if q.Key == key {
			n = of
		}
	}
	if n == 0 {
		return 0, 0
	}
	return n, of
}

// Next returns the first visible question without a finished answer; ok is false when all are answered.
func (f Form) Next(a Answers) (q Question, ok bool) {
	for _, q := range f.Questions {
		if ans, answered := a[q.Key]; q.Visible(a) && !q.Aside && (!answered || ans.Open) {
			return q, true
		}
	}
	return Question{}, false
}

// Before returns the visible question that comes before the one with the key.
func (f Form) Before(key string, a Answers) (q Question, ok bool) {
	for _, c := range f.Questions {
		if c.Key == key {
			return q, ok
		}
		if c.Visible(a) {
			q, ok = c, true
		}
	}
	return Question{}, false
}

// Place says where a chat stands in the form when the session is lost or of another release:
// the question last asked if it still stands, else the first open one, else the summary.
func (f Form) Place(a Answers, asked Asked) Session {
	s := Session{Version: SessionVersion, Form: asked.Form, Idea: asked.Idea}
	next, open := f.Next(a)
	if q, ok := f.Question(asked.Question); ok && asked.Mode == ModeAsk && q.Visible(a) {
		s.Mode, s.Question = ModeAsk, q.Key
		s.Change = !open || next.Key != q.Key
		return s
	}
	if !open {
		s.Mode = ModeSummary
		return s
	}
	s.Mode, s.Question = ModeAsk, next.Key
	return s
}

// Check returns EINVALID with what to mend when the form cannot be walked.
func (f Form) Check() error {
	seen := map[string]Question{}
	for i, q := range f.Questions {
		if err := q.check(seen); err != nil {
			return Errorf(EINVALID, "question %d (%q): %w", i+1, q.Key, err)
		}
		seen[q.Key] = q
	}
	if len(seen) == 0 {
		return Errorf(EINVALID, "a form needs a question")
	}
	return nil
}

func (q Question) check(seen map[string]Question) error {
	if len(q.Key) > 12 || !isKey(q.Key) {
		return fmt.Errorf("the key must be 1 to 12 of a-z and _")
	}
	if _, twice := seen[q.Key]; twice {
		return fmt.Errorf("the key is used twice")
	}
	if !kinds[q.Kind] {
		return fmt.Errorf("unknown kind %q", q.Kind)
	}
	if q.Text.VI == "" || q.Name.VI == "" {
		return fmt.Errorf("text and name are needed in Vietnamese")
	}
	if needs := q.Kind == KindChoice || q.Kind == KindMulti; needs && len(q.Options) < 2 {
		return fmt.Errorf("a choice needs two options or more")
	}
	if q.When != nil {
		if on, ok := seen[q.When.Question]; !ok || on.Kind != KindChoice {
			return fmt.Errorf("it depends on %q, which is no earlier choice", q.When.Question)
		}
	}
	return nil
}

func isKey(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && r != '_' {
			return false
		}
	}
	return s != ""
}

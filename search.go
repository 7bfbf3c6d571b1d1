package sangkien

import (
	"strconv"
	"strings"
)

// The questions by whose keys every form's ideas are known and sorted.
const (
	KeyTitle    = "title"    // what people know the idea by
	KeyField    = "field"    // the subject area that it is found under
	KeySolution = "solution" // how it works
)

// Query is what a person looks for among ideas. The zero Query finds every recognised idea.
type Query struct {
	Words  string  // as they were typed, accents or not; "" for all
	Scope  Scope   // beside recognised ideas, which everybody finds: those submitted by these units
	Field  string  // option of the question KeyField; "" for all
	Within []int64 // units; nil for all
	Year   int     // of the code; 0 for all
	Newest bool    // by the time of submission; otherwise what fits best comes first
	Offset int     // how many to pass over
	Limit  int     // how many to return at most
}

// Entry is what searching knows of an idea: nothing confidential, no file, and nobody's name.
type Entry struct {
	Title string
	Text  string // what else describes it: long answers, the field, the unit as on the day, the code
	Field string
	Year  int
}

// Entry is the idea as searching knows it. f is the form that it was begun under.
func (i Idea) Entry(f Form) Entry {
	e := Entry{Title: i.Title(), Field: i.Answers[KeyField].Value, Year: i.Year()}
	text := []string{i.UnitText, i.Code}
	for _, q := range f.Public(i.Answers) {
		switch a := i.Answers[q.Key]; {
		case q.Kind == KindLong:
			text = append(text, a.Value)
		case q.Key == KeyField:
			label := q.Label(a.Value)
			text = append(text, label.VI, label.EN)
		}
	}
	e.Text = strings.Join(text, "\n")
	return e
}

// Year is the year of the idea's code; 0 for a draft.
func (i Idea) Year() int {
	parts := strings.Split(i.Code, "-")
	if len(parts) < 3 {
		return 0
	}
	year, err := strconv.Atoi(parts[len(parts)-2])
	if err != nil {
		return 0 // codes are ours
	}
	return year
}

// Public lists what everyone may read of a recognised idea: its title, its choices and its long texts, as far
// as they were answered. Not what is confidential, and neither people nor places, dates nor files.
func (f Form) Public(a Answers) []Question {
	var qs []Question
	for _, q := range f.Questions {
		told := q.Key == KeyTitle || q.Kind == KindChoice || q.Kind == KindMulti || q.Kind == KindLong
		answer, answered := a[q.Key]
		if told && !q.Confidential && answered && !answer.Skipped && q.Visible(a) {
			qs = append(qs, q)
		}
	}
	return qs
}

// Label is the text of the option with the key; zero when there is none.
func (q Question) Label(key string) Text {
	for _, o := range q.Options {
		if o.Key == key {
			return o.Label
		}
	}
	return Text{}
}

// Package dialog walks a member through a form. It is pure: what the member did, the form, what was answered
// and the time go in; answers, or a sentence that says how to mend the input, come out. It imports the root
// and vntext, never storage, a channel or locale: it names sentences by their keys.
package dialog

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The most characters of an answer where its question sets no limit.
const (
	maxShort  = 200
	maxLong   = 20_000
	maxName   = 80
	maxPeople = 10
)

// Person is one author with a share in percent. The shares of all sum to 100.
type Person struct {
	Name  string `json:"name"`
	Share int    `json:"share"`
}

// Read understands text as the answer to a question. Where it cannot, mend is the sentence that says what to
// do instead, and its Key is not empty. earlier is the answer so far, which a long text goes on from.
func Read(q sangkien.Question, text string, earlier sangkien.Answer, lang sangkien.Language, now time.Time) (a sangkien.Answer, mend sangkien.Line) {
	text = vntext.Clean(text)
	if vntext.Blank(text) {
		return a, sangkien.Say("mend.blank")
	}
	switch q.Kind {
	case sangkien.KindShort:
		return readText(text, int(q.Min), limit(q, maxShort))
	case sangkien.KindLong:
		return readLong(text, earlier, limit(q, maxLong))
	case sangkien.KindChoice:
		return readChoice(q, text, lang)
	case sangkien.KindMulti:
		return readMulti(q, text, lang)
	case sangkien.KindNumber:
		return readNumber(q, text)
	case sangkien.KindDate:
		return readDate(q, text, now)
	case sangkien.KindPeople:
		return readPeople(text)
	case sangkien.KindYesNo:
		return readYesNo(text)
	case sangkien.KindFiles:
		return a, sangkien.Say("mend.files")
	case sangkien.KindUnit:
		return readText(text, 0, limit(q, maxShort))
	}
	return a, sangkien.Say("mend.blank")
}

func limit(q sangkien.Question, otherwise int) int {
	if q.Max > 0 {
		return int(q.Max)
	}
	return otherwise
}

func readText(text string, shortest, longest int) (sangkien.Answer, sangkien.Line) {
	switch n := vntext.Length(text); {
	case n > longest:
		return sangkien.Answer{}, sangkien.Say("mend.long", count("n", n), count("max", longest))
	case n < shortest:
		return sangkien.Answer{}, sangkien.Say("mend.short", count("min", shortest))
	}
	return sangkien.Answer{Value: text}, sangkien.Line{}
}

// readLong joins the parts of a text that came in several messages. It stays open until "Xong"; who comes back to it goes
// on, for only "Viết lại" says that the text is not wanted any more.
func readLong(text string, earlier sangkien.Answer, longest int) (sangkien.Answer, sangkien.Line) {
	if earlier.Value != "" {
		text = earlier.Value + "\n" + text
	}
	a, mend := readText(text, 0, longest)
	a.Open = mend.Key == ""
	return a, mend
}

func readChoice(q sangkien.Question, text string, lang sangkien.Language) (sangkien.Answer, sangkien.Line) {
	labels := make([]string, len(q.Options))
	for i, o := range q.Options {
		labels[i] = o.Label.In(lang)
	}
	switch fit := vntext.Match(text, labels); len(fit) {
	case 1:
		return sangkien.Answer{Value: q.Options[fit[0]].Key}, sangkien.Line{}
	case 0:
		return sangkien.Answer{}, sangkien.Say("mend.choice", count("max", len(labels)))
	default:
		return sangkien.Answer{}, sangkien.Say("mend.ambiguous", sangkien.With("a", labels[fit[0]]), sangkien.With("b", labels[fit[1]]))
	}
}

// readMulti takes several choices: "1, 3", one to a line, or labels with a semicolon between.
func readMulti(q sangkien.Question, text string, lang sangkien.Language) (sangkien.Answer, sangkien.Line) {
	if a, mend := readChoice(q, text, lang); mend.Key == "" {
		return a, mend // a label may hold a comma itself
	}
	chosen := map[string]bool{}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;\n+", r) }) {
		a, mend := readChoice(q, part, lang)
		if mend.Key != "" {
			return a, mend
		}
		chosen[a.Value] = true
	}
	var keys []string
	for _, o := range q.Options {
		if chosen[o.Key] {
			keys = append(keys, o.Key)
		}
	}
	return sangkien.Answer{Value: strings.Join(keys, ",")}, sangkien.Line{}
}

func readNumber(q sangkien.Question, text string) (sangkien.Answer, sangkien.Line) {
	n, ok := vntext.ParseNumber(text)
	if !ok {
		return sangkien.Answer{}, sangkien.Say("mend.number")
	}
	if n < q.Min || q.Max > 0 && n > q.Max {
		return sangkien.Answer{}, sangkien.Say("mend.range", sangkien.With("min", decimal(q.Min)), sangkien.With("max", decimal(q.Max)))
	}
	return sangkien.Answer{Value: decimal(n)}, sangkien.Line{}
}

func readDate(q sangkien.Question, text string, now time.Time) (sangkien.Answer, sangkien.Line) {
	parse := vntext.ParseDate
	if q.Ahead {
		parse = vntext.ParseDay
	}
	d, err := parse(text, vntext.Date{Year: now.Year(), Month: int(now.Month()), Day: now.Day()})
	switch {
	case q.Ahead && errors.Is(err, vntext.ErrNoDate):
		return sangkien.Answer{}, sangkien.Say("mend.day")
	case errors.Is(err, vntext.ErrPast):
		return sangkien.Answer{}, sangkien.Say("mend.past")
	case err == nil:
		return sangkien.Answer{Value: d.String()}, sangkien.Line{}
	case errors.Is(err, vntext.ErrNoSuch):
		return sangkien.Answer{}, sangkien.Say("mend.nosuchday")
	case errors.Is(err, vntext.ErrInFuture):
		return sangkien.Answer{}, sangkien.Say("mend.future")
	}
	return sangkien.Answer{}, sangkien.Say("mend.date")
}

func readYesNo(text string) (sangkien.Answer, sangkien.Line) {
	yes, ok := vntext.YesNo(text)
	if !ok {
		return sangkien.Answer{}, sangkien.Say("mend.yesno")
	}
	return sangkien.Answer{Value: map[bool]string{true: "yes", false: "no"}[yes]}, sangkien.Line{}
}

// readPeople reads "Nguyễn Văn A 60, Trần Thị B 40", one to a line or with commas between. Without any share
// all have equal parts, the first what is left over.
func readPeople(text string) (sangkien.Answer, sangkien.Line) {
	var people []Person
	sum := 0
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;\n", r) }) {
		p, ok := readPerson(part)
		if !ok {
			return sangkien.Answer{}, sangkien.Say("mend.person", sangkien.With("text", strings.TrimSpace(part)))
		}
		people, sum = append(people, p), sum+p.Share
	}
	if len(people) == 0 || len(people) > maxPeople {
		return sangkien.Answer{}, sangkien.Say("mend.people", count("max", maxPeople))
	}
	if sum == 0 {
		shareEqually(people)
		sum = 100
	}
	if sum != 100 {
		return sangkien.Answer{}, sangkien.Say("mend.shares", count("sum", sum))
	}
	return peopleAnswer(people), sangkien.Line{}
}

func peopleAnswer(people []Person) sangkien.Answer {
	data, err := json.Marshal(people)
	if err != nil {
		return sangkien.Answer{} // strings and ints always marshal
	}
	return sangkien.Answer{Value: string(data)}
}

func readPerson(part string) (Person, bool) {
	words := strings.Fields(strings.Trim(part, " -–:%"))
	p := Person{}
	if len(words) > 1 {
		if n, err := strconv.Atoi(strings.Trim(words[len(words)-1], "%():")); err == nil {
			if n < 1 || n > 100 {
				return p, false
			}
			p.Share, words = n, words[:len(words)-1]
		}
	}
	p.Name = strings.TrimRight(strings.Join(words, " "), " -–:")
	return p, !vntext.Blank(p.Name) && vntext.Length(p.Name) <= maxName
}

func shareEqually(people []Person) {
	for i := range people {
		people[i].Share = 100 / len(people)
	}
	people[0].Share += 100 % len(people)
}

func count(name string, n int) sangkien.Arg { return sangkien.With(name, strconv.Itoa(n)) }

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// Package locale has every sentence that the product says, in Vietnamese and English. Who decides names a
// sentence by its key; Say chooses the words. A sentence is plain text with three marks: {name} for a
// placeholder, * around words that are important, and {name|key} where a placeholder that is empty says
// another sentence. What fills a placeholder comes from people and is never read as marks.
//
// It imports the root package only; it knows no channel and no HTML.
package locale

import (
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Span is a run of text in one style.
type Span struct {
	Text string `json:"t"`
	Bold bool   `json:"b,omitempty"`
}

// Text is a sentence ready to be shown: no markup of any platform.
type Text []Span

// String returns the words without their style.
func (t Text) String() string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Speaker says sentences with times in one zone.
type Speaker struct{ zone *time.Location }

// NewSpeaker returns a speaker that writes times in zone.
func NewSpeaker(zone *time.Location) *Speaker { return &Speaker{zone: zone} }

// Has tells whether there is a sentence with the key.
func Has(key string) bool { _, ok := sentences[key]; return ok }

// Say puts a line into words. An unknown key is shown as it is: ugly, but nothing is hidden, and a test
// of every key in use keeps it from happening.
func (s *Speaker) Say(l sangkien.Line, lang sangkien.Language) Text {
	if l.Key == "" {
		return s.fill("{text}", l.Args, lang)
	}
	t, ok := sentences[l.Key]
	if !ok {
		return Text{{Text: l.Key}}
	}
	return s.fill(t.In(lang), l.Args, lang)
}

// fill reads the marks of a template once, from left to right: what comes out of an argument is never read again.
func (s *Speaker) fill(template string, args []sangkien.Arg, lang sangkien.Language) Text {
	var out Text
	bold := false
	for template != "" {
		i := strings.IndexAny(template, "*{")
		if i < 0 {
			return out.add(template, bold)
		}
		out, template = out.add(template[:i], bold), template[i:]
		if template[0] == '*' {
			bold, template = !bold, template[1:]
			continue
		}
		name, rest, closed := strings.Cut(template[1:], "}")
		if !closed {
			return out.add(template, bold)
		}
		out, template = out.add(s.value(name, args, lang), bold), rest
	}
	return out
}

func (t Text) add(text string, bold bool) Text {
	switch {
	case text == "":
		return t
	case len(t) > 0 && t[len(t)-1].Bold == bold:
		t[len(t)-1].Text += text
		return t
	}
	return append(t, Span{Text: text, Bold: bold})
}

func (s *Speaker) value(name string, args []sangkien.Arg, lang sangkien.Language) string {
	name, otherwise, _ := strings.Cut(name, "|")
	for _, a := range args {
		if a.Name != name {
			continue
		}
		switch {
		case a.At != 0:
			return s.When(time.UnixMilli(a.At), lang)
		case a.Key != "":
			return s.Say(sangkien.Line{Key: a.Key, Args: args}, lang).String()
		case a.Text != "":
			return a.Text
		}
	}
	if otherwise != "" {
		return s.Say(sangkien.Say(otherwise), lang).String()
	}
	return ""
}

// When writes a moment as people here do: "17:00 ngày 30/10/2026".
func (s *Speaker) When(t time.Time, lang sangkien.Language) string {
	if lang == sangkien.English {
		return t.In(s.zone).Format("15:04 on 2 January 2006")
	}
	return t.In(s.zone).Format("15:04 ngày 02/01/2006")
}

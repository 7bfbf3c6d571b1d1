package locale

import (
	"regexp"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/seed"
)

// pressed are words that make no sense where nothing can be pressed. The button by which an app attaches files is there.
var pressed = map[sangkien.Language]*regexp.Regexp{
	sangkien.Vietnamese: regexp.MustCompile(`(?i)\bbấm(?: nút đính kèm)?|nút`),
	sangkien.English:    regexp.MustCompile(`(?i)\bpress|(?:attach )?\bbuttons?\b`),
}

// formTexts is every text of the ready-made forms.
func formTexts() []sangkien.Text {
	var all []sangkien.Text
	forms := []sangkien.Form{seed.Profile(), seed.Campaign(time.Now()).Form}
	for _, f := range seed.Sheets() {
		forms = append(forms, f)
	}
	for _, f := range forms {
		for _, q := range f.Questions {
			all = append(all, q.Text, q.Help)
		}
	}
	return all
}

// TestNothingToPress: where everything is typed no sentence and no form asks to press.
func TestNothingToPress(t *testing.T) {
	t.Parallel()
	say := NewSpeaker(time.UTC)
	check := func(l sangkien.Line) {
		for lang, words := range pressed {
			text := say.SayTyped(l, lang).String()
			if found := words.FindString(text); found != "" && found != "bấm nút đính kèm" && found != "attach button" {
				t.Errorf("%s %q: %s", lang, l.Key, text)
			}
		}
	}
	for key := range sentences {
		if !strings.HasPrefix(key, "button.") && !strings.HasPrefix(key, "poster.") { // a poster is read before any chat
			check(sangkien.Say(key))
		}
	}
	for _, text := range formTexts() {
		for _, lang := range []sangkien.Language{sangkien.Vietnamese, sangkien.English} {
			l := sangkien.Say("", sangkien.With("text", text.In(lang)))
			if found := pressed[lang].FindString(say.SayTyped(l, lang).String()); found != "" {
				t.Errorf("%s: %s", lang, say.SayTyped(l, lang))
			}
		}
	}
	if got := say.SayTyped(sangkien.Say("idle.text", sangkien.With("text", "bấm nút /gui")), sangkien.Vietnamese).String(); got[:len("Hệ thống chưa hiểu “bấm nút /gui”")] != "Hệ thống chưa hiểu “bấm nút /gui”" {
		t.Errorf("what a member said was changed: %s", got)
	}
}

// TestPhotosOnly: a channel to which nothing but photos arrives asks for nothing else.
func TestPhotosOnly(t *testing.T) {
	t.Parallel()
	say, other := NewSpeaker(time.UTC), regexp.MustCompile(`(?i)thoại cũng được|ghi âm|PDF|voice message|sound`)
	for _, f := range []sangkien.Form{seed.Campaign(time.Now()).Form, seed.Sheets()["letter"]} {
		if len(f.Questions) == 0 {
			t.Fatal("a form is missing")
		}
		for _, q := range f.Questions {
			for _, lang := range []sangkien.Language{sangkien.Vietnamese, sangkien.English} {
				text := PhotosOnly(say.SayTyped(sangkien.Say("", sangkien.With("text", q.Help.In(lang))), lang), lang).String()
				if other.MatchString(text) {
					t.Errorf("%s: %s", q.Key, text)
				}
			}
		}
	}
}

package seed

import (
	"testing"
	"time"
	"unicode/utf8"

	sangkien "github.com/sangkien/sangkien"
)

func TestFormsCanBeWalkedAndRead(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sangkien.Form{"campaign": Campaign(time.Time{}).Form, "profile": Profile()} {
		if err := f.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, q := range f.Questions {
			if q.Text.EN == "" || q.Name.EN == "" || q.Help.VI != "" && q.Help.EN == "" {
				t.Errorf("%s: %s has no English", name, q.Key)
			}
			if n := utf8.RuneCountInString(q.Text.VI + q.Help.VI); n > 400 {
				t.Errorf("%s: %s has %d characters: too long for a small screen", name, q.Key, n)
			}
		}
	}
	if _, of := Campaign(time.Time{}).Form.Step("secret"); of != 9 {
		t.Errorf("the form has %d steps; the greeting after the profile says 9", of)
	}
}

func TestConsentsAreAskedApart(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	for _, q := range Profile().Questions {
		if q.Notice != "" {
			asked[q.Key] = q.Kind == sangkien.KindYesNo && !q.Optional
		}
	}
	for _, p := range []sangkien.Purpose{sangkien.PurposeProcess, sangkien.PurposePublish, sangkien.PurposeNews} {
		if !asked[string(p)] {
			t.Errorf("%s is not asked as a yes or no", p)
		}
	}
}

func TestDemonstrationFitsTheForm(t *testing.T) {
	t.Parallel()
	form := Campaign(time.Time{}).Form
	units := map[int64]sangkien.Unit{}
	for _, u := range Units() {
		units[u.ID] = u
	}
	for _, u := range units {
		if _, ok := units[u.Parent]; u.Parent != 0 && !ok {
			t.Errorf("unit %s has no parent %d", u.Name, u.Parent)
		}
	}
	recognised := 0
	for _, i := range Past() {
		if i.State == sangkien.Recognised {
			recognised++
		}
	}
	if len(Past()) != 18 || recognised != 10 {
		t.Errorf("of 2020 there are %d ideas, %d recognised; it was 18 and 10", len(Past()), recognised)
	}
	for _, i := range Ideas() {
		if _, ok := units[i.Unit]; !ok {
			t.Errorf("%s: no unit %d", i.Author, i.Unit)
		}
		if q, open := form.Next(i.Answers); open {
			t.Errorf("%s: %s is not answered", i.Author, q.Key)
		}
	}
}

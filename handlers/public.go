package handlers

import (
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// verbPublic shows a recognised idea as everyone may read it.
const verbPublic = "pv"

func publicVerbs() []verb {
	return []verb{{verbPublic, sangkien.ActReadPublic, aboutIdea, (*turn).pressedPublic}}
}

func (t *turn) pressedPublic(sangkien.Press) (outcome, error) {
	lines, err := t.publicLines(t.idea, 1<<30)
	return t.stay(t.say(lines, t.afterPublic())), err
}

// afterPublic is where one can go from an idea: back to the form in hand, to what was searched for, or to the results.
func (t *turn) afterPublic() []sangkien.Button {
	v, searching := readView(t.session.View, t.session.Search)
	switch {
	case t.session.Form == sangkien.FormIdea:
		return []sangkien.Button{t.button("button.go", dialog.VerbGo, t.session.Idea, "")}
	case searching:
		return []sangkien.Button{t.toView("button.search_back", t.session.Search, v), t.command("button.results", "ketqua")}
	}
	return []sangkien.Button{t.command("button.search", "tracuu"), t.command("button.results", "ketqua")}
}

// publicLines is a recognised idea as everyone may read it, so many characters of each answer: without what is confidential, and with the author's
// name only if they agreed to that.
func (t *turn) publicLines(i sangkien.Idea, most int) ([]sangkien.Line, error) {
	form, err := t.d.catalogue.form(t.ctx, i.Campaign, i.FormVersion)
	if err != nil {
		return nil, err
	}
	author, err := t.d.Store.Member(t.ctx, i.Author)
	if err != nil {
		return nil, err
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return nil, err
	}
	lines := []sangkien.Line{sangkien.Say("idea.head", sangkien.With("code", i.Code), title(i)),
		sangkien.Say("public.unit", sangkien.With("unit", unitOf(units, i)), sangkien.With("year", strconv.Itoa(i.Year())))}
	if author.Allows(sangkien.PurposePublish) {
		lines = append(lines, sangkien.Say("public.author", sangkien.With("name", author.Name)))
	}
	for _, q := range form.Public(i.Answers) {
		if q.Key != sangkien.KeyTitle {
			lines = append(lines, sangkien.Say("public.answer", sangkien.With("name", q.Name.In(t.lang)),
				dialog.Shown("value", q, i.Answers[q.Key], t.lang, most)))
		}
	}
	return lines, nil
}

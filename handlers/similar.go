package handlers

import (
	"cmp"
	"context"
	"slices"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/vntext"
)

// formDifferent is the form with the question that is put beside ideas which are like a draft.
const formDifferent = "different"

const (
	maxSimilar = 3  // how many ideas are named
	maxAlike   = 20 // how many are compared
	// alike is the share of pairs of words from which two ideas are told to be like each other: retold ones have
	// 0.6 and more, unrelated ones less than 0.45 (similar_test.go).
	alike     = 0.5
	fewTitle  = 4
	fewInText = 12
)

// decided lets dialog decide. Where that leads to the summary of a draft, dialog decides anew with the recognised
// ideas that are like it: they cannot be known before the draft is complete.
func (t *turn) decided(dt dialog.Turn, decide func(dialog.Turn) dialog.Outcome) dialog.Outcome {
	out := decide(dt)
	if out.Session.Mode != sangkien.ModeSummary || out.Session.Form != sangkien.FormIdea || dt.Idea.State != sangkien.Draft {
		return out
	}
	answers := sangkien.Answers{}
	for key, a := range dt.Idea.Answers {
		answers[key] = a
	}
	for _, e := range out.Effects {
		if given, ok := e.(sangkien.AnswerGiven); ok {
			answers[given.Question] = given.Answer
		}
	}
	if dt.Similar = t.similar(answers); len(dt.Similar) == 0 {
		return out
	}
	return decide(dt)
}

// similar finds recognised ideas that are like a draft. It never keeps anyone from submitting: what does not come
// in time, or fails, is left out.
func (t *turn) similar(answers sangkien.Answers) []dialog.Similar {
	ctx, cancel := context.WithTimeout(t.ctx, t.d.Patience)
	defer cancel()
	draft := gistOf(answers)
	ideas, err := t.d.Store.Alike(ctx, draft.text, maxAlike)
	if err != nil {
		t.d.Logger.WarnContext(t.ctx, "look for similar ideas", "error", err)
		return nil
	}
	type fit struct {
		idea  sangkien.Idea
		share float64
	}
	var fits []fit
	for _, i := range ideas {
		if share := draft.like(gistOf(i.Answers)); share >= alike {
			fits = append(fits, fit{i, share})
		}
	}
	slices.SortStableFunc(fits, func(a, b fit) int { return cmp.Compare(b.share, a.share) })
	var found []dialog.Similar
	for _, f := range fits[:min(len(fits), maxSimilar)] {
		found = append(found, dialog.Similar{Idea: f.idea, Read: t.button("button.similar", verbPublic, f.idea.ID, "", sangkien.With("code", f.idea.Code))})
	}
	return found
}

// gist is what an idea is about, in pairs of words.
type gist struct {
	text       string
	title, all []string
}

func gistOf(a sangkien.Answers) gist {
	title := a[sangkien.KeyTitle].Value
	text := title + "\n" + a[sangkien.KeySolution].Value
	return gist{text: text, title: vntext.Pairs(title), all: vntext.Pairs(text)}
}

// like is how much two ideas are about the same: by their titles, or by all that is told.
func (g gist) like(o gist) float64 {
	return max(vntext.Likeness(g.title, o.title, fewTitle), vntext.Likeness(g.all, o.all, fewInText))
}

// asides adds the questions that the member may ask for, so that they are walked, changed and read back like any
// other.
func (t *turn) asides(form sangkien.Form) sangkien.Form {
	for _, q := range t.d.Sheets[formDifferent].Questions {
		if _, taken := form.Question(q.Key); !taken {
			form.Questions = append(slices.Clone(form.Questions), q)
		}
	}
	return form
}

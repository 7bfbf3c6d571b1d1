package handlers

import (
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

// formMore is the form whose questions are put for each supplement that was asked for.
const formMore = "more"

// maxSupplements is how often an idea can be asked for more: each time has a letter.
const maxSupplements = 26

// supplemented adds the questions of the supplements that were asked for, so that they are walked, changed and
// read back like any other. An idea that was never asked for one keeps its form.
func (t *turn) supplemented(form sangkien.Form, i sangkien.Idea) (sangkien.Form, error) {
	if _, asked := i.Answers[moreKey("more", 0)]; !asked && i.State != sangkien.NeedsSupplement {
		return form, nil
	}
	moves, err := t.d.Store.Moves(t.ctx, i.ID)
	if err != nil {
		return form, err
	}
	form.Questions = append([]sangkien.Question(nil), form.Questions...)
	for n, ask := range asks(moves) {
		for _, q := range t.d.Sheets[formMore].Questions {
			round := strconv.Itoa(n + 1)
			q.Name.VI, q.Name.EN = q.Name.VI+" "+round, q.Name.EN+" "+round
			q.Text.VI, q.Text.EN = strings.ReplaceAll(q.Text.VI, "{ask}", ask), strings.ReplaceAll(q.Text.EN, "{ask}", ask)
			q.Key = moreKey(q.Key, n)
			form.Questions = append(form.Questions, q)
		}
	}
	return form, nil
}

// asks lists what was asked for, in order; a request that was taken back does not count.
func asks(moves []sangkien.Move) []string {
	var all []string
	for _, m := range moves {
		switch {
		case m.To == sangkien.NeedsSupplement && !m.Undo && len(all) < maxSupplements:
			all = append(all, m.Reason)
		case m.From == sangkien.NeedsSupplement && m.Undo && len(all) > 0:
			all = all[:len(all)-1]
		}
	}
	return all
}

func moreKey(key string, n int) string { return key + "_" + string(rune('a'+n)) }

// pressedSupplement opens the idea where the supplement is asked.
func (t *turn) pressedSupplement(sangkien.Press) (outcome, error) {
	if t.idea.State != sangkien.NeedsSupplement {
		return t.show(t.idea)
	}
	return t.resume(t.idea.ID)
}

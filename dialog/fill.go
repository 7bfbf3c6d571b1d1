package dialog

import sangkien "github.com/sangkien/sangkien"

// Fill is a whole form at once: the effects of answering the profile and an idea of the turn's campaign and
// of submitting it. It is for imports and demonstrations, and takes nothing that the walk would not take: it
// returns EINVALID when a question is left open, and what Idea.Move returns.
func Fill(t Turn, profile sangkien.Form, idea int64, about, answers sangkien.Answers) ([]sangkien.Effect, error) {
	var effects []sangkien.Effect
	t.Session.Form = sangkien.FormProfile
	for _, q := range profile.Questions {
		effects = append(effects, t.profile(q, about[q.Key])...)
	}
	out := Begin(t, idea)
	effects = append(effects, out.Effects...)
	t.Session.Form, t.Form = sangkien.FormIdea, t.Campaign.Form
	t.Idea = sangkien.Idea{ID: idea, Author: t.Chat.Member.ID, State: sangkien.Draft, Answers: answers}
	for _, q := range t.Form.Questions {
		if a, ok := answers[q.Key]; ok && q.Visible(answers) {
			effects = append(effects, t.store(q, a)...)
		}
	}
	if q, open := t.Form.Next(answers); open {
		return nil, sangkien.Errorf(sangkien.EINVALID, "%s is not answered", q.Key)
	}
	moved, err := t.Idea.Move(sangkien.Submitted, sangkien.Viewer{Member: t.Chat.Member}, "", t.Now)
	if err != nil {
		return nil, err
	}
	return append(effects, moved), nil
}

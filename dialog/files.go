package dialog

import (
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// maxFiles is the most files of a question that sets no limit.
const maxFiles = 10

// voiceMark stands in a text for a voice message that nobody has typed yet.
const voiceMark = "[tin nhắn thoại, chưa gõ chữ]"

// files lists the attachments of a question.
func (t Turn) files(q sangkien.Question) []sangkien.Attachment {
	var mine []sangkien.Attachment
	for _, a := range t.Idea.Attachments {
		if a.Question == q.Key {
			mine = append(mine, a)
		}
	}
	return mine
}

// sentFiles takes files: as the answer to a question for files, a voice message as the body of a long text,
// and anything else for the question that will ask for files. A caption answers a question for text.
func (t Turn) sentFiles() Outcome {
	q, asking := t.question()
	asking = asking && t.Session.Mode == sangkien.ModeAsk
	switch {
	case t.Session.Form == sangkien.FormProfile:
		return t.mend(sangkien.Say("mend.not_now"))
	case asking && q.Kind == sangkien.KindFiles:
		return t.addFiles(q)
	case asking && q.Kind == sangkien.KindLong && t.Update.Files[0].Kind == sangkien.Voice:
		return t.spoke(q)
	}
	return t.keepForLater()
}

// addFiles adds to the answer; files that come at once get one reply.
func (t Turn) addFiles(q sangkien.Question) Outcome {
	effects, over := t.attach(q)
	if over {
		return t.mend(sangkien.Say("mend.too_many", count("max", limit(q, maxFiles))))
	}
	a := sangkien.Answer{Open: true}
	t.Idea.Answers[q.Key] = a
	effects = append(effects, t.store(q, a)...)
	r := t.reply([]sangkien.Line{sangkien.Say("more.files", count("n", len(t.files(q))), count("max", limit(q, maxFiles)))},
		t.growing(q))
	r.Replaces = "more"
	if t.Update.Album != "" {
		r.After = burst
	}
	t.Session.Misses = 0
	return Outcome{Session: t.Session, Effects: effects, Replies: []sangkien.Reply{r}}
}

// attach makes the attachments of the update and appends them to the idea of this turn.
func (t *Turn) attach(q sangkien.Question) (effects []sangkien.Effect, over bool) {
	if len(t.files(q))+len(t.Update.Files) > limit(q, maxFiles) {
		return nil, true
	}
	for i, f := range t.Update.Files {
		a := sangkien.NewAttachment(t.ID+int64(i), t.Idea.ID, q.Key, f, t.Now)
		a.Address = t.Update.Address
		t.Idea.Attachments = append(t.Idea.Attachments, a)
		effects = append(effects, sangkien.AttachmentAdded{Attachment: a})
	}
	return effects, false
}

func (t Turn) finishFiles(q sangkien.Question) Outcome {
	n := len(t.files(q))
	switch {
	case n == 0 && q.Optional:
		return t.skip(q)
	case n < max(1, int(q.Min)):
		return t.mend(sangkien.Say("mend.files"))
	}
	return t.accept(q, sangkien.Answer{Value: strconv.Itoa(n)})
}

// spoke keeps a voice message as the body of a long text.
func (t Turn) spoke(q sangkien.Question) Outcome {
	effects, over := t.attach(q)
	if over {
		return t.mend(sangkien.Say("mend.too_many", count("max", maxFiles)))
	}
	text := voiceMark
	if caption := vntext.Clean(t.Update.Text); caption != "" {
		text += "\n" + caption
	}
	a, mend := Read(q, text, t.Idea.Answers[q.Key], t.Language, t.Now)
	if mend.Key != "" {
		return t.mend(mend)
	}
	out := t.accept(q, a)
	out.Replies[0].Lines = append([]sangkien.Line{sangkien.Say("voice.kept")}, out.Replies[0].Lines...)
	out.Effects = append(effects, out.Effects...)
	return out
}

// keepForLater attaches files that came while something else was asked: nothing that was sent is lost.
func (t Turn) keepForLater() Outcome {
	home, ok := t.fileQuestion()
	if !ok {
		return t.mend(sangkien.Say("mend.no_files"))
	}
	effects, over := t.attach(home)
	if over {
		return t.mend(sangkien.Say("mend.too_many", count("max", limit(home, maxFiles))))
	}
	kept := sangkien.Say("files.kept", count("n", len(t.files(home))), sangkien.With("name", home.Name.In(t.Language)))
	if a, answered := t.Idea.Answers[home.Key]; answered && !a.Open {
		a = sangkien.Answer{Value: strconv.Itoa(len(t.files(home)))}
		t.Idea.Answers[home.Key] = a
		effects = append(effects, t.store(home, a)...)
	}
	out := t.afterKept(kept)
	out.Effects = append(effects, out.Effects...)
	return out
}

func (t Turn) afterKept(kept sangkien.Line) Outcome {
	q, ok := t.question()
	caption := vntext.Clean(t.Update.Text)
	if ok && t.Session.Mode == sangkien.ModeAsk && caption != "" && (q.Kind == sangkien.KindLong || q.Kind == sangkien.KindShort) {
		out := t.wrote(caption)
		out.Replies[0].Lines = append([]sangkien.Line{kept}, out.Replies[0].Lines...)
		return out
	}
	out := Show(t, kept)
	out.Replies[0].Replaces = "kept"
	if t.Update.Album != "" {
		out.Replies[0].After = burst
	}
	return out
}

func (t Turn) fileQuestion() (sangkien.Question, bool) {
	for _, q := range t.Form.Questions {
		if q.Kind == sangkien.KindFiles {
			return q, true
		}
	}
	return sangkien.Question{}, false
}

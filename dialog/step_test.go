package dialog

import (
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

var everyKind = sangkien.Form{Version: 1, Questions: []sangkien.Question{
	{Key: "choice", Kind: sangkien.KindChoice, Options: options("a", "b")},
	{Key: "multi", Kind: sangkien.KindMulti, Options: options("x", "y", "z")},
	{Key: "short", Kind: sangkien.KindShort, Min: 2, Max: 20},
	{Key: "long", Kind: sangkien.KindLong, Optional: true, Max: 200},
	{Key: "number", Kind: sangkien.KindNumber, Min: 1, Max: 9},
	{Key: "date", Kind: sangkien.KindDate, When: &sangkien.When{Question: "choice", In: []string{"b"}}},
	{Key: "unit", Kind: sangkien.KindUnit},
	{Key: "people", Kind: sangkien.KindPeople},
	{Key: "files", Kind: sangkien.KindFiles, Optional: true, Max: 3},
	{Key: "yesno", Kind: sangkien.KindYesNo},
}}

func options(keys ...string) []sangkien.Option {
	var out []sangkien.Option
	for _, k := range keys {
		out = append(out, sangkien.Option{Key: k, Label: sangkien.Text{VI: "lựa chọn " + k}})
	}
	return out
}

// walker keeps what a store would keep between steps.
type walker struct {
	t *testing.T
	Turn
	shown []string // data of the buttons that were shown, the newest last
}

func newWalker(t *testing.T) *walker {
	w := &walker{t: t, Turn: Turn{Form: everyKind, Now: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), Language: sangkien.Vietnamese, ID: 16,
		Campaign: sangkien.Campaign{ID: 1, Contact: sangkien.Text{VI: "bà Ôn"}, Form: everyKind},
		Units:    NewUnits([]sangkien.Unit{{ID: 1, Name: "Xã Ba Bể"}, {ID: 2, Name: "Xã Ba Bể Mới"}}, time.Now())}}
	w.Chat = sangkien.Chat{Revision: 1, Member: sangkien.Member{ID: 7, Name: "Ôn, 3"}}
	w.took(Begin(w.Turn, 5))
	w.Idea.Author = 7
	return w
}

func (w *walker) took(out Outcome) {
	if len(out.Replies) == 0 && !out.Silent {
		w.t.Fatalf("no reply to %+v in %+v", w.Update, w.Session)
	}
	for _, e := range out.Effects {
		switch e := e.(type) {
		case sangkien.IdeaBegun:
			w.Idea = sangkien.Idea{ID: e.Idea, State: sangkien.Draft, Answers: sangkien.Answers{}}
		case sangkien.AnswerGiven:
			w.Idea.Answers[e.Question] = e.Answer
		case sangkien.AttachmentAdded:
			w.Idea.Attachments = append(w.Idea.Attachments, e.Attachment)
		case sangkien.AttachmentsCleared:
			w.Idea.Attachments = nil
		case sangkien.IdeaMoved:
			w.Idea.State = e.To
		case sangkien.DraftDeleted:
			w.Idea.State = sangkien.Withdrawn
		}
	}
	for _, r := range out.Replies {
		for _, row := range r.Buttons {
			for _, b := range row {
				if len(b.Data) > sangkien.MaxPress {
					w.t.Errorf("button %q is too long", b.Data)
				}
				w.shown = append(w.shown, b.Data)
			}
		}
	}
	w.Chat.Revision++
	w.Session = out.Session
	w.ID += 16
}

func (w *walker) over() bool {
	return w.Idea.State != sangkien.Draft || w.Session.Mode == sangkien.ModeIdle
}

// FuzzStep lets anyone do anything: type, press any button that was ever shown or forge one, send files, edit,
// lose the session. Nothing panics, everything is answered, and an idea that is submitted is complete.
func FuzzStep(f *testing.F) {
	f.Add("lựa chọn b\nxong\nlựa chọn x\nxong\n\x01\x01tên dài\nbỏ qua\n5\n2/2026\nba be\nÔn 60, An 40\n!p\nxong\nco\ngửi")
	f.Add("\x02\n\x03\n\x04\n\x05\n~sửa\n?\nhuỷ\n!v\n#\n9999999999\n\u202e\n")
	f.Fuzz(func(t *testing.T, script string) {
		w := newWalker(t)
		for i, line := range strings.Split(script, "\n") {
			if w.over() || i > 60 {
				break
			}
			w.do(line)
		}
		if w.Idea.State == sangkien.Submitted {
			if q, open := w.Form.Next(w.Idea.Answers); open {
				t.Errorf("submitted without %s", q.Key)
			}
		}
	})
}

func (w *walker) do(line string) {
	w.Update = sangkien.Update{Kind: sangkien.UpdateText, Text: line, MessageID: "m"}
	switch {
	case line == "":
		w.Update.Kind = sangkien.UpdateUnknown
	case line[0] < 32:
		w.Update.Kind, w.Update.Press = sangkien.UpdatePress, line
		if n := int(line[0]); n > 0 && n <= len(w.shown) {
			w.Update.Press = w.shown[len(w.shown)-n]
		}
	case line[0] == '!':
		w.Update.Kind, w.Update.Files = sangkien.UpdateFile, []sangkien.File{{Ref: "f", Kind: map[bool]sangkien.AttachmentKind{true: sangkien.Voice, false: sangkien.Photo}[line == "!v"]}}
	case line[0] == '~':
		w.Update.Kind, w.Update.Text = sangkien.UpdateEdited, line[1:]
	case line == "#":
		asked := w.Session.Asked()
		w.Session = w.Form.Place(w.Idea.Answers, asked)
		if asked.Mode == sangkien.ModeCancel {
			w.Session.Mode = asked.Mode
		}
		w.Update.Text = "xong"
	case line == "<":
		w.took(BackCommand(w.Turn))
		return
	}
	w.took(Step(w.Turn))
}

func TestWholeWalk(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	for _, line := range strings.Split("lựa chọn b\nlựa chọn x; lựa chọn z\ntên dài\nphần một\nphần hai\nxong\n5\n2/2026\nba be\ntôi\n!p\nxong\nco\ngửi", "\n") {
		w.do(line)
	}
	if w.Idea.State != sangkien.Submitted || w.Idea.Answers["long"].Value != "phần một\nphần hai" || w.Idea.Answers["unit"].Unit != 1 ||
		w.Idea.Answers["multi"].Value != "x,z" || w.Idea.Answers["people"].Value != `[{"name":"Ôn, 3","share":100}]` {
		t.Errorf("%s in %+v: %+v", w.Idea.State, w.Session, w.Idea.Answers)
	}
}

// TestLongPasteIsOneAnswer: Telegram cuts a paste at 4,096 characters and delivers the parts at once.
func TestLongPasteIsOneAnswer(t *testing.T) {
	t.Parallel()
	form := sangkien.Form{Questions: []sangkien.Question{{Key: "long", Kind: sangkien.KindLong, Max: 10_000}}}
	w := newWalker(t)
	w.Form, w.Session = form, sangkien.Session{Form: sangkien.FormIdea, Idea: 5, Mode: sangkien.ModeAsk, Question: "long"}
	for _, part := range []string{strings.Repeat("à", 4096), strings.Repeat("b", 900)} {
		w.Update = sangkien.Update{Kind: sangkien.UpdateText, Text: part, MessageID: part[:1]}
		out := Step(w.Turn)
		if r := out.Replies[0]; r.Replaces == "" || (len(part) > 4096) != (r.After > 0) {
			t.Errorf("the reply to one part: %+v", r)
		}
		w.took(out)
	}
	if a := w.Idea.Answers["long"]; len([]rune(a.Value)) != 4096+1+900 || !a.Open || len(a.Parts) != 2 {
		t.Errorf("%d characters", len([]rune(a.Value)))
	}
	w.Update.Text = strings.Repeat("c", 10_000)
	if out := Step(w.Turn); out.Replies[0].Lines[0].Key != "mend.long" || len(out.Effects) != 0 {
		t.Errorf("10,000 characters more: %+v", out.Replies[0].Lines)
	}
}

// TestForgedChoicesChangeNothing: what a button carries comes from outside.
func TestForgedChoicesChangeNothing(t *testing.T) {
	t.Parallel()
	for _, forged := range []string{"a.5.choice.2.zzz", "k.5.choice.2.", "d.5.choice.2.", "same.5.choice.2.", "p.5.choice.2.7", "u.5.choice.2.", "r.5.choice.2.",
		"a.9.choice.2.a", "s.5..2.", "del.5..2.", "e.5.nothing.2.", "a.5.yesno.2.yes", "rubbish", "", strings.Repeat("a", 300)} {
		w := newWalker(t)
		w.Update = sangkien.Update{Kind: sangkien.UpdatePress, Press: forged}
		out := Step(w.Turn)
		if len(out.Effects) != 0 || len(out.Replies) != 1 || out.Replies[0].Lines[0].Key != "press.late" || out.Session.Question != "choice" {
			t.Errorf("%q: %+v", forged, out)
		}
	}
}

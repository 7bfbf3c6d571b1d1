package handlers

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// takeData sends everything as two files, for people and for machines, and then the files that the member sent.
func (t *turn) takeData(sangkien.Press) (outcome, error) {
	p, err := t.person()
	if err != nil {
		return outcome{}, err
	}
	words, err := t.dataText(p)
	if err != nil {
		return outcome{}, err
	}
	machine, err := json.MarshalIndent(taken(p), "", "  ")
	if err != nil {
		return outcome{}, fmt.Errorf("write the data of member %d: %w", p.Member.ID, err)
	}
	o, files := t.say([]sangkien.Line{sangkien.Say("data.taken")}), t.filesSent(p)
	if len(files) > 0 {
		o.replies[0].Lines = append(o.replies[0].Lines, sangkien.Say("data.taken_files", count(len(files))))
	}
	for _, f := range []struct {
		name, mime string
		data       []byte
	}{{"du-lieu-cua-toi.txt", "text/plain; charset=utf-8", []byte(words)}, {"du-lieu-cua-toi.json", "application/json", machine}} {
		kept, err := t.d.Pictures.PutOurs(t.ctx, f.name, f.mime, sangkien.Document, f.data)
		if err != nil {
			return outcome{}, err
		}
		o.replies = append(o.replies, sangkien.Reply{To: t.update.Address, Language: t.lang, File: &kept})
	}
	o.replies = append(o.replies, files...)
	o.replies[len(o.replies)-1].Buttons = [][]sangkien.Button{{t.button("button.my_data", verbMyData, 0, "")}}
	o.effects = []sangkien.Effect{t.chat.Member.Request(t.d.NewID(), sangkien.RightExport, "", true, t.now)}
	return t.stay(o), nil
}

// dataText is everything that is kept, for people to read.
func (t *turn) dataText(p sangkien.Person) (string, error) {
	lines := dataLines(p)
	for _, i := range p.Ideas {
		form, _, err := t.formOf(i)
		if err != nil {
			return "", err
		}
		full := t.full(i, form).replies[0].Lines
		lines = append(append(lines, sangkien.Line{}), full...)
		lines = append(lines, fileLines(i.Attachments)...)
		for _, m := range standing(p.Moves[i.ID]) {
			lines = append(lines, historyLine("history.move", m))
		}
	}
	for _, l := range p.Letters {
		thread, err := t.thread(l, false)
		if err != nil {
			return "", err
		}
		lines = append(append(lines, sangkien.Line{}), thread...)
		for _, line := range l.Lines {
			lines = append(lines, fileLines(line.Files)...)
		}
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(t.d.Words(l, t.lang) + "\n")
	}
	return b.String(), nil
}

func fileLines(files []sangkien.Attachment) []sangkien.Line {
	var lines []sangkien.Line
	for _, a := range files {
		lines = append(lines, sangkien.Say("data.attachment", sangkien.With("name", a.File.Name), sangkien.With("mime", a.File.MIME)))
	}
	return lines
}

// filesSent sends what the member sent, as far as it is kept.
func (t *turn) filesSent(p sangkien.Person) []sangkien.Reply {
	var sent []sangkien.Reply
	for _, i := range p.Ideas {
		sent = append(sent, t.filesOf(i.Attachments)...)
	}
	for _, l := range p.Letters {
		for _, line := range l.Lines {
			if !line.Staff {
				sent = append(sent, t.filesOf(line.Files)...)
			}
		}
	}
	return sent
}

// taken is the form in which data is taken along. It is a contract: fields are added, none is renamed.
func taken(p sangkien.Person) any {
	type answer struct {
		Question string          `json:"question"`
		Answer   sangkien.Answer `json:"answer"`
	}
	type idea struct {
		Code      string          `json:"code,omitempty"`
		State     sangkien.State  `json:"state"`
		Begun     time.Time       `json:"begun"`
		Submitted time.Time       `json:"submitted,omitzero"`
		Unit      string          `json:"unit,omitempty"`
		Answers   []answer        `json:"answers"`
		Files     []sangkien.File `json:"files,omitempty"`
		History   []sangkien.Move `json:"history,omitempty"`
	}
	ideas := []idea{}
	for _, i := range p.Ideas {
		one := idea{Code: i.Code, State: i.State, Begun: i.Created, Submitted: i.SubmittedAt, Unit: i.UnitText, History: p.Moves[i.ID]}
		for key, a := range i.Answers {
			one.Answers = append(one.Answers, answer{key, a})
		}
		one.Files = plain(i.Attachments)
		ideas = append(ideas, one)
	}
	return map[string]any{"name": p.Member.Name, "unit": p.Member.UnitText, "language": p.Member.Language, "roles": p.Member.Roles,
		"accounts": p.Accounts, "consents": p.Consents, "ideas": ideas, "requests": p.Requests, "letters": takenLetters(p)}
}

// takenLetters is the letters as they are taken along: who of the staff answered is not the member's data.
func takenLetters(p sangkien.Person) any {
	type line struct {
		From  string          `json:"from"` // "me" or "board"
		At    time.Time       `json:"at"`
		Text  string          `json:"text"`
		Files []sangkien.File `json:"files,omitempty"`
	}
	letters := [][]line{}
	for _, l := range p.Letters {
		thread := []line{}
		for _, said := range l.Lines {
			from := "me"
			if said.Staff {
				from = "board"
			}
			thread = append(thread, line{from, said.At, said.Text, plain(said.Files)})
		}
		letters = append(letters, thread)
	}
	return letters
}

func plain(attachments []sangkien.Attachment) []sangkien.File {
	var files []sangkien.File
	for _, a := range attachments {
		files = append(files, a.File)
	}
	return files
}

package handlers

import (
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

// The verbs about one's own data (Law 91/2025/QH15, article 4).
const (
	verbMyData      = "md"  // what is kept
	verbTakeData    = "mx"  // take it along
	verbStopProcess = "mp"  // ask whether to take back the consent to process
	verbStopYes     = "mpy" // take it back
	verbErase       = "me"  // ask whether to delete everything
	verbEraseYes    = "mey" // delete it
	verbAskData     = "mr"  // ask a person for what the program cannot do
	sheetDataAsk    = "dataask"
	keyRight        = "right"
	keyText         = "text"
)

func myDataVerbs() []verb {
	return []verb{
		{verbMyData, sangkien.ActTakePart, aboutNothing, func(t *turn, _ sangkien.Press) (outcome, error) { return t.myData("") }},
		{verbTakeData, sangkien.ActTakePart, aboutNothing, (*turn).takeData},
		{verbStopProcess, sangkien.ActTakePart, aboutNothing, (*turn).askStopProcess},
		{verbStopYes, sangkien.ActTakePart, aboutNothing, (*turn).stopProcess},
		{verbErase, sangkien.ActTakePart, aboutNothing, (*turn).askErase},
		{verbEraseYes, sangkien.ActTakePart, aboutNothing, (*turn).erase},
		{verbAskData, sangkien.ActTakePart, aboutNothing, (*turn).askData},
	}
}

func myDataSheets() []sheetKind {
	return []sheetKind{{sheetDataAsk, sangkien.ActTakePart, aboutNothing, (*turn).finishDataAsk}}
}

// person loads everything about the member; somebody who joined in this very turn has nothing yet.
func (t *turn) person() (sangkien.Person, error) {
	if len(t.before) > 0 {
		return sangkien.Person{Member: t.chat.Member}, nil
	}
	return t.d.Store.Person(t.ctx, t.chat.Member.ID)
}

// myData is /dulieu: what is kept about the member, and what they can ask.
func (t *turn) myData(string) (outcome, error) {
	p, err := t.person()
	if err != nil {
		return outcome{}, err
	}
	lines := dataLines(p)
	rows := [][]sangkien.Button{{t.button("button.take_data", verbTakeData, 0, "")}, {t.command("button.correct_data", "caidat")}}
	if len(p.Member.Consents) > 0 { // who was never asked is asked with their first idea
		rows = append(rows, t.consentButtons()...)
	}
	if p.Member.Allows(sangkien.PurposeProcess) {
		rows = append(rows, []sangkien.Button{t.button("button.stop_process", verbStopProcess, 0, "")})
	}
	rows = append(rows, []sangkien.Button{t.button("button.ask_data", verbAskData, 0, "")}, []sangkien.Button{t.button("button.erase", verbErase, 0, "")})
	o := t.stay(t.say(lines, rows...))
	o.effects = []sangkien.Effect{t.chat.Member.Request(t.d.NewID(), sangkien.RightSee, "", true, t.now)}
	return o, nil
}

// dataLines says in words what is kept.
func dataLines(p sangkien.Person) []sangkien.Line {
	drafts, codes := 0, []string{}
	for _, i := range p.Ideas {
		if i.State == sangkien.Draft {
			drafts++
		} else {
			codes = append(codes, i.Code)
		}
	}
	channels := []string{}
	for _, a := range p.Accounts {
		channels = append(channels, a.Channel)
	}
	lines := []sangkien.Line{sangkien.Say("data.head", sangkien.With("name", p.Member.Name), sangkien.With("unit", p.Member.UnitText),
		sangkien.With("channels", strings.Join(channels, ", ")), sangkien.With("drafts", strconv.Itoa(drafts)), sangkien.With("codes", strings.Join(codes, ", ")), sangkien.With("letters", strconv.Itoa(len(p.Letters))))}
	for _, purpose := range []sangkien.Purpose{sangkien.PurposeProcess, sangkien.PurposePublish, sangkien.PurposeNews} {
		c, asked := p.Member.Consents[purpose]
		if !asked {
			continue
		}
		now := "word.no"
		if c.Granted {
			now = "word.yes"
		}
		lines = append(lines, sangkien.Say("data.consent_"+string(purpose), sangkien.WithKey("now", now), sangkien.WithTime("at", c.At)))
	}
	for _, q := range p.Requests {
		if q.Done.IsZero() {
			lines = append(lines, sangkien.Say("data.open", sangkien.WithKey("right", "data.right_"+string(q.Right)), sangkien.WithTime("due", q.Due)))
		}
	}
	return append(lines, sangkien.Say("data.foot"))
}

// askStopProcess says what follows before the consent to process is taken back.
func (t *turn) askStopProcess(sangkien.Press) (outcome, error) {
	return t.stay(t.say([]sangkien.Line{sangkien.Say("data.stop_ask")}, []sangkien.Button{aside(t.button("button.stop_yes", verbStopYes, 0, ""))},
		[]sangkien.Button{aside(t.button("button.data_back", verbMyData, 0, ""))})), nil
}

func (t *turn) stopProcess(sangkien.Press) (outcome, error) {
	p, err := t.person()
	if err != nil {
		return outcome{}, err
	}
	if !p.Member.Allows(sangkien.PurposeProcess) {
		return t.myData("")
	}
	notice, words := t.notice(sangkien.PurposeProcess)
	o := t.say([]sangkien.Line{sangkien.Say("data.stopped")}, t.menu()...)
	o.effects = append(p.WithdrawProcess(t.now), p.Member.Decide(sangkien.PurposeProcess, false, notice, words, t.update, t.now),
		p.Member.Request(t.d.NewID(), sangkien.RightWithdraw, "", true, t.now))
	return o, nil
}

// askErase says in plain words what goes and what stays before everything is deleted.
func (t *turn) askErase(sangkien.Press) (outcome, error) {
	if len(t.chat.Member.Roles) > 0 {
		return t.stay(t.sayKey("data.has_role")), nil
	}
	accounts, err := t.d.Store.Accounts(t.ctx, t.chat.Member.ID)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("data.erase_ask"), sangkien.Say("data.erase_stays")}
	if len(accounts) > 1 {
		lines = append(lines, sangkien.Say("data.erase_accounts", sangkien.With("n", strconv.Itoa(len(accounts)))))
	}
	return t.stay(t.say(lines,
		[]sangkien.Button{aside(t.button("button.erase_yes", verbEraseYes, 0, ""))}, []sangkien.Button{aside(t.button("button.data_back", verbMyData, 0, ""))})), nil
}

// erase deletes the person. The reply is the last word: nothing of it is kept either.
func (t *turn) erase(sangkien.Press) (outcome, error) {
	p, err := t.person()
	if err != nil {
		return outcome{}, err
	}
	forms := map[int64]sangkien.Form{}
	for _, i := range p.Ideas {
		if forms[i.ID], _, err = t.formOf(i); err != nil {
			return outcome{}, err
		}
	}
	effects, err := p.Erase(forms, t.now)
	if err != nil {
		return t.stay(t.sayKey("data.has_role")), nil //nolint:nilerr // it is what the sentence says
	}
	o := t.say([]sangkien.Line{sangkien.Say("data.erased")})
	o.replies[0].Replaces, o.replies[0].Retire = sangkien.LastWord, ""
	for _, chat := range p.Chats {
		if chat != t.update.Address {
			o.replies = append(o.replies, sangkien.Reply{To: chat, Language: t.lang, Replaces: sangkien.LastWord, Lines: o.replies[0].Lines})
		}
	}
	o.effects = append([]sangkien.Effect{p.Member.Request(t.d.NewID(), sangkien.RightDelete, "", true, t.now)}, effects...)
	return o, nil
}

// askData begins a request that a person has to see to.
func (t *turn) askData(sangkien.Press) (outcome, error) { return t.openSheet(sheetDataAsk, 0, nil) }

func (t *turn) finishDataAsk(s sangkien.Sheet) (outcome, error) {
	asked := t.chat.Member.Request(t.d.NewID(), sangkien.DataRight(s.Answers[keyRight].Value), s.Answers[keyText].Value, false, t.now)
	o := t.say([]sangkien.Line{sangkien.Say("data.asked", sangkien.WithTime("due", asked.Request.Due))}, t.menu()...)
	o.effects = []sangkien.Effect{asked}
	told, err := t.tellDataStaff(asked.Request, sangkien.Say("data.notice", sangkien.WithKey("right", "data.right_"+string(asked.Request.Right)), sangkien.WithTime("due", asked.Request.Due)))
	o.replies = append(o.replies, told...)
	return o, err
}

// tellDataStaff says something to everyone who sees to the request.
func (t *turn) tellDataStaff(q sangkien.DataRequest, line sangkien.Line) ([]sangkien.Reply, error) {
	return t.staffWho(sangkien.ActData, q.Object(), func(_ sangkien.Viewer, r sangkien.Reply) sangkien.Reply {
		r.After, r.Lines = sangkien.Quiet(t.now), []sangkien.Line{line}
		r.Buttons = [][]sangkien.Button{{t.foreign("button.data_requests", verbRequests, 0, "")}}
		return r
	})
}

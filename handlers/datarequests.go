package handlers

import (
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// The verbs and sheets of those who see to requests about personal data.
const (
	verbRequests    = "rq" // the open requests
	verbRequest     = "rv" // one of them: Idea is the request
	verbRequestDone = "rd" // it was done
	verbRequestNo   = "rn" // it is refused
	sheetDataDone   = "datadone"
	sheetDataRefuse = "datarefuse"
)

func requestVerbs() []verb {
	return []verb{
		{verbRequests, sangkien.ActData, aboutNothing, func(t *turn, _ sangkien.Press) (outcome, error) { return t.requests("") }},
		{verbRequest, sangkien.ActData, aboutNothing, (*turn).request},
		{verbRequestDone, sangkien.ActData, aboutNothing, func(t *turn, p sangkien.Press) (outcome, error) { return t.beginClose(sheetDataDone, p.Idea) }},
		{verbRequestNo, sangkien.ActData, aboutNothing, func(t *turn, p sangkien.Press) (outcome, error) { return t.beginClose(sheetDataRefuse, p.Idea) }},
	}
}

func requestSheets() []sheetKind {
	return []sheetKind{
		{sheetDataDone, sangkien.ActData, aboutNothing, (*turn).finishRequest},
		{sheetDataRefuse, sangkien.ActData, aboutNothing, (*turn).finishRequest},
	}
}

// requests is /yeucau: what people asked about their data, the most urgent first.
func (t *turn) requests(string) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	open, err := t.d.Store.OpenRequests(t.ctx, time.Time{})
	if err != nil {
		return outcome{}, err
	}
	open = v.Requests(open)
	if len(open) == 0 {
		return t.stay(t.say([]sangkien.Line{sangkien.Say("request.none")}, []sangkien.Button{t.command("button.desk", "hoso")})), nil
	}
	lines, rows := []sangkien.Line{sangkien.Say("request.head")}, [][]sangkien.Button(nil)
	for n, q := range open[:min(perPage, len(open))] {
		number := sangkien.With("i", strconv.Itoa(n+1))
		lines = append(lines, sangkien.Say("request.one", number, sangkien.WithKey("right", "data.right_"+string(q.Right)), sangkien.WithTime("due", q.Due)))
		rows = append(rows, []sangkien.Button{numbered(n+1, t.button("button.request", verbRequest, q.ID, "", number))})
	}
	return t.stay(t.say(lines, rows...)), nil
}

// openRequest loads a request that waits and that the member sees to; any other is ENOTFOUND.
func (t *turn) openRequest(id int64) (sangkien.DataRequest, error) {
	q, err := t.d.Store.DataRequest(t.ctx, id)
	if err != nil {
		return q, err
	}
	ok, err := t.may(sangkien.ActData, q.Object())
	if err == nil && (!ok || !q.Done.IsZero()) {
		err = sangkien.Errorf(sangkien.ENOTFOUND, "request %d does not wait for member %d", id, t.chat.Member.ID)
	}
	return q, err
}

// requestsOr shows what waits when the request that was meant does not.
func (t *turn) requestsOr(err error) (outcome, error) {
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.requests("")
	}
	return outcome{}, err
}

func (t *turn) beginClose(sheet string, id int64) (outcome, error) {
	if _, err := t.openRequest(id); err != nil {
		return t.requestsOr(err)
	}
	return t.openSheet(sheet, id, nil)
}

// request shows one request with who asks.
func (t *turn) request(p sangkien.Press) (outcome, error) {
	q, err := t.openRequest(p.Idea)
	if err != nil {
		return t.requestsOr(err)
	}
	name, err := t.nameOf(q.Member)
	if err != nil {
		return outcome{}, err
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("request.view", name, sangkien.WithKey("right", "data.right_"+string(q.Right)),
		sangkien.WithTime("at", q.At), sangkien.WithTime("due", q.Due), sangkien.With("text", q.Text))},
		[]sangkien.Button{t.button("button.request_done", verbRequestDone, q.ID, ""), t.button("button.request_no", verbRequestNo, q.ID, "")},
		[]sangkien.Button{t.button("button.data_requests", verbRequests, 0, "")})), nil
}

// finishRequest closes a request and tells who asked, once.
func (t *turn) finishRequest(s sangkien.Sheet) (outcome, error) {
	q, err := t.d.Store.DataRequest(t.ctx, s.About)
	if err != nil {
		return t.requestsOr(err)
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	closed, err := q.Close(s.Kind == sheetDataRefuse, s.Answers[keyText].Value, v, t.now)
	if sangkien.CodeOf(err) == sangkien.EFORBIDDEN {
		return t.forbidden()
	}
	if err != nil {
		return t.say([]sangkien.Line{sangkien.Say("request.meanwhile")}, []sangkien.Button{t.button("button.data_requests", verbRequests, 0, "")}), nil //nolint:nilerr // it is what the sentence says
	}
	o := t.say([]sangkien.Line{sangkien.Say("request.closed")}, []sangkien.Button{t.button("button.data_requests", verbRequests, 0, "")})
	o.effects = []sangkien.Effect{closed}
	to, lang, ok, err := t.reach(q.Member)
	if err != nil || !ok {
		return o, err
	}
	key := "request.told_done"
	if closed.Refused {
		key = "request.told_refused"
	}
	o.replies = append(o.replies, sangkien.Reply{To: to, Language: lang, Class: sangkien.ClassNotice, After: sangkien.Quiet(t.now),
		Lines: []sangkien.Line{sangkien.Say(key, sangkien.WithKey("right", "data.right_"+string(q.Right)), sangkien.With("answer", closed.Answer))}})
	return o, nil
}

package sangkien

import "time"

// DataRight is what a person asks about their data. The set is closed.
type DataRight string

const (
	RightSee      DataRight = "see"
	RightExport   DataRight = "export"
	RightCorrect  DataRight = "correct"
	RightWithdraw DataRight = "withdraw"
	RightDelete   DataRight = "delete"
)

// Within is how long the controller has: Decree 356/2025/NĐ-CP, article 5, in days.
func (r DataRight) Within() time.Duration {
	const day = 24 * time.Hour
	switch r {
	case RightWithdraw:
		return 15 * day
	case RightDelete:
		return 20 * day
	case RightSee, RightExport, RightCorrect:
	}
	return 10 * day
}

// DataRequest is one request about personal data, logged with its legal due date. What the program does at once
// is done at once; the rest waits for a person.
type DataRequest struct {
	ID      int64
	Member  int64
	Unit    int64 // of the member today: whose administrators see to it
	Right   DataRight
	Text    string // in the person's words; "" when the program did it
	At      time.Time
	Due     time.Time
	Done    time.Time // zero: open
	Refused bool
	Answer  string // what the person was told; for a refusal with its ground in law
}

// DataRequested logs a request.
type DataRequested struct{ Request DataRequest }

// DataRequestClosed ends a request.
type DataRequestClosed struct {
	Request int64
	Actor   int64
	Refused bool
	Answer  string
	At      time.Time
}

func (DataRequested) effect()     {}
func (DataRequestClosed) effect() {}

// Object is the request as a rule sees it.
func (q DataRequest) Object() Object { return Object{Author: q.Member, Unit: q.Unit} }

// Request is the change that logs what the member asks. done tells that it was done at once.
func (m Member) Request(id int64, r DataRight, text string, done bool, now time.Time) DataRequested {
	q := DataRequest{ID: id, Member: m.ID, Unit: m.Unit, Right: r, Text: text, At: now, Due: now.Add(r.Within())}
	if done {
		q.Done = now
	}
	return DataRequested{Request: q}
}

// Close is the change that ends a request. It returns EFORBIDDEN when the actor may not, and ECONFLICT when it
// is closed.
func (q DataRequest) Close(refused bool, answer string, actor Viewer, now time.Time) (DataRequestClosed, error) {
	switch {
	case !actor.May(ActData, q.Object()):
		return DataRequestClosed{}, Errorf(EFORBIDDEN, "member %d may not close request %d", actor.Member.ID, q.ID)
	case !q.Done.IsZero():
		return DataRequestClosed{}, Errorf(ECONFLICT, "request %d is closed", q.ID)
	}
	return DataRequestClosed{Request: q.ID, Actor: actor.Member.ID, Refused: refused, Answer: answer, At: now}, nil
}

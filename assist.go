package sangkien

import (
	"strconv"
	"time"
)

// The answers of an assist sheet: who it is for, and how their consent was given.
const (
	AssistName    = "name"
	AssistUnit    = "unit"
	AssistConsent = "process" // the key is the Purpose
	AssistPublish = "publish"
	AssistHow     = "how" // "paper", "present", "phone"
)

// Enter returns the changes that make a member of someone without a phone, with the consents that they gave to the
// organiser: evidence like any other, with who heard it and how. form is the sheet with the words that were read out.
// It returns EFORBIDDEN when the actor may not, and EINVALID without the consent to process.
func (v Viewer) Enter(id int64, a Answers, form Form, l Language, now time.Time) (Member, []Effect, error) {
	if !v.May(ActAssist, Object{Unit: a[AssistUnit].Unit}) {
		return Member{}, nil, Errorf(EFORBIDDEN, "member %d may not write for someone of unit %d", v.Member.ID, a[AssistUnit].Unit)
	}
	if a[AssistConsent].Value != "yes" {
		return Member{}, nil, Errorf(EINVALID, "there is no consent")
	}
	m := Member{ID: id, Name: a[AssistName].Value, Unit: a[AssistUnit].Unit, UnitText: a[AssistUnit].Value, Language: l, Consents: map[Purpose]Consent{}}
	effects := []Effect{MemberEntered{Member: id, By: v.Member.ID, Language: l, At: now},
		MemberNamed{Member: id, Name: m.Name}, MemberPlaced{Member: id, Unit: m.Unit, Text: m.UnitText}}
	for _, p := range []Purpose{PurposeProcess, PurposePublish} {
		q, _ := form.Question(string(p))
		c := Consent{Purpose: p, Granted: a[string(p)].Value == "yes", Version: "assist-" + strconv.Itoa(form.Version), Hash: NoticeHash(q.Text.In(l)),
			Channel: "assisted", MessageID: a[AssistHow].Value + object(":member", v.Member.ID), At: now}
		m.Consents[p] = c
		effects = append(effects, ConsentAnswered{Member: id, Consent: c})
	}
	return m, effects, nil
}

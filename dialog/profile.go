package dialog

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The keys of the profile's questions that are not consents.
const (
	KeyName = "name"
	KeyUnit = "unit"
)

// Known is what the profile's questions need not ask again. A refusal to process is asked again, for
// without it there is no idea.
func Known(m sangkien.Member) sangkien.Answers {
	a := sangkien.Answers{}
	for purpose, c := range m.Consents {
		if c.Granted {
			a[string(purpose)] = sangkien.Answer{Value: yes}
		} else if purpose != sangkien.PurposeProcess {
			a[string(purpose)] = sangkien.Answer{Value: no}
		}
	}
	if m.Name != "" {
		a[KeyName] = sangkien.Answer{Value: m.Name}
	}
	if m.Unit != 0 || m.UnitText != "" {
		a[KeyUnit] = sangkien.Answer{Value: m.UnitText, Unit: m.Unit}
	}
	return a
}

// profile is the effect of an answer about the member.
func (t Turn) profile(q sangkien.Question, a sangkien.Answer) []sangkien.Effect {
	id := t.Chat.Member.ID
	switch {
	case q.Notice != "":
		return []sangkien.Effect{sangkien.ConsentAnswered{Member: id, Consent: sangkien.Consent{
			Purpose: sangkien.Purpose(q.Key), Granted: a.Value == yes, Version: q.Notice,
			Hash: sangkien.NoticeHash(q.Text.In(t.Language)), Channel: t.Update.Address.Channel,
			MessageID: t.Update.MessageID, At: t.Now}}}
	case q.Key == KeyName:
		return []sangkien.Effect{sangkien.MemberNamed{Member: id, Name: a.Value}}
	case q.Key == KeyUnit:
		return []sangkien.Effect{sangkien.MemberPlaced{Member: id, Unit: a.Unit, Text: a.Value}}
	}
	return nil
}

// refused ends the profile: without the consent to process nothing is kept but the refusal.
func (t Turn) refused() Outcome {
	return Outcome{Replies: []sangkien.Reply{t.reply([]sangkien.Line{sangkien.Say("consent.refused")},
		[]sangkien.Button{t.command("button.start_over", "gui"), t.command("button.help", "trogiup")})}}
}

// People reads the stored form of an answer about people; nil when it is none.
func People(value string) []Person {
	var people []Person
	if err := json.Unmarshal([]byte(value), &people); err != nil {
		return nil
	}
	return people
}

func showPeople(value string) string {
	var names []string
	people := People(value)
	for _, p := range people {
		names = append(names, showShare(p, len(people) == 1))
	}
	return strings.Join(names, ", ")
}

// isName tells whether a text may be a person's name: letters, no telephone number, and none of the signs that names have
// not. It stands on the decision.
func isName(text string) bool {
	folded := vntext.Fold(text)
	digits := len(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, folded))
	return digits < 5 && !strings.ContainsAny(text, "<>{}[]|?@#$%^*=/\\\"") && strings.ContainsFunc(folded, unicode.IsLetter) &&
		!slices.Contains([]string{"co", "khong", "ko", "ok", "thoi", "dong y", "yes", "no", "lam tiep", "chua", "xong"}, folded)
}

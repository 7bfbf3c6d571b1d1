package handlers

import (
	"slices"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// settings is /caidat: language, name, unit, and what the member agreed to.
func (t *turn) settings(string) (outcome, error) {
	m := t.chat.Member
	lines := []sangkien.Line{sangkien.Say("settings.head", sangkien.With("name", m.Name), sangkien.With("unit", m.UnitText))}
	rows := [][]sangkien.Button{}
	if m.Name != "" {
		rows = append(rows, []sangkien.Button{
			t.button("button.set_name", verbProfile, 0, dialog.KeyName), t.button("button.set_unit", verbProfile, 0, dialog.KeyUnit)})
	}
	for _, p := range choices() {
		now := "word.no"
		if m.Allows(p) {
			now = "word.yes"
		}
		lines = append(lines, sangkien.Say("settings."+string(p), sangkien.WithKey("now", now)))
	}
	rows = append(rows, t.consentButtons()...)
	language, value := "button.english", "en"
	if t.lang == sangkien.English {
		language, value = "button.vietnamese", "vi"
	}
	linked, err := t.linkRow()
	if err != nil {
		return outcome{}, err
	}
	rows = append(rows, linked, []sangkien.Button{t.button(language, verbLanguage, 0, value)}, []sangkien.Button{t.button("button.my_data", verbMyData, 0, "")})
	return t.stay(t.say(lines, rows...)), nil
}

// linkRow is how to link another account, and, where there are several, which there are.
func (t *turn) linkRow() ([]sangkien.Button, error) {
	row := []sangkien.Button{t.button("button.link", verbLink, 0, "")}
	accounts, err := t.d.Store.Accounts(t.ctx, t.chat.Member.ID)
	if len(accounts) > 1 {
		row = append(row, t.button("button.accounts", verbAccounts, 0, ""))
	}
	return row, err
}

// choices are the purposes to which one can say no and take part all the same.
func choices() []sangkien.Purpose {
	return []sangkien.Purpose{sangkien.PurposePublish, sangkien.PurposeNews}
}

// consentButtons give each of these consents or take it back.
func (t *turn) consentButtons() [][]sangkien.Button {
	var rows [][]sangkien.Button
	for _, p := range choices() {
		key, value := "button."+string(p)+"_on", string(p)+"-yes"
		if t.chat.Member.Allows(p) {
			key, value = "button."+string(p)+"_off", string(p)+"-no"
		}
		rows = append(rows, []sangkien.Button{t.button(key, verbConsent, 0, value)})
	}
	return rows
}

func (t *turn) pressedProfile(p sangkien.Press) (outcome, error) {
	if p.Value == dialog.KeyName || p.Value == dialog.KeyUnit {
		return t.askProfile(p.Value, "caidat")
	}
	return t.latePress()
}

func (t *turn) pressedConsent(p sangkien.Press) (outcome, error) {
	purpose, answer, _ := strings.Cut(p.Value, "-")
	if slices.Contains(choices(), sangkien.Purpose(purpose)) {
		return t.decideConsent(sangkien.Purpose(purpose), answer == "yes")
	}
	return t.latePress()
}

func (t *turn) pressedLanguage(p sangkien.Press) (outcome, error) {
	l := sangkien.Language(p.Value)
	if l != sangkien.Vietnamese && l != sangkien.English {
		return t.latePress()
	}
	return t.speak(l)
}

// speak goes on in another language, where the conversation stands.
func (t *turn) speak(l sangkien.Language) (o outcome, err error) {
	t.lang = l
	if o = t.stay(t.sayKey("settings.language")); t.session.Form != "" {
		if o, err = t.showAgain(sangkien.Say("settings.language")); err != nil {
			return o, err
		}
	}
	o.effects = append(o.effects, t.chat.Member.Choose(l))
	return o, nil
}

func (t *turn) decideConsent(p sangkien.Purpose, granted bool) (outcome, error) {
	notice, words := t.notice(p)
	key := "settings." + string(p) + "_off"
	if granted {
		key = "settings." + string(p) + "_on"
	}
	o := t.stay(t.sayKey(key))
	o.effects = []sangkien.Effect{t.chat.Member.Decide(p, granted, notice, words, t.update, t.now)}
	return o, nil
}

// help is /trogiup: in a form it explains the question at hand, else what can be done.
func (t *turn) help(string) (outcome, error) {
	if t.session.Form != "" && t.session.Mode != sangkien.ModeResume {
		return t.showAgain(sangkien.Say("help.form"))
	}
	return t.stay(t.sayKey("help")), nil
}

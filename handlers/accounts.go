package handlers

import (
	"strconv"

	sangkien "github.com/sangkien/sangkien"
)

// The verbs about a person's accounts. Press.Value is the Key of an account.
const (
	verbAccounts  = "ac"  // which there are
	verbPrefer    = "ap"  // send notices there
	verbUnlink    = "au"  // ask whether to let one leave
	verbUnlinkYes = "auy" // let it leave
)

func accountVerbs() []verb {
	return []verb{
		{verbAccounts, sangkien.ActTakePart, aboutNothing, func(t *turn, _ sangkien.Press) (outcome, error) { return t.accounts() }},
		{verbPrefer, sangkien.ActTakePart, aboutNothing, (*turn).prefer},
		{verbUnlink, sangkien.ActTakePart, aboutNothing, (*turn).askUnlink},
		{verbUnlinkYes, sangkien.ActTakePart, aboutNothing, (*turn).unlink},
	}
}

// accounts lists the person's accounts: where notices go, and which can leave.
func (t *turn) accounts() (outcome, error) {
	p, err := t.person()
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("accounts.head")}
	var rows [][]sangkien.Button
	for n, a := range p.Accounts {
		i, name, key := sangkien.With("i", strconv.Itoa(n+1)), channel(a.Channel), "accounts.one"
		if a.Preferred {
			key = "accounts.one_preferred"
		}
		lines = append(lines, sangkien.Say(key, i, name, sangkien.WithTime("used", a.Used)))
		if len(p.Accounts) == 1 {
			break
		}
		var row []sangkien.Button
		if !a.Preferred {
			row = append(row, t.button("button.prefer", verbPrefer, 0, a.Key(), i, name))
		}
		rows = append(rows, append(row, t.button("button.unlink", verbUnlink, 0, a.Key(), i, name)))
	}
	if len(p.Accounts) > 1 {
		lines = append(lines, sangkien.Say("accounts.notices"))
	}
	rows = append(rows, []sangkien.Button{t.button("button.link", verbLink, 0, "")})
	return t.stay(t.say(lines, rows...)), nil
}

func (t *turn) prefer(press sangkien.Press) (outcome, error) {
	p, err := t.person()
	if err != nil {
		return outcome{}, err
	}
	preferred, err := p.Prefer(press.Value)
	if err != nil {
		return t.accounts() // it left meanwhile: show which there are
	}
	o := t.stay(t.sayKey("accounts.preferred", channel(preferred.Account.Channel)))
	o.effects = []sangkien.Effect{preferred}
	return o, nil
}

// askUnlink says what follows before an account leaves.
func (t *turn) askUnlink(press sangkien.Press) (outcome, error) {
	p, err := t.person()
	if err != nil {
		return outcome{}, err
	}
	a, ok := p.Account(press.Value)
	if !ok || len(p.Accounts) == 1 {
		return t.accounts()
	}
	key := "accounts.ask"
	if t.here(a) {
		key = "accounts.ask_here"
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say(key, channel(a.Channel))},
		[]sangkien.Button{t.button("button.unlink_yes", verbUnlinkYes, 0, a.Key())}, []sangkien.Button{t.button("button.unlink_no", verbAccounts, 0, "")})), nil
}

// here tells whether the account is the one that writes.
func (t *turn) here(a sangkien.Account) bool {
	return a.Channel == t.update.Address.Channel && a.External == t.update.From.ID
}

// unlink lets an account leave with nothing, and tells both sides.
func (t *turn) unlink(press sangkien.Press) (outcome, error) {
	p, err := t.person()
	if err != nil {
		return outcome{}, err
	}
	left, err := p.Unlink(press.Value, t.d.NewID(), t.now)
	if err != nil {
		return t.accounts() // it left already, or is the only one: show which there are
	}
	a := left.Account
	there, said, told := a, "accounts.unlinked", "accounts.told_left"
	if t.here(a) {
		there, said, told = lastUsed(p.Accounts, a), "accounts.left", "accounts.told"
	}
	o := t.sayKey(said, channel(a.Channel))
	o.effects = []sangkien.Effect{left}
	other := sangkien.Reply{To: there.Chat, Language: p.Member.Language, Class: sangkien.ClassNotice, Lines: []sangkien.Line{sangkien.Say(told, channel(a.Channel))}}
	if t.here(a) {
		o.replies[0].Menu = sangkien.MenuMember
	} else {
		o, other.Menu = t.stay(o), sangkien.MenuMember
	}
	if there.Chat != (sangkien.Address{}) {
		o.replies = append(o.replies, other)
	}
	return o, nil
}

// lastUsed is the account that was used last, without one.
func lastUsed(all []sangkien.Account, without sangkien.Account) sangkien.Account {
	var last sangkien.Account
	for _, a := range all {
		if a.Key() != without.Key() && !a.Used.Before(last.Used) {
			last = a
		}
	}
	return last
}

package handlers

import (
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs with which a person makes two accounts theirs. Press.Idea is the link.
const (
	verbLink    = "lk"  // ask for a code
	verbLinkYes = "lky" // these two are one person
	verbLinkNo  = "lkn" // they are not
)

// linkPrefix begins a code, in a link or typed: "noi 7kqm4 b2hvr hn9gt", with or without the accent. Zalo knows no
// slash, so it is a plain word.
const linkPrefix = "noi"

func linkVerbs() []verb {
	return []verb{
		{verbLink, sangkien.ActTakePart, aboutNothing, (*turn).offerLink},
		{verbLinkYes, sangkien.ActTakePart, aboutNothing, (*turn).confirmLink},
		{verbLinkNo, sangkien.ActTakePart, aboutNothing, (*turn).refuseLink},
	}
}

// linkCode reads a code to link accounts as people type it: any case, any spaces, the prefix with or without its
// accent. A code with a slip is one too, and a wrong one: words have vowels, and no digits.
func linkCode(text string) (code string, ok bool) {
	code = strings.NewReplacer(" ", "", "-", "", ".", "").Replace(vntext.Fold(text))
	code, named := strings.CutPrefix(code, linkPrefix)
	if strings.Trim(code, "0123456789bcdfghjklmnpqrstvwxz") != "" {
		return "", false
	}
	whole, digits := len(code) == sangkien.LinkLength, strings.ContainsAny(code, "0123456789")
	if named {
		return code, whole || digits && len(code) > sangkien.LinkLength/2 && len(code) < 2*sangkien.LinkLength
	}
	return code, whole && digits && strings.Trim(code, "0123456789") != ""
}

// offerLink gives the member a code. The reply is the only place where it is ever shown.
func (t *turn) offerLink(sangkien.Press) (outcome, error) {
	code := sangkien.LinkCode(t.d.NewToken())
	typed := linkPrefix + " " + strings.ReplaceAll(code, "-", " ")
	lines := []sangkien.Line{sangkien.Say("link.code", sangkien.With("code", typed)), sangkien.Say("link.how")}
	for _, link := range t.d.Links(linkPrefix + "-" + code) {
		lines = append(lines, sangkien.Say("link.link", sangkien.With("link", link)))
	}
	o := t.stay(t.say(append(lines, sangkien.Say("link.secret")), []sangkien.Button{{Line: sangkien.Say("button.copy_link"), Copy: typed}}))
	o.effects = []sangkien.Effect{t.chat.Member.OfferLink(t.d.NewID(), code, t.update.Address, t.now)}
	return o, nil
}

// sentLink takes a code from the other account. A wrong code, a used one and one that has expired are answered
// alike; after a few no code is looked at for a while.
func (t *turn) sentLink(code string) (outcome, error) {
	account := sangkien.Account{Channel: t.update.Address.Channel, External: t.update.From.ID}
	tries, err := t.d.Store.LinkTries(t.ctx, account, t.now.Add(-sangkien.LinkWindow))
	if err != nil {
		return outcome{}, err
	}
	if tries.Exhausted() {
		return t.stay(t.sayKey("link.wait")), nil
	}
	l, err := t.d.Store.LinkByCode(t.ctx, code)
	if err != nil && sangkien.CodeOf(err) != sangkien.ENOTFOUND {
		return outcome{}, err
	}
	me := t.chat.Member
	claimed, wrong := l.Claim(me, t.update.Address, t.now)
	switch {
	case err == nil && wrong == nil:
		return t.askLink(l, claimed)
	case err == nil && l.Live(t.now) && l.By == me.ID:
		return t.askLink(l)
	case err == nil && l.Live(t.now) && l.Member == me.ID:
		return t.stay(t.sayKey("link.own")), nil
	case err == nil && l.Done && l.Member == me.ID:
		return t.stay(t.sayKey("link.already")), nil
	}
	o := t.linkGone()
	o.effects = []sangkien.Effect{account.MissLink(t.now)}
	return o, nil
}

func (t *turn) linkGone() outcome { return t.stay(t.sayKey("link.invalid")) }

// askLink shows, masked, whose account it is, and asks.
func (t *turn) askLink(l sangkien.Link, effects ...sangkien.Effect) (outcome, error) {
	host, err := t.d.Store.Member(t.ctx, l.Member)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("link.ask", masked(host), channel(l.From.Channel)), sangkien.Say("link.what")}
	if len(host.Roles)+len(t.chat.Member.Roles) > 0 {
		lines = append(lines, sangkien.Say("link.role"))
	}
	o := t.stay(t.say(lines, []sangkien.Button{t.button("button.link_yes", verbLinkYes, l.ID, "")}, []sangkien.Button{t.button("button.link_no", verbLinkNo, l.ID, "")}))
	o.effects = effects
	return o, nil
}

func masked(m sangkien.Member) sangkien.Arg {
	if m.Name == "" {
		return sangkien.WithKey("name", "link.unnamed")
	}
	return sangkien.With("name", sangkien.Initials(m.Name))
}

func channel(name string) sangkien.Arg { return sangkien.WithKey("channel", "channel."+name) }

// linkOf loads the link of a button; ok is false when there is none that waits for the member.
func (t *turn) linkOf(p sangkien.Press) (l sangkien.Link, ok bool, err error) {
	l, err = t.d.Store.Link(t.ctx, p.Idea)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return l, false, nil
	}
	return l, err == nil && l.By != 0 && (l.By == t.chat.Member.ID || l.Member == t.chat.Member.ID), err
}

// confirmLink is a yes: it joins the two, or asks the other side where that has to agree too.
func (t *turn) confirmLink(p sangkien.Press) (outcome, error) {
	l, ok, err := t.linkOf(p)
	switch {
	case err != nil:
		return outcome{}, err
	case !ok:
		return t.linkGone(), nil
	case l.Done:
		return t.stay(t.sayKey("link.already")), nil
	}
	host, err := t.d.Store.Person(t.ctx, l.Member)
	if err != nil {
		return outcome{}, err
	}
	guest, err := t.d.Store.Person(t.ctx, l.By)
	if err != nil {
		return outcome{}, err
	}
	effect, err := l.Confirm(t.chat.Member, host, guest, t.now)
	switch e := effect.(type) {
	case sangkien.LinkAgreed:
		return t.agreed(l, e, host.Member), nil
	case sangkien.AccountsLinked:
		if err == nil {
			return t.linked(l, e), nil
		}
	}
	return t.notLinked(l, err)
}

// notLinked says why a yes did nothing.
func (t *turn) notLinked(l sangkien.Link, err error) (outcome, error) {
	switch {
	case sangkien.CodeOf(err) == sangkien.ECONFLICT:
		return t.stay(t.sayKey("link.conflict")), nil
	case l.Live(t.now) && l.By == t.chat.Member.ID:
		return t.stay(t.say([]sangkien.Line{sangkien.Say("link.waiting", channel(l.From.Channel))})), nil
	}
	return t.linkGone(), nil
}

// agreed asks who holds a role whether it is them on the other account.
func (t *turn) agreed(l sangkien.Link, e sangkien.LinkAgreed, host sangkien.Member) outcome {
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("link.waiting", channel(l.From.Channel))}))
	o.effects = []sangkien.Effect{e}
	o.replies = append(o.replies, sangkien.Reply{To: l.From, Language: host.Language, Class: sangkien.ClassNotice,
		Lines:   []sangkien.Line{sangkien.Say("link.host_ask", channel(l.At.Channel)), sangkien.Say("link.role")},
		Buttons: [][]sangkien.Button{{t.foreign("button.link_yes", verbLinkYes, l.ID, "")}, {t.foreign("button.link_no", verbLinkNo, l.ID, "")}}})
	return o
}

// linked tells both sides that they are one.
func (t *turn) linked(l sangkien.Link, e sangkien.AccountsLinked) outcome {
	m, there := e.Result, l.From
	if t.chat.Member.ID == l.Member {
		there = l.At
	}
	done := []sangkien.Line{sangkien.Say("link.done", channel(there.Channel), sangkien.With("name", m.Name), sangkien.With("unit", m.UnitText)), sangkien.Say("link.notices")}
	o := t.say(done, append(t.menu(), []sangkien.Button{t.button("button.accounts", verbAccounts, 0, "")})...)
	if t.session.Form != sangkien.FormProfile { // what it asks for may be known now
		o = t.stay(o)
	}
	told := sangkien.Reply{To: there, Language: m.Language, Class: sangkien.ClassNotice,
		Lines:   []sangkien.Line{sangkien.Say("link.told", channel(t.update.Address.Channel)), sangkien.Say("link.not_you")},
		Buttons: [][]sangkien.Button{{t.foreign("button.accounts", verbAccounts, 0, "")}}}
	if len(m.Roles) > 0 {
		o.replies[0].Menu, told.Menu = sangkien.MenuStaff, sangkien.MenuStaff
	}
	o.effects = []sangkien.Effect{e}
	o.replies = append(o.replies, told)
	return o
}

// refuseLink is a no: nothing is joined, and who asked hears of it.
func (t *turn) refuseLink(p sangkien.Press) (outcome, error) {
	l, ok, err := t.linkOf(p)
	if err != nil || !ok {
		return t.linkGone(), err
	}
	dropped, err := l.Drop(t.chat.Member, t.now)
	if err != nil {
		return t.linkGone(), nil //nolint:nilerr // it is what the sentence says
	}
	there := l.From
	if t.chat.Member.ID == l.Member {
		there = l.At
	}
	o := t.stay(t.sayKey("link.dropped"))
	o.effects = []sangkien.Effect{dropped}
	o.replies = append(o.replies, sangkien.Reply{To: there, Language: t.lang, Class: sangkien.ClassNotice,
		Lines: []sangkien.Line{sangkien.Say("link.refused", channel(t.update.Address.Channel))}})
	return o, nil
}

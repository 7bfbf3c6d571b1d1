package handlers

import (
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// The verbs and the sheet of those who give roles.
const (
	verbStaff      = "st"  // who holds which role
	verbInvite     = "si"  // give a role
	verbRevoke     = "sr"  // ask whether to take a role away: Idea is the member, Value "organiser-19"
	verbRevokeYes  = "sry" // take it away
	sheetInvite    = "invite"
	keyRole        = "role"
	keyReach       = "reach" // "all" or "unit"
	reachesAll     = "all"
	maxStaffListed = 20
)

func staffVerbs() []verb {
	return []verb{
		{verbStaff, sangkien.ActStaff, aboutNothing, (*turn).pressedStaff},
		{verbInvite, sangkien.ActGrant, aboutNothing, (*turn).beginInvite},
		{verbRevoke, sangkien.ActGrant, aboutNothing, (*turn).askRevoke},
		{verbRevokeYes, sangkien.ActGrant, aboutNothing, (*turn).revoke},
	}
}

func staffSheets() []sheetKind {
	return []sheetKind{{sheetInvite, sangkien.ActGrant, aboutNothing, (*turn).finishInvite}}
}

func (t *turn) pressedStaff(sangkien.Press) (outcome, error) { return t.staff("") }

// staff is /quantri: who holds which role, each with a button that takes it away.
func (t *turn) staff(string) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	all, err := t.d.Store.Staff(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	lines, rows := []sangkien.Line{sangkien.Say("staff.head")}, [][]sangkien.Button{{t.button("button.invite", verbInvite, 0, "")}}
	for _, m := range all {
		for _, g := range m.Roles {
			if !v.May(sangkien.ActStaff, sangkien.Object{Unit: g.Unit}) {
				continue
			}
			if len(lines) > maxStaffListed {
				return t.stay(t.say(append(lines, sangkien.Say("staff.more")), rows...)), nil
			}
			args := append(grantArgs(units, g), sangkien.With("i", strconv.Itoa(len(lines))), staffName(m))
			lines = append(lines, sangkien.Say("staff.one", args...))
			if _, err := v.Revoke(m, g, t.now); err == nil {
				rows = append(rows, []sangkien.Button{numbered(len(lines)-1, t.button("button.revoke", verbRevoke, m.ID, grantValue(g), args...))})
			}
		}
	}
	return t.stay(t.say(lines, rows...)), nil
}

func staffName(m sangkien.Member) sangkien.Arg {
	if m.Name == "" {
		return sangkien.WithKey("name", "staff.unnamed")
	}
	return sangkien.With("name", m.Name)
}

// grantArgs fills {role} and {unit}.
func grantArgs(units *dialog.Units, g sangkien.Grant) []sangkien.Arg {
	unit := sangkien.WithKey("unit", "staff.everywhere")
	if name := units.Name(g.Unit); name != "" {
		unit = sangkien.With("unit", name)
	}
	return []sangkien.Arg{sangkien.WithKey("role", "role."+string(g.Role)), unit}
}

func grantValue(g sangkien.Grant) string { return string(g.Role) + "-" + strconv.FormatInt(g.Unit, 36) }

func readGrant(value string) (sangkien.Grant, bool) {
	role, unit, _ := strings.Cut(value, "-")
	id, err := strconv.ParseInt(unit, 36, 64)
	return sangkien.Grant{Role: sangkien.Role(role), Unit: id}, err == nil
}

func (t *turn) beginInvite(sangkien.Press) (outcome, error) { return t.openSheet(sheetInvite, 0, nil) }

// finishInvite makes a one-time invitation. The reply is the only place where its code is ever shown.
func (t *turn) finishInvite(s sangkien.Sheet) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	g := sangkien.Grant{Role: sangkien.Role(s.Answers[keyRole].Value), Unit: s.Answers[dialog.KeyUnit].Unit}
	if s.Answers[keyReach].Value != reachesAll && g.Unit == 0 {
		return t.sayKey("staff.no_unit"), nil
	}
	token := t.d.NewToken()
	issued, err := v.Invite(token, g, t.now)
	if err != nil {
		return t.forbidden()
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	code := InvitationCode(token)
	lines := []sangkien.Line{sangkien.Say("staff.invited", append(grantArgs(units, g), sangkien.With("code", code))...)}
	for _, link := range t.d.Links(code) {
		lines = append(lines, sangkien.Say("staff.link", sangkien.With("link", link)))
	}
	o := t.say(lines, []sangkien.Button{{Line: sangkien.Say("button.copy_invitation"), Copy: code}}, []sangkien.Button{t.button("button.staff", verbStaff, 0, "")})
	o.effects = []sangkien.Effect{issued}
	return o, nil
}

// askRevoke asks once before a role is taken away.
func (t *turn) askRevoke(p sangkien.Press) (outcome, error) {
	m, g, ok, err := t.holder(p)
	if err != nil || !ok {
		return t.staffOr(err)
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("staff.ask", append(grantArgs(units, g), staffName(m))...)},
		[]sangkien.Button{aside(t.button("button.revoke_yes", verbRevokeYes, m.ID, grantValue(g)))},
		[]sangkien.Button{aside(t.button("button.staff", verbStaff, 0, ""))})), nil
}

// revoke takes a role away, at once.
func (t *turn) revoke(p sangkien.Press) (outcome, error) {
	m, g, ok, err := t.holder(p)
	if err != nil || !ok {
		return t.staffOr(err)
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	revoked, err := v.Revoke(m, g, t.now)
	if err != nil {
		return t.forbidden()
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("staff.revoked", staffName(m))}, []sangkien.Button{t.button("button.staff", verbStaff, 0, "")}))
	o.effects = []sangkien.Effect{revoked}
	to, lang, ok, err := t.reach(m.ID)
	if err != nil {
		return outcome{}, err
	}
	menu := sangkien.MenuMember
	if len(m.Roles) > 1 {
		menu = sangkien.MenuStaff
	}
	if ok {
		o.replies = append(o.replies, sangkien.Reply{To: to, Language: lang, Menu: menu, Class: sangkien.ClassNotice, After: sangkien.Quiet(t.now),
			Lines: []sangkien.Line{sangkien.Say("staff.lost", sangkien.WithKey("role", "role."+string(g.Role)))}})
	}
	return o, nil
}

// holder reads whose role a button is about; ok is false when they do not hold it.
func (t *turn) holder(p sangkien.Press) (m sangkien.Member, g sangkien.Grant, ok bool, err error) {
	g, ok = readGrant(p.Value)
	if !ok {
		return m, g, false, nil
	}
	m, err = t.d.Store.Member(t.ctx, p.Idea)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return m, g, false, nil
	}
	for _, held := range m.Roles {
		if held == g {
			return m, g, true, err
		}
	}
	return m, g, false, err
}

// staffOr shows who holds which role now, unless something failed.
func (t *turn) staffOr(err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	return t.staff("")
}

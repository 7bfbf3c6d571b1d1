package handlers

import (
	"regexp"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/vntext"
)

// invitationPrefix begins an invitation, in a link or typed.
const invitationPrefix = "moi-"

// campaignPrefix begins the payload of a campaign's link, as on a poster's QR code.
const campaignPrefix = "c-"

var invitationShape = regexp.MustCompile(`^moi-[a-z2-7]{26}$`)

// InvitationCode is what a person types or follows to use an invitation.
func InvitationCode(token string) string { return invitationPrefix + token }

func invitationToken(text string) (code string, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	return text, invitationShape.MatchString(text)
}

// start is /start: an invitation, a campaign from a poster, or the welcome. It never loses a draft, and an
// unknown payload is no error.
func (t *turn) start(payload string) (outcome, error) {
	if code, ok := invitationToken(payload); ok {
		return t.accept(strings.TrimPrefix(code, invitationPrefix))
	}
	if slug, ok := strings.CutPrefix(payload, campaignPrefix); ok {
		all, err := t.d.catalogue.open(t.ctx, t.chat.Member)
		if err != nil {
			return outcome{}, err
		}
		for _, c := range all {
			if c.Slug == slug {
				return t.submitTo(c)
			}
		}
	}
	return t.welcome()
}

// welcome says who runs this and what it does; those who wrote before hear where they stopped.
func (t *turn) welcome() (outcome, error) {
	c, err := t.d.catalogue.current(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("welcome.new", sangkien.With("campaign", c.Title.In(t.lang)))}
	if t.chat.Member.Name != "" {
		lines = []sangkien.Line{sangkien.Say("welcome.back", sangkien.With("name", t.chat.Member.Name))}
	}
	drafts, err := t.drafts()
	if err != nil {
		return outcome{}, err
	}
	if len(drafts) == 0 {
		return t.say(lines, t.menu()...), nil
	}
	line, err := t.whereLine("welcome.draft", drafts[0])
	if err != nil {
		return outcome{}, err
	}
	buttons := append([][]sangkien.Button{{t.button("button.go", "go", drafts[0].ID, "")}}, t.menu()...)
	return t.say(append(lines, line), buttons...), nil
}

// accept uses an invitation. Whoever gave it hears who took it; someone without a name is asked for it, for
// others read it beside what they decide.
func (t *turn) accept(token string) (outcome, error) {
	invitation, err := t.d.Store.Invitation(t.ctx, token, t.now)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.stay(t.sayKey("invitation.invalid")), nil
	}
	if err != nil {
		return outcome{}, err
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	accepted := sangkien.Say("invitation.accepted", grantArgs(units, invitation.Grant)...)
	o := t.say([]sangkien.Line{accepted}, append([][]sangkien.Button{{t.command("button.desk", "hoso")}}, t.menu()...)...)
	if t.chat.Member.Name == "" {
		if o, err = t.askProfile(dialog.KeyName, "hoso"); err != nil {
			return outcome{}, err
		}
		o.replies[0].Lines = append([]sangkien.Line{accepted}, o.replies[0].Lines...)
	}
	o.replies[0].Menu = sangkien.MenuStaff
	o.effects = append([]sangkien.Effect{t.chat.Member.Accept(token, t.now)}, o.effects...)
	told, err := t.tellInviter(invitation)
	o.replies = append(o.replies, told...)
	return o, err
}

func (t *turn) tellInviter(i sangkien.Invitation) ([]sangkien.Reply, error) {
	if i.By == 0 {
		return nil, nil
	}
	to, lang, ok, err := t.reach(i.By)
	if err != nil || !ok {
		return nil, err
	}
	who := t.chat.Member
	if who.Name == "" {
		who.Name = t.update.From.Name
	}
	return []sangkien.Reply{{To: to, Language: lang, Class: sangkien.ClassNotice,
		Lines: []sangkien.Line{sangkien.Say("staff.joined", staffName(who))}}}, nil
}

// stop is a stop word: no more news, in any state. The draft stays, and so does the conversation's place.
func (t *turn) stop() (outcome, error) {
	notice, words := t.notice(sangkien.PurposeNews)
	o := t.say([]sangkien.Line{sangkien.Say("stop.done")}, t.menu()...)
	o.effects = []sangkien.Effect{t.chat.Member.Decide(sangkien.PurposeNews, false, notice, words, t.update, t.now)}
	if t.session.Form == sangkien.FormIdea {
		o.replies[0].Lines = append(o.replies[0].Lines, sangkien.Say("stop.draft"))
	}
	return o, nil
}

// notice returns the version and the words of the notice for a purpose.
func (t *turn) notice(p sangkien.Purpose) (version, words string) {
	q, _ := t.d.Profile.Question(string(p))
	return q.Notice, q.Text.In(t.lang)
}

func title(i sangkien.Idea) sangkien.Arg {
	if i.Title() == "" {
		return sangkien.WithKey("title", "idea.untitled")
	}
	return sangkien.With("title", vntext.Truncate(i.Title(), 60))
}

package handlers

import (
	"maps"
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/vntext"
)

// maxDrafts is how many drafts are offered at once.
const maxDrafts = 5

// submit is /gui: go on with a draft, or begin a new idea.
func (t *turn) submit(string) (outcome, error) {
	if t.session.Form != "" {
		return t.showAgain()
	}
	drafts, err := t.drafts()
	if err != nil {
		return outcome{}, err
	}
	if len(drafts) > 0 {
		return t.offerDrafts(drafts)
	}
	return t.beginNew()
}

// drafts lists the member's drafts, newest first. An empty one is as good as none: it is not offered.
func (t *turn) drafts() ([]sangkien.Idea, error) {
	if len(t.before) > 0 {
		return nil, nil // joined in this very turn
	}
	ideas, err := t.d.Store.IdeasOf(t.ctx, t.chat.Member.ID)
	if err != nil {
		return nil, err
	}
	var drafts []sangkien.Idea
	for _, i := range ideas {
		if i.State == sangkien.Draft && len(i.Answers)+len(i.Attachments) > 0 && len(drafts) < maxDrafts {
			drafts = append(drafts, i)
		}
	}
	return drafts, nil
}

// offerDrafts asks whether to go on, and with which.
func (t *turn) offerDrafts(drafts []sangkien.Idea) (outcome, error) {
	lines := []sangkien.Line{sangkien.Say("resume.ask")}
	var rows [][]sangkien.Button
	for n, d := range drafts {
		line, err := t.whereLine("resume.draft", d)
		if err != nil {
			return outcome{}, err
		}
		line.Args = append(line.Args, sangkien.With("i", strconv.Itoa(n+1)))
		lines = append(lines, line)
		rows = append(rows, []sangkien.Button{numbered(n+1, t.button("button.resume", dialog.VerbGo, d.ID, "", title(d)))})
	}
	rows = append(rows, []sangkien.Button{t.button("button.new", verbNew, 0, "")})
	o := t.say(lines, rows...)
	o.session = sangkien.Session{Mode: sangkien.ModeResume}
	return o, nil
}

// whereLine fills a sentence with a draft's title and the step that it stands at.
func (t *turn) whereLine(key string, d sangkien.Idea) (sangkien.Line, error) {
	form, err := t.d.catalogue.form(t.ctx, d.Campaign, d.FormVersion)
	if err != nil {
		return sangkien.Line{}, err
	}
	q, open := form.Next(d.Answers)
	n, of := form.Step(q.Key)
	if !open {
		return sangkien.Say(key+"_ready", title(d)), nil
	}
	return sangkien.Say(key, title(d), sangkien.With("n", strconv.Itoa(n)), sangkien.With("of", strconv.Itoa(of))), nil
}

// wroteAtResume understands a number, a title, "tiếp tục" or "mới".
func (t *turn) wroteAtResume() (outcome, error) {
	drafts, err := t.drafts()
	if err != nil {
		return outcome{}, err
	}
	labels := make([]string, 0, len(drafts)+1)
	for _, d := range drafts {
		labels = append(labels, d.Title())
	}
	labels = append(labels, "ý tưởng mới")
	folded := vntext.Fold(t.update.Text)
	goOn := folded == "tiep" || folded == "tiep tuc" || folded == "lam tiep" || folded == "co" || folded == "continue"
	switch fit := vntext.Match(t.update.Text, labels); {
	case goOn && len(drafts) > 0:
		return t.resume(drafts[0].ID)
	case folded == "moi" || folded == "new" || folded == "new idea":
		return t.beginNew()
	case len(fit) == 1 && fit[0] < len(drafts):
		return t.resume(drafts[fit[0]].ID)
	case len(fit) == 1 || len(drafts) == 0:
		return t.beginNew()
	}
	o, err := t.offerDrafts(drafts)
	if err == nil {
		o.replies[0].Lines[0] = sangkien.Say("resume.again", sangkien.With("max", strconv.Itoa(len(labels))))
		o.replies[0].Replaces = "mend"
	}
	return o, err
}

// resume goes on with a draft where it stands.
func (t *turn) resume(id int64, before ...sangkien.Line) (outcome, error) {
	idea, form, _, err := t.ideaInHand(id)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.sayKey("idea.gone"), nil
	}
	if err != nil {
		return outcome{}, err
	}
	if !idea.Open() {
		return t.show(idea)
	}
	t.session = form.Place(idea.Answers, sangkien.Asked{Form: sangkien.FormIdea, Idea: id})
	return t.showAgain(before...)
}

// showAgain says what the form waits for, after the lines before.
func (t *turn) showAgain(before ...sangkien.Line) (outcome, error) {
	dt, err := t.dialogTurn(t.session)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.sayKey("idea.gone"), nil
	}
	if err != nil {
		return outcome{}, err
	}
	return t.fromDialog(t.decided(dt, func(dt dialog.Turn) dialog.Outcome { return dialog.Show(dt, before...) })), nil
}

// beginNew begins an idea for the open campaign, or asks which when there are several.
func (t *turn) beginNew() (outcome, error) {
	open, err := t.d.catalogue.open(t.ctx, t.chat.Member)
	if err != nil {
		return outcome{}, err
	}
	switch len(open) {
	case 0:
		return t.sayKey("campaign.none"), nil
	case 1:
		return t.submitTo(open[0])
	}
	var rows [][]sangkien.Button
	for _, c := range open {
		b := t.button("", verbNew, 0, strconv.FormatInt(c.ID, 36))
		b.Line, b.Label = sangkien.Line{}, c.Title.In(t.lang)
		rows = append(rows, []sangkien.Button{b})
	}
	return t.say([]sangkien.Line{sangkien.Say("campaign.which")}, rows...), nil
}

// submitTo begins an idea for the campaign; before the very first one the profile is asked, once ever.
func (t *turn) submitTo(c sangkien.Campaign) (outcome, error) { return t.submitFrom(c, 0) }

// submitFrom is submitTo with a unit that is offered where the profile asks for one; 0 for none.
func (t *turn) submitFrom(c sangkien.Campaign, unit int64) (outcome, error) {
	if _, open := t.d.Profile.Next(dialog.Known(t.chat.Member)); open {
		t.session = sangkien.Session{Form: sangkien.FormProfile, Then: then(c.ID, unit)}
		return t.showAgain()
	}
	return t.begin(c)
}

func (t *turn) begin(c sangkien.Campaign) (outcome, error) {
	dt := dialog.Turn{Campaign: c, Chat: t.chat, Update: t.update, Language: t.lang, Now: t.now}
	return t.fromDialog(dialog.Begin(dt, t.d.NewID())), nil
}

// profileDone goes on with what the member wanted before the profile was asked.
func (t *turn) profileDone(out dialog.Outcome) (outcome, error) {
	var o outcome
	var err error
	switch then := out.Session.Then; then {
	case "caidat":
		o = t.say([]sangkien.Line{sangkien.Say("settings.saved")}, t.menu()...)
	case "hoso":
		o = t.say([]sangkien.Line{sangkien.Say("settings.saved")}, []sangkien.Button{t.command("button.desk", "hoso")})
	default:
		o, err = t.afterProfile(then)
	}
	o.effects = append(out.Effects, o.effects...)
	return o, err
}

// afterProfile begins the idea for which the profile was asked.
func (t *turn) afterProfile(then string) (outcome, error) {
	wanted, _ := readThen(then)
	open, err := t.d.catalogue.open(t.ctx, t.chat.Member)
	if err != nil {
		return outcome{}, err
	}
	if len(open) == 0 {
		return t.sayKey("campaign.none"), nil
	}
	chosen := open[0]
	for _, c := range open {
		if c.ID == wanted {
			chosen = c
		}
	}
	o, err := t.begin(chosen)
	if err == nil {
		o.replies[0].Lines = append([]sangkien.Line{sangkien.Say("profile.done")}, o.replies[0].Lines...)
	}
	return o, err
}

// askProfile asks one question of the profile, and goes on with a command.
func (t *turn) askProfile(key, then string) (outcome, error) {
	t.session = sangkien.Session{Form: sangkien.FormProfile, Mode: sangkien.ModeAsk, Question: key, Change: true, Then: then}
	return t.showAgain()
}

// back is /quaylai and cancel is /huy, from wherever the conversation stands.
func (t *turn) back(string) (outcome, error) { return t.inForm(dialog.BackCommand, "back.idle") }

func (t *turn) cancel(string) (outcome, error) { return t.inForm(dialog.Cancel, "cancel.idle") }

func (t *turn) inForm(step func(dialog.Turn) dialog.Outcome, idle string) (outcome, error) {
	if t.session.Form == "" {
		return t.sayKey(idle), nil
	}
	dt, err := t.dialogTurn(t.session)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.sayKey("idea.gone"), nil
	}
	if err != nil {
		return outcome{}, err
	}
	dt.Idea.Answers = maps.Clone(dt.Idea.Answers)
	return t.fromDialog(t.decided(dt, step)), nil
}

// edited takes the new words of an earlier message: of the draft in hand, of another draft, or of an idea
// that was submitted already and cannot change any more.
func (t *turn) edited() (outcome, error) {
	if t.session.Form == sangkien.FormIdea && t.session.Mode != sangkien.ModeResume {
		return t.step(t.session)
	}
	ideas, err := t.d.Store.IdeasOf(t.ctx, t.chat.Member.ID)
	if err != nil {
		return outcome{}, err
	}
	for _, i := range ideas {
		if !madeOf(i, t.update.MessageID) {
			continue
		}
		if !i.Open() {
			return t.stay(t.sayKey("edit.submitted", sangkien.With("code", i.Code))), nil
		}
		_, form, _, err := t.ideaInHand(i.ID)
		if err != nil {
			return outcome{}, err
		}
		return t.step(form.Place(i.Answers, sangkien.Asked{Form: sangkien.FormIdea, Idea: i.ID}))
	}
	return t.stay(t.sayKey("edit.unknown")), nil
}

func madeOf(i sangkien.Idea, message string) bool {
	for _, a := range i.Answers {
		for _, p := range a.Parts {
			if p.Message == message && message != "" {
				return true
			}
		}
	}
	return false
}

package handlers

import (
	"regexp"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// campaignPrefix begins the payload of a campaign's link, as on a poster's QR code: "c-SLUG", or "c-SLUG_UNIT" with the
// unit's id in base 36.
const campaignPrefix = "c-"

// maxPayload is the longest payload of a link: Telegram's limit.
const maxPayload = 64

var payloadShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// CampaignPayload is what a link carries to open a campaign, with a unit prefilled unless it is 0. It returns EINVALID
// when it would not fit into a link.
func CampaignPayload(slug string, unit int64) (string, error) {
	p := campaignPrefix + slug
	if unit != 0 {
		p += "_" + strconv.FormatInt(unit, 36)
	}
	if !payloadShape.MatchString(p) {
		return "", sangkien.Errorf(sangkien.EINVALID, "the link of campaign %q holds %d of %d characters, of A-Z, a-z, 0-9, _ and -", slug, len(p), maxPayload)
	}
	return p, nil
}

// JoinWords is what is typed where a link can carry nothing, as on Zalo: "tham gia 01906". "" for a unit without a code.
func JoinWords(u sangkien.Unit) string {
	if !joinShape.MatchString("tham gia " + u.Code) {
		return ""
	}
	return "tham gia " + u.Code
}

var joinShape = regexp.MustCompile(`^tham gia ([0-9]{2,12})$`)

// fromPoster opens the campaign of a poster. One that is unknown or over leads to the menu.
func (t *turn) fromPoster(payload string) (outcome, error) {
	slug, id, _ := strings.Cut(payload, "_")
	open, err := t.d.catalogue.open(t.ctx, t.chat.Member)
	if err != nil {
		return outcome{}, err
	}
	for _, c := range open {
		if c.Slug != slug {
			continue
		}
		unit, err := strconv.ParseInt(id, 36, 64)
		if err != nil {
			unit = 0
		}
		return t.join(c, unit)
	}
	return t.welcome()
}

// joinByCode is fromPoster for those who typed the words of a poster: the campaign that is open, the unit by its code.
func (t *turn) joinByCode(code string) (outcome, error) {
	open, err := t.d.catalogue.open(t.ctx, t.chat.Member)
	if err != nil || len(open) != 1 {
		return orBegin(t, err)
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	return t.join(open[0], units.WithCode(code))
}

func orBegin(t *turn, err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	return t.submit("")
}

// join goes on with a draft of the member, or begins an idea. The unit of the poster, or the one that took its place,
// is offered to who has none yet; who has another keeps it and is told.
func (t *turn) join(c sangkien.Campaign, unit int64) (outcome, error) {
	unit, other, err := t.posterUnit(unit)
	if err != nil {
		return outcome{}, err
	}
	if t.session.Form != "" && t.session.Form != sangkien.FormProfile && t.session.Mode != sangkien.ModeResume {
		return t.showAgain(other...)
	}
	drafts, err := t.drafts()
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	if len(drafts) > 0 {
		o, err = t.offerDrafts(drafts)
	} else {
		o, err = t.submitFrom(c, unit)
	}
	if err == nil {
		o.replies[0].Lines = append(other, o.replies[0].Lines...)
	}
	return o, err
}

// posterUnit is the unit to offer, 0 for none, and what to say to a member who is of another.
func (t *turn) posterUnit(unit int64) (offer int64, say []sangkien.Line, err error) {
	heirs, err := t.d.catalogue.heirs(t.ctx)
	if err != nil {
		return 0, nil, err
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return 0, nil, err
	}
	tree, err := t.d.catalogue.tree(t.ctx)
	if err != nil {
		return 0, nil, err
	}
	m := t.chat.Member
	unit = heirs.Of(unit)
	if !units.Exists(unit) || tree.Within(m.Unit, unit) {
		return 0, nil, nil
	}
	if m.Unit != 0 || m.UnitText != "" {
		return 0, []sangkien.Line{sangkien.Say("poster.other_unit", sangkien.With("unit", units.Name(unit)), sangkien.With("mine", m.UnitText))}, nil
	}
	return unit, nil, nil
}

// then is what the profile remembers to go on with: a campaign, and the unit of a poster.
func then(campaign, unit int64) string {
	s := "gui." + strconv.FormatInt(campaign, 36)
	if unit != 0 {
		s += "." + strconv.FormatInt(unit, 36)
	}
	return s
}

// readThen reads what then wrote; what is not there is 0.
func readThen(s string) (campaign, unit int64) {
	parts := strings.Split(s, ".")
	for i, to := range []*int64{&campaign, &unit} {
		if len(parts) > i+1 {
			if n, err := strconv.ParseInt(parts[i+1], 36, 64); err == nil {
				*to = n
			}
		}
	}
	return campaign, unit
}

// offered puts the unit of a poster into a turn of the profile.
func offered(dt dialog.Turn) dialog.Turn {
	_, unit := readThen(dt.Session.Then)
	if dt.Units.Exists(unit) {
		dt.Offer = unit
	}
	return dt
}

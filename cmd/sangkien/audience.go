package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// audienceHelp says how an audience is written.
const audienceHelp = `Whom it is for: "all", or parts with commas between them, each of which narrows it: unit=19 (id or official code, with all below; several times for several), ` +
	`except=1906, campaign=SLUG, status=nothing|draft|unfinished|submitted|supplement, field=KEY, role=organiser, channel=telegram, wants=daily|weekly, member=ID.`

// parseAudience reads an audience as it is written on the command line. What is wrong is said in plain words.
func parseAudience(text string, units []sangkien.Unit, campaigns []sangkien.Campaign) (sangkien.Audience, error) {
	var a sangkien.Audience
	if strings.TrimSpace(text) == "all" {
		return a, nil
	}
	for _, part := range strings.Split(text, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if value = strings.TrimSpace(value); !ok || value == "" {
			return a, fmt.Errorf("audience: %q is not like unit=19; write all for everyone", part)
		}
		if err := audiencePart(&a, strings.TrimSpace(key), value, units, campaigns); err != nil {
			return a, fmt.Errorf("audience: %w", err)
		}
	}
	if (a.Status != sangkien.StatusAny || a.Field != "") && a.Campaign == 0 {
		return a, fmt.Errorf("audience: status and field are those of a campaign; add campaign=%s", slugs(campaigns))
	}
	return a, nil
}

func audiencePart(a *sangkien.Audience, key, value string, units []sangkien.Unit, campaigns []sangkien.Campaign) (err error) {
	oneOf := func(known ...string) error {
		if !slices.Contains(known, value) {
			return fmt.Errorf("%s=%s is not known; it is one of %s", key, value, strings.Join(known, ", "))
		}
		return nil
	}
	switch key {
	case "unit", "except":
		id, err := unitNamed(value, units)
		if key == "unit" {
			a.Units = append(a.Units, id)
		} else {
			a.Except = append(a.Except, id)
		}
		return err
	case "campaign":
		i := slices.IndexFunc(campaigns, func(c sangkien.Campaign) bool { return c.Slug == value })
		if i < 0 {
			return fmt.Errorf("there is no campaign %s; there is %s", value, slugs(campaigns))
		}
		a.Campaign = campaigns[i].ID
	case "status":
		a.Status = sangkien.Status(value)
		return oneOf("nothing", "draft", "unfinished", "submitted", "supplement")
	case "field":
		a.Field = value
	case "role":
		a.Role = sangkien.Role(value)
		return oneOf("admin", "organiser", "appraiser")
	case "channel":
		a.Channel = value
	case "wants":
		a.Wants = value
		return oneOf("daily", "weekly")
	case "member":
		id, err := strconv.ParseInt(value, 10, 64)
		a.Members = append(a.Members, id)
		if err != nil {
			return fmt.Errorf("member=%s is no id", value)
		}
	default:
		return fmt.Errorf("%q is not known; it is unit, except, campaign, status, field, role, channel, wants or member", key)
	}
	return nil
}

func unitNamed(value string, units []sangkien.Unit) (int64, error) {
	id, _ := strconv.ParseInt(value, 10, 64) // 0: only its code can be meant
	for _, same := range []func(sangkien.Unit) bool{
		func(u sangkien.Unit) bool { return u.Code == value }, func(u sangkien.Unit) bool { return u.ID == id }} {
		if i := slices.IndexFunc(units, same); i >= 0 {
			return units[i].ID, nil
		}
	}
	return 0, fmt.Errorf("there is no unit with the code or id %q", value)
}

// unitOfToday is the unit with a code or id, unless another took its place.
func unitOfToday(value string, units []sangkien.Unit, now time.Time) (sangkien.Unit, error) {
	id, err := unitNamed(value, units)
	if err != nil {
		return sangkien.Unit{}, err
	}
	u := units[slices.IndexFunc(units, func(u sangkien.Unit) bool { return u.ID == id })]
	if !u.ValidAt(now) {
		return u, fmt.Errorf("unit %s, %s, is not one of today; name the one that took its place", value, u.Name)
	}
	return u, nil
}

func slugs(campaigns []sangkien.Campaign) string {
	var all []string
	for _, c := range campaigns {
		all = append(all, c.Slug)
	}
	return strings.Join(all, " or ")
}

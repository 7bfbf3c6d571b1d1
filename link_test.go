package sangkien_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func TestLinkCode(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^[2-9bcfghkmnqrstv]{5}(-[2-9bcfghkmnqrstv]{5}){2}$`)
	seen, letters := map[string]bool{}, map[rune]int{}
	for i := range 20_000 {
		code := sangkien.LinkCode(strings.Repeat("a", i%7) + string(rune('a'+i%26)) + time.UnixMilli(int64(i)).String())
		if !shape.MatchString(code) {
			t.Fatal(code)
		}
		seen[code] = true
		for _, r := range strings.ReplaceAll(code, "-", "") {
			letters[r]++
		}
	}
	if len(seen) != 20_000 || len(letters) != 21 {
		t.Errorf("%d different codes of %d letters", len(seen), len(letters))
	}
	for r, n := range letters { // 300,000 letters, 14,286 of each: six standard deviations are 700
		if n < 13_586 || n > 14_986 {
			t.Errorf("%c came %d times", r, n)
		}
	}
	if sangkien.LinkHash("7KQM4 b2hvr-hn9gt") != sangkien.LinkHash("7kqm4b2hvrhn9gt") || sangkien.LinkHash("7kqm4b2hvrhn9gt") == sangkien.LinkHash("7kqm4b2hvrhn9gv") {
		t.Error("a code is its letters, whatever stands between them")
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Hà Thị Ôn": "H. T. Ô.", "": "", "  Đào   Ẩn ": "Đ. Ẩ."} {
		if got := sangkien.Initials(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

var linkTime = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func consent(granted bool, minute int) map[sangkien.Purpose]sangkien.Consent {
	return map[sangkien.Purpose]sangkien.Consent{sangkien.PurposeProcess: {Purpose: sangkien.PurposeProcess, Granted: granted, At: linkTime.Add(time.Duration(minute) * time.Minute)}}
}

// TestMerge is what docs/decisions/0021-linked-accounts.md says about each conflict.
func TestMerge(t *testing.T) {
	t.Parallel()
	draft := []sangkien.Idea{{ID: 5, State: sangkien.Draft}}
	done := []sangkien.Idea{{ID: 5, State: sangkien.Recognised}, {ID: 6, State: sangkien.Withdrawn}}
	grant := []sangkien.Grant{{Role: sangkien.RoleOrganiser, Unit: 19}}
	for name, c := range map[string]struct {
		host, guest sangkien.Person
		kept        int64
		want        sangkien.Member
		refused     bool
	}{
		"the older stays": {host: sangkien.Person{Member: sangkien.Member{ID: 2}}, guest: sangkien.Person{Member: sangkien.Member{ID: 1}}, kept: 1, want: sangkien.Member{ID: 1}},
		"who has a name stays, with their unit": {host: sangkien.Person{Member: sangkien.Member{ID: 1, Unit: 7, UnitText: "bảy"}}, guest: sangkien.Person{Member: sangkien.Member{ID: 2, Name: "An", Unit: 8, UnitText: "tám"}},
			kept: 2, want: sangkien.Member{ID: 2, Name: "An", Unit: 8, UnitText: "tám"}},
		"of two names that of the older": {host: sangkien.Person{Member: sangkien.Member{ID: 2, Name: "Bình", Unit: 8, UnitText: "tám", Language: "en"}}, guest: sangkien.Person{Member: sangkien.Member{ID: 1, Name: "An"}},
			kept: 1, want: sangkien.Member{ID: 1, Name: "An", Unit: 8, UnitText: "tám", Language: "en"}},
		"the newer yes": {host: sangkien.Person{Member: sangkien.Member{ID: 1, Consents: consent(false, 0)}}, guest: sangkien.Person{Member: sangkien.Member{ID: 2, Consents: consent(true, 1)}, Ideas: draft},
			kept: 1, want: sangkien.Member{ID: 1, Consents: consent(true, 1)}},
		"the newer no, with nothing under way": {host: sangkien.Person{Member: sangkien.Member{ID: 1, Consents: consent(true, 0)}, Ideas: done}, guest: sangkien.Person{Member: sangkien.Member{ID: 2, Consents: consent(false, 1)}},
			kept: 1, want: sangkien.Member{ID: 1, Consents: consent(false, 1)}},
		"at the same moment the no": {host: sangkien.Person{Member: sangkien.Member{ID: 1, Consents: consent(true, 1)}}, guest: sangkien.Person{Member: sangkien.Member{ID: 2, Consents: consent(false, 1)}},
			kept: 1, want: sangkien.Member{ID: 1, Consents: consent(false, 1)}},
		"a newer no and ideas under way": {host: sangkien.Person{Member: sangkien.Member{ID: 1, Consents: consent(true, 0)}, Ideas: draft}, guest: sangkien.Person{Member: sangkien.Member{ID: 2, Consents: consent(false, 1)}}, refused: true},
		"roles of both":                  {host: sangkien.Person{Member: sangkien.Member{ID: 1}}, guest: sangkien.Person{Member: sangkien.Member{ID: 2, Roles: grant}}, kept: 1, want: sangkien.Member{ID: 1, Roles: grant}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := sangkien.Link{ID: 9, Member: c.host.Member.ID, By: c.guest.Member.ID, Expires: linkTime.Add(time.Minute)}
			e, err := l.Confirm(c.guest.Member, c.host, c.guest, linkTime)
			linked, ok := e.(sangkien.AccountsLinked)
			if c.refused {
				if sangkien.CodeOf(err) != sangkien.ECONFLICT {
					t.Errorf("%+v, %v", e, err)
				}
				return
			}
			if c.want.Consents == nil {
				c.want.Consents = map[sangkien.Purpose]sangkien.Consent{}
			}
			if !ok || err != nil || linked.Kept.ID != c.kept || !linked.Result.Same(c.want) {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
}

// TestConfirmTakesTurns: who sent the code says yes first, and who holds a role has to agree.
func TestConfirmTakesTurns(t *testing.T) {
	t.Parallel()
	host, guest := sangkien.Person{Member: sangkien.Member{ID: 1}}, sangkien.Person{Member: sangkien.Member{ID: 2}}
	staff := sangkien.Person{Member: sangkien.Member{ID: 1, Roles: []sangkien.Grant{{Role: sangkien.RoleAdmin}}}}
	stranger := sangkien.Member{ID: 3, Roles: []sangkien.Grant{{Role: sangkien.RoleAdmin}}}
	open := sangkien.Link{ID: 9, Member: 1, By: 2, Expires: linkTime.Add(time.Minute)}
	with := func(change func(*sangkien.Link)) sangkien.Link { l := open; change(&l); return l }
	for name, c := range map[string]struct {
		link sangkien.Link
		host sangkien.Person
		by   sangkien.Member
		want string
	}{
		"the guest":              {open, host, guest.Member, "linked"},
		"the host, unasked":      {open, host, host.Member, "no"},
		"a stranger":             {open, host, stranger, "no"},
		"the guest of a role":    {open, staff, guest.Member, "agreed"},
		"the role before":        {open, staff, staff.Member, "no"},
		"the role after":         {with(func(l *sangkien.Link) { l.Agreed = true }), staff, staff.Member, "linked"},
		"the guest again":        {with(func(l *sangkien.Link) { l.Agreed = true }), staff, guest.Member, "no"},
		"too late":               {with(func(l *sangkien.Link) { l.Expires = linkTime }), host, guest.Member, "no"},
		"done":                   {with(func(l *sangkien.Link) { l.Done = true }), host, guest.Member, "no"},
		"nobody sent the code":   {with(func(l *sangkien.Link) { l.By = 0 }), host, sangkien.Member{}, "no"},
		"agreed, then a role":    {with(func(l *sangkien.Link) { l.Agreed = true }), staff, stranger, "no"},
		"agreed, but role is no": {with(func(l *sangkien.Link) { l.Agreed = true }), host, guest.Member, "linked"},
	} {
		e, err := c.link.Confirm(c.by, c.host, guest, linkTime)
		got := "no"
		switch e.(type) {
		case sangkien.AccountsLinked:
			got = "linked"
		case sangkien.LinkAgreed:
			got = "agreed"
		}
		if got != c.want || (err == nil) == (got == "no") {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if _, err := open.Drop(stranger, linkTime); sangkien.CodeOf(err) != sangkien.ENOTFOUND {
		t.Error("a stranger refused", err)
	}
	if _, err := (sangkien.Link{ID: 9, Member: 1, Expires: linkTime.Add(time.Minute)}).Claim(host.Member, sangkien.Address{}, linkTime); sangkien.CodeOf(err) != sangkien.ENOTFOUND {
		t.Error("one's own code", err)
	}
}

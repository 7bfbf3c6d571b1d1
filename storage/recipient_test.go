package storage

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// people fills a store with n members, 100 and up, of every kind that an audience or a reason can tell apart.
func people(t *testing.T, s *Store, r *rand.Rand, n int) {
	t.Helper()
	world(t, s)
	must(t, s, sangkien.Commit{Key: "units", Effects: []sangkien.Effect{sangkien.UnitSaved{Unit: sangkien.Unit{ID: 19}},
		sangkien.UnitSaved{Unit: sangkien.Unit{ID: 20, Parent: 19}}, sangkien.UnitSaved{Unit: sangkien.Unit{ID: 21, Parent: 20}}, sangkien.UnitSaved{Unit: sangkien.Unit{ID: 30}}}})
	states := []sangkien.State{sangkien.Draft, sangkien.Submitted, sangkien.NeedsSupplement, sangkien.Withdrawn}
	for i := range n {
		id := int64(100 + i)
		m := sangkien.Member{ID: id}
		u := sangkien.Update{Address: sangkien.Address{Channel: []string{"test", "web"}[r.IntN(2)], Bot: "b", Chat: fmt.Sprint(id)}}
		effects := []sangkien.Effect{sangkien.MemberJoined{Member: id, Channel: "test", External: fmt.Sprint("p", id), At: now},
			sangkien.MemberNamed{Member: id, Name: fmt.Sprint("Bà ", id)}, sangkien.MemberPlaced{Member: id, Unit: []int64{0, 19, 20, 21, 30}[r.IntN(5)]}}
		if r.IntN(10) > 0 {
			effects = append(effects, m.Decide(sangkien.PurposeNews, r.IntN(6) > 0, "1", "words", u, now))
		}
		if f := sangkien.Frequencies()[r.IntN(4)]; r.IntN(3) == 0 {
			e, err := m.Subscribe(sangkien.TopicNews, f, now)
			if err != nil {
				t.Fatal(err)
			}
			effects = append(effects, e)
		}
		if r.IntN(3) == 0 {
			idea := 10_000 + id
			effects = append(effects, sangkien.IdeaBegun{Idea: idea, Campaign: 5, FormVersion: 1, Author: id, At: now},
				sangkien.AnswerGiven{Idea: idea, Question: "field", Answer: sangkien.Answer{Value: []string{"khac", "sanxuat"}[r.IntN(2)]}, At: now})
			from := sangkien.Draft
			for _, to := range states[1:] {
				if r.IntN(2) == 0 {
					effects = append(effects, sangkien.IdeaMoved{Idea: idea, From: from, To: to, Actor: id, At: now})
					from = to
				}
			}
		}
		if r.IntN(8) == 0 {
			hash := fmt.Sprint("inv", id)
			effects = append(effects, sangkien.InvitationIssued{Invitation: sangkien.Invitation{Hash: hash, Grant: sangkien.Grant{Role: sangkien.RoleOrganiser, Unit: 19}, Expires: now.Add(time.Hour)}, At: now},
				sangkien.InvitationUsed{Hash: hash, Member: id, At: now})
		}
		c := sangkien.Commit{Key: fmt.Sprint("member", id), Effects: effects}
		if r.IntN(12) > 0 {
			c.Chat = sangkien.Chat{Address: u.Address, Member: m}
		}
		must(t, s, c)
		if r.IntN(9) == 0 {
			must(t, s, sangkien.Commit{Key: fmt.Sprint("block", id), Effects: []sangkien.Effect{sangkien.ReachabilityChanged{Address: u.Address}}})
		}
	}
}

func anAudience(r *rand.Rand) sangkien.Audience {
	var a sangkien.Audience
	maybe := func(set func()) {
		if r.IntN(4) == 0 {
			set()
		}
	}
	maybe(func() { a.Units = []int64{[]int64{19, 20, 30}[r.IntN(3)]} })
	maybe(func() { a.Except = []int64{[]int64{20, 21}[r.IntN(2)]} })
	maybe(func() { a.Role = sangkien.RoleOrganiser })
	maybe(func() {
		a.Campaign = 5
		a.Status = []sangkien.Status{sangkien.StatusNothing, sangkien.StatusDraft, sangkien.StatusUnfinished, sangkien.StatusSubmitted, sangkien.StatusSupplement}[r.IntN(5)]
	})
	maybe(func() { a.Campaign, a.Field = 5, "khac" })
	maybe(func() { a.Channel = "web" })
	maybe(func() { a.Wants = string(sangkien.Daily) })
	maybe(func() {
		for range 20 {
			a.Members = append(a.Members, int64(100+r.IntN(150)))
		}
	})
	return a
}

// begun plans a broadcast and starts it.
func begun(t *testing.T, s *Store, b sangkien.Broadcast) sangkien.Broadcast {
	t.Helper()
	b.Kind, b.Topic, b.Purpose, b.Text, b.Start = sangkien.BroadcastManual, sangkien.TopicNews, sangkien.PurposeNews, sangkien.Text{VI: "Kính chào {ten}"}, now
	planned, err := b.Plan(now)
	if err != nil {
		t.Fatal(err)
	}
	must(t, s, sangkien.Commit{Key: fmt.Sprint("plan", b.ID), Effects: []sangkien.Effect{planned}})
	move(t, s, b.ID, sangkien.BroadcastRunning, now)
	return load(t, s, b.ID)
}

func move(t *testing.T, s *Store, id int64, to sangkien.BroadcastState, at time.Time) {
	t.Helper()
	moved, err := load(t, s, id).Move(to, at)
	if err != nil {
		t.Fatal(err)
	}
	must(t, s, sangkien.Commit{Key: fmt.Sprint(id, to, rand.Int64()), Effects: []sangkien.Effect{moved}})
}

func load(t *testing.T, s *Store, id int64) sangkien.Broadcast {
	t.Helper()
	b, err := s.Broadcast(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func recipientsOf(t *testing.T, s *Store, id int64) map[int64]sangkien.Recipient {
	t.Helper()
	all := map[int64]sangkien.Recipient{}
	if err := s.EachRecipient(t.Context(), id, func(r sangkien.Recipient) error { all[r.Member] = r; return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// check counts the rows anew: the kept counts must say the same, by state and by reason.
func checkCounts(t *testing.T, s *Store, id int64) {
	t.Helper()
	b := load(t, s, id)
	states, reasons := map[sangkien.RecipientState]int{}, map[sangkien.ReasonCount]int{}
	for _, r := range recipientsOf(t, s, id) {
		states[r.State]++
		if r.Reason != "" {
			reasons[sangkien.ReasonCount{State: r.State, Reason: r.Reason}]++
		}
	}
	c := b.Counts
	want := sangkien.Counts{Queued: states["queued"], Sending: states["sending"], Sent: states["sent"], Failed: states["failed"],
		Blocked: states["blocked"], Skipped: states["skipped"], Uncertain: states["uncertain"]}
	for _, n := range states {
		want.Planned += n
	}
	if c != want || !c.Adds() {
		t.Errorf("broadcast %d counts %+v, its rows %+v", id, c, want)
	}
	kept, err := s.BroadcastReasons(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got := map[sangkien.ReasonCount]int{}
	for _, k := range kept {
		got[sangkien.ReasonCount{State: k.State, Reason: k.Reason}] = k.Count
		if !slices.Contains(sangkien.Reasons(), k.Reason) {
			t.Errorf("reason %q is not of the closed set", k.Reason)
		}
	}
	if !maps.Equal(got, reasons) {
		t.Errorf("broadcast %d keeps the reasons %v, its rows have %v", id, got, reasons)
	}
}

// TestPreviewIsWhatExpansionDoes: for audiences by chance, what the preview says before is what is written down after:
// by unit, channel and reason.
func TestPreviewIsWhatExpansionDoes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 1))
		people(t, s, r, 400)
		s.Limit(strict())
		barSome(t, s, r, 400)
		reached, elsewhere := 0, 0
		for i := range 60 {
			var to sangkien.Audience
			if i > 0 { // the first is to everyone, so that some of each kind are there
				to = anAudience(r)
			}
			b := sangkien.Broadcast{ID: int64(70 + i), Audience: to, Topic: sangkien.TopicNews, Purpose: sangkien.PurposeNews}
			preview, err := s.Preview(t.Context(), b, now)
			if err != nil {
				t.Fatal(err)
			}
			b = begun(t, s, b)
			for range 2 { // the second finds it done
				if err := s.Expand(t.Context(), b.ID, now); err != nil {
					t.Fatal(err)
				}
			}
			got := map[sangkien.PreviewLine]int{}
			for _, x := range recipientsOf(t, s, b.ID) {
				channel := x.To.Channel
				if x.State == sangkien.RecipientSkipped {
					channel = ""
				}
				got[sangkien.PreviewLine{Unit: x.Unit, Channel: channel, Reason: x.Reason}]++
			}
			want := map[sangkien.PreviewLine]int{}
			for _, l := range preview {
				n := l.Count
				l.Count, l.Way = 0, ""
				if l.Reason != "" {
					l.Channel = "" // of whom is left out no address is kept
				}
				want[l] += n
			}
			if !maps.Equal(got, want) {
				t.Errorf("seed %d, audience %+v: preview %v, expansion %v", seed, b.Audience, want, got)
			}
			if after := load(t, s, b.ID); !after.Expanded || after.Counts.Planned != preview.Planned() || after.Counts.Queued != preview.Queued() {
				t.Errorf("seed %d: preview of %d, %d to be sent; counts %+v", seed, preview.Planned(), preview.Queued(), after.Counts)
			}
			reached += preview.Queued()
			elsewhere += preview.Reached(sangkien.WayElsewhere)
			checkCounts(t, s, b.ID)
		}
		if reached < 100 || elsewhere < 10 {
			t.Errorf("seed %d: only %d recipients in all, %d of them elsewhere: does the test still test?", seed, reached, elsewhere)
		}
	})
}

// TestCountsAddUpWhateverHappens does by chance all that can happen to broadcasts, and counts the rows after each.
func TestCountsAddUpWhateverHappens(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 2))
		t.Logf("seed %d", seed)
		people(t, s, r, 120)
		clock := now
		ids := []int64{70, 71, 72}
		for _, id := range ids {
			begun(t, s, sangkien.Broadcast{ID: id, Resend: id == 71, Urgent: id == 72})
			if err := s.Expand(t.Context(), id, now); err != nil {
				t.Fatal(err)
			}
		}
		leased := map[string][]sangkien.Recipient{}
		for range 150 {
			clock = clock.Add(time.Duration(r.IntN(3000)) * time.Millisecond)
			id := ids[r.IntN(len(ids))]
			by := []string{"a", "b"}[r.IntN(2)]
			switch r.IntN(8) {
			case 0, 1, 2:
				got, err := s.ClaimRecipients(t.Context(), by, load(t, s, id), []string{"test", "web"}[r.IntN(2)], 1+r.IntN(12), clock, time.Minute, sangkien.DayOf(clock), r.IntN(3))
				if err != nil {
					t.Fatal(err)
				}
				leased[by] = append(leased[by], got...)
			case 3, 4:
				if err := s.FinishRecipients(t.Context(), by, someResults(r, leased[by], clock), clock); err != nil {
					t.Fatal(err)
				}
			case 5:
				if err := s.Beat(t.Context(), by, clock, 4*time.Second); err != nil {
					t.Fatal(err)
				}
			case 6:
				randomMove(t, s, r, id, clock)
				if _, err := s.Sweep(t.Context(), clock); err != nil {
					t.Fatal(err)
				}
			case 7:
				member := int64(100 + r.IntN(120))
				if m, err := s.Member(t.Context(), member); err != nil || m.Erased || r.IntN(3) > 0 {
					continue
				}
				must(t, s, sangkien.Commit{Key: fmt.Sprint("erase", member), Effects: []sangkien.Effect{sangkien.MemberErased{Member: member, At: clock}}})
			}
			for _, id := range ids {
				checkCounts(t, s, id)
			}
			if t.Failed() {
				return
			}
		}
	})
}

func randomMove(t *testing.T, s *Store, r *rand.Rand, id int64, clock time.Time) {
	t.Helper()
	b := load(t, s, id)
	to := []sangkien.BroadcastState{sangkien.BroadcastPaused, sangkien.BroadcastRunning, sangkien.BroadcastDone, sangkien.BroadcastRunning, sangkien.BroadcastCancelled}[r.IntN(5)]
	if to == sangkien.BroadcastCancelled && r.IntN(4) > 0 || to == sangkien.BroadcastDone && b.Counts.Left() > 0 {
		return
	}
	if _, err := b.Move(to, clock); err == nil {
		move(t, s, id, to, clock)
	}
}

// someResults ends some of what is leased, in every way and some of it twice.
func someResults(r *rand.Rand, leased []sangkien.Recipient, clock time.Time) []sangkien.RecipientResult {
	var out []sangkien.RecipientResult
	used := map[[2]int64]bool{}
	for _, x := range leased {
		key := [2]int64{x.Broadcast, x.Member}
		if r.IntN(2) == 0 || used[key] {
			continue
		}
		used[key] = true
		res := sangkien.RecipientResult{Broadcast: x.Broadcast, Member: x.Member, State: sangkien.RecipientSent, MessageID: "1"}
		switch r.IntN(8) {
		case 0:
			res.State, res.Reason = sangkien.RecipientFailed, sangkien.FailedRefused
		case 1:
			res.State, res.Reason = sangkien.RecipientBlocked, sangkien.BlockedByPerson
		case 2:
			res.State, res.Due = sangkien.RecipientQueued, clock.Add(time.Second)
		case 3:
			res.State, res.Reason, res.Doubt = sangkien.RecipientUncertain, sangkien.DoubtNoAnswer, true
		case 4:
			res.State, res.Reason = sangkien.RecipientSkipped, sangkien.SkippedWindow
		case 5:
			res.MovedTo = fmt.Sprint("moved", x.Member)
		}
		out = append(out, res)
	}
	return out
}

// TestPromotionsAreCounted: what a broadcast sent on a platform that counts is counted for the chat, once and only if it
// was sent; a message that the platform bars is skipped with its reason.
func TestPromotionsAreCounted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		people(t, s, rand.New(rand.NewPCG(3, 3)), 30)
		b := sangkien.Broadcast{ID: 900, Topic: sangkien.TopicNews, Purpose: sangkien.PurposeNews, Text: sangkien.Text{VI: "tin"}, Start: now}
		planned, err := b.Plan(now)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "plan", Effects: []sangkien.Effect{planned, sangkien.BroadcastMoved{Broadcast: 900, From: sangkien.BroadcastDue, To: sangkien.BroadcastRunning, At: now}}})
		if err := s.Expand(t.Context(), 900, now); err != nil {
			t.Fatal(err)
		}
		to, err := s.ClaimRecipients(t.Context(), "me", b, "test", 2, now, time.Minute, 1, 0)
		if err != nil || len(to) != 2 {
			t.Fatalf("%+v, %v", to, err)
		}
		results := []sangkien.RecipientResult{{Broadcast: 900, Member: to[0].Member, State: sangkien.RecipientSent, Counted: true},
			{Broadcast: 900, Member: to[1].Member, State: sangkien.RecipientSkipped, Reason: sangkien.SkippedWindow, Counted: true}}
		for range 2 {
			if err := s.FinishRecipients(t.Context(), "me", results, now); err != nil {
				t.Fatal(err)
			}
		}
		var counted []string
		err = s.each(t.Context(), func(scan func(...any) error) error {
			var a string
			err := scan(&a)
			counted = append(counted, a)
			return err
		}, `select address from promotions`)
		if err != nil || len(counted) != 1 || counted[0] != to[0].To.String() {
			t.Errorf("counted %v, %v", counted, err)
		}
		if got, err := s.Broadcast(t.Context(), 900); err != nil || !got.Counts.Adds() || got.Counts.Sent != 1 {
			t.Errorf("%+v, %v", got.Counts, err)
		}
	})
}

// TestRecipientsAreForgottenInTime: a year after a broadcast ended its rows go, its counts stay; one that runs keeps its own.
func TestRecipientsAreForgottenInTime(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		people(t, s, rand.New(rand.NewPCG(1, 1)), 30)
		for _, id := range []int64{70, 71} {
			begun(t, s, sangkien.Broadcast{ID: id})
			if err := s.Expand(t.Context(), id, now); err != nil {
				t.Fatal(err)
			}
		}
		move(t, s, 70, sangkien.BroadcastCancelled, now)
		if _, err := s.Sweep(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		policy := sangkien.DefaultRetention()
		for _, at := range []time.Time{now.Add(policy.Reached - time.Hour), now.Add(policy.Reached + time.Hour)} {
			if err := s.Tidy(t.Context(), policy, at); err != nil {
				t.Fatal(err)
			}
			early := at.Before(now.Add(policy.Reached))
			if got := len(recipientsOf(t, s, 70)); (got > 0) != early {
				t.Errorf("at %v %d rows are left", at, got)
			}
		}
		if b := load(t, s, 70); b.Counts.Skipped == 0 || len(recipientsOf(t, s, 71)) != load(t, s, 71).Counts.Planned {
			t.Errorf("counts %+v", b.Counts)
		}
	})
}

// TestAShareOfTheDay: over all broadcasts a member has so many bulk messages a day; whom none reached keeps the share;
// an urgent one takes none; who mutes the topic meanwhile is left out.
func TestAShareOfTheDay(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		u := sangkien.Update{Address: chat}
		must(t, s, sangkien.Commit{Key: "consent", Effects: []sangkien.Effect{sangkien.Member{ID: 1}.Decide(sangkien.PurposeNews, true, "1", "w", u, now)}})
		for id := int64(70); id < 75; id++ {
			begun(t, s, sangkien.Broadcast{ID: id, Urgent: id == 73})
			if err := s.Expand(t.Context(), id, now); err != nil {
				t.Fatal(err)
			}
		}
		claim := func(id, day int64, want int, reason string) {
			t.Helper()
			got, err := s.ClaimRecipients(t.Context(), "me", load(t, s, id), "test", 5, now, time.Minute, day, 1)
			if err != nil || len(got) != want || recipientsOf(t, s, id)[1].Reason != reason {
				t.Errorf("broadcast %d on day %d: claimed %+v, %v; %+v", id, day, got, err, recipientsOf(t, s, id)[1])
			}
		}
		end := func(id int64, state sangkien.RecipientState, reason string) {
			t.Helper()
			if err := s.FinishRecipients(t.Context(), "me", []sangkien.RecipientResult{{Broadcast: id, Member: 1, State: state, Reason: reason}}, now); err != nil {
				t.Fatal(err)
			}
		}
		claim(70, 5, 1, "")
		end(70, sangkien.RecipientFailed, sangkien.FailedRefused) // gives the share back
		claim(71, 5, 1, "")
		end(71, sangkien.RecipientQueued, "") // to be tried again: the share is its own
		claim(71, 5, 1, "")
		end(71, sangkien.RecipientSent, "")
		claim(72, 5, 0, sangkien.SkippedReached)
		claim(73, 5, 1, "")
		muted, err := sangkien.Member{ID: 1}.Subscribe(sangkien.TopicNews, sangkien.Never, now)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "mute", Effects: []sangkien.Effect{muted}})
		claim(74, 6, 0, sangkien.SkippedMuted)
	})
}

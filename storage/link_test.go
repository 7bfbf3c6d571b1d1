package storage

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// integers lists the integer columns of the schema, but for those that are never a member's number by their name.
func integers(t *testing.T, s *Store) [][2]string {
	t.Helper()
	query := `select m.name, p.name from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table' and m.name not like 'sqlite_%'
		and m.name not like 'goose_%' and m.name not like 'idea_words%' and lower(p.type) = 'integer'`
	if s.dialect.name == postgres.name {
		query = `select table_name, column_name from information_schema.columns where table_schema = current_schema() and data_type in ('bigint', 'integer', 'smallint') and table_name not like 'goose_%'`
	}
	var all [][2]string
	err := s.each(t.Context(), func(scan func(...any) error) error {
		var c [2]string
		err := scan(&c[0], &c[1])
		all = append(all, c)
		return err
	}, query)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEveryMemberColumnIsMerged: a column that is neither known to name a member, nor known not to, fails here. It
// belongs into memberColumns, or into one of the lists below with the reason.
func TestEveryMemberColumnIsMerged(t *testing.T) {
	t.Parallel()
	never := strings.Fields(`id idea_id unit_id campaign_id dossier_id about_id letter_id sheet_id doc seq version form_version revision year last
		at created_at updated_at submitted_at due_at opens_at expires_at used_at erased_at anonymised_at done_at seen_at lease_until
		reachable preferred granted mine staff agreed done closed waits removed undone undo refused class state attempts parts
		start_at started_at ended_at seen_id last_id expanded queued sending sent failed blocked skipped uncertain
		nudged_at due_told_at retry_at broadcast_id doubts share_day n day used reminder_id noted_at trusted added_at checked_at feed_id replaces_id bulletin_id until_at
		missed is_off saved_at since_at follows heard_at replies dead_at lasts_ms lock_until renewed_at tried_at tries alarmed_at`)
	special := map[[2]string]string{
		{"accounts", "member_id"}:      "linkAccounts itself, after the preferences",
		{"grants", "member_id"}:        "linkAccounts itself: the same role twice is one",
		{"members", "merged_into"}:     "says where a member went",
		{"subscriptions", "member_id"}: "mergeSending: what who stays chose counts",
		{"recipients", "member_id"}:    "mergeSending: one message for the one person",
		{"bulk_shares", "member_id"}:   "mergeSending: one share for the one person",
		{"audit", "actor_id"}:          "the record keeps the number that acted",
	}
	onEach(t, func(t *testing.T, s *Store) {
		all := integers(t, s)
		if len(all) < 80 {
			t.Fatalf("only %d columns: does the query still see the schema?", len(all))
		}
		for _, c := range all {
			if _, ok := special[c]; !ok && !slices.Contains(never, c[1]) && !slices.Contains(memberColumns(), c) {
				t.Errorf("%s.%s: does it name a member? then it belongs into memberColumns", c[0], c[1])
			}
		}
		for _, c := range memberColumns() {
			if !slices.Contains(all, c) {
				t.Errorf("%s.%s is merged and does not exist", c[0], c[1])
			}
		}
	})
}

// two is two members, 7001 by the web and 7002 by Telegram, of whom the second stands in every column that can
// name a member, and a link that the second claimed.
func two(t *testing.T, s *Store) (web, telegram sangkien.Address, l sangkien.Link) {
	t.Helper()
	web, telegram = sangkien.Address{Channel: "web", Bot: "0", Chat: "w"}, sangkien.Address{Channel: "telegram", Bot: "b", Chat: "t"}
	world(t, s)
	keeper, goner := sangkien.Member{ID: 7001}, sangkien.Member{ID: 7002}
	join := func(id int64, a sangkien.Address, name string, at time.Time) {
		must(t, s, sangkien.Commit{Key: name, Chat: sangkien.Chat{Address: a, Person: a.Chat, Member: sangkien.Member{ID: id}}, Effects: []sangkien.Effect{
			sangkien.MemberJoined{Member: id, Channel: a.Channel, External: a.Chat, Language: sangkien.Vietnamese, At: now},
			sangkien.MemberNamed{Member: id, Name: name}, sangkien.IdeaBegun{Idea: id - 6940, Campaign: 5, FormVersion: 1, Author: id, At: now},
			sangkien.AnswerGiven{Idea: id - 6940, Question: "title", Answer: sangkien.Answer{Value: "của " + name}, At: now},
			sangkien.ConsentAnswered{Member: id, Consent: sangkien.Consent{Purpose: sangkien.PurposeNews, Granted: id == 7001, At: at}}}})
	}
	join(7001, web, "Bà An", now)
	join(7002, telegram, "Cụ Bảo", now.Add(time.Minute))
	offered := keeper.OfferLink(90, "7kqm4-b2hvr-hn9gt", web, now)
	mine := goner.OfferLink(91, "22222-33333-4444b", telegram, now)
	claimed, err := offered.Link.Claim(goner, telegram, now)
	if err != nil {
		t.Fatal(err)
	}
	asked := goner.Request(92, sangkien.RightCorrect, "sửa", false, now)
	sheet := sangkien.Sheet{ID: 93, Kind: "letter", Member: 7002}
	effects := []sangkien.Effect{offered, mine, claimed, asked, sangkien.DataRequestClosed{Request: 92, Actor: 7002, At: now},
		sangkien.InvitationIssued{Invitation: sangkien.Invitation{Hash: sangkien.InvitationHash("x"), By: 7002, Grant: sangkien.Grant{Role: sangkien.RoleOrganiser, Unit: 19}, Expires: now.Add(time.Hour)}, At: now},
		goner.Accept("x", now),
		sangkien.IdeaBegun{Idea: 94, Campaign: 5, FormVersion: 1, Author: 1, EnteredBy: 7002, At: now},
		sangkien.IdeaMoved{Idea: 10, From: sangkien.Draft, To: sangkien.Submitted, Actor: 1, At: now},
		sangkien.IdeaMoved{Idea: 10, From: sangkien.Submitted, To: sangkien.Received, Actor: 7002, At: now},
		sangkien.DecisionHeld{Decision: sangkien.Decision{Idea: 10, Outcome: sangkien.Recognised, Actor: 7002, At: now}},
		sangkien.BroadcastPlanned{Broadcast: sangkien.Broadcast{ID: 97, State: sangkien.BroadcastWaiting, By: 7002}, At: now},
		sangkien.BroadcastMoved{Broadcast: 97, From: sangkien.BroadcastWaiting, To: sangkien.BroadcastDue, Actor: 7002, At: now},
		sangkien.BulletinWritten{Bulletin: sangkien.Bulletin{ID: 98, Author: 7002, State: sangkien.BulletinWaiting, At: now}, At: now},
		sangkien.LetterWritten{Letter: 95, Member: 7002, Line: 96, Text: "thư", At: now},
		sangkien.AccountPreferred{Member: 7002, Account: sangkien.Account{Channel: "telegram", External: "t"}}}
	must(t, s, sangkien.Commit{Key: "full life", Effects: append(effects, sheet.Begin(now)...)})
	if l, err = s.Link(t.Context(), 90); err != nil {
		t.Fatal(err)
	}
	return web, telegram, l
}

// names lists where a number stands in an integer column.
func names(t *testing.T, s *Store, member int64) []string {
	t.Helper()
	var found []string
	for _, c := range integers(t, s) {
		var n int
		if err := s.row(t.Context(), fmt.Sprintf(`select count(*) from "%s" where "%s" = $1`, c[0], c[1]), member).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			found = append(found, c[0]+"."+c[1])
		}
	}
	return found
}

func merge(t *testing.T, s *Store, l sangkien.Link) sangkien.AccountsLinked {
	t.Helper()
	host, err := s.Person(t.Context(), l.Member)
	if err != nil {
		t.Fatal(err)
	}
	guest, err := s.Person(t.Context(), l.By)
	if err != nil {
		t.Fatal(err)
	}
	e, err := l.Confirm(guest.Member, host, guest, now)
	linked, ok := e.(sangkien.AccountsLinked)
	if err != nil || !ok {
		t.Fatalf("%T, %v", e, err)
	}
	return linked
}

// TestLinkedIsOnePerson: whatever named the one names the other afterwards; drafts, roles, the newer answer about
// news and the preferred account are the person's; the record says so, and holds.
func TestLinkedIsOnePerson(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		web, telegram, l := two(t, s)
		before := names(t, s, 7002)
		for _, c := range memberColumns() {
			if !slices.Contains(before, c[0]+"."+c[1]) {
				t.Errorf("the test puts the member nowhere into %s.%s", c[0], c[1])
			}
		}
		linked := merge(t, s, l)
		must(t, s, sangkien.Commit{Key: "link", Effects: []sangkien.Effect{linked}})
		if left := names(t, s, 7002); !slices.Equal(left, []string{"audit.actor_id", "members.id"}) && !slices.Equal(left, []string{"members.id", "audit.actor_id"}) {
			t.Errorf("the one who went still stands in %v", left)
		}
		for _, trace := range traces(t, s, "7002") {
			if !strings.HasPrefix(trace, "audit.") && !strings.HasPrefix(trace, "members.id:") && !strings.HasPrefix(trace, "broadcasts.data:") {
				t.Errorf("and in %s", trace)
			}
		}
		if b, err := s.Broadcast(t.Context(), 97); err != nil || b.By != 7001 || b.Approver != 7001 {
			t.Errorf("%+v, %v", b, err)
		}
		p, err := s.Person(t.Context(), 7001)
		if err != nil || len(p.Accounts) != 2 || len(p.Ideas) != 2 || len(p.Consents) != 2 || len(p.Chats) != 2 {
			t.Fatalf("%+v, %v", p, err)
		}
		if p.Member.Name != "Bà An" || !p.Member.Has(sangkien.RoleOrganiser) || p.Member.Allows(sangkien.PurposeNews) || !p.Member.Same(linked.Result) {
			t.Errorf("as one: %+v", p.Member)
		}
		for _, a := range []sangkien.Address{web, telegram} {
			if c, err := s.Chat(t.Context(), a, sangkien.Sender{ID: a.Chat}); err != nil || c.Member.ID != 7001 {
				t.Errorf("at %v writes %+v, %v", a, c.Member, err)
			}
		}
		if to, ok, err := s.Reach(t.Context(), 7001); err != nil || !ok || to != telegram {
			t.Errorf("notices go to %v, %v", to, err)
		}
		must(t, s, sangkien.Commit{Key: "blocked", Effects: []sangkien.Effect{sangkien.Chat{Address: telegram}.Reach(false)}})
		if to, ok, err := s.Reach(t.Context(), 7001); err != nil || !ok || to != web {
			t.Errorf("where the preferred account is blocked notices go to %v, %v", to, err)
		}
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "link again", At: now, Effects: []sangkien.Effect{linked}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("linked twice: %v", err)
		}
		if lines, err := s.VerifyAudit(t.Context()); err != nil || lines == 0 {
			t.Errorf("%d lines, %v", lines, err)
		}
		found := false
		_ = s.EachAudit(t.Context(), func(e sangkien.AuditEntry) error {
			found = found || e.Action == "accounts.linked" && e.Object == "member:7001" && e.Before == "member:7002" && e.Actor == 7001 && e.At.Equal(now)
			return nil
		})
		if !found {
			t.Error("the record does not say who was linked with whom")
		}
	})
}

// TestLinkDecidesOnWhatStands: a member who changed since the decision, and a turn of the member who went, are
// conflicts: decided anew, nothing is written to a member who is no more.
func TestLinkDecidesOnWhatStands(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		_, telegram, l := two(t, s)
		old := merge(t, s, l)
		turn, err := s.Chat(t.Context(), telegram, sangkien.Sender{ID: "t"})
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "renamed", Effects: []sangkien.Effect{sangkien.MemberNamed{Member: 7002, Name: "Cụ Bảo Bình"}}})
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "late", At: now, Effects: []sangkien.Effect{old}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("linked on what no longer stands: %v", err)
		}
		must(t, s, sangkien.Commit{Key: "link", Effects: []sangkien.Effect{merge(t, s, l)}})
		stale := sangkien.Commit{Key: "under way", At: now, Chat: turn, Effects: []sangkien.Effect{sangkien.IdeaBegun{Idea: 99, Campaign: 5, FormVersion: 1, Author: 7002, At: now}}}
		if _, err := s.Commit(t.Context(), stale); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("a member who is no more began an idea: %v", err)
		}
	})
}

// TestLinkWhileWriting: someone goes on writing in both chats while they are linked. Every idea is the one person's.
func TestLinkWhileWriting(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		web, telegram, l := two(t, s)
		const each = 30
		var writers sync.WaitGroup
		begun := make(chan struct{}, 2*each)
		for n, a := range []sangkien.Address{web, telegram} {
			writers.Go(func() {
				for i := range each {
					begin(t, s, a, int64(20_000+n*1000+i))
					begun <- struct{}{}
				}
			})
		}
		for range each / 2 {
			<-begun
		}
		must(t, s, sangkien.Commit{Key: "link", Effects: []sangkien.Effect{merge(t, s, l)}})
		writers.Wait()
		if left := names(t, s, 7002); len(left) != 2 {
			t.Errorf("the one who went stands in %v", left)
		}
		if ideas, err := s.IdeasOf(t.Context(), 7001); err != nil || len(ideas) != 2*each+3 { // a draft of each from before, and one written for someone else
			t.Errorf("%d ideas, %v", len(ideas), err)
		}
	})
}

// begin loads, decides and commits as a turn does, anew as long as there is a conflict.
func begin(t *testing.T, s *Store, a sangkien.Address, idea int64) {
	for {
		c, err := s.Chat(t.Context(), a, sangkien.Sender{ID: a.Chat})
		if err != nil {
			t.Error(err)
			return
		}
		_, err = s.Commit(t.Context(), sangkien.Commit{Key: fmt.Sprint("idea", idea), At: now, Chat: c,
			Effects: []sangkien.Effect{sangkien.IdeaBegun{Idea: idea, Campaign: 5, FormVersion: 1, Author: c.Member.ID, At: now}}})
		if err == nil {
			return
		}
		if sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Error(err)
			return
		}
	}
}

// TestUnlinked: the account leaves with nothing, not even what was said in its chat; the person keeps all; the last
// account cannot leave; a turn that was under way is decided anew.
func TestUnlinked(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		web, telegram, l := two(t, s)
		must(t, s, sangkien.Commit{Key: "link", Effects: []sangkien.Effect{merge(t, s, l)}, Replies: []sangkien.Reply{{To: web, Lines: []sangkien.Line{sangkien.Say("x")}}}})
		if _, err := s.AppendWeb(t.Context(), "w", sangkien.WebEntry{Key: "k", Mine: true, Data: `{}`, At: now}); err != nil {
			t.Fatal(err)
		}
		turn, err := s.Chat(t.Context(), web, sangkien.Sender{ID: "w"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Person(t.Context(), 7001)
		if err != nil {
			t.Fatal(err)
		}
		left, err := p.Unlink(sangkien.Account{Channel: "web", External: "w"}.Key(), 7003, now)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "unlink", Effects: []sangkien.Effect{left}})
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "under way", At: now, Chat: turn}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("the turn of who left: %v", err)
		}
		fresh, err := s.Person(t.Context(), 7003)
		if err != nil || fresh.Member.Name != "" || len(fresh.Member.Roles)+len(fresh.Ideas)+len(fresh.Consents)+len(fresh.Member.Consents) != 0 || len(fresh.Accounts) != 1 {
			t.Errorf("left with %+v, %v", fresh, err)
		}
		if lines, err := s.WebEntries(t.Context(), "w", 0, 9); err != nil || len(lines) != 0 {
			t.Errorf("its page still shows %v, %v", lines, err)
		}
		if waiting, err := s.Claim(t.Context(), "me", []string{"web"}, 9, now, time.Minute); err != nil || len(waiting) != 0 {
			t.Errorf("it would still be told %v, %v", waiting, err)
		}
		p, err = s.Person(t.Context(), 7001)
		if err != nil || len(p.Accounts) != 1 || p.Accounts[0].Chat != telegram || len(p.Ideas) != 2 || !p.Member.Has(sangkien.RoleOrganiser) {
			t.Errorf("who stays: %+v, %v", p, err)
		}
		last := sangkien.AccountUnlinked{Member: 7001, Account: p.Accounts[0], Fresh: 7004, At: now}
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "last", At: now, Effects: []sangkien.Effect{last}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("the last account left: %v", err)
		}
	})
}

// TestLinkTries counts the wrong codes of an account and of all, and forgets them after a day.
func TestLinkTries(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		a, b := sangkien.Account{Channel: "web", External: "1"}, sangkien.Account{Channel: "telegram", External: "1"}
		must(t, s, sangkien.Commit{Key: "tries", Effects: []sangkien.Effect{a.MissLink(now), a.MissLink(now), b.MissLink(now), a.MissLink(now.Add(-2 * time.Hour))}})
		if tries, err := s.LinkTries(t.Context(), a, now.Add(-time.Hour)); err != nil || tries != (sangkien.LinkTries{Account: 2, All: 3}) {
			t.Errorf("%+v, %v", tries, err)
		}
		if err := s.Tidy(t.Context(), sangkien.DefaultRetention(), now.Add(25*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if tries, err := s.LinkTries(t.Context(), a, now.Add(-9*time.Hour)); err != nil || tries != (sangkien.LinkTries{}) {
			t.Errorf("after a day %+v, %v", tries, err)
		}
	})
}

// TestLinkedHearsOnce: of a broadcast to both accounts the one person gets one message, the counts still add up, and
// what they chose to hear of is theirs.
func TestLinkedHearsOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		_, _, l := two(t, s)
		must(t, s, sangkien.Commit{Key: "agree", Effects: []sangkien.Effect{
			sangkien.ConsentAnswered{Member: 7002, Consent: sangkien.Consent{Purpose: sangkien.PurposeNews, Granted: true, At: now.Add(time.Hour)}},
			sangkien.TopicChosen{Member: 7002, Topic: sangkien.TopicResults, Frequency: sangkien.Never, At: now}}})
		for id, members := range map[int64][]int64{501: {7001, 7002}, 502: {7002}} {
			b := sangkien.Broadcast{ID: id, Topic: sangkien.TopicNews, Purpose: sangkien.PurposeNews, Text: sangkien.Text{VI: "tin"}, Audience: sangkien.Audience{Members: members}, Start: now}
			planned, err := b.Plan(now)
			if err != nil {
				t.Fatal(err)
			}
			must(t, s, sangkien.Commit{Key: fmt.Sprint("plan", id), Effects: []sangkien.Effect{planned,
				sangkien.BroadcastMoved{Broadcast: id, From: sangkien.BroadcastDue, To: sangkien.BroadcastRunning, At: now}}})
			if err := s.Expand(t.Context(), id, now); err != nil {
				t.Fatal(err)
			}
		}
		must(t, s, sangkien.Commit{Key: "link", Effects: []sangkien.Effect{merge(t, s, l)}})
		for id, want := range map[int64]sangkien.Counts{501: {Planned: 2, Queued: 1, Skipped: 1}, 502: {Planned: 1, Queued: 1}} {
			b, err := s.Broadcast(t.Context(), id)
			if err != nil || b.Counts != want {
				t.Errorf("broadcast %d: %+v, %v", id, b.Counts, err)
			}
			to, err := s.ClaimRecipients(t.Context(), "me", b, "telegram", 10, now, time.Minute, 1, 0)
			web, err2 := s.ClaimRecipients(t.Context(), "me", b, "web", 10, now, time.Minute, 1, 0)
			if to = append(to, web...); err != nil || err2 != nil || len(to) != 1 || to[0].Member != 7001 {
				t.Errorf("broadcast %d goes to %+v, %v, %v", id, to, err, err2)
			}
		}
		if m, err := s.Member(t.Context(), 7001); err != nil || m.Topics[sangkien.TopicResults] != sangkien.Never {
			t.Errorf("hears of %v, %v", m.Topics, err)
		}
	})
}

package storage

import (
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func TestTokenIsRenewedByOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		if got, err := s.Token(ctx, "x"); err != nil || got.Version != 0 {
			t.Fatalf("a token that is not there: %+v, %v", got, err)
		}
		if _, ok, err := s.LockToken(ctx, "x", "a", now, now.Add(time.Minute)); ok || err != nil {
			t.Fatalf("a token that is not there was locked: %v", err)
		}
		first := sangkien.Token{Name: "x", Version: 1, Sealed: "one", Seed: "s", Expires: now.Add(time.Hour), Renewed: now, Lasts: time.Hour}
		if err := s.SaveToken(ctx, first); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveToken(ctx, first); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Fatalf("a first token over another: %v", err)
		}
		third := first
		third.Version = 3
		if err := s.SaveToken(ctx, third); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Fatalf("a token out of turn: %v", err)
		}
		var holders sync.Map
		var wg sync.WaitGroup
		for _, by := range []string{"a", "b", "c", "d"} {
			wg.Go(func() {
				got, ok, err := s.LockToken(ctx, "x", by, now, now.Add(time.Minute))
				if err != nil {
					t.Error(err)
				}
				if ok {
					holders.Store(by, got)
				}
			})
		}
		wg.Wait()
		var by string
		n := 0
		holders.Range(func(k, v any) bool {
			n++
			by = k.(string)
			if got := v.(sangkien.Token); got.Sealed != "one" || !got.Expires.Equal(first.Expires) || got.Lasts != time.Hour {
				t.Errorf("locked %+v", got)
			}
			return true
		})
		if n != 1 {
			t.Fatalf("%d hold the lock", n)
		}
		if err := s.TryToken(ctx, "x", "nobody", now); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("who does not hold the token tried: %v", err)
		}
		if err := s.TryToken(ctx, "x", by, now.Add(2*time.Minute)); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("who held the token too long tried: %v", err)
		}
		if err := s.TryToken(ctx, "x", by, now); err != nil {
			t.Fatal(err)
		}
		if err := s.FailToken(ctx, "x", by, "why", true, true, now); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Token(ctx, "x"); err != nil || got.Tries != 1 || got.Failure != "why" || !got.Refused || !got.Dead.Equal(now) || got.Alarm(now) != sangkien.TokenDead {
			t.Errorf("after it failed: %+v, %v", got, err)
		}
		second := first
		second.Version, second.Sealed = 2, "two"
		if err := s.SaveToken(ctx, second); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Token(ctx, "x"); err != nil || got.Sealed != "two" || got.Tries != 0 || got.Refused || !got.Dead.IsZero() || got.Alarm(now) != sangkien.TokenWell {
			t.Errorf("after it was authorised anew: %+v, %v", got, err)
		}
		if _, ok, err := s.LockToken(ctx, "x", "z", now, now.Add(time.Minute)); !ok || err != nil {
			t.Errorf("the lock was not given back: %v", err)
		}
		if err := s.UnlockToken(ctx, "x", "z"); err != nil {
			t.Error(err)
		}
	})
}

func TestAgreedByPhone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		answer := func(granted bool) sangkien.ConsentAnswered {
			return sangkien.ConsentAnswered{Member: 2, Consent: sangkien.Consent{Purpose: sangkien.PurposePhone, Granted: granted, At: now}}
		}
		agreed := func(phone string) bool {
			t.Helper()
			ok, err := s.AgreedByPhone(t.Context(), "zns", phone)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		must(t, s, sangkien.Commit{Key: "a", Effects: []sangkien.Effect{sangkien.MemberJoined{Member: 2, Channel: "zns", External: "84912345678", At: now}}})
		if agreed("84912345678") || agreed("84900000000") {
			t.Error("who was not asked agreed")
		}
		must(t, s, sangkien.Commit{Key: "b", Effects: []sangkien.Effect{answer(true)}})
		if !agreed("84912345678") {
			t.Error("who agreed did not")
		}
		must(t, s, sangkien.Commit{Key: "c", Effects: []sangkien.Effect{answer(false)}})
		if agreed("84912345678") {
			t.Error("who took it back agreed")
		}
	})
}

// TestContactFollowsWhatHappens: the window opens when the person writes, the counts follow what is sent.
func TestContactFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		world(t, s)
		person := sangkien.Chat{Address: chat, Member: sangkien.Member{ID: 1}, Revision: 1}
		get := func() sangkien.Contact {
			t.Helper()
			all, err := s.Contacts(ctx, 1, now)
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.Contact(ctx, chat, now)
			if err != nil {
				t.Fatal(err)
			}
			if len(all) == 1 && !all[0].Heard.Equal(c.Heard) {
				t.Errorf("%+v and %+v", all, c)
			}
			return c
		}
		send := func(key string, class sangkien.ReplyClass, counted int) {
			t.Helper()
			must(t, s, sangkien.Commit{Key: key, Replies: []sangkien.Reply{{To: chat, Class: class, Lines: []sangkien.Line{sangkien.Say(key)}}}})
			got, err := s.Claim(ctx, "a", []string{"test"}, 10, now, time.Minute)
			if err != nil || len(got) != 1 {
				t.Fatalf("claimed %d, %v", len(got), err)
			}
			if _, err := s.Finish(ctx, "a", []sangkien.DeliveryResult{{ID: got[0].ID, State: sangkien.DeliverySent, Counted: counted, At: now}}); err != nil {
				t.Fatal(err)
			}
		}
		if c := get(); !c.Heard.Equal(now) || !c.Follows || c.Replies != 0 || len(c.Promotions) != 0 {
			t.Errorf("after joining: %+v", c)
		}
		send("reply", sangkien.ClassReply, 2)
		send("notice", sangkien.ClassNotice, 1)
		send("bulk", sangkien.ClassBulk, 1)
		send("elsewhere", sangkien.ClassReply, 0)
		if c := get(); c.Replies != 3 || len(c.Promotions) != 1 || !c.Promotions[0].Equal(now) {
			t.Errorf("after sending: %+v", c)
		}
		heard := now.Add(-time.Hour)
		must(t, s, sangkien.Commit{Key: "late", Chat: person, Heard: heard})
		if c := get(); !c.Heard.Equal(heard) || c.Replies != 0 || len(c.Promotions) != 1 {
			t.Errorf("after a message that was delivered late: %+v", c)
		}
		person.Revision++
		must(t, s, sangkien.Commit{Key: "leaves", Chat: person, Effects: []sangkien.Effect{person.Reach(false)}, Heard: now.Add(time.Hour)})
		if c := get(); c.Follows || !c.Heard.Equal(now) {
			t.Errorf("after leaving, by a clock that is ahead: %+v", c)
		}
		if all, err := s.Contacts(ctx, 1, now); err != nil || len(all) != 0 {
			t.Errorf("who left is reached by %+v, %v", all, err)
		}
		if c, err := s.Contact(ctx, sangkien.Address{Channel: "test", Bot: "b", Chat: "nobody"}, now); err != nil || !c.Heard.IsZero() || c.Follows {
			t.Errorf("a stranger: %+v, %v", c, err)
		}
	})
}

package storage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// strict is a platform "web" that takes one message for many a day and two a month, by day.
func strict() sangkien.Platforms {
	w := sangkien.Windows{Interaction: 7 * 24 * time.Hour, FreeFor: 48 * time.Hour, FreeReplies: 8, PromotionsPerDay: 1, PromotionsPerMonth: 2, NightFrom: 22, NightUntil: 6}
	return sangkien.Platforms{Windows: map[string]sangkien.Windows{"web": w, "test": {}}, Template: "zns", Zone: time.UTC}
}

func run(t *testing.T, s *Store, query string, args ...any) {
	t.Helper()
	if err := s.apart(t.Context(), func(ctx context.Context, tx *tx) error { return exec(ctx, tx, query, args...) }); err != nil {
		t.Fatal(err)
	}
}

// barSome lets some of the people leave, get what a platform counts, have another chat or give their phone; one of five
// leaves and has another chat, so that some are always reached there.
func barSome(t *testing.T, s *Store, r *rand.Rand, n int) {
	t.Helper()
	for id := int64(100); id < 100+int64(n); id++ {
		address := fmt.Sprintf("web:b:%d", id)
		both := id%5 == 0
		if r.IntN(3) == 0 || both {
			run(t, s, `update chats set follows = 0 where address = $1`, address)
		}
		for range r.IntN(3) {
			run(t, s, `insert into promotions(address, at) values ($1, $2)`, address, ms(now.Add(-time.Duration(r.IntN(60*24))*time.Hour)))
		}
		if r.IntN(3) == 0 || both {
			other := sangkien.Address{Channel: []string{"test", "web"}[r.IntN(2)], Bot: "other", Chat: fmt.Sprint(id)}
			must(t, s, sangkien.Commit{Key: "other" + address, At: now.Add(-time.Hour), Chat: sangkien.Chat{Address: other, Member: sangkien.Member{ID: id}}})
		}
		if r.IntN(3) == 0 {
			m := sangkien.Member{ID: id}
			must(t, s, sangkien.Commit{Key: "phone" + address, Effects: []sangkien.Effect{m.Decide(sangkien.PurposePhone, r.IntN(2) == 0, "1", "words", sangkien.Update{}, now)}})
			run(t, s, `insert into accounts(channel, external_id, member_id, created_at) values ('zns', $1, $2, 1)`, fmt.Sprint("84", id), id)
		}
	}
}

// TestBarredAreReachedElsewhere: who cannot be written to on their platform now is, by another account of theirs; who has
// none is skipped with the platform's reason; the preview says all of it before.
func TestBarredAreReachedElsewhere(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		do       func(*testing.T, *Store)
		audience sangkien.Audience
		at       time.Time
		want     string // state, reason, address and way
	}{
		"may be written to":       {want: "queued  web:b:200 now"},
		"at night it waits":       {at: day.Add(13 * time.Hour), want: "queued  web:b:200 now"},
		"has left":                {do: leave, want: "skipped window  none"},
		"has left, is linked":     {do: all(leave, linked), want: "queued  test:b:200 elsewhere"},
		"linked, and may be":      {do: linked, want: "queued  web:b:200 now"},
		"linked, on one channel":  {do: all(leave, linked), audience: sangkien.Audience{Channel: "web"}, want: "skipped window  none"},
		"linked, and blocked":     {do: all(leave, linked, blocked), want: "skipped window  none"},
		"had one today":           {do: hadOne(day.Add(-time.Hour)), want: "skipped quota  none"},
		"had one yesterday":       {do: hadOne(day.Add(-24 * time.Hour)), want: "queued  web:b:200 now"},
		"had two this month":      {do: all(hadOne(day.Add(-48*time.Hour)), hadOne(day.Add(-72*time.Hour))), want: "skipped quota  none"},
		"had one today, linked":   {do: all(hadOne(day.Add(-time.Hour)), linked), want: "queued  test:b:200 elsewhere"},
		"has left, gave a phone":  {do: all(leave, phone(true)), want: "skipped window  template"},
		"has left, took it back":  {do: all(leave, phone(false)), want: "skipped window  none"},
		"prefers the other chat":  {do: all(leave, linked, preferred), want: "queued  test:b:200 now"},
		"muted and out of window": {do: all(leave, muted), want: "skipped muted  "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s *Store) {
				s.Limit(strict())
				world(t, s)
				a := sangkien.Address{Channel: "web", Bot: "b", Chat: "200"}
				must(t, s, sangkien.Commit{Key: "m", At: now, Chat: sangkien.Chat{Address: a, Member: sangkien.Member{ID: 200}}, Effects: []sangkien.Effect{
					sangkien.MemberJoined{Member: 200, Channel: "web", External: "200", At: now}, sangkien.Member{ID: 200}.Decide(sangkien.PurposeNews, true, "1", "words", sangkien.Update{}, now)}})
				run(t, s, `update chats set updated_at = updated_at + 60000 where address = 'web:b:200'`)
				if c.do != nil {
					c.do(t, s)
				}
				at := c.at
				if at.IsZero() {
					at = day
				}
				audience := c.audience
				audience.Members = []int64{200}
				b := begun(t, s, sangkien.Broadcast{ID: 70, Audience: audience})
				p, err := s.Preview(t.Context(), b, at)
				if err != nil || len(p) != 1 || p[0].Count != 1 {
					t.Fatalf("%+v, %v", p, err)
				}
				if err := s.Expand(t.Context(), 70, at); err != nil {
					t.Fatal(err)
				}
				r := recipientsOf(t, s, 70)[200]
				to := ""
				if r.To != (sangkien.Address{}) {
					to = r.To.String()
				}
				if got := fmt.Sprintf("%s %s %s %s", r.State, r.Reason, to, p[0].Way); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
				if p[0].Reason != r.Reason || r.Reason == "" && p[0].Channel != r.To.Channel {
					t.Errorf("preview %+v, expansion %+v", p[0], r)
				}
				checkCounts(t, s, 70)
				if r.State == sangkien.RecipientQueued {
					got, err := s.ClaimRecipients(t.Context(), "me", b, r.To.Channel, 5, at, time.Minute, 1, 0)
					if err != nil || len(got) != 1 || got[0].To != r.To {
						t.Errorf("claimed %+v, %v", got, err)
					}
				}
			})
		})
	}
}

type change = func(*testing.T, *Store)

func all(steps ...change) change {
	return func(t *testing.T, s *Store) {
		for _, do := range steps {
			do(t, s)
		}
	}
}

func leave(t *testing.T, s *Store) {
	run(t, s, `update chats set follows = 0 where address = 'web:b:200'`)
}

func linked(t *testing.T, s *Store) {
	must(t, s, sangkien.Commit{Key: "linked", At: now, Chat: sangkien.Chat{Address: sangkien.Address{Channel: "test", Bot: "b", Chat: "200"}, Member: sangkien.Member{ID: 200}}})
	run(t, s, `insert into accounts(channel, external_id, member_id, created_at) values ('test', '200', 200, 1)`)
	run(t, s, `update chats set external_id = '200' where address = 'test:b:200'`)
}

func blocked(t *testing.T, s *Store) {
	run(t, s, `update chats set reachable = 0 where address = 'test:b:200'`)
}

func preferred(t *testing.T, s *Store) {
	run(t, s, `update accounts set preferred = 1 where channel = 'test' and external_id = '200'`)
}

func muted(t *testing.T, s *Store) {
	run(t, s, `insert into subscriptions(member_id, topic, frequency, at) values (200, 'news', 'never', 1)`)
}

func hadOne(when time.Time) change {
	return func(t *testing.T, s *Store) {
		run(t, s, `insert into promotions(address, at) values ('web:b:200', $1)`, ms(when))
	}
}

func phone(granted bool) change {
	return func(t *testing.T, s *Store) {
		must(t, s, sangkien.Commit{Key: "phone", Effects: []sangkien.Effect{sangkien.Member{ID: 200}.Decide(sangkien.PurposePhone, granted, "1", "words", sangkien.Update{}, now)}})
		run(t, s, `insert into accounts(channel, external_id, member_id, created_at) values ('zns', '84912345678', 200, 1)`)
	}
}

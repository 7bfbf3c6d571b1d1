package main

import (
	"context"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestShareInAGroup: someone who never wrote to the bot types its name and a few words in a group. What is
// recognised can be chosen, what waits cannot, and nobody became a member.
func TestShareInAGroup(t *testing.T) {
	t.Parallel()
	server := telegramtest.New(t)
	r := start(t, func(c *Config) { c.TelegramToken, c.TelegramAPIURL = server.Token, server.URL })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for n, title := range []string{"Máy tách hạt ngô", "Máy còn chờ"} {
		at, id := time.Now(), int64(16*(n+1))
		effects := []sangkien.Effect{sangkien.IdeaBegun{Idea: id, Campaign: 1, FormVersion: seed.Campaign(at).Form.Version, Author: 1, At: at},
			sangkien.AnswerGiven{Idea: id, Question: "title", Answer: sangkien.Answer{Value: title}, At: at},
			sangkien.IdeaMoved{Idea: id, From: sangkien.Draft, To: sangkien.Submitted, Actor: 1, At: at}}
		if n == 0 {
			effects = append([]sangkien.Effect{sangkien.MemberJoined{Member: 1, Channel: "telegram", External: "1", Language: sangkien.Vietnamese, At: at}}, effects...)
			effects = append(effects, sangkien.IdeaMoved{Idea: id, From: sangkien.Submitted, To: sangkien.Recognised, Actor: 1, At: at})
		}
		if _, err := r.store.Commit(ctx, sangkien.Commit{Key: title, At: at, Effects: effects}); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.WaitPolling(ctx); err != nil {
		t.Fatal(err)
	}
	shared, err := server.WaitShared(ctx, server.Group(-5, 7).Inline("may", ""))
	if err != nil {
		t.Fatal(err)
	}
	if len(shared.Results) != 1 || shared.Results[0].Title != "Máy tách hạt ngô" || !strings.Contains(shared.Results[0].HTML, "<b>SK-") {
		t.Errorf("%+v", shared)
	}
	if counts, err := r.store.Counts(ctx); err != nil || counts.Members != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
}

package storage

import (
	"maps"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// TestTopicsAreTheMembersOwn: what a member chose is read with them wherever they are read, the last choice holds,
// and it goes with them.
func TestTopicsAreTheMembersOwn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		m := sangkien.Member{ID: 1}
		for i, choice := range []struct {
			topic     sangkien.Topic
			frequency sangkien.Frequency
		}{{sangkien.TopicNews, sangkien.Weekly}, {sangkien.TopicReminders, sangkien.Never}, {sangkien.TopicNews, sangkien.Daily}, {sangkien.TopicResults, sangkien.AtOnce}} {
			e, err := m.Subscribe(choice.topic, choice.frequency, now.Add(time.Duration(i)))
			if err != nil {
				t.Fatal(err)
			}
			must(t, s, sangkien.Commit{Key: string(choice.topic + "/" + sangkien.Topic(choice.frequency)), Effects: []sangkien.Effect{e}})
		}
		want := map[sangkien.Topic]sangkien.Frequency{sangkien.TopicNews: sangkien.Daily, sangkien.TopicReminders: sangkien.Never, sangkien.TopicResults: sangkien.AtOnce}
		c, err := s.Chat(t.Context(), chat, sangkien.Sender{ID: "u1"})
		if err != nil || !maps.Equal(c.Member.Topics, want) {
			t.Errorf("with the chat: %v, %v", c.Member.Topics, err)
		}
		if got, err := s.Member(t.Context(), 1); err != nil || !maps.Equal(got.Topics, want) {
			t.Errorf("alone: %v, %v", got.Topics, err)
		}
		must(t, s, sangkien.Commit{Key: "erase", Effects: []sangkien.Effect{sangkien.MemberErased{Member: 1, At: now}}})
		if got, err := s.Member(t.Context(), 1); err != nil || len(got.Topics) != 0 {
			t.Errorf("erased: %v, %v", got.Topics, err)
		}
		if _, err := m.Subscribe("spam", sangkien.Never, now); sangkien.CodeOf(err) != sangkien.EINVALID {
			t.Errorf("no such topic: %v", err)
		}
	})
}

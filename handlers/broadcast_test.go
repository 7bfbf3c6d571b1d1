package handlers_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/scheduler"
)

// send starts the broadcasts whose time has come, brings them to their recipients, and lets the message about each say
// how it went.
func (s *scene) send() string {
	var out strings.Builder
	for _, b := range s.startDue() {
		out.WriteString(s.bring(b))
	}
	s.finish()
	say := func(b sangkien.Broadcast, reasons []sangkien.ReasonCount, now time.Time) sangkien.Reply {
		return handlers.ProgressReply(b, reasons, map[string]float64{"test": 30}, now)
	}
	if err := scheduler.Progress(s.store, say).Do(s.t.Context(), s.now); err != nil {
		s.t.Fatal(err)
	}
	return out.String() + s.replies()
}

// startDue starts the broadcasts whose time has come and writes down their recipients.
func (s *scene) startDue() []sangkien.Broadcast {
	due, err := s.store.BroadcastsIn(s.t.Context(), sangkien.BroadcastDue)
	if err != nil {
		s.t.Fatal(err)
	}
	due = slices.DeleteFunc(due, func(b sangkien.Broadcast) bool { return b.Start.After(s.now) })
	for _, b := range due {
		s.start(b)
		if err := s.store.Expand(s.t.Context(), b.ID, s.now); err != nil {
			s.t.Fatal(err)
		}
	}
	return due
}

func (s *scene) start(b sangkien.Broadcast) {
	moved, err := b.Move(sangkien.BroadcastRunning, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: fmt.Sprint("start", b.ID), At: s.now, Effects: []sangkien.Effect{moved}}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) bring(b sangkien.Broadcast) string {
	to, err := s.store.ClaimRecipients(s.t.Context(), "t", b, "test", 100, s.now, time.Minute, sangkien.DayOf(s.now), 1)
	if err != nil {
		s.t.Fatal(err)
	}
	var out strings.Builder
	var results []sangkien.RecipientResult
	for _, r := range to {
		reply := b.Message(r)
		for _, m := range bot.Render(reply, s.say, bot.Limits{Text: 4096, Buttons: 90, Row: 3, Copy: true, URL: true}) {
			s.shown[r.To.Chat] = append(s.shown[r.To.Chat], m)
			out.WriteString("< @" + r.To.Chat + ":\n" + written(m))
			s.check(reply, m)
		}
		results = append(results, sangkien.RecipientResult{Broadcast: b.ID, Member: r.Member, State: sangkien.RecipientSent, MessageID: "1"})
	}
	if err := s.store.FinishRecipients(s.t.Context(), "t", results, s.now); err != nil {
		s.t.Fatal(err)
	}
	return out.String()
}

// finish ends the broadcasts that have nobody left.
func (s *scene) finish() {
	running, err := s.store.BroadcastsIn(s.t.Context(), sangkien.BroadcastRunning)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, b := range running {
		if !b.Finished() {
			continue
		}
		moved, err := b.Move(sangkien.BroadcastDone, s.now)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: fmt.Sprint("done", b.ID), At: s.now, Effects: []sangkien.Effect{moved}}); err != nil {
			s.t.Fatal(err)
		}
	}
}

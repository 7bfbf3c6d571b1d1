package bot

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// flooded is a Flood of 60 a minute and 10 at once with a clock of its own.
func flooded(handled map[string]int, told *int) (*Flood, *time.Time) {
	clock := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	f := NewFlood(60, 10, func(_ context.Context, u sangkien.Update) error { handled[u.Address.Chat]++; return nil })
	f.now = func() time.Time { return clock }
	f.Notice = func(context.Context, sangkien.Update) error { *told++; return nil }
	f.Spared = func(u sangkien.Update) bool { return u.Text == "dừng" }
	return f, &clock
}

func fromChat(chat, who string, n int) sangkien.Update {
	return sangkien.Update{Key: fmt.Sprint(chat, "-", who, "-", n), Address: sangkien.Address{Channel: "test", Bot: "b", Chat: chat}, From: sangkien.Sender{ID: who}}
}

// TestFloodIsDroppedAndToldOnce: of a hundred at once ten are taken and one notice is said; others feel nothing; what is
// delivered again costs nothing; stopping is always possible; after a while all is well, and a second flood is told again.
func TestFloodIsDroppedAndToldOnce(t *testing.T) {
	t.Parallel()
	handled, told := map[string]int{}, 0
	f, clock := flooded(handled, &told)
	send := func(u sangkien.Update) {
		t.Helper()
		if err := f.Handle(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		send(fromChat("1", "a", i))
	}
	if handled["1"] != 10 || told != 1 {
		t.Errorf("%d taken, %d notices", handled["1"], told)
	}
	send(fromChat("2", "b", 0))
	if handled["2"] != 1 {
		t.Error("another chat was held up")
	}
	for range 5 {
		send(fromChat("1", "a", 9)) // once more: the platform got no answer
	}
	stop := fromChat("1", "a", 500)
	stop.Text = "dừng"
	send(stop)
	if handled["1"] != 16 || told != 1 {
		t.Errorf("%d taken, %d notices", handled["1"], told)
	}
	for range 100 {
		send(stop)
	}
	if handled["1"] != 25 || told != 1 {
		t.Errorf("%d taken after a flood of stops, %d notices", handled["1"], told)
	}
	handled["1"] = 16
	*clock = clock.Add(5 * time.Second)
	for i := range 20 {
		send(fromChat("1", "a", 600+i))
	}
	if handled["1"] != 21 || told != 1 {
		t.Errorf("five seconds later %d taken, %d notices", handled["1"], told)
	}
	*clock = clock.Add(time.Minute)
	for i := range 20 {
		send(fromChat("1", "a", 700+i))
	}
	if handled["1"] != 31 || told != 2 {
		t.Errorf("a minute later %d taken, %d notices", handled["1"], told)
	}
}

// TestFloodOverManyChats: one account in many groups has one bucket, and groups are told nothing.
func TestFloodOverManyChats(t *testing.T) {
	t.Parallel()
	handled, told := map[string]int{}, 0
	f, _ := flooded(handled, &told)
	for i := range 100 {
		u := fromChat(fmt.Sprint("g", i), "a", i)
		u.Group = true
		if err := f.Handle(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	if len(handled) != 10 || told != 0 {
		t.Errorf("%d groups were answered, %d notices", len(handled), told)
	}
}

// TestFloodRemembersLittle: a million senders do not fill the memory, and those who went are forgotten.
func TestFloodRemembersLittle(t *testing.T) {
	t.Parallel()
	handled, told := map[string]int{}, 0
	f, clock := flooded(handled, &told)
	f.handle = func(context.Context, sangkien.Update) error { return nil }
	for i := range 60_000 {
		if err := f.Handle(t.Context(), fromChat(fmt.Sprint(i), fmt.Sprint(i), 0)); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.buckets) > floodBuckets {
		t.Errorf("%d are remembered", len(f.buckets))
	}
	*clock = clock.Add(time.Hour)
	_ = f.Handle(t.Context(), fromChat("x", "x", 0)) // the handler cannot fail
	if len(f.buckets) != 2 {
		t.Errorf("%d are remembered an hour later", len(f.buckets))
	}
}

// TestFloodNoticeThatFails is tried again with the next delivery; and 0 lets everything through.
func TestFloodNoticeThatFails(t *testing.T) {
	t.Parallel()
	handled, told := map[string]int{}, 0
	f, _ := flooded(handled, &told)
	broken := errors.New("no store")
	f.Notice = func(context.Context, sangkien.Update) error { told++; return broken }
	for i := range 12 {
		if err := f.Handle(t.Context(), fromChat("1", "a", i)); (err != nil) != (i >= 10) {
			t.Errorf("update %d: %v", i, err)
		}
	}
	if told != 2 {
		t.Errorf("%d tries", told)
	}
	off := NewFlood(0, 0, func(_ context.Context, u sangkien.Update) error { handled["off"]++; return nil })
	for i := range 1000 {
		_ = off.Handle(t.Context(), fromChat("1", "a", i)) // the handler cannot fail
	}
	if handled["off"] != 1000 {
		t.Errorf("%d were let through", handled["off"])
	}
}

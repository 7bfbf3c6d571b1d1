package bot_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/testkit"
)

// TestBarred: an answer that may not be sent now is not sent later, when nobody waits for it; news waits for its time,
// or for the person to write, and keeps no answer back; nothing is lost from the table.
func TestBarred(t *testing.T) {
	t.Parallel()
	bar := func(why sangkien.Barred, until time.Time) error {
		return &bot.SendError{Kind: bot.SendBarred, Barred: why, Until: until, Err: errors.New("not now")}
	}
	soon := time.Now().Add(300 * time.Millisecond)
	c := &fakeChannel{arrive: make(chan string, 9), errs: []error{bar(sangkien.BarredWindow, time.Time{})}}
	store, say := talk(t, c, bot.Rate{})
	say("1", "lời đáp")
	if counts := settled(t, store); counts.Failed != 1 {
		t.Errorf("an answer that is not allowed: %+v", counts)
	}
	notice := func(key, chat string, errs ...error) {
		t.Helper()
		c.mu.Lock()
		c.errs = errs
		c.mu.Unlock()
		r := sangkien.Reply{To: sangkien.Address{Channel: "fake", Chat: chat}, Class: sangkien.ClassNotice, Lines: []sangkien.Line{{Args: []sangkien.Arg{sangkien.With("text", key)}}}}
		if _, err := store.Commit(t.Context(), sangkien.Commit{Key: key, At: time.Now(), Replies: []sangkien.Reply{r}}); err != nil {
			t.Fatal(err)
		}
	}
	notice("tin sáng", "2", bar(sangkien.BarredNight, soon))
	expect(t, c, "2:tin sáng")
	if time.Now().Before(soon) {
		t.Error("what was to wait for the morning did not")
	}
	settled(t, store)
	notice("tin chờ", "3", bar(sangkien.BarredWindow, time.Time{}))
	testkit.WaitFor(t, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.errs) != 0 {
			return errors.New("it was not tried")
		}
		return nil
	})
	r := sangkien.Reply{To: sangkien.Address{Channel: "fake", Chat: "3"}, Lines: []sangkien.Line{{Args: []sangkien.Arg{sangkien.With("text", "đáp")}}}}
	if _, err := store.Commit(t.Context(), sangkien.Commit{Key: "answer", At: time.Now(), Replies: []sangkien.Reply{r}}); err != nil {
		t.Fatal(err)
	}
	expect(t, c, "3:đáp")
	testkit.WaitFor(t, func() error { // until the answer is noted
		counts, err := store.Counts(t.Context())
		if err == nil && (counts.Waiting != 1 || counts.Failed != 1) {
			err = fmt.Errorf("news that waits for the person: %+v", counts)
		}
		return err
	})
}

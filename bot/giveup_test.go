package bot

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// TestGivenUp: nobody waits for an answer longer than a day; a notice that waited until its person may be written to is not
// lost by the first failure then. What is given up is in the log.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	o := NewOutbox("a", nil, nil, nil, nil, nil, slog.New(slog.NewTextHandler(&log, nil)))
	for _, c := range []struct {
		class sangkien.ReplyClass
		age   time.Duration
		want  sangkien.DeliveryState
	}{
		{sangkien.ClassReply, 23 * time.Hour, sangkien.DeliveryLater}, {sangkien.ClassReply, 25 * time.Hour, sangkien.DeliveryFailed},
		{sangkien.ClassNotice, 29 * 24 * time.Hour, sangkien.DeliveryLater}, {sangkien.ClassNotice, 31 * 24 * time.Hour, sangkien.DeliveryFailed},
	} {
		log.Reset()
		d := sangkien.Delivery{ID: 7, Created: time.Now().Add(-c.age), Reply: sangkien.Reply{Class: c.class}}
		got := o.failed(t.Context(), d, sangkien.DeliveryResult{ID: 7}, errors.New("HTTP 502"))
		if told := strings.Contains(log.String(), "given up"); got.State != c.want || told != (c.want == sangkien.DeliveryFailed) {
			t.Errorf("class %d after %v: %+v; the log: %s", c.class, c.age, got, log.String())
		}
	}
}

// panicking is a channel that meets what nobody thought of.
type panicking struct{ Channel }

func (panicking) Name() string   { return "panicking" }
func (panicking) Limits() Limits { panic("nobody thought of this") }

// TestPanicWhileSending: what makes the sending of one message panic ends that message, and not the program.
func TestPanicWhileSending(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	o := NewOutbox("a", nil, []Channel{panicking{}}, nil, nil, nil, slog.New(slog.NewTextHandler(&log, nil)))
	d := sangkien.Delivery{ID: 7, Reply: sangkien.Reply{To: sangkien.Address{Channel: "panicking"}}}
	if got := o.guarded(t.Context(), d); got.ID != 7 || got.State != sangkien.DeliveryFailed {
		t.Errorf("%+v", got)
	}
	l := &line{bulk: &bulk{Outbox: o}, channel: "panicking"}
	if got := l.guarded(t.Context(), sangkien.Broadcast{ID: 3}, sangkien.Recipient{Broadcast: 3, Member: 5}); got.Broadcast != 3 || got.Member != 5 || got.State != sangkien.RecipientFailed {
		t.Errorf("%+v", got)
	}
	if strings.Count(log.String(), "nobody thought of this") != 2 {
		t.Error(log.String())
	}
}

// slowUpload is a platform to which nothing arrives.
type slowUpload struct{ Resender }

func (slowUpload) SendNew(ctx context.Context, _ sangkien.Address, _ sangkien.File, _ func() (io.ReadCloser, error), _ Message) (id, ref string, err error) {
	Sleep(ctx, 90*time.Second)
	return "", "", &SendError{Kind: SendRetry, Err: errors.New("timeout")}
}

type noUploads struct{}

func (noUploads) Upload(context.Context, sangkien.Address, string) (string, error) { return "", nil }
func (noUploads) KeepUpload(context.Context, sangkien.Address, string, string, time.Time) error {
	return nil
}

// TestManyWaitForAnUpload: while a picture does not get through, whoever waits for it is done before the claim runs out.
func TestManyWaitForAnUpload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := newUploader(noUploads{})
		begun := time.Now()
		var all sync.WaitGroup
		for range bulkParallel {
			all.Go(func() {
				if _, err := u.send(t.Context(), slowUpload{}, sangkien.Address{Channel: "c"}, sangkien.File{Hash: "h"}, nil, Message{}); KindOf(err) != SendRetry {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(begun); took > bulkLease-longestWait {
			t.Errorf("the last was done after %v", took)
		}
	})
}

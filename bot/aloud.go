package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// aloudWithin is how long saying something aloud may take: whoever waits for it holds an update.
const aloudWithin = 10 * time.Second

// Ephemeral is a channel whose Send keeps what is said, and that can also show it without keeping it.
type Ephemeral interface {
	// Show shows a message to whoever looks at the chat now. An error is a *SendError.
	Show(ctx context.Context, to sangkien.Address, m Message) error
}

// Aloud says replies at once and once, without the table: for the time when it takes nothing, because the disk is full.
// Nothing is tried again, and no file goes with it. Otherwise whatever is said goes through the table.
func (o *Outbox) Aloud(ctx context.Context, replies []sangkien.Reply) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), aloudWithin)
	defer cancel()
	var errs error
	for _, r := range replies {
		if err := o.sayAloud(ctx, r); err != nil {
			errs = errors.Join(errs, fmt.Errorf("say aloud on %s: %w", r.To.Channel, err))
		}
	}
	return errs
}

func (o *Outbox) sayAloud(ctx context.Context, r sangkien.Reply) error {
	channel, ok := o.channels[r.To.Channel]
	if !ok {
		return fmt.Errorf("the channel is not running")
	}
	if r.Revises {
		return nil // it would only mend what was said before
	}
	if r.File != nil {
		r.Lines, r.File = append(r.Lines[:len(r.Lines):len(r.Lines)], unsent(*r.File)), nil
	}
	show, ephemeral := channel.(Ephemeral)
	for _, m := range Render(r, o.say, channel.Limits()) {
		if _, ok := await(ctx, o.paces[r.To.Channel], r.Class, r.To, aloudWithin); !ok {
			return errors.New("the platform's pace leaves no time")
		}
		var err error
		if ephemeral {
			err = show.Show(ctx, r.To, m)
		} else {
			_, err = sendTo(ctx, func(ctx context.Context, to sangkien.Address) (string, error) { return channel.Send(ctx, to, m) }, r.To)
		}
		if err != nil {
			o.Observe(r.To.Channel, KindOf(err).String(), 0)
			return err
		}
		o.Observe(r.To.Channel, "aloud", 0)
	}
	return nil
}

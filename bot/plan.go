package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"

	sangkien "github.com/sangkien/sangkien"
)

// plan starts what is due, writes recipients down and ends what is done, until ctx ends.
func (b *bulk) plan(ctx context.Context) {
	var expanding sync.WaitGroup
	defer expanding.Wait()
	busy := make(chan struct{}, 1) // one broadcast is expanded at a time
	for alive := true; alive; alive = Sleep(ctx, planEvery) {
		unfinished, err := b.step(ctx)
		if err != nil && ctx.Err() == nil {
			b.logger.Error("look after broadcasts", "error", err)
		}
		if len(unfinished) == 0 {
			continue
		}
		select {
		case busy <- struct{}{}:
			expanding.Go(func() { b.expand(ctx, unfinished); <-busy })
		default:
		}
	}
}

func (b *bulk) expand(ctx context.Context, all []sangkien.Broadcast) {
	for _, x := range all {
		if err := b.Table.Expand(ctx, x.ID, b.now()); err != nil && ctx.Err() == nil {
			b.logger.Error("write the recipients down", "broadcast", x.ID, "error", err)
		}
	}
}

// step does what is due, and returns the broadcasts whose recipients are not all written down.
func (b *bulk) step(ctx context.Context) (unfinished []sangkien.Broadcast, err error) {
	due, err := b.Table.BroadcastsIn(ctx, sangkien.BroadcastDue)
	if err != nil {
		return nil, err
	}
	for _, x := range due {
		if !x.Start.After(b.now()) {
			err = errors.Join(err, b.move(ctx, x, sangkien.BroadcastRunning))
		}
	}
	running, lerr := b.Table.BroadcastsIn(ctx, sangkien.BroadcastRunning)
	if lerr != nil {
		return nil, errors.Join(err, lerr)
	}
	var live []sangkien.Broadcast
	for _, x := range running {
		if x.Finished() {
			err = errors.Join(err, b.move(ctx, x, sangkien.BroadcastDone))
			continue
		}
		live = append(live, x)
		if !x.Expanded {
			unfinished = append(unfinished, x)
		}
	}
	b.running.Store(&live)
	b.signal()
	for more := true; more && err == nil; {
		more, err = b.Table.Sweep(ctx, b.now())
	}
	return unfinished, err
}

// move changes the state of a broadcast. Another replica may have been quicker.
func (b *bulk) move(ctx context.Context, x sangkien.Broadcast, to sangkien.BroadcastState) error {
	moved, err := x.Move(to, b.now())
	if err != nil {
		return err
	}
	key := fmt.Sprintf("broadcast:%d:%s:%d", x.ID, to, moved.At.UnixNano())
	_, err = b.Table.Commit(ctx, sangkien.Commit{Key: key, At: moved.At, Effects: []sangkien.Effect{moved}})
	if sangkien.CodeOf(err) == sangkien.ECONFLICT {
		return nil
	}
	return err
}

func (b *bulk) signal() {
	for range cap(b.changed) {
		select {
		case b.changed <- struct{}{}:
		default:
			return
		}
	}
}

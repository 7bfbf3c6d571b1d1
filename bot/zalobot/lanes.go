package zalobot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// maxHeld is how many updates wait in memory while the stores are down. Beyond it nothing more is taken from Zalo.
const maxHeld = 10_000

// maxHandlePause is the longest wait between two tries to finish an update: people wait.
const maxHandlePause = 5 * time.Second

// typingAfter is how long a member waits before they see that something is being done.
const typingAfter = time.Second

// entry is an update that is in the spool.
type entry struct {
	id     string // in the spool; "" when the disk took nothing
	update sangkien.Update
}

// running is what Run was given, for those who bring updates.
type running struct {
	ctx     context.Context //nolint:containedctx // of Run, as long as it runs
	receive bot.Receive
}

func (c *Channel) begin(r *running) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run = r
}

// keep makes an update durable, which is all that must happen before the platform forgets it, and has it handled.
// read is when its last byte came.
func (c *Channel) keep(raw []byte, read time.Time) error {
	id, err := c.config.Spool.Put(raw)
	if err != nil {
		return err
	}
	c.config.Kept(time.Since(read))
	c.enqueue(entry{id: id, update: decode(c.botID, raw, read)})
	return nil
}

// lookForDead is how often what other processes left is looked for.
const lookForDead = 5 * time.Second

// inherit takes up what other processes leave that die while this one runs.
func (c *Channel) inherit(ctx context.Context) {
	for bot.Sleep(ctx, lookForDead) {
		if err := c.resume(c.config.Spool.TakeOver); err != nil {
			c.logger.Warn("zalo bot: look for what others left", "error", err)
		}
	}
}

// resume takes up what was kept and not finished. What a webhook brings meanwhile may be taken up twice; its key makes
// that harmless.
func (c *Channel) resume(from func() ([]sangkien.Spooled, error)) error {
	waiting, err := from()
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		c.logger.Info("zalo bot: taking up what was not finished", "updates", len(waiting))
	}
	for _, w := range waiting {
		c.enqueue(entry{id: w.ID, update: decode(c.botID, w.Data, time.Now())})
	}
	return nil
}

// enqueue puts an update into the lane of its chat: by its date among those that wait, for webhooks overtake each
// other, and then as it came. While Run does not run it stays in the spool for the next time.
func (c *Channel) enqueue(e entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run == nil {
		return
	}
	chat := e.update.Address.Chat
	lane := c.lanes[chat]
	if e.id == "" && slices.ContainsFunc(lane, func(w entry) bool { return w.update.Key == e.update.Key }) {
		return // delivered again, while it waits for the disk to take it
	}
	at := len(lane)
	for at > 1 && lane[at-1].update.At.After(e.update.At) {
		at--
	}
	c.lanes[chat] = slices.Insert(lane, at, e)
	c.held++
	if len(lane) == 0 {
		r := c.run
		c.work.Go(func() { c.serve(r, chat) })
	}
}

// full tells whether too much waits.
func (c *Channel) full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held >= maxHeld
}

// serve finishes the updates of one chat, one after the other, until none is left or Run ends.
func (c *Channel) serve(r *running, chat string) {
	for {
		c.mu.Lock()
		if len(c.lanes[chat]) == 0 || r.ctx.Err() != nil {
			c.held -= len(c.lanes[chat])
			delete(c.lanes, chat)
			c.mu.Unlock()
			return
		}
		e := c.lanes[chat][0]
		c.mu.Unlock()
		c.finish(r, e)
		c.mu.Lock()
		c.lanes[chat] = c.lanes[chat][1:]
		c.held--
		c.mu.Unlock()
	}
}

// finish hands an update in, as often as it needs until it is committed or Run ends. Then the spool forgets it.
func (c *Channel) finish(r *running, e entry) {
	done := make(chan struct{})
	defer close(done)
	if e.update.Kind == sangkien.UpdateText && !e.update.Group {
		c.work.Go(func() { c.showTyping(r.ctx, done, e.update.Address) })
	}
	e.update.Files = c.fetchNow(r.ctx, e.update.Files)
	for failures := 1; ; failures++ {
		err := r.receive(r.ctx, e.update)()
		if err == nil {
			c.forget(e)
			return
		}
		if r.ctx.Err() != nil {
			return
		}
		wait := pause(err, failures, maxHandlePause)
		c.logger.Warn("zalo bot: an update is not finished", "update", e.update.Key, "again_in", wait, "error", err)
		bot.Sleep(r.ctx, wait)
	}
}

// forget takes what is finished out of the spool. Where that fails it comes again at the next start, harmlessly.
func (c *Channel) forget(e entry) {
	if e.id == "" {
		return // the disk took nothing
	}
	if err := c.config.Spool.Done(e.id); err != nil {
		c.logger.Warn("zalo bot: the spool", "error", err)
	}
}

// showTyping shows that something is being done, if it takes a while.
func (c *Channel) showTyping(ctx context.Context, done <-chan struct{}, to sangkien.Address) {
	timer := time.NewTimer(typingAfter)
	defer timer.Stop()
	select {
	case <-timer.C:
		_ = c.try(ctx, "sendChatAction", map[string]string{"chat_id": to.Chat, "action": "typing"})
	case <-done:
	case <-ctx.Done():
	}
}

// fetchNow copies photos while their links are fresh: they expire, and our database may be down for longer. What
// cannot be had now is left to the fetcher, which tries again and tells the member.
func (c *Channel) fetchNow(ctx context.Context, files []sangkien.File) []sangkien.File {
	files = slices.Clone(files)
	for i, f := range files {
		kept, err := c.fetch(ctx, f)
		if err != nil {
			c.logger.Info("zalo bot: a photo is not here yet", "error", err)
			continue
		}
		kept.Ref = ""
		files[i] = kept
	}
	return files
}

func (c *Channel) fetch(ctx context.Context, f sangkien.File) (sangkien.File, error) {
	ctx, cancel := context.WithTimeout(ctx, photoNowTimeout)
	defer cancel()
	r, err := c.Fetch(ctx, f.Ref)
	if err != nil {
		return f, err
	}
	defer func() { _ = r.Close() }() // only read from
	return c.config.Files.Put(ctx, f.Name, r)
}

// pause is how long to wait after so many failures in a row, or as long as Zalo says.
func pause(err error, failures int, longest time.Duration) time.Duration {
	var se *bot.SendError
	if errors.As(err, &se) && se.Kind == bot.SendLimited {
		return max(se.After, min(time.Second<<min(failures, 6), longest))
	}
	return min(250*time.Millisecond<<min(failures, 10), longest)
}

// try makes a call whose failure changes nothing for anyone.
func (c *Channel) try(ctx context.Context, method string, params map[string]string) error {
	_, err := c.client.call(ctx, callTimeout, method, params)
	if err != nil && ctx.Err() == nil {
		c.logger.Debug("zalo bot: "+method, "error", err)
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

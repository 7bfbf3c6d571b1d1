package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/web"
)

// ready tells whether the database answers, and this process is not about to end. Without Redis everyone is still
// served, and all processes would be taken out at once.
func (a *app) ready(ctx context.Context) error {
	if a.stopping.Load() {
		return errors.New("asked to end")
	}
	return a.store.Ping(ctx)
}

// stopWithin is how long what was begun may take to end. What is not done then is done by the next start, or another
// process.
const stopWithin = 10 * time.Second

// run serves on l until ctx ends: first it says that it is not ready, for a while if something in front must notice, then
// nothing new is taken in, then what was taken is finished, then what waits to be said is left to the next start.
func (a *app) run(ctx context.Context, l net.Listener) error {
	in, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	var sources, senders sync.WaitGroup
	sources.Go(func() { a.linger(ctx, in); stop(nil) })
	sources.Go(func() { a.fail(stop, web.Serve(in, l, a.handler, a.logger)) })
	for _, r := range a.runners {
		sources.Go(func() { a.keep(in, r) })
	}
	sources.Go(func() { a.fetcher.Run(in) })
	if !a.store.Exclusive() {
		sources.Go(func() { a.chat.Follow(in, a.store) })
	}
	sources.Go(func() { a.lookForFiles(in) })
	sources.Go(func() {
		a.fail(stop, scheduler.Run(in, a.config.zone, a.tasks(), a.logger))
	})
	out, stopOut := context.WithCancel(context.WithoutCancel(ctx))
	defer stopOut()
	senders.Go(func() { a.outbox.Run(out) })
	senders.Go(func() {
		a.outbox.RunBulk(out, a.bulk())
	})
	finished := make(chan struct{})
	go func() {
		sources.Wait()
		a.inbox.Close()
		stopOut()
		senders.Wait()
		close(finished)
	}()
	<-in.Done()
	a.stopBy = time.Now().Add(stopWithin)
	select {
	case <-finished:
	case <-time.After(stopWithin):
		a.logger.Warn("not all that was begun has ended: the next start goes on with it")
	}
	if cause := context.Cause(in); ctx.Err() == nil && cause != nil {
		return cause
	}
	return nil
}

// linger waits until ctx ends and then, with /readyz red, until whatever is in front has noticed; or until in ends.
func (a *app) linger(ctx, in context.Context) {
	select {
	case <-in.Done():
		return
	case <-ctx.Done():
	}
	a.stopping.Store(true)
	if a.config.StopGrace > 0 {
		a.logger.Info("asked to end: going on for a while, so that no more is sent here", "for", a.config.StopGrace)
	}
	select {
	case <-in.Done():
	case <-time.After(a.config.StopGrace):
	}
}

// bulk is how broadcasts are sent.
func (a *app) bulk() bot.Bulk {
	b := bot.Bulk{Table: a.tracer.many(a.store), Zone: a.config.zone, Quiet: a.config.quiet, PerDay: a.config.BulkPerDay, Uploads: a.store}
	if a.tracer != nil {
		b.TraceBulk = a.tracer.recipient
	}
	return b
}

// lookForFiles says at the start when files that the database names are not in the folder: where several machines do not
// share it, members' photos can be opened on one of them only. The newest say it; sangkien doctor looks at all.
func (a *app) lookForFiles(ctx context.Context) {
	named, missing, err := a.store.MissingRecent(ctx, a.files, 1000)
	switch {
	case err != nil && ctx.Err() == nil:
		a.logger.Warn("look for attachments", "error", err)
	case missing > 0:
		a.logger.Error("attachments are not in the data folder: do all machines share it (docs/install.md, section 7)? sangkien doctor tells more", "missing", missing, "of", named)
	}
}

// tidyFiles removes what the program made a while ago, and members' files that no row names any more.
func (a *app) tidyFiles(ctx context.Context, now time.Time) error {
	return errors.Join(a.files.Tidy(now), a.files.Sweep(ctx, a.store, now))
}

// tasks is what falls due by the clock.
func (a *app) tasks() []scheduler.Task {
	policy := sangkien.DefaultRetention()
	tasks := append([]scheduler.Task{scheduler.Tidy(a.store, policy), scheduler.TidyFiles(a.tidyFiles), scheduler.Retain(a.store, policy), scheduler.RemindRequests(a.store), a.dailyBackup(), a.shareFolder(),
		scheduler.Remind(a.store, newID), scheduler.RemindAuthors(a.store, newID)},
		append(a.newsTasks(), a.zaloTasks()...)...)
	return a.measured(a.tracer.tasks(tasks))
}

// tryRefused is how often a channel is tried again that its platform refused.
const tryRefused = time.Minute

// keep runs a channel. One that its platform refuses, for its token say, is tried again until someone has mended that: the
// others go on meanwhile.
func (a *app) keep(ctx context.Context, r bot.Runner) {
	name := "?"
	if c, ok := r.(bot.Channel); ok {
		name = c.Name()
	}
	refused := a.refused.WithLabelValues(name)
	for refused.Set(0); ; refused.Set(0) {
		err := r.Run(ctx, a.receive)
		if err == nil || ctx.Err() != nil {
			return
		}
		a.logger.Error("a channel is refused, the others go on: sangkien doctor tells more", "channel", name, "again_in", tryRefused, "error", err)
		refused.Set(1)
		bot.Sleep(ctx, tryRefused)
	}
}

// fail ends the program because one of its parts cannot go on.
func (a *app) fail(stop context.CancelCauseFunc, err error) {
	if err != nil {
		stop(err)
	}
}

// flushWithin is how long a collector may take for the last traces, within what the whole end may take.
const flushWithin = 3 * time.Second

// flushBy is until when the last traces may be sent.
func (a *app) flushBy(now time.Time) time.Time {
	by := now.Add(flushWithin)
	if !a.stopBy.IsZero() && a.stopBy.Before(by) {
		by = a.stopBy
	}
	return by
}

func (a *app) close() error {
	var err error
	for _, c := range a.closers {
		err = errors.Join(err, c.Close())
	}
	err = errors.Join(err, a.sessions.Close(), a.store.Close())
	a.tracer.close(a.flushBy(time.Now()))
	return err
}

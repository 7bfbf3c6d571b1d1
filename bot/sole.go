package bot

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Leases say which process may do what only one may do at a time; storage has them.
type Leases interface {
	// Lease takes or renews a lease for a process. It is then held for d, counted from when the call began, and by nobody
	// else. false: another process holds it.
	Lease(ctx context.Context, name, by string, d time.Duration) (held bool, err error)
	// EndLease gives it back.
	EndLease(ctx context.Context, name, by string) error
}

const (
	soleFor    = 8 * time.Second // how long nobody takes over from a process that gives no sign
	soleRenew  = 2 * time.Second
	soleAsk    = time.Second     // how often one that does not hold it asks
	soleFinish = 5 * time.Second // giving back must not keep a process from ending
)

// Sole does in one process at a time what must not be done by two, such as polling. A process that was stopped and
// wakes up knows by its own clock that its time is over before it does anything. Nil is for a process that is alone.
type Sole struct {
	leases   Leases
	name, by string
	logger   *slog.Logger
	until    atomic.Pointer[time.Time]
}

// NewSole returns what holds the lease called name for the process called by.
func NewSole(leases Leases, name, by string, logger *slog.Logger) *Sole {
	return &Sole{leases: leases, name: name, by: by, logger: logger}
}

// Mine tells whether this process may act. It must be asked before what was begun is gone on with.
func (s *Sole) Mine() bool {
	if s == nil {
		return true
	}
	until := s.until.Load()
	return until != nil && time.Now().Before(*until)
}

// Run calls run whenever it is this process' turn, with a context that ends with the turn, until ctx ends or run returns
// by itself.
func (s *Sole) Run(ctx context.Context, run func(context.Context) error) error {
	if s == nil {
		return run(ctx)
	}
	for alive := true; alive; alive = Sleep(ctx, soleAsk) {
		if !s.renew(ctx) {
			continue
		}
		s.logger.Info("this process does it now", "what", s.name)
		err := s.turn(ctx, run)
		s.end(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// turn runs until the lease is lost or ctx ends. The timer ends it also while the store does not answer.
func (s *Sole) turn(ctx context.Context, run func(context.Context) error) error {
	in, stop := context.WithCancel(ctx)
	defer stop()
	over := time.AfterFunc(time.Until(*s.until.Load()), stop)
	defer over.Stop()
	done := make(chan error, 1)
	go func() { done <- run(in) }()
	tick := time.NewTicker(soleRenew)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-in.Done():
			return <-done
		case <-tick.C:
			if s.renew(in) {
				over.Reset(time.Until(*s.until.Load()))
			} else if !s.Mine() {
				stop()
			}
		}
	}
}

// renew takes or renews the lease. While the store does not answer, the time that was granted goes on.
func (s *Sole) renew(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, soleRenew)
	defer cancel()
	until := time.Now().Add(soleFor)
	held, err := s.leases.Lease(ctx, s.name, s.by, soleFor)
	switch {
	case held:
		s.until.Store(&until)
	case err == nil:
		if s.until.Swap(nil) != nil {
			s.logger.Info("another process does it now", "what", s.name)
		}
	case ctx.Err() == nil:
		s.logger.Warn("ask who does it", "what", s.name, "error", err)
	}
	return held
}

func (s *Sole) end(ctx context.Context) {
	s.until.Store(nil)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), soleFinish)
	defer cancel()
	if err := s.leases.EndLease(ctx, s.name, s.by); err != nil {
		s.logger.Warn("give back", "what", s.name, "error", err)
	}
}

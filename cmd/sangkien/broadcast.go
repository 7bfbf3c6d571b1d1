package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
)

type broadcastCmd struct {
	Send   broadcastSendCmd   `cmd:"" default:"withargs" help:"Write to many: plan a broadcast and watch it."`
	List   broadcastListCmd   `cmd:"" help:"List broadcasts, the newest first."`
	Show   broadcastShowCmd   `cmd:"" help:"How a broadcast stands, and why anyone was left out or failed."`
	Pause  broadcastPauseCmd  `cmd:"" help:"Stop sending for now; effective at once."`
	Resume broadcastResumeCmd `cmd:"" help:"Go on with a broadcast that was paused."`
	Cancel broadcastCancelCmd `cmd:"" help:"End a broadcast: whoever is left is skipped."`
	Retry  broadcastRetryCmd  `cmd:"" help:"Send again, to those only whom it failed."`
}

type broadcastSendCmd struct {
	TextFile string   `type:"existingfile" required:"" help:"File with the text, UTF-8. {ten} becomes the recipient's name; nothing else is filled in."`
	Audience string   `required:"" help:"${audience}"`
	At       string   `help:"Not before, in the configured time zone: \"2026-11-30 08:00\". Default: now."`
	Photo    string   `type:"existingfile" help:"A picture to go with it."`
	Link     string   `help:"A page to open."`
	Offer    []string `help:"A command to have a button for: gui, tin, lich …"`
	Topic    string   `default:"news" enum:"news,reminders,results" help:"What members who muted it do not get: news, reminders or results."`
	Urgent   bool     `help:"Also to those who had a message today."`
	Resend   bool     `help:"After a crash send again what may have arrived. Default: leave it, marked as uncertain."`
	DryRun   bool     `help:"Say whom it would reach, and send nothing."`
	NoWait   bool     `help:"Do not watch it."`
}

// Run plans the broadcast and shows its progress. A running serve sends it.
func (cmd broadcastSendCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		b, err := cmd.broadcast(ctx, c, store)
		if err != nil {
			return err
		}
		planned, err := b.Plan(time.Now())
		if err != nil {
			return fmt.Errorf("%w; nothing was sent", err)
		}
		if err := showPreview(ctx, c, s, store, b); err != nil || cmd.DryRun {
			return err
		}
		b.ID = newID()
		planned.Broadcast.ID = b.ID
		if cmd.Photo != "" {
			if planned.Broadcast.Photo, err = keepPhoto(ctx, c, cmd.Photo); err != nil {
				return err
			}
		}
		if _, err := store.Commit(ctx, sangkien.Commit{Key: fmt.Sprintf("broadcast:%d", b.ID), At: time.Now(), Effects: []sangkien.Effect{planned}}); err != nil {
			return fmt.Errorf("plan the broadcast: %w", err)
		}
		fmt.Fprintf(s.out, "Broadcast %d is planned for %s.\n", b.ID, b.Start.In(c.zone).Format("2006-01-02 15:04"))
		if cmd.NoWait {
			return nil
		}
		return watch(ctx, s, store, b.ID)
	})
}

func (cmd broadcastSendCmd) broadcast(ctx context.Context, c *Config, store *storage.Store) (sangkien.Broadcast, error) {
	b := sangkien.Broadcast{Kind: sangkien.BroadcastManual, Topic: sangkien.Topic(cmd.Topic), Purpose: sangkien.PurposeNews,
		Link: cmd.Link, Offers: cmd.Offer, Urgent: cmd.Urgent, Resend: cmd.Resend, Start: time.Now()}
	text, err := os.ReadFile(cmd.TextFile)
	if err != nil {
		return b, fmt.Errorf("read the text: %w", err)
	}
	b.Text.VI = strings.TrimSpace(strings.TrimPrefix(string(text), "\ufeff"))
	if cmd.At != "" {
		if b.Start, err = time.ParseInLocation("2006-01-02 15:04", cmd.At, c.zone); err != nil {
			return b, fmt.Errorf("--at %q is no time; write it like \"2026-11-30 08:00\"", cmd.At)
		}
	}
	units, err := store.Units(ctx)
	if err != nil {
		return b, err
	}
	campaigns, err := store.Campaigns(ctx)
	if err != nil {
		return b, err
	}
	b.Audience, err = parseAudience(cmd.Audience, units, campaigns)
	return b, err
}

// keepPhoto puts a picture among our files and returns its hash.
func keepPhoto(ctx context.Context, c *Config, path string) (string, error) {
	files, err := storage.OpenFiles(filepath.Join(c.DataDir, "attachments"))
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("open the picture: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	kept, err := files.Put(ctx, filepath.Base(path), f)
	switch {
	case err != nil:
		return "", fmt.Errorf("take the picture: %w", err)
	case kept.Kind != sangkien.Photo:
		return "", fmt.Errorf("%s is no picture", path)
	}
	return kept.Hash, nil
}

// showPreview prints whom a broadcast would reach.
func showPreview(ctx context.Context, c *Config, s *streams, store *storage.Store, b sangkien.Broadcast) error {
	p, err := store.Preview(ctx, b, time.Now())
	if err != nil {
		return err
	}
	units, err := store.Units(ctx)
	if err != nil {
		return err
	}
	names := map[int64]string{0: "(no unit)"}
	for _, u := range units {
		names[u.ID] = u.Name
	}
	fmt.Fprintf(s.out, "In the audience: %d. Will be written to: %d.\n", p.Planned(), p.Queued())
	for _, l := range p.By(func(l sangkien.PreviewLine) (string, bool) { return names[l.Unit] + ", " + l.Channel, l.Reason == "" }) {
		fmt.Fprintf(s.out, "  %-50s %8d\n", l.Reason, l.Count)
	}
	for _, w := range []struct {
		way  sangkien.Way
		name string
	}{{sangkien.WayNow, "Reachable now:"}, {sangkien.WayElsewhere, "Reachable on another linked account:"}, {sangkien.WayTemplate, "Only by paid template (ZNS):"}} {
		fmt.Fprintf(s.out, "%-52s %8d\n", w.name, p.Reached(w.way))
	}
	out := p.By(func(l sangkien.PreviewLine) (string, bool) { return l.Reason, l.Reason != "" })
	if len(out) > 0 {
		fmt.Fprintln(s.out, "Left out:")
	}
	for _, l := range out {
		fmt.Fprintf(s.out, "  %-50s %8d\n", reasonName(l.Reason), l.Count)
	}
	start := b.Start.In(c.zone)
	end := sangkien.FinishedAt(p.Queued(), float64(c.TelegramRate), start, c.quiet)
	fmt.Fprintf(s.out, "At %d a second it is finished at about %s.\n", c.TelegramRate, end.Format("2006-01-02 15:04"))
	return nil
}

// reasonName is a reason in words for the command line.
func reasonName(reason string) string {
	names := map[string]string{
		sangkien.SkippedNoConsent: "did not agree to news", sangkien.SkippedMuted: "muted the topic", sangkien.SkippedDigest: "want a digest",
		sangkien.SkippedUnreachable: "cannot be reached", sangkien.SkippedReached: "had a message today", sangkien.SkippedCancelled: "cancelled before",
		sangkien.SkippedErased: "deleted their data", sangkien.SkippedWindow: "the platform allows no message now", sangkien.SkippedQuota: "the platform's quota is used up",
		sangkien.SkippedNight: "the platform allows none at night", sangkien.FailedRefused: "refused by the platform", sangkien.FailedGaveUp: "given up after a day of failures",
		sangkien.BlockedByPerson: "blocked us, or are gone", sangkien.DoubtCrash: "the program stopped while it was sent", sangkien.DoubtNoAnswer: "the platform did not answer",
		sangkien.DoubtTwice: "may have it twice",
	}
	if name := names[reason]; name != "" {
		return name
	}
	return reason
}

type broadcastListCmd struct{}

// Run prints a line for each broadcast.
func (broadcastListCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		all, err := store.Broadcasts(ctx, 0, 50)
		for _, b := range all {
			text, _, _ := strings.Cut(b.Text.VI, "\n")
			if r := []rune(text); len(r) > 40 {
				text = string(r[:39]) + "…"
			}
			fmt.Fprintf(s.out, "%-20d %-10s %s  %7d of %7d sent  %s\n", b.ID, b.State, b.Start.In(c.zone).Format("2006-01-02 15:04"), b.Counts.Sent, b.Counts.Planned, text)
		}
		return err
	})
}

// oneBroadcast is the broadcast that a command is about.
type oneBroadcast struct {
	ID int64 `arg:"" help:"The broadcast, as list shows it."`
}

// moves moves the broadcast on.
func (o oneBroadcast) moves(ctx context.Context, c *Config, s *streams, to sangkien.BroadcastState, from ...sangkien.BroadcastState) error {
	return withData(ctx, c, func(store *storage.Store) error {
		b, err := store.Broadcast(ctx, o.ID)
		if err != nil {
			return err
		}
		moved, err := b.Move(to, time.Now())
		if err != nil || len(from) > 0 && !slices.Contains(from, b.State) {
			return fmt.Errorf("broadcast %d is %s: that cannot be done to it now", b.ID, b.State)
		}
		_, err = store.Commit(ctx, sangkien.Commit{Key: fmt.Sprintf("broadcast:%d:%d", b.ID, newID()), At: time.Now(), Effects: []sangkien.Effect{moved}})
		if err != nil {
			return fmt.Errorf("move the broadcast: %w", err)
		}
		fmt.Fprintf(s.out, "Broadcast %d is %s.\n", b.ID, to)
		return nil
	})
}

type (
	broadcastPauseCmd  struct{ oneBroadcast }
	broadcastResumeCmd struct{ oneBroadcast }
	broadcastCancelCmd struct{ oneBroadcast }
	broadcastRetryCmd  struct{ oneBroadcast }
	broadcastShowCmd   struct{ oneBroadcast }
)

// Run pauses.
func (b broadcastPauseCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return b.moves(ctx, c, s, sangkien.BroadcastPaused)
}

// Run resumes.
func (b broadcastResumeCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return b.moves(ctx, c, s, sangkien.BroadcastRunning, sangkien.BroadcastPaused)
}

// Run cancels.
func (b broadcastCancelCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return b.moves(ctx, c, s, sangkien.BroadcastCancelled)
}

// Run sends again to those whom it failed.
func (b broadcastRetryCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return b.moves(ctx, c, s, sangkien.BroadcastRunning, sangkien.BroadcastDone)
}

// Run prints how the broadcast stands.
func (o broadcastShowCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		b, err := store.Broadcast(ctx, o.ID)
		if err != nil {
			return err
		}
		reasons, err := store.BroadcastReasons(ctx, o.ID)
		if err != nil {
			return err
		}
		n := b.Counts
		fmt.Fprintf(s.out, "Broadcast %d: %s\n", b.ID, b.State)
		for _, line := range []struct {
			state sangkien.RecipientState
			count int
		}{{"queued", n.Queued}, {"sending", n.Sending}, {"sent", n.Sent}, {"failed", n.Failed}, {"blocked", n.Blocked}, {"skipped", n.Skipped}, {"uncertain", n.Uncertain}} {
			fmt.Fprintf(s.out, "  %-12s %8d\n", line.state, line.count)
			for _, r := range reasons {
				if r.State == line.state {
					fmt.Fprintf(s.out, "    %-40s %8d\n", reasonName(r.Reason), r.Count)
				}
			}
		}
		fmt.Fprintf(s.out, "  %-12s %8d\n", "in all", n.Planned)
		return nil
	})
}

// watch shows the progress until the broadcast ends. Ctrl-C ends the watching only.
func watch(ctx context.Context, s *streams, store *storage.Store, id int64) error {
	bar := newProgress(s.out)
	for last := time.Now(); ; {
		b, err := store.Broadcast(context.WithoutCancel(ctx), id)
		if err != nil {
			return err
		}
		now := time.Now()
		bar.show(b, now)
		if b.State == sangkien.BroadcastDone || b.State == sangkien.BroadcastCancelled {
			bar.end()
			fmt.Fprintf(s.out, "It is %s: %d sent, %d failed, %d blocked, %d skipped, %d uncertain. Details: sangkien broadcast show %d\n",
				b.State, b.Counts.Sent, b.Counts.Failed, b.Counts.Blocked, b.Counts.Skipped, b.Counts.Uncertain, id)
			return nil
		}
		if now.Sub(last) > 10*time.Second && b.State == sangkien.BroadcastDue && !b.Start.After(now) {
			bar.end()
			return errors.New("no sangkien serve is running: the broadcast waits for it")
		}
		select {
		case <-ctx.Done():
			bar.end()
			fmt.Fprintf(s.out, "It goes on without you. See how it stands: sangkien broadcast show %d; stop it: sangkien broadcast pause %d\n", id, id)
			return nil
		case <-time.After(500 * time.Millisecond):
		}
	}
}

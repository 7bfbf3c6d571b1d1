package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// progress shows how a broadcast goes: a bar on a terminal, a line now and then elsewhere.
type progress struct {
	out      io.Writer
	terminal bool
	from     time.Time // of the pace
	sent     int       // by then
	shown    time.Time
}

// lineEvery is how often a line is printed where there is no terminal.
const lineEvery = 10 * time.Second

func newProgress(out io.Writer) *progress {
	p := &progress{out: out}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *progress) show(b sangkien.Broadcast, now time.Time) {
	if p.from.IsZero() {
		p.from, p.sent = now, b.Counts.Sent
	}
	if !p.terminal {
		if now.Sub(p.shown) >= lineEvery {
			p.shown = now
			fmt.Fprintln(p.out, progressLine(b, p.pace(b, now)))
		}
		return
	}
	const width = 30
	done := 0
	if b.Counts.Planned > 0 {
		done = width * (b.Counts.Planned - b.Counts.Left()) / b.Counts.Planned
	}
	fmt.Fprintf(p.out, "\r\x1b[K[%s%s] %s", strings.Repeat("█", done), strings.Repeat("░", width-done), progressLine(b, p.pace(b, now)))
}

// pace is messages a second since the watching began.
func (p *progress) pace(b sangkien.Broadcast, now time.Time) float64 {
	if d := now.Sub(p.from).Seconds(); d > 0 {
		return float64(b.Counts.Sent-p.sent) / d
	}
	return 0
}

// end leaves the bar where it is.
func (p *progress) end() {
	if p.terminal {
		fmt.Fprintln(p.out)
	}
}

func progressLine(b sangkien.Broadcast, pace float64) string {
	c := b.Counts
	line := fmt.Sprintf("%s: %d sent, %d failed, %d blocked, %d skipped, %d uncertain, %d left", b.State, c.Sent, c.Failed, c.Blocked, c.Skipped, c.Uncertain, c.Left())
	if pace >= 0.1 && c.Left() > 0 {
		line += fmt.Sprintf("; %.1f a second, %v to go", pace, time.Duration(float64(c.Left())/pace*float64(time.Second)).Round(time.Second))
	}
	return line
}

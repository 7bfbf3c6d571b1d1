package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	sangkien "github.com/sangkien/sangkien"
)

var updateJourney = flag.Bool("update", false, "write what is said into testdata/journey.txt")

const journeyFile = "testdata/journey.txt"

// channelDriver is a member in front of one channel. A new channel is a line here and a driver in a file of its own.
type channelDriver struct {
	name string // of the channel, and of its folder in bot without dashes
	open func(*testing.T, func(func(*Config)) *running) journeyDriver
}

func channelDrivers() []channelDriver {
	return []channelDriver{{"telegram", openTelegram}, {"zalo-bot", openZaloBot}, {"zalooa", openZaloOA}, {"web", openWeb}}
}

// journeyDriver does what a member does. A step that the channel has no way for is an error.
type journeyDriver interface {
	// Do writes a text, presses "[label]", or sends "!photo".
	Do(ctx context.Context, step string) error
	// Heard returns the messages that came since the last call, after at least one did.
	Heard(ctx context.Context, settled func() error) ([]heard, error)
	// Address is the member's chat.
	Address() sangkien.Address
}

// heard is one message as its channel shows it: words, and how the choices are offered.
type heard struct{ words, choices string }

// TestJourney walks the same journey on every channel against the whole program. What is said is recorded in one
// transcript, which tells where channels show the same in another way:
//
//	> what the member does          < what is said         [what can be chosen]
//	  {channel} the line above, as this channel shows it
//
// The idea, its photo and the consents are the same in the end. A channel that cannot take a step fails.
func TestJourney(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(journeyFile)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for line := range strings.Lines(string(script)) {
		if step, ok := strings.CutPrefix(strings.TrimSpace(line), "> "); ok {
			steps = append(steps, step)
		}
	}
	drivers := channelDrivers()
	said := make([][][]heard, len(drivers))
	ends := make([]string, len(drivers))
	t.Run("channels", func(t *testing.T) {
		for i, d := range drivers {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				said[i], ends[i] = walk(t, d, steps)
			})
		}
	})
	if t.Failed() {
		return
	}
	for i, d := range drivers[1:] {
		if ends[i+1] != ends[0] {
			t.Errorf("what %s left behind differs:\n%s", d.name, gocmp.Diff(strings.Split(ends[0], "\n"), strings.Split(ends[i+1], "\n")))
		}
	}
	got := transcript(t, string(script), drivers, said)
	if *updateJourney {
		if err := os.WriteFile(journeyFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(strings.Split(string(script), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Error(diff)
	}
}

// TestEveryChannelHasADriver: a channel that is added must take the journey too.
func TestEveryChannelHasADriver(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("../../bot")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "testdata" {
			continue
		}
		name := strings.TrimSuffix(e.Name(), "chat") // webchat is the channel "web"
		if !slices.ContainsFunc(channelDrivers(), func(d channelDriver) bool { return strings.ReplaceAll(d.name, "-", "") == name }) {
			t.Errorf("bot/%s has no driver in channelDrivers", e.Name())
		}
	}
}

// walk takes the journey on one channel and returns what was said after each step, and what is stored in the end.
func walk(t *testing.T, d channelDriver, steps []string) (said [][]heard, end string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var r *running
	driver := d.open(t, func(change func(*Config)) *running {
		r = start(t, func(c *Config) {
			c.privateNets = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
			change(c)
		})
		withUnits(t, r)
		return r
	})
	settled := func() error {
		counts, err := r.store.Counts(ctx)
		if err == nil && counts.Waiting > 0 {
			err = fmt.Errorf("%d messages wait", counts.Waiting)
		}
		return err
	}
	for _, step := range steps {
		if err := driver.Do(ctx, step); err != nil {
			t.Fatalf("%s cannot take the step %q: %v", d.name, step, err)
		}
		messages, err := driver.Heard(ctx, settled)
		if err != nil {
			t.Fatalf("%s: nothing was said to %q: %v", d.name, step, err)
		}
		said = append(said, messages)
	}
	return said, leftBehind(ctx, t, r, driver.Address())
}

// leftBehind is all that the journey stored, in words.
func leftBehind(ctx context.Context, t *testing.T, r *running, a sangkien.Address) string {
	t.Helper()
	for {
		counts, err := r.store.Counts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if counts.PendingFiles == 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	chat, err := r.store.Chat(ctx, a, sangkien.Sender{ID: a.Chat})
	if err != nil {
		t.Fatal(err)
	}
	ideas, err := r.store.IdeasOf(ctx, chat.Member.ID)
	if err != nil || len(ideas) == 0 {
		t.Fatalf("%d ideas, %v", len(ideas), err)
	}
	var b strings.Builder
	m := chat.Member
	fmt.Fprintf(&b, "%s, %s, process %t, publish %t, news %t\n", m.Name, m.UnitText, m.Allows(sangkien.PurposeProcess), m.Allows(sangkien.PurposePublish), m.Allows(sangkien.PurposeNews))
	for _, i := range ideas {
		fmt.Fprintf(&b, "idea %s %s\n", timeless(i.Code), i.State)
		var keys []string
		for key, a := range i.Answers {
			keys = append(keys, fmt.Sprintf("%s=%s,%t", key, a.Value, a.Skipped))
		}
		slices.Sort(keys)
		fmt.Fprintln(&b, strings.Join(keys, "\n"))
		for _, f := range i.Attachments {
			fmt.Fprintf(&b, "%s %s %s %s\n", f.Question, f.State, f.File.Kind, f.File.Hash)
		}
	}
	return b.String()
}

var (
	yearOfCode = regexp.MustCompile(`SK-\d{4}-`)
	moment     = regexp.MustCompile(`\d\d:\d\d ngày \d\d/\d\d/\d{4}`)
)

// timeless takes out what depends on the day of the test.
func timeless(s string) string {
	return moment.ReplaceAllString(yearOfCode.ReplaceAllString(s, "SK-YYYY-"), "HH:MM ngày DD/MM/YYYY")
}

// transcript writes what was said below what was done: as the first channel shows it, and the others where they differ.
func transcript(t *testing.T, script string, drivers []channelDriver, said [][][]heard) string {
	t.Helper()
	var b strings.Builder
	n := 0
	for line := range strings.Lines(script) {
		switch {
		case strings.HasPrefix(line, "#"):
			b.WriteString(line)
		case strings.HasPrefix(line, "> "):
			b.WriteString(line)
			for m, first := range said[0][n] {
				writeMessage(t, &b, drivers, said, n, m, first)
			}
			n++
		}
	}
	return b.String()
}

func writeMessage(t *testing.T, b *strings.Builder, drivers []channelDriver, said [][][]heard, step, m int, first heard) {
	t.Helper()
	for i, d := range drivers {
		if len(said[i][step]) != len(said[0][step]) {
			t.Fatalf("step %d: %d messages on %s, %d on %s", step, len(said[i][step]), d.name, len(said[0][step]), drivers[0].name)
		}
	}
	lines := strings.Split(first.words, "\n")
	for n, line := range append(lines, first.choices) {
		lead := "  "
		if n == 0 {
			lead = "< "
		}
		if n < len(lines) || line != "" {
			fmt.Fprintf(b, "%s%s\n", lead, line)
		}
		for i, d := range drivers {
			other := said[i][step][m]
			theirs := append(strings.Split(other.words, "\n"), other.choices)
			if len(theirs) != len(lines)+1 {
				t.Fatalf("step %d: %s has %d lines where %s has %d: %q", step, d.name, len(theirs)-1, drivers[0].name, len(lines), other.words)
			}
			if theirs[n] != line {
				fmt.Fprintf(b, "  {%s} %s\n", d.name, cmp.Or(theirs[n], "(nothing)"))
			}
		}
	}
}

// journeyPhoto is the photo of the journey, made once: the same bytes on all channels.
var journeyPhoto = sync.OnceValues(func() ([]byte, error) {
	return os.ReadFile(filepath.Join("testdata", "journey.jpg"))
})

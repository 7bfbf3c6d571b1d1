package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/locale"
)

type doctorCmd struct {
	Lang string `env:"SANGKIEN_LANG" default:"vi" enum:"vi,en" help:"Language of the findings: vi or en."`
	JSON bool   `name:"json" help:"Print the findings as JSON, one on each line."`
}

// finding is the result of one check: a sentence of locale, and, unless all is well, its remedy under the same key
// with "_fix".
type finding struct {
	level level
	line  sangkien.Line
}

type level int

const (
	well level = iota
	note       // works, but know this
	bad        // does not work
)

func (l level) String() string { return [...]string{"ok", "note", "bad"}[l] }

func found(l level, key string, args ...sangkien.Arg) finding {
	return finding{l, sangkien.Say(key, args...)}
}

func count(n int) sangkien.Arg { return sangkien.With("n", fmt.Sprint(n)) }

// check judges the facts: it asks nobody, so that it can be tried well and ill. A check that does not concern this
// configuration returns false.
type check struct {
	name  string
	judge func(f *facts) (finding, bool)
}

// checks is every check, in the order in which they are told.
func checks() []check {
	var all []check
	for _, group := range [][]check{machineChecks(), storeChecks(), redisChecks(), backupChecks(), telegramChecks(), zaloBotChecks(), zaloChecks(), campaignChecks()} {
		all = append(all, group...)
	}
	return all
}

// errUnwell is what doctor ends with when something does not work.
var errUnwell = errors.New("something does not work; see above")

// Run checks everything that can be checked from here, and prints each finding with its remedy. It ends with 1 when
// something does not work.
func (d doctorCmd) Run(ctx context.Context, c *Config, s *streams) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	f := gather(ctx, c, s)
	say, lang := locale.NewSpeaker(c.zone), sangkien.Language(d.Lang)
	out := json.NewEncoder(s.out)
	out.SetEscapeHTML(false)
	redact, sick := c.redactor(), false
	for _, ch := range checks() {
		got, concerns := ch.judge(f)
		if !concerns {
			continue
		}
		sick = sick || got.level == bad
		what, remedy := redact.text(say.Say(got.line, lang).String()), ""
		if got.level != well {
			remedy = redact.text(say.Say(sangkien.Say(got.line.Key+"_fix", got.line.Args...), lang).String())
		}
		if d.JSON {
			if err := out.Encode(map[string]string{"check": ch.name, "level": got.level.String(), "finding": what, "remedy": remedy}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(s.out, "%-4s  %s\n", strings.Replace(got.level.String(), "bad", "BAD", 1), what)
		if remedy != "" {
			fmt.Fprintf(s.out, "      → %s\n", remedy)
		}
	}
	if sick {
		return errUnwell
	}
	return nil
}

// why is what went wrong, as an argument.
func why(err error) sangkien.Arg { return sangkien.With("why", err.Error()) }

// probeFolder makes the data folder and tries to write in it.
func probeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

package powercut

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sector is the least that a disk writes whole.
const sector = 512

// Cut is a power cut.
type Cut struct {
	At   int      // the step before which the power went
	Next string   // the call that step begins or ends
	Said []string // the lines that had been said by then
	Left int      // how many changes had been asked for and were not safe
	How  string   // what became of them
}

// Steps is how many moments there are to cut at.
func (r *Recording) Steps() int { return len(r.steps) }

// AfterSaid lists the moments right after something was said: the worst ones.
func (r *Recording) AfterSaid() (at []int) {
	for i, s := range r.steps {
		if s.begin && s.said {
			at = append(at, i+1)
		}
	}
	return at
}

// Cut cuts the power before a step and leaves in a folder, which is there and empty, what a disk may have kept. The dice
// decide what becomes of what was not safe: all of it, nothing, what came first, some of it, or some of its sectors.
func (r *Recording) Cut(at int, dice *rand.Rand, to string) (Cut, error) {
	d, err := r.replay(at)
	if err != nil {
		return Cut{}, err
	}
	cut := Cut{At: at, Left: d.unsafe(d.root)}
	said := strings.Split(d.said.String(), "\n")
	cut.Said = said[:len(said)-1] // what is not a whole line was not said
	f := []fate{everything{}, nothing{}, first(d.asks - dice.IntN(cut.Left+1)), some{dice}, torn{dice}}[dice.IntN(5)]
	cut.How = strings.TrimPrefix(fmt.Sprintf("%T", f), "powercut.")
	if at < len(r.steps) {
		cut.Next = r.steps[at].String()
	}
	return cut, d.leave(to, f)
}

// unsafe counts what was asked for and is not safe.
func (d *disk) unsafe(f *file) int {
	n := len(f.changes)
	if f.folder != nil {
		n += len(f.folder.changes)
		seen := map[*file]bool{}
		for _, names := range []map[string]*file{f.folder.safe, f.folder.now} {
			for _, e := range names {
				if !seen[e] {
					n += d.unsafe(e)
				}
				seen[e] = true
			}
		}
	}
	return n
}

// fate decides what survives of what was not safe.
type fate interface {
	keeps(*change) bool         // a truncation, names, or any of a write
	sector(*change, int64) bool // this sector of a write that is kept
}

type (
	everything struct{}
	nothing    struct{}
	first      int // what was asked for up to this number
	some       struct{ dice *rand.Rand }
	torn       struct{ dice *rand.Rand }
)

func (everything) keeps(*change) bool         { return true }
func (everything) sector(*change, int64) bool { return true }
func (nothing) keeps(*change) bool            { return false }
func (nothing) sector(*change, int64) bool    { return false }
func (n first) keeps(c *change) bool          { return c.number <= int(n) }
func (first) sector(*change, int64) bool      { return true }
func (s some) keeps(*change) bool             { return s.dice.IntN(2) == 0 }
func (some) sector(*change, int64) bool       { return true }
func (t torn) keeps(*change) bool             { return t.dice.IntN(4) > 0 }
func (t torn) sector(*change, int64) bool     { return t.dice.IntN(2) == 0 }

// leave writes what survives to a folder.
func (d *disk) leave(to string, f fate) error { return d.leaveFolder(to, d.root, f) }

func (d *disk) leaveFolder(to string, from *file, f fate) error {
	names := maps.Clone(from.folder.safe)
	for _, c := range from.folder.changes {
		if f.keeps(c) {
			c.rename(names)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) { // the dice fall alike each time
		e, path := names[name], filepath.Join(to, name)
		if e.folder != nil {
			if err := os.Mkdir(path, 0o700); err != nil {
				return err
			}
			if err := d.leaveFolder(path, e, f); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(path, e.left(f), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// left is what survives of a file's bytes. What lay in memory that is mapped may be anything; it is made senseless.
func (f *file) left(by fate) []byte {
	data := append([]byte(nil), f.safe...)
	for _, c := range f.changes {
		switch {
		case !by.keeps(c):
		case c.data == nil:
			data = c.apply(data)
		default:
			for at := c.at; at < c.at+int64(len(c.data)); {
				end := min((at/sector+1)*sector, c.at+int64(len(c.data)))
				if by.sector(c, at) {
					data = (&change{at: at, data: c.data[at-c.at : end-c.at]}).apply(data)
				}
				at = end
			}
		}
	}
	if f.mapped {
		data = resize(data, f.size())
		for i := range data {
			data[i] = byte(i*7 + 1)
		}
	}
	return data
}

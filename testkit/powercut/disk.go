package powercut

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// disk is a file system in the moment of the cut: what is safe, and what was asked of it since.
type disk struct {
	path string // of the root
	root *file
	fds  map[int64]*open
	said strings.Builder
	asks int                        // how many writes and changes of names were asked for
	busy map[*change]bool           // writes that have not returned: a sync that begins now need not cover them
	sure map[*call]map[*change]bool // what a sync that has begun will make safe
	last map[*call]*change
}

// file is a file or, with names, a folder.
type file struct {
	safe    []byte
	changes []*change // of the bytes, since they were safe, in their order
	mapped  bool      // into memory: its bytes may be anything
	folder  *folder
}

type folder struct {
	safe    map[string]*file
	changes []*change
	now     map[string]*file
}

type open struct {
	file *file
	at   int64
	end  bool // writes go to the end
}

// change is one thing that was asked of the disk: a write, a truncation (data nil), or names.
type change struct {
	number int
	at     int64
	data   []byte
	take   string           // name that goes
	put    map[string]*file // name that comes
}

func newFolder() *file {
	return &file{folder: &folder{safe: map[string]*file{}, now: map[string]*file{}}}
}

// replay brings the disk to where it was before step n.
func (r *Recording) replay(n int) (*disk, error) {
	d := &disk{path: r.root, root: newFolder(), fds: map[int64]*open{}, sure: map[*call]map[*change]bool{}, busy: map[*change]bool{}, last: map[*call]*change{}}
	for i, s := range r.steps[:n] {
		if err := d.step(s); err != nil {
			return nil, fmt.Errorf("step %d: %s(%.300s) = %s: %w", i, s.name, strings.Join(s.args, ", "), s.ret, err)
		}
	}
	return d, nil
}

// step takes a call in: writes and what is said when they begin, for the disk may be quick; all else when it ends.
func (d *disk) step(s step) error {
	c := s.call
	if !s.begin && strings.HasPrefix(c.ret, "-") {
		if c.name == "write" || c.name == "pwrite64" {
			return fmt.Errorf("a write failed")
		}
		return nil
	}
	switch {
	case s.begin && c.said:
		d.said.Write(c.data)
	case s.begin && (c.name == "write" || c.name == "pwrite64"):
		return d.write(c)
	case s.begin && (c.name == "fsync" || c.name == "fdatasync"):
		if o := d.of(c.args[0]); o != nil {
			d.sure[c] = d.returned(o.file)
		}
	case s.begin || c.said:
	default:
		return d.end(c)
	}
	return nil
}

func (d *disk) end(c *call) error {
	switch c.name {
	case "write", "pwrite64":
		w := d.last[c]
		if w == nil {
			return nil // not of the folder
		}
		if number(c.ret) != int64(len(w.data)) {
			return fmt.Errorf("not all was written")
		}
		delete(d.busy, w)
	case "lseek":
		if o := d.fds[number(c.args[0])]; o != nil {
			o.at = number(c.ret)
		}
	case "fsync", "fdatasync":
		if o := d.of(c.args[0]); o != nil {
			o.file.sync(d.sure[c])
		}
	case "ftruncate":
		if o := d.of(c.args[0]); o != nil {
			o.file.changes = append(o.file.changes, d.ask(&change{at: number(c.args[1])}))
		}
	case "mmap":
		if o := d.of(c.args[4]); o != nil && strings.Contains(c.args[3], "MAP_SHARED") && strings.Contains(c.args[2], "PROT_WRITE") {
			o.file.mapped = true
		}
	default:
		return d.name(c)
	}
	return nil
}

func (d *disk) ask(c *change) *change {
	d.asks++
	c.number = d.asks
	return c
}

// of returns an open file of the folder, by its number; nil for one that lies elsewhere.
func (d *disk) of(fd string) *open {
	if _, in := inside(d.path, strings.TrimSuffix(pathOf(fd), " (deleted)")); !in {
		return nil
	}
	return d.fds[number(fd)]
}

func (d *disk) write(c *call) error {
	o := d.of(c.args[0])
	if o == nil {
		return nil
	}
	w := d.ask(&change{data: c.data, at: o.at})
	if int64(len(w.data)) != number(c.args[2]) {
		return fmt.Errorf("%d bytes recorded", len(w.data))
	}
	switch {
	case c.name == "pwrite64":
		w.at = number(c.args[3])
	case o.end:
		w.at = o.file.size()
		fallthrough
	default:
		o.at = w.at + int64(len(w.data))
	}
	o.file.changes = append(o.file.changes, w)
	d.last[c], d.busy[w] = w, true
	return nil
}

// returned lists the changes of a file whose calls have returned.
func (d *disk) returned(f *file) map[*change]bool {
	all := map[*change]bool{}
	for _, c := range f.asked() {
		all[c] = !d.busy[c]
	}
	return all
}

// asked is what was asked for and is not safe: names of a folder, bytes of a file.
func (f *file) asked() []*change {
	if f.folder != nil {
		return f.folder.changes
	}
	return f.changes
}

// sync makes changes safe.
func (f *file) sync(sure map[*change]bool) {
	if f.folder != nil {
		f.folder.changes = slices.DeleteFunc(f.folder.changes, func(c *change) bool {
			if sure[c] {
				c.rename(f.folder.safe)
			}
			return sure[c]
		})
		return
	}
	f.changes = slices.DeleteFunc(f.changes, func(c *change) bool {
		if sure[c] {
			f.safe = c.apply(f.safe)
		}
		return sure[c]
	})
}

func (c *change) apply(data []byte) []byte {
	if c.data == nil {
		return resize(data, c.at)
	}
	if end := c.at + int64(len(c.data)); int64(len(data)) < end {
		data = resize(data, end)
	}
	copy(data[c.at:], c.data)
	return data
}

func (c *change) rename(names map[string]*file) {
	delete(names, c.take)
	maps.Copy(names, c.put)
}

func resize(data []byte, n int64) []byte {
	if int64(len(data)) >= n {
		return data[:n]
	}
	return append(data, make([]byte, n-int64(len(data)))...)
}

func (f *file) size() int64 {
	n := int64(len(f.safe))
	for _, c := range f.changes {
		if c.data == nil {
			n = c.at
		} else {
			n = max(n, c.at+int64(len(c.data)))
		}
	}
	return n
}

// mapped lists the files that are mapped into memory.
func (d *disk) mapped(at string, f *file) (names []string) {
	for name, e := range f.folder.now {
		switch path := filepath.Join(at, name); {
		case e.mapped:
			names = append(names, path)
		case e.folder != nil:
			names = append(names, d.mapped(path, e)...)
		}
	}
	return names
}

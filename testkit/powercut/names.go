package powercut

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// name takes in what opens, makes, moves or removes names.
func (d *disk) name(c *call) error {
	switch c.name {
	case "open", "creat", "openat":
		return d.open(c)
	case "mkdir":
		return d.link(c.args[0], newFolder())
	case "mkdirat":
		return d.link(under(c.args[0], c.args[1]), newFolder())
	case "rename":
		return d.move(c.args[0], c.args[1])
	case "renameat":
		return d.move(under(c.args[0], c.args[1]), under(c.args[2], c.args[3]))
	case "unlink", "rmdir":
		return d.unlink(c.args[0])
	case "unlinkat":
		return d.unlink(under(c.args[0], c.args[1]))
	}
	return fmt.Errorf("the model does not know this call")
}

// under joins the path of an open folder and a name in it; both and the answer are as strace shows them.
func under(folder, name string) string {
	path := string(unquote(name))
	if !filepath.IsAbs(path) {
		path = filepath.Join(pathOf(folder), path)
	}
	return path
}

// find returns the folder of a path and the name in it; nil for a path that leads elsewhere.
func (d *disk) find(path string) (*file, string) {
	if strings.HasPrefix(path, `"`) {
		path = string(unquote(path))
	}
	names, in := inside(d.path, path)
	if !in {
		return nil, ""
	}
	if len(names) == 0 {
		return d.root, ""
	}
	at := d.root
	for _, n := range names[:len(names)-1] {
		if at = at.folder.now[n]; at == nil || at.folder == nil {
			return nil, ""
		}
	}
	return at, names[len(names)-1]
}

func (d *disk) open(c *call) error {
	path, flags := "", ""
	if c.name == "openat" {
		path, flags = under(c.args[0], c.args[1]), c.args[2]
	} else {
		path, flags = string(unquote(c.args[0])), strings.Join(c.args[1:], " ")
	}
	if c.name == "creat" {
		flags = "O_CREAT|O_TRUNC"
	}
	in, name := d.find(path)
	if in == nil {
		return nil
	}
	f := in
	if name != "" {
		f = in.folder.now[name]
	}
	has := func(flag string) bool {
		return slices.Contains(strings.FieldsFunc(flags, func(r rune) bool { return r == '|' || r == ' ' }), flag)
	}
	switch {
	case f == nil && has("O_CREAT"):
		f = &file{}
		if err := d.link(path, f); err != nil {
			return err
		}
	case f == nil:
		return fmt.Errorf("%s was never made", path)
	case has("O_TRUNC") && f.size() > 0:
		f.changes = append(f.changes, d.ask(&change{}))
	}
	d.fds[number(c.ret)] = &open{file: f, end: has("O_APPEND")}
	return nil
}

func (d *disk) link(path string, f *file) error {
	in, name := d.find(path)
	if in == nil {
		return nil
	}
	return d.change(in, &change{put: map[string]*file{name: f}})
}

func (d *disk) unlink(path string) error {
	in, name := d.find(path)
	if in == nil {
		return nil
	}
	if in.folder.now[name] == nil {
		return fmt.Errorf("%s was never made", path)
	}
	return d.change(in, &change{take: name})
}

func (d *disk) move(from, to string) error {
	in, old := d.find(from)
	in2, name := d.find(to)
	switch {
	case in == nil && in2 == nil:
		return nil
	case in == nil || in != in2 || in.folder.now[old] == nil:
		return fmt.Errorf("the model moves files within one folder only: %s to %s", from, to)
	}
	return d.change(in, &change{take: old, put: map[string]*file{name: in.folder.now[old]}})
}

func (d *disk) change(in *file, c *change) error {
	in.folder.changes = append(in.folder.changes, d.ask(c))
	c.rename(in.folder.now)
	return nil
}

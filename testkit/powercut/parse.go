package powercut

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// call is one system call that touches the folder, or a line that was said.
type call struct {
	name string
	args []string
	ret  string
	data []byte // of a write
	said bool   // to the standard output
}

// step is the begin or the end of a call, in the order in which they happened over all threads. A call that no other
// came between has both in a row.
type step struct {
	*call
	begin bool
}

// String names the call and what it is for.
func (s step) String() string {
	for i := len(s.args) - 1; i >= 0; i-- {
		if arg := s.args[i]; strings.HasPrefix(arg, `"`) {
			return s.name + " " + filepath.Base(string(unquote(arg)))
		} else if strings.HasSuffix(arg, ">") {
			return s.name + " " + filepath.Base(pathOf(arg))
		}
	}
	return s.name
}

// parse reads what strace wrote with -f, -y and -xx, and keeps what concerns the folder.
func parse(r io.Reader, root string) ([]step, error) {
	var steps []step
	open := map[string]*call{} // that a thread is in
	text := map[string]string{}
	lines := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return steps, nil
		}
		if err != nil {
			return nil, err
		}
		thread, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		rest = strings.TrimLeft(rest, " ")
		c := open[thread]
		switch {
		case strings.HasPrefix(rest, "+++") || strings.HasPrefix(rest, "---"):
			continue
		case strings.HasPrefix(rest, "<... "):
			if c == nil {
				continue // it began elsewhere
			}
			_, tail, _ := strings.Cut(rest, " resumed>")
			if err := c.read(text[thread] + tail); err != nil {
				return nil, err
			}
			delete(open, thread)
			steps = append(steps, step{c, false})
		case strings.HasSuffix(rest, "<unfinished ...>"):
			c = &call{}
			text[thread] = strings.TrimSuffix(rest, " <unfinished ...>")
			if err := c.read(text[thread] + ") = ?"); err != nil {
				return nil, err
			}
			if c.concerns(root) {
				open[thread] = c
				steps = append(steps, step{c, true})
			}
		default:
			c = &call{}
			if err := c.read(rest); err != nil {
				return nil, err
			}
			if c.concerns(root) {
				steps = append(steps, step{c, true}, step{c, false})
			}
		}
	}
}

// read takes a call apart. With -xx no text in it has a comma or a bracket.
func (c *call) read(line string) error {
	name, rest, ok := strings.Cut(line, "(")
	end := strings.LastIndex(rest, ")") // an error is explained in brackets
	if i := strings.LastIndex(rest, ") = "); i >= 0 {
		end = i
	} else if i := strings.LastIndex(rest, " = "); i >= 0 {
		end = strings.LastIndex(rest[:i], ")")
	}
	if !ok || end < 0 {
		return fmt.Errorf("not a call: %.200s", line)
	}
	c.name, c.args = name, strings.Split(rest[:end], ", ")
	_, ret, _ := strings.Cut(rest[end:], "= ")
	c.ret, _, _ = strings.Cut(ret, " ")
	if name == "write" || name == "pwrite64" {
		c.data, c.args[1] = unquote(c.args[1]), "…"
		c.said = strings.HasPrefix(c.args[0], "1<")
	}
	return nil
}

// concerns tells whether the call names something in the folder, by path or by an open file.
func (c *call) concerns(root string) bool {
	if c.said || c.name == "lseek" {
		return true
	}
	here := ""
	for _, arg := range c.args {
		path := ""
		switch {
		case strings.HasPrefix(arg, `"`):
			if path = string(unquote(arg)); !filepath.IsAbs(path) {
				path = filepath.Join(here, path)
			}
		case strings.HasSuffix(arg, ">"):
			path = pathOf(arg)
			here = path
		}
		if _, in := inside(root, path); in {
			return true
		}
	}
	return false
}

// inside returns the names that lead from root to a path.
func inside(root, path string) ([]string, bool) {
	rel, err := filepath.Rel(root, path)
	if path == "" || err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return nil, false
	}
	if rel == "." {
		return nil, true
	}
	return strings.Split(rel, "/"), true
}

// pathOf returns the path of an open file as strace shows it: 7<path>.
func pathOf(fd string) string {
	_, path, _ := strings.Cut(strings.TrimSuffix(fd, ">"), "<")
	return string(unescape(path))
}

// number returns the number of an open file, or a plain one; -1 when it is none.
func number(text string) int64 {
	text, _, _ = strings.Cut(text, "<")
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		return -1
	}
	return n
}

func unquote(text string) []byte {
	return unescape(strings.TrimSuffix(strings.TrimPrefix(text, `"`), `"`))
}

func unescape(text string) []byte {
	data, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		return []byte(text) // such as a path that was not escaped
	}
	return data
}

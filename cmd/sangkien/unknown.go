package main

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// unknownSetting is a variable that was meant for this program, and means nothing to it.
type unknownSetting struct {
	name    string
	nearest string // the setting that was perhaps meant; "" where none is like it
}

// perhaps is what was perhaps meant, behind some words; empty where nothing is like it.
func (u unknownSetting) perhaps(words string) string {
	if u.nearest == "" {
		return ""
	}
	return words + u.nearest
}

// unknownSettings finds the variables of an environment that begin with SANGKIEN_ and that no command knows. Docker and
// Kubernetes set some of their own beside a service that is called sangkien.
func unknownSettings(environ []string, model *kong.Application) (all []unknownSetting) {
	var known []string
	for _, flag := range flagsOf(model.Node) {
		known = append(known, flag.Envs...)
	}
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		rest, ours := strings.CutPrefix(name, "SANGKIEN_")
		base := strings.TrimSuffix(name, "_FILE")
		if !ours || slices.Contains(known, base) || slices.ContainsFunc([]string{"PORT", "SERVICE_", "TEST_"}, func(p string) bool { return strings.HasPrefix(rest, p) }) {
			continue
		}
		all = append(all, unknownSetting{name, nearest(base, known)})
	}
	slices.SortFunc(all, func(a, b unknownSetting) int { return strings.Compare(a.name, b.name) })
	return all
}

func flagsOf(n *kong.Node) []*kong.Flag {
	all := slices.Clone(n.Flags)
	for _, child := range n.Children {
		all = append(all, flagsOf(child)...)
	}
	return all
}

// nearest is the name that agrees with a mistyped one from both ends but for three letters, or "".
func nearest(typed string, names []string) (best string) {
	most := 0
	for _, name := range names {
		short := min(len(name), len(typed))
		head := 0
		for head < short && name[head] == typed[head] {
			head++
		}
		tail := 0
		for tail < short-head && name[len(name)-1-tail] == typed[len(typed)-1-tail] {
			tail++
		}
		if head+tail > most && max(len(name), len(typed))-head-tail <= 3 {
			best, most = name, head+tail
		}
	}
	return best
}

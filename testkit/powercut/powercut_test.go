package powercut_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sangkien/sangkien/testkit/powercut"
)

// TestWhatSurvives: what was made safe is always there; of the rest everything that a disk may do does happen.
func TestWhatSurvives(t *testing.T) {
	t.Parallel()
	root := powercut.Folder(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run", "^TestWork$")
	cmd.Env = append(os.Environ(), "POWERCUT_ROOT="+root)
	r := powercut.Record(t, root, cmd)
	seen := map[string]map[string]bool{}
	for i := range uint64(300) {
		left := filepath.Join(powercut.Folder(t), "left")
		if err := os.Mkdir(left, 0o700); err != nil {
			t.Fatal(err)
		}
		cut, err := r.Cut(r.Steps(), rand.New(rand.NewPCG(7, i)), left)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(cut.Said, "half") || !slices.Contains(cut.Said, "all") {
			t.Fatal(cut.Said)
		}
		for _, name := range []string{"safe", "nameless", "unsynced", "cut", "before", "after", "gone", "folder/in", "twice", "mapped"} {
			if seen[name] == nil {
				seen[name] = map[string]bool{}
			}
			seen[name][look(filepath.Join(left, name))] = true
		}
		if before, after := look(filepath.Join(left, "before")), look(filepath.Join(left, "after")); before != "absent" && after != "absent" {
			t.Error("moved, and there twice")
		}
	}
	for name, want := range map[string]string{
		"safe": "AAAA", "nameless": "AAAA absent", "unsynced": " 0A A AA absent", "cut": "A AAAA", "before": "AAAA absent", "after": "AAAA absent",
		"gone": "AAAA absent", "folder/in": "AAAA absent", "twice": "AA AB BA BB", "mapped": "?",
	} {
		got := slices.Sorted(maps.Keys(seen[name]))
		if strings.Join(got, " ") != want {
			t.Errorf("%s was %q, want %q", name, got, want)
		}
	}
}

// look tells what a file holds, a letter for each sector, 0 for zeros.
func look(path string) string {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "absent"
	}
	if strings.HasSuffix(path, "mapped") && len(data) == 512 && data[1] != data[2] {
		return "?"
	}
	var b strings.Builder
	for sector := range slices.Chunk(data, 512) {
		b.WriteString(strings.ReplaceAll(string(sector[:1]), "\x00", "0"))
	}
	return b.String()
}

// TestWork is the process whose power is cut.
func TestWork(t *testing.T) {
	root := os.Getenv("POWERCUT_ROOT")
	if root == "" {
		t.Skip("run by TestWhatSurvives")
	}
	path := func(name string) string { return filepath.Join(root, name) }
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	write := func(name string, sectors int, sync bool) *os.File {
		f, err := os.Create(path(name))
		must(err)
		_, err = f.WriteString(strings.Repeat("A", 512*sectors))
		must(err)
		if sync {
			must(f.Sync())
		}
		return f
	}
	for _, name := range []string{"safe", "before", "gone"} {
		write(name, 4, true)
	}
	short := write("cut", 4, true)
	twice := write("twice", 2, true)
	mapped := write("mapped", 1, true)
	d, err := os.Open(root)
	must(err)
	must(d.Sync())
	fmt.Println("half")
	write("nameless", 4, true)
	write("unsynced", 2, false)
	must(short.Truncate(512))
	must(os.Rename(path("before"), path("after")))
	must(os.Remove(path("gone")))
	must(os.Mkdir(path("folder"), 0o700))
	write("folder/in", 4, true)
	in, err := os.Open(path("folder"))
	must(err)
	must(in.Sync())
	for at := range 2 { // the second sector first
		_, err = twice.WriteAt([]byte(strings.Repeat("B", 512)), int64(512*(1-at)))
		must(err)
	}
	_, err = syscall.Mmap(int(mapped.Fd()), 0, 512, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	must(err)
	fmt.Println("all")
}

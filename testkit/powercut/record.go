// Package powercut shows what a power cut leaves of a folder. It records what a real process asks of the system
// (strace), and replays that onto a model of a disk that keeps no more than POSIX promises: the bytes of a file survive
// from its fsync on, its name from the fsync of its folder on, and of all that came later anything may be there, in
// any order, torn at sectors, or not. One recording can be cut at every call, in any number of ways.
//
// Only tests import it. It knows neither SQLite nor ours.
package powercut

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Recording is what a process did to a folder, and what it said meanwhile.
type Recording struct {
	root  string
	steps []step
}

// traced are the calls that change files or names. One that the model does not know fails the recording if it touches
// the folder; one that is missing here shows when the replay is compared with the folder itself.
const traced = "open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,fsync,fdatasync,sync_file_range,ftruncate,truncate,fallocate," +
	"rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,copy_file_range,sendfile,splice,mmap"

// Record runs a command, which changes nothing but what is in root, and returns what it did. The folder root is there and
// empty. The lines that the command writes to its standard output count as said: a cut tells which came before it. Where
// strace is missing or not allowed the test is skipped, or fails if SANGKIEN_TEST_REQUIRE names strace.
func Record(t testing.TB, root string, cmd *exec.Cmd) *Recording {
	t.Helper()
	needStrace(t)
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "strace")
	cmd.Args = append([]string{"strace", "-f", "-y", "-xx", "-s", "100000000", "--seccomp-bpf", "-e", "trace=" + traced, "-o", log, "--", cmd.Path}, cmd.Args[1:]...)
	if cmd.Path, err = exec.LookPath("strace"); err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the recorded command: %v\n%s", err, out)
	}
	f, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := &Recording{root: root}
	if r.steps, err = parse(f, root); err != nil {
		t.Fatalf("read what strace wrote: %v", err)
	}
	if err := r.check(t.TempDir()); err != nil {
		t.Fatalf("the recording is not whole: %v", err)
	}
	return r
}

func needStrace(t testing.TB) {
	t.Helper()
	out, err := exec.Command("strace", "-f", "--seccomp-bpf", "-o", os.DevNull, "true").CombinedOutput()
	if err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("SANGKIEN_TEST_REQUIRE"), ","), "strace") {
		t.Fatalf("strace is required: %v: %s", err, out)
	}
	t.Skipf("strace is missing or may not trace: %v: %s", err, out)
}

// check replays everything and compares it with the folder: what the recording missed would show.
func (r *Recording) check(temp string) error {
	d, err := r.replay(len(r.steps))
	if err != nil {
		return err
	}
	if err := d.leave(temp, everything{}); err != nil {
		return err
	}
	want, err := tree(r.root)
	if err != nil {
		return err
	}
	got, err := tree(temp)
	if err != nil {
		return err
	}
	mapped := d.mapped("", d.root)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[name]; !ok {
			return fmt.Errorf("%s is in the folder and not in the replay", name)
		}
		if !bytes.Equal(got[name], want[name]) && !slices.Contains(mapped, name) {
			return fmt.Errorf("%s is %d bytes long in the folder, and %d others in the replay", name, len(want[name]), len(got[name]))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			return fmt.Errorf("%s is in the replay and not in the folder", name)
		}
	}
	return nil
}

// tree reads all files of a folder.
func tree(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files[name] = nil
		if !e.IsDir() {
			files[name], err = os.ReadFile(path)
		}
		return err
	})
	return files, err
}

// Folder makes a folder that goes with the test, in memory where there is room for it: what survives is a matter of the
// model, and no real disk need be waited for.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "powercut-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // what is left of it goes with the next start of the machine
	return dir
}

package testkit

import (
	"database/sql"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// SmallDisk mounts a real file system of so many megabytes and returns its folder: "tmpfs", or "ext4" in an image. It is
// unmounted when the test ends, however the test process ends. Where nothing can be mounted the test is skipped, or fails
// if SANGKIEN_TEST_REQUIRE names mount.
func SmallDisk(t *testing.T, kind string, mb int) string {
	t.Helper()
	if os.Getuid() != 0 {
		missing(t, "mount", errors.New("only root can mount"))
	}
	outer, err := os.MkdirTemp("", "sangkien-disk-") // not t.TempDir: that would be removed before it is unmounted
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(outer, "disk")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	end, ended := unmountAfterwards(t, outer, dir)
	t.Cleanup(func() { _, _ = end.Close(), ended() }) // what is left is seen in /proc/mounts
	size := strconv.Itoa(mb) + "m"
	mount := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "sangkien-test", dir)
	if kind == "ext4" {
		image := filepath.Join(outer, "image")
		if out, err := exec.Command("mkfs.ext4", "-q", "-m", "0", image, size).CombinedOutput(); err != nil {
			missing(t, "mount", errors.Join(err, errors.New(string(out))))
		}
		mount = exec.Command("mount", "-o", "loop", image, dir)
	}
	if out, err := mount.CombinedOutput(); err != nil {
		missing(t, "mount", errors.Join(err, errors.New(string(out))))
	}
	return dir
}

// unmountAfterwards starts what unmounts a folder once end is closed, which the kernel does however this process ends.
func unmountAfterwards(t *testing.T, outer, dir string) (end io.Closer, ended func() error) {
	t.Helper()
	cmd := exec.Command("sh", "-c", `read -r _; mountpoint -q "$2" && { umount "$2" || umount -l "$2"; }; rm -rf --one-file-system "$1"`, "sh", outer, dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is not for it
	pipe, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return pipe, cmd.Wait
}

// Fill takes every byte that is left on the disk of a folder, and returns what gives them back.
func Fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for block := 1 << 20; block > 0; block /= 2 {
		for data := make([]byte, block); ; {
			if _, err := f.Write(data); errors.Is(err, syscall.ENOSPC) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
}

// PostgresOn is Postgres with all of the database's tables on the disk of a folder. The log of changes stays where the
// server is: that a table cannot grow is an error of a statement, and the server lives on.
func PostgresOn(t *testing.T, disk string) string {
	t.Helper()
	address := Postgres(t)
	dir := filepath.Join(disk, "tables")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := unprivileged(dir); err != nil {
		t.Fatal(err)
	}
	for above := disk; above != filepath.Dir(above); above = filepath.Dir(above) {
		if info, err := os.Stat(above); err == nil && info.Mode().Perm()&0o001 == 0 {
			if err := os.Chmod(above, info.Mode().Perm()|0o011); err != nil { // the server must pass
				t.Fatal(err)
			}
		}
	}
	name := address[strings.LastIndexByte(address, '/')+1:]
	db, err := sql.Open("pgx", strings.TrimSuffix(address, name)+"postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range []string{"create tablespace on_" + name + " location '" + dir + "'", "alter database " + name + " set tablespace on_" + name} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { // or the disk stays in use
		db, err := sql.Open("pgx", strings.TrimSuffix(address, name)+"postgres")
		if err == nil {
			_, err = db.Exec("drop database if exists " + name + " with (force)")
		}
		if err == nil {
			_, err = db.Exec("drop tablespace on_" + name)
		}
		if err != nil {
			t.Error(err)
		}
	})
	return address
}

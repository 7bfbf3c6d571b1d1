package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestImage runs the static binary as the Dockerfile does, where there is no container engine: alone in an empty
// root that it may not write to, as nobody, with one folder for data.
func TestImage(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can change the root folder")
	}
	root, err := os.MkdirTemp("", "sangkien-image-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	data, err := os.ReadFile(buildBinary(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.WriteFile(filepath.Join(root, "sangkien"), data, 0o555), os.Mkdir(filepath.Join(root, "data"), 0o700),
		os.Chown(filepath.Join(root, "data"), 65532, 65532), os.Chmod(filepath.Join(root, "sangkien"), 0o555), os.Chmod(root, 0o555)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p := newProcess(t)
	p.cmd = exec.Command("/sangkien", "serve")
	p.cmd.Env = []string{"SANGKIEN_HTTP_ADDR=" + p.addr, "SANGKIEN_DATA_DIR=/data"}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = "/", p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}, Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.ready(t)
	env := p.cmd.Env
	health := func() ([]byte, error) {
		ask := exec.Command("/sangkien", "health")
		ask.Env, ask.Dir, ask.SysProcAttr = env, "/", &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		return ask.CombinedOutput()
	}
	if out, err := health(); err != nil {
		t.Errorf("asked for its health it says %s, %v", out, err)
	}
	defer func() {
		if out, err := health(); err == nil || !strings.Contains(string(out), "does not answer") {
			t.Errorf("ended, it says %s, %v", out, err)
		}
	}()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("asked to end it says %v: %s", err, p.log)
	}
	p.cmd = nil
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 2 {
		t.Errorf("the root has %v, %v", entries, err)
	}
	if !strings.Contains(p.log.String(), "Sáng Kiến đang chạy") {
		t.Errorf("it says %s", p.log)
	}
}

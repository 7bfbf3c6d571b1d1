package testkit

import (
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Redis returns the address of a private Redis server on a free port, ended with the test.
func Redis(t *testing.T) string {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis", err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := startForLife(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // it ends by the signal, which Wait reports
	return fmt.Sprintf("redis://127.0.0.1:%d/0", port)
}

// WaitFor calls ready until it returns nil, at most a minute.
func WaitFor(t *testing.T, ready func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var err error
	for range 3000 {
		if err = ready(); err == nil {
			return
		}
		<-tick.C
	}
	t.Fatal(err)
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/sangkien/sangkien/testkit"
)

// built is the binary under test, built once for all tests of the package.
var built struct {
	sync.Once
	path string
	err  error
	end  io.Closer // as long as it is open, its folder stays
}

func buildBinary(t testing.TB) string {
	t.Helper()
	built.Do(func() {
		dir, err := os.MkdirTemp("", "sangkien-binary-")
		if err != nil {
			built.err = err
			return
		}
		if built.end, built.err = testkit.RemoveAfterwards(dir); built.err != nil {
			return
		}
		built.path = filepath.Join(dir, "sangkien")
		cmd := exec.Command("go", "build", "-trimpath", "-o", built.path, ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// process is the binary as a process of its own, which can be killed and started again on the same port.
type process struct {
	t    testing.TB
	env  []string
	addr string
	cmd  *exec.Cmd
	log  *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newProcess(t testing.TB, env ...string) *process {
	t.Helper()
	addr := freeAddr(t)
	p := &process{t: t, addr: addr, log: &lockedBuffer{},
		env: append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "SANGKIEN_HTTP_ADDR=" + addr, "SANGKIEN_FLOOD_PER_MINUTE=0"}, env...)}
	t.Cleanup(p.kill)
	return p
}

// start starts the process; it does not wait for it to be ready.
func (p *process) start() {
	p.t.Helper()
	buildBinary(p.t)
	if err := p.launch(); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) launch() error {
	p.cmd = exec.Command(built.path, "serve")
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() { started <- p.cmd.Start() }() // Pdeathsig follows the thread: Go keeps it while it is blocked
	return <-started
}

// kill ends it as a power cut would: no handler of ours runs.
func (p *process) kill() {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // it ends by the signal, which Wait reports
	p.cmd = nil
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// await waits until it has ended by itself, and returns how.
func (p *process) await() error {
	err := p.cmd.Wait()
	p.cmd = nil
	return err
}

func (p *process) ready(t *testing.T) {
	t.Helper()
	testkit.WaitFor(t, func() error {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+p.addr+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return fmt.Errorf("%w; it says: %s", err, p.log)
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		return nil
	})
}

func freeAddr(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// caddy runs deploy/Caddyfile in front of the processes, without TLS, and waits until it finds one of them ready.
func caddy(t *testing.T, addr string, upstreams ...string) {
	t.Helper()
	bin := testkit.Tool(t, "caddy")
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "XDG_DATA_HOME=" + t.TempDir(), "SITE=http://" + addr, "UPSTREAMS=" + strings.Join(upstreams, " ")}
	validate := exec.Command(bin, "validate", "--adapter", "caddyfile", "--config", "../../deploy/Caddyfile")
	validate.Env = env
	if out, err := validate.CombinedOutput(); err != nil {
		t.Fatalf("caddy validate: %s, %v", out, err)
	}
	file, err := os.ReadFile("../../deploy/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/Caddyfile" // several run at once: none may have the port for administration
	if err := os.WriteFile(path, append([]byte("{\n\tadmin off\n}\n"), file...), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "run", "--adapter", "caddyfile", "--config", path)
	log := &lockedBuffer{}
	cmd.Env, cmd.Stdout, cmd.Stderr = env, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() { started <- cmd.Start() }()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // it ends by the signal, which Wait reports
	testkit.WaitFor(t, func() error {
		resp, err := http.Get("http://" + addr + "/readyz")
		if err != nil {
			return fmt.Errorf("%w: %s", err, lastLines(log.String(), 5))
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d: %s", resp.StatusCode, lastLines(log.String(), 5))
		}
		return nil
	})
}

// TestBehindCaddy runs two replicas behind deploy/Caddyfile: they are restarted one after the other while a member submits
// by webhook and a page is open, and nothing is lost; figures are hidden, bodies are bounded, and who asks is known.
func TestBehindCaddy(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "caddy")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	server, address, state, data := telegramtest.New(t), testkit.Postgres(t), testkit.Redis(t), t.TempDir()
	group := make([]*process, 2)
	var up []string
	for i := range group {
		group[i] = newProcess(t, "SANGKIEN_DATA_DIR="+data, "SANGKIEN_DATABASE_URL="+address, "SANGKIEN_REDIS_URL="+state, "SANGKIEN_TELEGRAM_TOKEN="+server.Token,
			"SANGKIEN_TELEGRAM_API_URL="+server.URL, "SANGKIEN_TELEGRAM_MODE=webhook", "SANGKIEN_TELEGRAM_RATE=1000", "SANGKIEN_STOP_GRACE=3s", "SANGKIEN_TRUSTED_PROXIES=127.0.0.1")
		up = append(up, group[i].addr)
	}
	edge := freeAddr(t)
	for _, p := range group {
		p.env = append(p.env, "SANGKIEN_PUBLIC_URL=http://"+edge)
		p.start()
		p.ready(t)
	}
	caddy(t, edge, up...)
	guardedByCaddy(t, edge)

	var enough atomic.Bool
	m := diskMember(server, 1)
	m.burst = 8
	done := make(chan struct{})
	go func() { m.live(ctx, t, &enough); close(done) }()
	page := openVisitor(ctx, t, edge)
	page.say(t, "/start", http.StatusNoContent)
	page.until(t, "Kính chào")                     // at once: nothing holds the stream back
	pace := time.NewTicker(250 * time.Millisecond) // a visitor in a hurry
	defer pace.Stop()
	for _, p := range group {
		p.signal(syscall.SIGTERM)
		ended := make(chan error, 1)
		go func() { ended <- p.await() }()
		for alive := true; alive; { // the page goes on sending: whoever is left takes it
			select {
			case err := <-ended:
				if alive = false; err != nil {
					t.Error(err)
				}
			case <-pace.C:
				page.say(t, "/trogiup", http.StatusNoContent)
			}
		}
		p.start()
		p.ready(t)
	}
	enough.Store(true)
	<-done
	if err := server.WaitIdle(ctx); err != nil {
		t.Error(err)
	}
	awaitSilence(t, address)
	for _, p := range group {
		p.kill()
	}
	if n := checkChaos(t, address, []*chaosMember{m}); n < 1 {
		t.Errorf("%d ideas", n)
	}
}

// guardedByCaddy: what the file promises about what comes from outside.
func guardedByCaddy(t *testing.T, edge string) {
	t.Helper()
	for path, want := range map[string]int{"/metrics": http.StatusNotFound, "/chat": http.StatusOK, "/webhooks/telegram": http.StatusMethodNotAllowed} {
		resp, err := http.Get("http://" + edge + path)
		if err != nil {
			t.Fatal(err)
		}
		if _ = resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("%s through Caddy: %d, want %d", path, resp.StatusCode, want)
		}
	}
	resp, err := http.Post("http://"+edge+"/chat/api/send", "application/json", bytes.NewReader(make([]byte, 2<<20)))
	if err == nil {
		if _ = resp.Body.Close(); resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("2 MB are answered %d", resp.StatusCode)
		}
	}
}

package testkit

import (
	"bufio"
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// say sends a line through the proxy and returns what comes back within a while.
func say(c net.Conn, line string, within time.Duration) (string, error) {
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		return "", err
	}
	if _, err := c.Write([]byte(line + "\n")); err != nil {
		return "", err
	}
	return bufio.NewReader(c).ReadString('\n')
}

// echo is a server that says its name and what it heard.
func echo(t *testing.T, name string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				lines := bufio.NewScanner(c)
				for lines.Scan() {
					_, _ = c.Write([]byte(name + lines.Text() + "\n"))
				}
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func TestProxy(t *testing.T) {
	t.Parallel()
	p := NewProxy(t, echo(t, "a"))
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.Host())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	c := dial()
	if got, err := say(c, "1", time.Second); got != "a1\n" {
		t.Fatal(got, err)
	}
	p.Slow(60 * time.Millisecond)
	begun := time.Now()
	if got, err := say(c, "2", time.Second); got != "a2\n" || time.Since(begun) < 120*time.Millisecond {
		t.Error(got, err, time.Since(begun))
	}
	p.BlackHole()
	if _, err := say(c, "3", 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a black hole: ", err)
	}
	p.Heal()
	if got, err := say(c, "4", time.Second); got != "a3\n" {
		t.Error("what was held back comes late:", got, err)
	}
	p.Refuse()
	if _, err := say(c, "5", time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("refused: ", err)
	}
	p.Heal()
	p.Lead(t, echo(t, "b"))
	if got, err := say(dial(), "6", time.Second); got != "b6\n" {
		t.Error(got, err)
	}
}

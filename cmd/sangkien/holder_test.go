//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSeats: who is started again sits where the one before sat, and knows who that was; who comes beside it does not.
func TestSeats(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	take := func(me string) seat {
		s, err := takeSeat(dir, me)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b := take("a1"), take("b1")
	if a.before != "" || b.before != "" || a.holder == b.holder {
		t.Errorf("%+v, %+v", a, b)
	}
	if err := b.file.Close(); err != nil { // as when it dies
		t.Fatal(err)
	}
	b2 := take("b2")
	if b2.before != "b1" || b2.holder != b.holder {
		t.Errorf("%+v", b2)
	}
	if err := a.file.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "process-name")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := strings.Replace(string(data), "\n", "\nanother-host-", 1)
	if err := os.WriteFile(path, []byte(elsewhere), 0o600); err != nil {
		t.Fatal(err)
	}
	if a2 := take("a2"); a2.before != "" || a2.holder != a.holder {
		t.Errorf("one of another host is said to be dead: %+v", a2)
	}
	for i := 2; i < seats; i++ {
		take("more")
	}
	if none := take("none"); none.file != nil || none.holder != "none" {
		t.Errorf("%+v", none)
	}
}

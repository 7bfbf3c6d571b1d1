package storage

import (
	"path/filepath"
	"testing"
)

func TestOpenTwiceKeepsTheSchema(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + filepath.Join(t.TempDir(), "deep", "a b?.db")
	for range 2 {
		s, err := Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefusesUnsafeDurability(t *testing.T) {
	t.Parallel()
	s, err := connect("sqlite:"+filepath.Join(t.TempDir(), "s.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := assertSQLiteDurable(t.Context(), s.write); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), "pragma synchronous=normal"); err != nil {
		t.Fatal(err)
	}
	if err := assertSQLiteDurable(t.Context(), s.write); err == nil {
		t.Error("synchronous=NORMAL was accepted")
	}
}

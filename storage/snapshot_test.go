package storage

import (
	"bytes"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
)

// TestInUse: a store that is open, and wrote, is in use; one that was closed lets go of the file.
func TestInUse(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + filepath.Join(t.TempDir(), "s.db")
	s, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	world(t, s)
	if used, err := InUse(t.Context(), address); !used || err != nil {
		t.Errorf("open: in use %t, %v", used, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if used, err := InUse(t.Context(), address); used || err != nil {
		t.Errorf("closed: in use %t, %v", used, err)
	}
}

// TestTablesAreAlikeInBothDatabases: a backup of one can be restored to the other.
func TestTablesAreAlikeInBothDatabases(t *testing.T) {
	t.Parallel()
	columns := map[string]map[string][]string{}
	for name, address := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "s.db"), "postgres": testkit.Postgres(t)} {
		s, err := Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		snap, err := s.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		columns[name] = map[string][]string{}
		for _, table := range snap.tables {
			columns[name][table.name] = append(table.columns, strings.Join(table.key, ","))
		}
		if err := errors.Join(snap.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if len(columns["sqlite"]) < 25 || !maps.EqualFunc(columns["sqlite"], columns["postgres"], slices.Equal) {
		t.Errorf("SQLite has %v,\nPostgreSQL %v", columns["sqlite"], columns["postgres"])
	}
}

// TestSnapshotIsOneMoment: what is written later is not in it, also not in tables that were not read yet.
func TestSnapshotIsOneMoment(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		snap, err := s.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "later", Effects: []sangkien.Effect{sangkien.IdeaBegun{Idea: 11, Campaign: 5, FormVersion: 1, Author: 1, At: now}}})
		var b bytes.Buffer
		if n, err := snap.WriteTable(t.Context(), "ideas", &b); n != 1 || err != nil || strings.Count(b.String(), "\n") != 2 {
			t.Errorf("%d rows, %v: %s", n, err, &b)
		}
		if _, err := snap.WriteTable(t.Context(), "ideas; drop table ideas", &b); err == nil {
			t.Error("a table of that name was found")
		}
		if err := snap.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestOldLevelsAreLoaded: the schema of every level can be made and filled again.
func TestOldLevelsAreLoaded(t *testing.T) {
	t.Parallel()
	newest, err := NewestLevel()
	if err != nil || newest < 8 {
		t.Fatal(newest, err)
	}
	for level := int64(1); level <= newest; level++ {
		l, err := OpenLoader(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "s.db"), level)
		if err != nil {
			t.Fatalf("level %d: %v", level, err)
		}
		if err := l.ReadTable(t.Context(), "members", strings.NewReader(`["id"]`)); sangkien.CodeOf(err) != sangkien.EINVALID {
			t.Errorf("level %d: columns of another version: %v", level, err)
		}
		if err := errors.Join(l.Commit(t.Context()), l.Close()); err != nil {
			t.Errorf("level %d: %v", level, err)
		}
	}
}

package storage

import (
	"strings"
	"testing"
)

// TestMissingFiles: files that rows name and that are not there are counted: of all, and of the newest few.
func TestMissingFiles(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		files, err := OpenFiles(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		kept, err := files.PutOurs(t.Context(), "a.csv", "text/csv", "document", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		for id, hash := range []string{kept.Hash, strings.Repeat("0", 64), ""} { // there, lost, not fetched yet
			run(t, s, `insert into attachments(id, idea_id, question, state, data, at) values ($1, 10, 'files', 'stored', $2, 1)`, id+1, `{"hash":"`+hash+`"}`)
		}
		named, missing, err := s.MissingFiles(t.Context(), files)
		if named != 2 || missing != 1 || err != nil {
			t.Errorf("of all: %d named, %d missing, %v", named, missing, err)
		}
		named, missing, err = s.MissingRecent(t.Context(), files, 2)
		if named != 1 || missing != 1 || err != nil {
			t.Errorf("of the newest: %d named, %d missing, %v", named, missing, err)
		}
	})
}

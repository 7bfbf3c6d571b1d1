package storage

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sangkien "github.com/sangkien/sangkien"
)

// TestResults counts by unit, field, state and year what was submitted, and lists what was recognised.
func TestResults(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		appraised(t, s)
		if err := step(t, s, "recognise", to(sangkien.Recognised)); err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "draft", Effects: []sangkien.Effect{
			sangkien.IdeaBegun{Idea: 11, Campaign: 5, FormVersion: 1, Author: 1, At: now},
			sangkien.AnswerGiven{Idea: 11, Question: "field", Answer: sangkien.Answer{Value: "khac"}, At: now},
			sangkien.IdeaBegun{Idea: 12, Campaign: 5, FormVersion: 1, Author: 1, At: now}}})
		must(t, s, sangkien.Commit{Key: "submit 11", Effects: []sangkien.Effect{submit(11)}})
		got, err := s.Results(t.Context(), 5)
		want := []sangkien.ResultCount{{Unit: 19, Field: "khac", State: sangkien.Submitted, Year: now.Year(), Count: 1},
			{Unit: 19, State: sangkien.Recognised, Year: now.Year(), Count: 1}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
		ideas, err := s.RecognisedIn(t.Context(), 5, 0, 10)
		if err != nil || len(ideas) != 1 || ideas[0].ID != 10 {
			t.Errorf("%+v, %v", ideas, err)
		}
		for _, empty := range []struct{ campaign, offset int64 }{{5, 1}, {6, 0}} {
			if ideas, err := s.RecognisedIn(t.Context(), empty.campaign, int(empty.offset), 10); err != nil || len(ideas) != 0 {
				t.Errorf("%+v, %v", ideas, err)
			}
		}
	})
}

// TestOurFilesGo: what the program made can be fetched for a while; what members sent stays.
func TestOurFilesGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files, err := OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := files.PutOurs(t.Context(), "chart.png", "image/png", sangkien.Photo, []byte("made"))
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, "ab", "ab00000000000000000000000000000000000000000000000000000000000000")
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, []byte("sent"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := files.Tidy(time.Now().Add(OursFor - time.Hour)); err != nil {
		t.Fatal(err)
	}
	r, err := files.Open(ours.Hash)
	if err != nil {
		t.Fatalf("gone too early: %v", err)
	}
	_ = r.Close()
	if err := files.Tidy(time.Now().Add(OursFor + time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Open(ours.Hash); sangkien.CodeOf(err) != sangkien.ENOTFOUND {
		t.Errorf("still there: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("what a member sent is gone: %v", err)
	}
}

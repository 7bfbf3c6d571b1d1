package storage

import (
	"fmt"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// TestPapers: every word counts, accents do not, and nothing that is typed is a pattern.
func TestPapers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		save := func(key string, p sangkien.Paper, sheet int64) {
			earlier, _ := s.Paper(t.Context(), p.ID) // none for a new one
			saved, err := p.Save(sangkien.Sheet{ID: sheet}, earlier, organiser, now)
			if err != nil {
				t.Fatal(err)
			}
			must(t, s, sangkien.Commit{Key: key, Effects: []sangkien.Effect{saved}})
		}
		sheet := sangkien.Sheet{ID: 72, Kind: "document", Member: 1}
		must(t, s, sangkien.Commit{Key: "sheet", Effects: append(sheet.Begin(now),
			sangkien.AttachmentAdded{Attachment: sangkien.NewAttachment(73, 72, "file", sangkien.File{Hash: "h"}, now)})})
		save("a", sangkien.Paper{ID: 70, Title: "Phát động phong trào Đoàn kết sáng tạo", Number: "464/MTTQ-BTT", Date: "2026-07-08"}, 70)
		save("b", sangkien.Paper{ID: 71, Title: "Kết quả 100% hòa giải_cơ sở", Number: "12/KH", Date: "2025"}, 71)
		for words, want := range map[string]int{"": 2, "doan ket": 1, "ĐOÀN kết 464": 1, "hoà giai": 1, "100%": 1, "8/7/2026": 1, "mttq": 1, "oan": 0, "%": 2, "_": 2, "464 12/kh": 0, "không có": 0, `\`: 2, "'; drop table papers": 0} {
			if got, err := s.Papers(t.Context(), words, 0, 10); err != nil || len(got) != want {
				t.Errorf("%q finds %+v, %v", words, got, err)
			}
		}
		if got, err := s.Papers(t.Context(), "", 1, 10); err != nil || len(got) != 1 || got[0].ID != 71 {
			t.Errorf("the second: %+v, %v", got, err)
		}
		save("corrected with a file", sangkien.Paper{ID: 71, Title: "Kết quả hòa giải", Date: "2025"}, 72)
		if p, err := s.Paper(t.Context(), 71); err != nil || p.Title != "Kết quả hòa giải" || len(p.Files) != 1 || p.Files[0].File.Hash != "h" {
			t.Errorf("%+v, %v", p, err)
		}
		save("older, with these accents", sangkien.Paper{ID: 75, Title: "Hỏa tốc: hòa giải", Date: "2020"}, 75)
		save("newer, with others", sangkien.Paper{ID: 76, Title: "Hóa giải vướng mắc", Date: "2024"}, 76)
		for words, want := range map[string]string{"hoa giai": "71 76 75 ", "hòa giải": "71 75 76 ", "hoà giải": "71 75 76 ", "hóa": "76 71 75 "} {
			got, err := s.Papers(t.Context(), words, 0, 10)
			after, err2 := s.Papers(t.Context(), words, 1, 1)
			order := ""
			for _, p := range got {
				order += fmt.Sprint(p.ID, " ")
			}
			if err != nil || err2 != nil || order != want || len(after) != 1 || after[0].ID != got[1].ID {
				t.Errorf("%q finds %s, want %s; then %+v; %v %v", words, order, want, after, err, err2)
			}
		}
		stale, err := sangkien.Paper{ID: 71, Title: "Bản cũ hơn"}.Save(sangkien.Sheet{ID: 74}, sangkien.Paper{ID: 71, At: now.Add(-1)}, organiser, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "stale", At: now, Effects: []sangkien.Effect{stale}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("a correction of an earlier version: %v", err)
		}
		removed, err := sangkien.Paper{ID: 71}.Remove(organiser, now)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "remove", Effects: []sangkien.Effect{removed}})
		if _, err := s.Paper(t.Context(), 71); sangkien.CodeOf(err) != sangkien.ENOTFOUND {
			t.Errorf("still in the library: %v", err)
		}
		if lines, err := s.VerifyAudit(t.Context()); err != nil || lines != 6 {
			t.Errorf("%d lines, %v", lines, err)
		}
	})
}

// TestLetters: a letter waits while its last word is the member's, in the scope of its unit only.
func TestLetters(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		writer := sangkien.Member{ID: 1, Unit: 19}
		waiting := func(scope sangkien.Scope) int {
			all, err := s.WaitingLetters(t.Context(), scope, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		must(t, s, sangkien.Commit{Key: "write", Effects: []sangkien.Effect{writer.Write(0, sangkien.Sheet{ID: 80}, "hỏi", now)}})
		if waiting(sangkien.Scope{All: true}) != 1 || waiting(sangkien.Scope{Units: []int64{19}}) != 1 || waiting(sangkien.Scope{Units: []int64{20}}) != 0 {
			t.Error("the letter waits at the wrong desk")
		}
		l, err := s.Letter(t.Context(), 80)
		if err != nil || !l.Waits() {
			t.Fatalf("%+v, %v", l, err)
		}
		answered, err := l.Answer(sangkien.Sheet{ID: 81}, "đáp", organiser, now)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "answer", Effects: []sangkien.Effect{answered}})
		if l, err = s.Letter(t.Context(), 80); err != nil || l.Waits() || len(l.Lines) != 2 || !l.Lines[1].Staff || waiting(sangkien.Scope{All: true}) != 0 {
			t.Errorf("%+v, %v", l, err)
		}
		closed, err := l.Close(organiser, now)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "close", Effects: []sangkien.Effect{closed}})
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "late", At: now, Effects: []sangkien.Effect{sangkien.LetterClosed{Letter: 80, Actor: 99, Seen: 1, At: now}}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("closed without having seen all: %v", err)
		}
		must(t, s, sangkien.Commit{Key: "again", Effects: []sangkien.Effect{writer.Write(80, sangkien.Sheet{ID: 82}, "hỏi nữa", now)}})
		if l, err = s.Letter(t.Context(), 80); err != nil || !l.Waits() || len(l.Lines) != 3 {
			t.Errorf("opened again: %+v, %v", l, err)
		}
		foreign := sangkien.Member{ID: 2}.Write(80, sangkien.Sheet{ID: 83}, "chen vào", now)
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "foreign", At: now, Effects: []sangkien.Effect{foreign}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("someone else wrote into the letter: %v", err)
		}
		tidied := func(at time.Time, lines int) {
			t.Helper()
			if err := s.Tidy(t.Context(), sangkien.DefaultRetention(), at); err != nil {
				t.Fatal(err)
			}
			if l, err := s.Letter(t.Context(), 80); len(l.Lines) != lines || lines == 0 && sangkien.CodeOf(err) != sangkien.ENOTFOUND {
				t.Errorf("on %v the letter has %d lines, %v", at, len(l.Lines), err)
			}
		}
		tidied(now.Add(sangkien.DefaultRetention().Letters-time.Hour), 3)
		tidied(now.Add(sangkien.DefaultRetention().Letters+time.Hour), 0)
		if left := traces(t, s, "hỏi nữa", "đáp"); len(left) > 0 {
			t.Error(left)
		}
	})
}

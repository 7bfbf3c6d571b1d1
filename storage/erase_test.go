package storage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// traces lists where any of the words stands in any column of any table, as "table.column: value".
func traces(t *testing.T, s *Store, words ...string) []string {
	t.Helper()
	tables := `select m.name, p.name from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table' and m.name not like 'sqlite_%'`
	if s.dialect.name == postgres.name {
		tables = `select table_name, column_name from information_schema.columns where table_schema = current_schema()`
	}
	var columns [][2]string
	err := s.each(t.Context(), func(scan func(...any) error) error {
		var c [2]string
		err := scan(&c[0], &c[1])
		columns = append(columns, c)
		return err
	}, tables)
	if err != nil || len(columns) < 100 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	var found []string
	for _, c := range columns {
		err := s.each(t.Context(), func(scan func(...any) error) error {
			var value string
			if err := scan(&value); err != nil {
				return err
			}
			for _, w := range words {
				if strings.Contains(value, w) {
					found = append(found, c[0]+"."+c[1]+": "+value)
				}
			}
			return nil
		}, fmt.Sprintf(`select coalesce(cast("%s" as text), '') from "%s"`, c[1], c[0]))
		if err != nil {
			t.Fatalf("read %v: %v", c, err)
		}
	}
	return found
}

// TestErasedLeavesNoTrace: after someone is erased no column of any table holds who they were or what they said,
// but for what the record of the decision is made of; the chain of changes holds; and nobody else loses anything.
func TestErasedLeavesNoTrace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		const name, account, secret = "Hà Thị Ôn", "acc-774411", "lời riêng của tôi"
		web := sangkien.Address{Channel: "web", Bot: "0", Chat: account}
		member := sangkien.Member{ID: 31}
		form := sangkien.Form{Version: 1, Questions: []sangkien.Question{
			{Key: "title", Kind: sangkien.KindShort, Text: sangkien.Text{VI: "?"}, Name: sangkien.Text{VI: "Tên"}},
			{Key: "authors", Kind: sangkien.KindPeople, Text: sangkien.Text{VI: "?"}, Name: sangkien.Text{VI: "Tác giả"}},
			{Key: "secret", Kind: sangkien.KindLong, Confidential: true, Text: sangkien.Text{VI: "?"}, Name: sangkien.Text{VI: "Kín"}}}}
		world(t, s)
		idea := func(id int64, title string) []sangkien.Effect {
			return []sangkien.Effect{sangkien.IdeaBegun{Idea: id, Campaign: 5, FormVersion: 1, Author: 31, At: now},
				sangkien.AnswerGiven{Idea: id, Question: "title", Answer: sangkien.Answer{Value: title}, At: now},
				sangkien.AnswerGiven{Idea: id, Question: "authors", Answer: sangkien.Answer{Value: name}, At: now},
				sangkien.AnswerGiven{Idea: id, Question: "secret", Answer: sangkien.Answer{Value: secret}, At: now},
				sangkien.AttachmentAdded{Attachment: sangkien.Attachment{ID: id + 100, Idea: id, Question: "files", Address: web, State: sangkien.FilePending, File: sangkien.File{Name: name + ".jpg"}, At: now}}}
		}
		effects := append([]sangkien.Effect{sangkien.MemberJoined{Member: 31, Channel: "web", External: account, At: now}, sangkien.MemberNamed{Member: 31, Name: name},
			sangkien.MemberPlaced{Member: 31, Text: "thôn " + name},
			sangkien.ConsentAnswered{Member: 31, Consent: sangkien.Consent{Purpose: "process", Granted: true, Channel: "web", MessageID: account, At: now}}},
			append(append(idea(40, "đã công nhận"), idea(41, secret+" chưa xét")...), idea(42, secret+" nháp")...)...)
		sheet := sangkien.Sheet{ID: 50, Kind: "letter", Member: 31, Answers: sangkien.Answers{"text": {Value: secret}}}
		effects = append(append(effects, sheet.Begin(now)...), member.Request(60, sangkien.RightCorrect, secret, false, now))
		must(t, s, sangkien.Commit{Key: "person", Chat: sangkien.Chat{Address: web, Member: member}, Effects: effects,
			Replies: []sangkien.Reply{{To: web, Lines: []sangkien.Line{sangkien.Say("", sangkien.With("text", secret))}}}})
		if err := s.Sessions().Save(t.Context(), web, sangkien.Session{Version: sangkien.SessionVersion, Revision: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AppendWeb(t.Context(), account, sangkien.WebEntry{Key: "k", Mine: true, Data: `{"text":"` + secret + `"}`, At: now}); err != nil {
			t.Fatal(err)
		}
		broken := sangkien.Update{Key: "q", From: sangkien.Sender{ID: account}}
		must(t, s, sangkien.Commit{Key: "q", Effects: []sangkien.Effect{broken.Quarantine(`{"from":{"id":"`+account+`"},"text":"`+secret+`"}`, now)}})
		submitted := func(id int64) sangkien.Effect {
			return sangkien.IdeaMoved{Idea: id, From: sangkien.Draft, To: sangkien.Submitted, Actor: 31, At: now}
		}
		must(t, s, sangkien.Commit{Key: "submit both", Effects: []sangkien.Effect{submitted(40), submitted(41)}})
		for n, state := range []sangkien.State{sangkien.Received, sangkien.UnderAppraisal, sangkien.Recognised} {
			i, err := s.Idea(t.Context(), 40)
			if err != nil {
				t.Fatal(err)
			}
			moved, err := i.Move(state, organiser, "", now)
			if err != nil {
				t.Fatal(err)
			}
			must(t, s, sangkien.Commit{Key: fmt.Sprint("move", n), Effects: []sangkien.Effect{moved}})
		}
		if found := traces(t, s, name, account, secret, "ha thi on", "loi rieng cua toi", "thi on"); len(found) < 15 {
			t.Fatalf("only %d traces before: the test looks in the wrong place: %v", len(found), found)
		}
		p, err := s.Person(t.Context(), 31)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := p.Erase(map[int64]sangkien.Form{40: form, 41: form, 42: form}, now)
		if err != nil {
			t.Fatal(err)
		}
		goodbye := sangkien.Reply{To: web, Replaces: sangkien.LastWord, Lines: []sangkien.Line{sangkien.Say("data.erased")}}
		must(t, s, sangkien.Commit{Key: "erase", Chat: sangkien.Chat{Address: web, Member: member, Revision: 1}, Effects: changes, Replies: []sangkien.Reply{goodbye}})
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "erase again", At: now, Effects: []sangkien.Effect{sangkien.MemberErased{Member: 31, At: now}}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("erased twice: %v", err)
		}
		said, err := s.Claim(t.Context(), "me", []string{"web"}, 9, now, time.Minute)
		if err != nil || len(said) != 1 || said[0].Reply.Lines[0].Key != "data.erased" {
			t.Fatalf("%+v, %v", said, err)
		}
		if _, err := s.Finish(t.Context(), "me", []sangkien.DeliveryResult{{ID: said[0].ID, State: sangkien.DeliverySent}}); err != nil {
			t.Fatal(err)
		}
		if found := traces(t, s, name, account, secret, "ha thi on", "loi rieng cua toi", "thi on"); len(found) > 0 {
			t.Errorf("left behind: %v", found)
		}
		if lines, err := s.VerifyAudit(t.Context()); err != nil || lines == 0 {
			t.Errorf("%d lines, %v", lines, err)
		}
		kept, err := s.Idea(t.Context(), 40)
		if err != nil || kept.Title() != "đã công nhận" || kept.State != sangkien.Recognised {
			t.Errorf("the record of the decision: %+v, %v", kept, err)
		}
		if other, err := s.Member(t.Context(), 1); err != nil || other.Erased || other.UnitText == "" {
			t.Errorf("someone else: %+v, %v", other, err)
		}
	})
}

// TestSweepTakesOnlyWhatNobodyNames: files of erased people go after a day; those that a row names stay.
func TestSweepTakesOnlyWhatNobodyNames(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		dir := t.TempDir()
		files, err := OpenFiles(dir)
		if err != nil {
			t.Fatal(err)
		}
		world(t, s)
		named, orphan := strings.Repeat("a", 64), strings.Repeat("b", 64)
		for _, hash := range []string{named, orphan} {
			if err := files.write(files.path(hash), []byte(hash)); err != nil {
				t.Fatal(err)
			}
		}
		must(t, s, sangkien.Commit{Key: "file", Effects: []sangkien.Effect{
			sangkien.AttachmentAdded{Attachment: sangkien.NewAttachment(77, 10, "files", sangkien.File{Hash: named}, now)}}})
		check := func(after time.Duration, want ...string) {
			t.Helper()
			if err := files.Sweep(context.Background(), s, time.Now().Add(after)); err != nil {
				t.Fatal(err)
			}
			left, err := filepath.Glob(filepath.Join(dir, "*", "*"))
			if err != nil || len(left) != len(want) {
				t.Errorf("after %v: %v, %v", after, left, err)
			}
		}
		check(time.Hour, named, orphan)
		check(25*time.Hour, named)
		if _, err := os.Stat(files.path(named)); err != nil {
			t.Error(err)
		}
	})
}

// TestRequestsLoseTheirWords: what was asked and answered about personal data goes with the years; that it was, and
// when, stays; and what is open stays whole.
func TestRequestsLoseTheirWords(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		member := sangkien.Member{ID: 31}
		must(t, s, sangkien.Commit{Key: "j", Effects: []sangkien.Effect{sangkien.MemberJoined{Member: 31, Channel: "web", External: "x", At: now}}})
		for id := int64(60); id <= 61; id++ {
			must(t, s, sangkien.Commit{Key: fmt.Sprint("ask", id), Effects: []sangkien.Effect{member.Request(id, sangkien.RightCorrect, "sửa tên", false, now)}})
		}
		admin := sangkien.Viewer{Member: sangkien.Member{ID: 9, Roles: []sangkien.Grant{{Role: sangkien.RoleAdmin}}}}
		closed, err := sangkien.DataRequest{ID: 60, Member: 31}.Close(false, "đã sửa", admin, now)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "close", Effects: []sangkien.Effect{closed}})
		for _, after := range []time.Duration{-time.Hour, time.Hour} {
			if err := s.Tidy(t.Context(), sangkien.DefaultRetention(), now.Add(sangkien.DefaultRetention().Requests+after)); err != nil {
				t.Fatal(err)
			}
			done, err := s.DataRequest(t.Context(), 60)
			if kept := done.Text == "sửa tên" && done.Answer == "đã sửa"; err != nil || kept != (after < 0) || done.Done.IsZero() {
				t.Errorf("after %v: %+v, %v", after, done, err)
			}
			if open, err := s.DataRequest(t.Context(), 61); err != nil || open.Text != "sửa tên" {
				t.Errorf("the open one after %v: %+v, %v", after, open, err)
			}
		}
	})
}

// TestClosedSheetsKeepNothing: what was written down to be sent stands where it was sent to, and nowhere else.
func TestClosedSheetsKeepNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		sheet := sangkien.Sheet{ID: 90, Kind: "assist", Member: 1}
		must(t, s, sangkien.Commit{Key: "begin", Effects: append(sheet.Begin(now), sheet.Note("name", sangkien.Answer{Value: "Nông Văn Thắng"}, now))})
		if left := traces(t, s, "Nông Văn Thắng"); len(left) != 1 {
			t.Fatal(left)
		}
		must(t, s, sangkien.Commit{Key: "done", Effects: []sangkien.Effect{sheet.Done()}})
		if left := traces(t, s, "Nông Văn Thắng"); len(left) > 0 {
			t.Error(left)
		}
		if err := s.Tidy(t.Context(), sangkien.DefaultRetention(), now.Add(sangkien.DefaultRetention().Sheets+time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sheet(t.Context(), 90); sangkien.CodeOf(err) != sangkien.ENOTFOUND {
			t.Errorf("the sheet stays: %v", err)
		}
	})
}

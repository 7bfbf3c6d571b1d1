package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// attach gives a draft or a sheet a file that is stored.
func (s *scene) attach(id, to int64, name string) {
	s.t.Helper()
	f, err := s.pictures.PutOurs(s.t.Context(), name, "application/pdf", sangkien.Document, []byte("%PDF "+name))
	if err != nil {
		s.t.Fatal(err)
	}
	a := sangkien.Attachment{ID: id, Idea: to, Question: "files", State: sangkien.FileStored, File: f, At: s.now}
	if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: fmt.Sprint("attach", id), At: s.now, Effects: []sangkien.Effect{sangkien.AttachmentAdded{Attachment: a}}}); err != nil {
		s.t.Fatal(err)
	}
}

// TestTakenDataIsComplete: whoever takes their data along gets what they wrote, what was decided and answered, and
// the files that they sent, in words and for machines.
func TestTakenDataIsComplete(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, user := range []string{"1", "9"} {
		s.user = user
		s.do("/start")
	}
	s.grant("9", sangkien.RoleOrganiser, "1906")
	id := s.draft("1", "1906", "Máy tách hạt ngô")
	s.attach(70_001, id, "ban-ve.pdf")
	s.submit(id)
	s.move(id, sangkien.Received)
	s.user = "1"
	for _, input := range []string{"/lienhe", "[Viết cho Ban biên tập]", "Nộp giấy có được không?", "xong", "bỏ qua"} {
		s.do(input)
	}
	chat, err := s.store.Chat(t.Context(), sangkien.Address{Channel: "test", Bot: "b", Chat: "1"}, sangkien.Sender{ID: "1"})
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := s.store.OpenSheet(t.Context(), chat.Member.ID, "letter", 0)
	if err != nil {
		t.Fatal(err)
	}
	s.attach(70_002, sheet.ID, "don.pdf")
	s.do("gửi thư")
	s.user = "9"
	for _, input := range []string{"/hopthu", "[Mở thư 1]", "[Trả lời]", "Được, bà nộp tại xã", "gửi trả lời"} {
		s.do(input)
	}
	s.user = "1"
	if said := s.do("/dulieu"); !strings.Contains(said, "Thư đã gửi: 1") {
		t.Error(said)
	}
	files := s.taken("[Lấy dữ liệu về]")
	for _, name := range []string{"ban-ve.pdf", "don.pdf"} {
		if files[name] != "%PDF "+name {
			t.Errorf("%s came as %q", name, files[name])
		}
	}
	words, machine := files["du-lieu-cua-toi.txt"], files["du-lieu-cua-toi.json"]
	if !json.Valid([]byte(machine)) {
		t.Error(machine)
	}
	for _, want := range []string{"Máy tách hạt ngô", "SK-2026-00001", "Nộp giấy có được không?", "Được, bà nộp tại xã", "ban-ve.pdf", "don.pdf", "Hà Thị Ôn 1"} {
		if !strings.Contains(words, want) || !strings.Contains(machine, want) {
			t.Errorf("%q is in words: %v, for machines: %v", want, strings.Contains(words, want), strings.Contains(machine, want))
		}
	}
}

// taken presses a button and reads the files that it sends, by name.
func (s *scene) taken(button string) map[string]string {
	s.t.Helper()
	s.updates++
	u := sangkien.Update{Key: fmt.Sprint("taken", s.updates), Kind: sangkien.UpdatePress, Press: s.find(button), MessageID: "b",
		Address: sangkien.Address{Channel: "test", Bot: "b", Chat: s.user}, From: sangkien.Sender{ID: s.user}}
	if err := s.d.Handle(s.t.Context(), u); err != nil {
		s.t.Fatal(err)
	}
	files := map[string]string{}
	for {
		claimed, err := s.store.Claim(s.t.Context(), "t", []string{"test"}, 100, s.now, time.Hour)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(claimed) == 0 {
			return files
		}
		for _, d := range claimed {
			if d.Reply.File != nil {
				files[d.Reply.File.Name] = s.content(d.Reply.File.Hash)
			}
			if _, err := s.store.Finish(s.t.Context(), "t", []sangkien.DeliveryResult{{ID: d.ID, State: sangkien.DeliverySent}}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

func (s *scene) content(hash string) string {
	s.t.Helper()
	r, err := s.pictures.Open(hash)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = r.Close() }() // only read from
	data, err := io.ReadAll(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

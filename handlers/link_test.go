package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/handlers"
)

// TestEveryLinkCodeIsUnderstood: as it is shown, as it stands in a link, and as people type it.
func TestEveryLinkCodeIsUnderstood(t *testing.T) {
	t.Parallel()
	for n := range 20_000 {
		code := sangkien.LinkCode(fmt.Sprint(n))
		plain := strings.ReplaceAll(code, "-", "")
		for _, typed := range []string{"noi " + strings.ReplaceAll(code, "-", " "), "noi-" + code, "NỐI " + strings.ToUpper(plain) + "."} {
			if got, ok := handlers.LinkCodeIn(typed); !ok || got != plain {
				t.Fatalf("%q: %q, %v", typed, got, ok)
			}
		}
	}
	for _, words := range []string{"nội dung", "nối", "0912 345 678", "22 222 222 222 2222", "nói 2 lần", "SK-2026-00042", "noi 5kg", "c-doan-ket"} {
		if got, ok := handlers.LinkCodeIn(words); ok {
			t.Errorf("%q is taken for the code %q", words, got)
		}
	}
}

// offered lets a user ask for a code and returns it.
func (s *scene) offered(user string) string {
	s.user = user
	s.do("cai dat")
	s.do("[Liên kết tài khoản]")
	return s.code
}

// TestGuessedLinkCodesTellNothing: guesses from many accounts all fail with the same two sentences; no more codes are
// looked at than the limit; the right one is refused as long as that lasts, and taken afterwards.
func TestGuessedLinkCodesTellNothing(t *testing.T) {
	t.Parallel()
	const looked, guesses = 40, 100 // the last of those that are looked at
	s := newScene(t)
	s.offered("victim")
	var missed []sangkien.Effect
	for n := range sangkien.LinkLimitAll - looked {
		missed = append(missed, sangkien.Account{Channel: "web", External: fmt.Sprint(n)}.MissLink(s.now))
	}
	if _, err := s.store.Commit(t.Context(), sangkien.Commit{Key: "misses", At: s.now, Effects: missed}); err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	for n := range guesses {
		s.user = fmt.Sprint("telegram/", n)
		line, _, _ := strings.Cut(s.do("noi "+sangkien.LinkCode(fmt.Sprint("guess", n))), "\n")
		said[line]++
	}
	if len(said) != 2 {
		t.Errorf("said: %v", said)
	}
	for line, n := range said {
		if strings.Contains(line, "không dùng được") && n != looked {
			t.Errorf("%d codes were looked at: %s", n, line)
		}
	}
	right := s.offered("victim")
	s.user = "telegram/me"
	if got := s.do(right); !strings.Contains(got, "tạm ngừng") {
		t.Error("the right code was told apart: ", got)
	}
	s.now = s.now.Add(sangkien.LinkWindow + time.Minute)
	code := s.offered("victim")
	s.user = "telegram/me"
	if got := s.do(code); !strings.Contains(got, "Liên kết tài khoản này") {
		t.Error(got)
	}
}

// TestErasingErasesAllAccounts: each chat hears it, knows the person no more, and forgets where it stood.
func TestErasingErasesAllAccounts(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.user = "web/1"
	s.do("/start")
	s.draft("web/1", "1906", "Máy tách hạt ngô")
	code := s.offered("web/1")
	s.user = "telegram/2"
	s.do(code)
	s.do("[Đúng, liên kết]")
	s.do("/gui")
	s.user = "web/1"
	s.do("/dulieu")
	if got := s.do("[Xóa dữ liệu của tôi]"); !strings.Contains(got, "2 tài khoản") {
		t.Error(got)
	}
	if got := s.do("[Xóa hết]"); strings.Count(got, "Đã xóa.") != 2 || !strings.Contains(got, "@telegram/2") {
		t.Error(got)
	}
	if len(s.sessions.kept) != 0 {
		t.Errorf("sessions are left: %v", s.sessions.kept)
	}
	for _, user := range []string{"web/1", "telegram/2"} {
		s.user = user
		if got := s.do("/cuatoi"); !strings.Contains(got, "chưa có ý tưởng") {
			t.Errorf("%s: %s", user, got)
		}
	}
}

// TestLinkConflict: a newer refusal to process on one account is not overridden, and does not hit the ideas of the
// other: nothing is linked before the person has settled it.
func TestLinkConflict(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.user = "web/1"
	s.do("/start")
	s.draft("web/1", "1906", "Máy tách hạt ngô")
	s.now = s.now.Add(time.Minute)
	s.user = "telegram/2"
	s.do("/gui")
	s.do("không đồng ý")
	code := s.offered("web/1")
	s.user = "telegram/2"
	s.do(code)
	if got := s.do("[Đúng, liên kết]"); !strings.Contains(got, "Chưa liên kết được") {
		t.Error(got)
	}
	if got := s.do("/cuatoi"); !strings.Contains(got, "chưa có ý tưởng") {
		t.Error("linked all the same: ", got)
	}
}

package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// TestInlineSharesWhatEveryoneMayRead: recognised ideas only, page by page, whoever asks; nothing is written.
func TestInlineSharesWhatEveryoneMayRead(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.user = "author"
	s.do("/start")
	for n := range 13 {
		id := s.draft("author", "1906", fmt.Sprint("Lò sấy số ", n))
		s.tell(id, "secret", "bí quyết gia truyền")
		s.tell(id, "solution", strings.Repeat("Rất dài và <b>đậm</b>. ", 400))
		s.submit(id)
		for _, to := range []sangkien.State{sangkien.Received, sangkien.UnderAppraisal, sangkien.Recognised} {
			s.move(id, to)
		}
	}
	s.submit(s.draft("author", "1906", "Lò sấy còn chờ"))
	store := &dry{Store: s.store}
	d := s.dispatcher(store)
	ask := func(text, offset string) sangkien.InlineAnswer {
		t.Helper()
		a, err := d.Inline(t.Context(), sangkien.InlineQuery{ID: "q", Text: text, Offset: offset, Language: sangkien.Vietnamese})
		if err != nil {
			t.Fatal(err)
		}
		for _, article := range a.Articles {
			m := bot.Render(sangkien.Reply{Lines: article.Text, Language: a.Language}, s.say, bot.Limits{Text: 4096})
			if said := m[0].Text.String(); len(m) != 1 || strings.Contains(said, "bí quyết") || strings.Contains(said, "còn chờ") || !strings.Contains(said, article.ID) {
				t.Errorf("%d messages: %s", len(m), said)
			}
		}
		return a
	}
	first := ask("lo say", "")
	second := ask("lo say", first.Next)
	if len(first.Articles) != 10 || first.Next != "1" || len(second.Articles) != 3 || second.Next != "" {
		t.Errorf("pages of %d (%q) and %d (%q)", len(first.Articles), first.Next, len(second.Articles), second.Next)
	}
	if a := ask("", ""); len(a.Articles) != 10 {
		t.Errorf("nothing typed: %d", len(a.Articles))
	}
	if a := ask("sk-2026-00004", "x'"); len(a.Articles) != 1 || a.Articles[0].ID != "SK-2026-00004" {
		t.Errorf("a code: %+v", a.Articles)
	}
	for _, text := range []string{"con cho", "bi quyet", "SK-2026-00014", `" OR "*`, strings.Repeat("x", 300)} {
		if a := ask(text, "99999999999999999999"); len(a.Articles) != 0 {
			t.Errorf("%q found %d", text, len(a.Articles))
		}
	}
	if store.last.Key != "" {
		t.Errorf("committed %+v", store.last)
	}
}

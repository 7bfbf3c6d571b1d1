package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// share is an inline handler whose answers tell what was asked.
func share(_ context.Context, q sangkien.InlineQuery) (sangkien.InlineAnswer, error) {
	if q.Text == "fail" {
		return sangkien.InlineAnswer{}, errors.New("the stores are down")
	}
	a := sangkien.InlineAnswer{Language: q.Language, Next: "7"}
	for n := range 3 {
		a.Articles = append(a.Articles, sangkien.Article{ID: fmt.Sprintf("SK-2026-%05d", n), Title: `Máy <b>"` + q.Text,
			About: []sangkien.Line{sangkien.Say("", sangkien.With("text", "trang "+q.Offset))},
			Text:  []sangkien.Line{sangkien.Say("text.bold", sangkien.With("text", "đậm")), sangkien.Say("", sangkien.With("text", "</b><script>&"+q.Text))}})
	}
	return a, nil
}

func withInline(c *Config) {
	c.Inline, c.Say = share, locale.NewSpeaker(time.UTC)
}

// TestInlineQueriesAreAnsweredAndForgotten: an answer that Telegram takes, words escaped, and no update of it.
func TestInlineQueriesAreAnsweredAndForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t, withInline)
	r.run()
	if err := r.server.WaitPolling(t.Context()); err != nil {
		t.Fatal(err)
	}
	person := r.server.Chat(7)
	shared, err := r.server.WaitShared(t.Context(), person.Inline("tách & hạt", "2"))
	if err != nil {
		t.Fatal(err)
	}
	if len(shared.Results) != 3 || shared.Next != "7" {
		t.Fatalf("%+v", shared)
	}
	if got := shared.Results[1]; got.Title != `Máy <b>"tách & hạt` || got.Description != "trang 2" || got.Text != "đậm\n</b><script>&tách & hạt" || !strings.HasPrefix(got.HTML, "<b>đậm</b>") {
		t.Errorf("%+v", got)
	}
	person.Inline("fail", "")
	person.Send("sau đó")
	if u := r.next(); u.Text != "sau đó" {
		t.Errorf("an inline query became %+v", u)
	}
	if err := r.server.WaitIdle(t.Context()); err != nil {
		t.Error(err) // one that failed holds nobody up
	}
	if n := r.server.Count("answerInlineQuery"); n != 1 {
		t.Errorf("%d answers", n)
	}
}

// TestInlineByWebhook: Telegram is told at once that the query arrived; the answer is a call of its own.
func TestInlineByWebhook(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *Config) {
		withInline(c)
		c.Webhook, c.Secret = "https://bot.example/", "s3cret"
	})
	handler := r.Webhook(func(context.Context, sangkien.Update) func() error {
		t.Error("an inline query was handed in as an update")
		return finished
	})
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(
		`{"update_id":5,"inline_query":{"id":"q1","from":{"id":7,"is_bot":false,"first_name":"M"},"query":"x","offset":""}}`))
	request.Header.Set("X-Telegram-Bot-Api-Secret-Token", "s3cret")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK || len(r.inlines) != 1 {
		t.Errorf("answered %d, %d wait", answer.Code, len(r.inlines))
	}
}

// TestInlineIsBounded: a flood of letters is dropped, not queued, and a bot that shares nothing ignores them.
func TestInlineIsBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t, withInline)
	for n := range 10 * maxInline {
		r.offer(&sangkien.InlineQuery{ID: fmt.Sprint(n)})
	}
	if len(r.inlines) != maxInline {
		t.Errorf("%d wait", len(r.inlines))
	}
	silent := newRig(t, nil)
	silent.offer(&sangkien.InlineQuery{ID: "1"})
	if len(silent.inlines) != 0 {
		t.Error("queued for nobody")
	}
}

func TestDecodeInline(t *testing.T) {
	t.Parallel()
	d := decode("1", []byte(`{"update_id":9,"inline_query":{"id":"q","from":{"id":7,"first_name":"A","language_code":"en"},"query":"may say","offset":"3","location":{}}}`), time.Now())
	want := sangkien.InlineQuery{ID: "q", Text: "may say", Offset: "3", Language: sangkien.English}
	if d.inline == nil || *d.inline != want || d.id != 9 {
		t.Errorf("%+v", d)
	}
	if d := decode("1", []byte(`{"update_id":9,"inline_query":{"query":"x"}}`), time.Now()); d.inline != nil || d.id != 9 {
		t.Errorf("one that cannot be answered: %+v", d)
	}
}

func TestMeTellsInline(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		server := telegramtest.New(t, telegramtest.Options{NoInline: off})
		c, err := New(Config{Token: server.Token, APIURL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		if me, err := c.Me(t.Context()); err != nil || me.Inline == off || me.Name != telegramtest.Username {
			t.Errorf("%+v, %v", me, err)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestLogForMachines: one JSON object a line, without secrets, and with the trace that a line is a part of.
func TestLogForMachines(t *testing.T) {
	t.Parallel()
	c := secretive()
	c.LogFormat = "json"
	var b bytes.Buffer
	log := counted(c.logger(&streams{err: &b}), newRecords())
	id, span := trace.TraceID{1}, trace.SpanID{2}
	ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span}))
	log.WarnContext(ctx, "a line\nand \"another\"", "error", errors.New("bot"+botToken), "n", 7)
	log.With("secret", hookToken).Info("of no trace", slog.Group("g", "token", scrape))
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 || leaks(b.String()) != nil {
		t.Fatalf("%d lines: %s", len(lines), &b)
	}
	var first, second map[string]any
	for i, to := range []*map[string]any{&first, &second} {
		if err := json.Unmarshal([]byte(lines[i]), to); err != nil {
			t.Fatalf("%v: %s", err, lines[i])
		}
	}
	if first["trace_id"] != id.String() || first["span_id"] != span.String() || first["level"] != "WARN" || first["n"] != 7.0 || first["time"] == nil {
		t.Error(first)
	}
	if _, has := second["trace_id"]; has || second["msg"] != "of no trace" {
		t.Error(second)
	}
}

// TestLogTellsNobodysChat: the stores fail under updates, sessions and replies, and the platform refuses, and neither
// what is logged nor the errors that commands print name a chat, a person, or what was typed.
func TestLogTellsNobodysChat(t *testing.T) {
	t.Parallel()
	const person, words = "7318264509", "chuyện riêng của tôi"
	server := telegramtest.New(t)
	var out lockedBuffer
	c := &Config{HTTPAddr: ":0", DataDir: t.TempDir(), Timezone: "Asia/Ho_Chi_Minh", QuietHours: "off", TelegramMode: "polling", TelegramRate: 1000, LogLevel: "debug", LogFormat: "json",
		TelegramToken: server.Token, TelegramAPIURL: server.URL}
	c.RedisURL = "redis://127.0.0.1:1/0" // nobody is there
	r := startWith(t, c, "127.0.0.1:0", c.logger(&streams{err: &out}))
	chat := server.Chat(7318264509)
	chat.Send("/start")
	if _, err := chat.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, f := range []telegramtest.Fault{telegramtest.BadGateway(), telegramtest.TooMany(0)} {
		f.Method = "sendMessage"
		server.Inject(f)
		before := server.Count("sendMessage")
		chat.Send(words)
		if err := server.WaitCount(t.Context(), "sendMessage", before+1); err != nil {
			t.Fatal(err)
		}
		server.Heal()
	}
	a := sangkien.Address{Channel: "telegram", Bot: server.BotID, Chat: person}
	stale := sangkien.Commit{Key: "k1", At: time.Now(), Chat: sangkien.Chat{Address: a, Revision: 99, Person: person}, Replies: []sangkien.Reply{{To: a}}}
	_, conflict := r.store.Commit(t.Context(), stale)
	if sangkien.CodeOf(conflict) != sangkien.ECONFLICT {
		t.Errorf("a stale commit: %v", conflict)
	}
	failures := []error{conflict}
	_, err := r.sessions.Load(t.Context(), a)
	failures = append(failures, err, r.sessions.Save(t.Context(), a, sangkien.Session{}), r.sessions.Delete(t.Context(), a))
	closed, err := storage.Open(t.Context(), "sqlite:"+t.TempDir()+"/x.db")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	sql := closed.Sessions()
	_, err = sql.Load(t.Context(), a)
	failures = append(failures, err, sql.Save(t.Context(), a, sangkien.Session{}), sql.Delete(t.Context(), a))
	_, err = closed.Chat(t.Context(), a, sangkien.Sender{ID: person, Name: words})
	failures = append(failures, err)
	_, err = closed.Commit(t.Context(), stale)
	failures = append(failures, err)
	handled := r.dispatcher.Handle(t.Context(), sangkien.Update{Key: "telegram:1:1", Kind: sangkien.UpdateText, Text: words, Address: a, From: sangkien.Sender{ID: person, Name: words}})
	if handled != nil {
		failures = append(failures, handled)
	}
	for i, err := range failures {
		if err == nil {
			t.Errorf("failure %d did not fail", i)
		} else if strings.Contains(err.Error(), person) || strings.Contains(err.Error(), words) {
			t.Errorf("it tells whom: %v", err)
		}
	}
	if err := post(r.url+"/chat/api/send", "", `{"key":"key-00001","text":"`+words+`"}`); err != nil {
		t.Fatal(err)
	}
	if log := out.String(); strings.Contains(log, person) || strings.Contains(log, words) || !strings.Contains(log, "session") {
		t.Errorf("logged: %s", log)
	}
}

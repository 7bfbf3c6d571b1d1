package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestFilesFromTelegram: a photo and a voice message are copied to our own store while the member goes on; a
// page of HTML is refused, and the member hears why.
func TestFilesFromTelegram(t *testing.T) {
	t.Parallel()
	server := telegramtest.New(t)
	r := start(t, func(c *Config) { c.TelegramToken, c.TelegramAPIURL = server.Token, server.URL })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	chat := server.Chat(7)
	picture, err := os.ReadFile(photo(t, "a.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	press := func(label string) func(telegramtest.Message) {
		return func(m telegramtest.Message) {
			if err := chat.Press(m.ID, label); err != nil {
				t.Fatal(err)
			}
		}
	}
	chat.Send("gui")
	for _, step := range []struct {
		until string
		do    func(telegramtest.Message)
	}{
		{"(1/5", press("Đồng ý")}, {"(2/5", press("Đồng ý")}, {"(3/5", press("Đồng ý")},
		{"(4/5", func(telegramtest.Message) { chat.Send("Bàn Phúc Vượng") }}, {"(5/5", func(telegramtest.Message) { chat.Send("Na Rì") }},
		{"Bước 1/9", press("Khác")}, {"Bước 2/9", func(telegramtest.Message) { chat.Photo("Thuốc tắm lá rừng", picture) }},
		{"Bước 3/9", func(telegramtest.Message) { chat.Voice([]byte("OggS\x00\x02OpusHead")) }},
		{"tin nhắn thoại", func(telegramtest.Message) { chat.Document("trang.html", "text/html", []byte("<html>"), "") }},
		{"chưa giữ được", func(telegramtest.Message) {}},
	} {
		m, err := chat.Wait(ctx, func(m telegramtest.Message) bool { return strings.Contains(m.Text, step.until) })
		if err != nil {
			t.Fatal(err)
		}
		step.do(m)
	}
	for {
		counts, err := r.store.Counts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if counts.PendingFiles == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	c, err := r.store.Chat(ctx, sangkien.Address{Channel: "telegram", Bot: server.BotID, Chat: "7"}, sangkien.Sender{ID: "7"})
	if err != nil {
		t.Fatal(err)
	}
	ideas, err := r.store.IdeasOf(ctx, c.Member.ID)
	if err != nil || len(ideas) != 1 || len(ideas[0].Attachments) != 3 || ideas[0].Title() != "Thuốc tắm lá rừng" {
		t.Fatalf("%+v, %v", ideas, err)
	}
	states := map[sangkien.AttachmentState]int{}
	for _, a := range ideas[0].Attachments {
		states[a.State]++
		if a.State == sangkien.FileStored && (len(a.File.Hash) != 64 || a.File.MIME == "") {
			t.Errorf("%+v", a)
		}
	}
	if states[sangkien.FileStored] != 2 || states[sangkien.FileRefused] != 1 {
		t.Errorf("%v", states)
	}
}

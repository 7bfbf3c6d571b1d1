package main

import (
	"context"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestLinkAccounts links a Telegram account with a web chat by following the link with the code, in a real browser,
// over a restart in the middle; then a notice goes to the account that was chosen, and an answer where it was asked.
func TestLinkAccounts(t *testing.T) {
	t.Parallel()
	server := telegramtest.New(t)
	r := start(t, func(c *Config) {
		c.TelegramToken, c.TelegramAPIURL, c.PublicURL = server.Token, server.URL, "http://chat.example.vn"
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	chat := server.Chat(77)
	said := func(words string) telegramtest.Message {
		t.Helper()
		m, err := chat.Text(ctx, words)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	press := func(m telegramtest.Message, label string) {
		t.Helper()
		if err := chat.Press(m.ID, label); err != nil {
			t.Fatal(err)
		}
	}
	chat.Send("/caidat")
	press(said("Cài đặt"), "Liên kết tài khoản")
	offer := said("Mã liên kết")
	_, payload, ok := strings.Cut(offer.Text, "http://chat.example.vn/chat#start=")
	if !ok {
		t.Fatalf("no link in %q", offer.Text)
	}
	payload = strings.Fields(payload)[0]

	p := testkit.OpenPage(t, r.url+"/chat#start="+payload)
	p.AwaitText("người chưa ghi tên trên Telegram")
	r.stop()
	again := startAt(t, r.config, strings.TrimPrefix(r.url, "http://"))
	p.Press("Đúng, liên kết")
	p.AwaitText("Đã liên kết với Telegram")
	press(said("trang web đã liên kết"), "Tài khoản đã liên kết")
	press(said("Tài khoản của anh/chị"), "Nhận tin ở 1. Telegram")
	said("thông báo gửi đến Telegram")
	p.Type("cua toi")
	p.AwaitText("chưa có ý tưởng nào")

	c, err := again.store.Chat(ctx, sangkien.Address{Channel: "telegram", Chat: "77"}, sangkien.Sender{ID: "77"})
	if err != nil {
		t.Fatal(err)
	}
	member := c.Member.ID
	accounts, err := again.store.Accounts(ctx, member)
	if err != nil || len(accounts) != 2 {
		t.Fatalf("%+v, %v", accounts, err)
	}
	if to, ok, err := again.store.Reach(ctx, member); err != nil || !ok || to.Channel != "telegram" { // the web was used last
		t.Errorf("notices go to %v, %v", to, err)
	}
}

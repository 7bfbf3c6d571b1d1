package main

import (
	"context"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestEmulator submits an idea through npm's telegram-test-api, a Telegram that nobody here wrote.
func TestEmulator(t *testing.T) {
	t.Parallel()
	e := telegramtest.StartEmulator(t)
	r := start(t, func(c *Config) { c.TelegramToken, c.TelegramAPIURL = e.Token, e.URL })
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if err := e.Send(ctx, "/start"); err != nil {
		t.Fatal(err)
	}
	for _, step := range [][2]string{{"Kính chào", "[Gửi ý tưởng]"}, {"(1/5", "[Đồng ý]"}, {"(2/5", "[Không đồng ý]"}, {"(3/5", "[Không đồng ý]"},
		{"(4/5", "Hà Thị Ôn"}, {"(5/5", "Trường Phủ Thông"}, {"Bước 1/9", "2"}, {"Bước 2/9", "Bộ thẻ tranh <song ngữ> Tày & Việt"},
		{"Bước 3/9", "Trẻ chưa nói được tiếng phổ thông"}, {"33 ký tự", "[Xong]"}, {"Bước 4/9", "Thẻ tranh hai mặt"}, {"17 ký tự", "xong"},
		{"Bước 5/9", "Sau một tháng trẻ nói được"}, {"26 ký tự", "[Xong]"}, {"Bước 6/9", "[Mới là ý tưởng]"}, {"Bước 7/9", "[Chỉ một mình tôi]"},
		{"Bước 8/9", "bo qua"}, {"Bước 9/9", "[Bỏ qua]"}, {"xem lại trước khi gửi", "[Gửi ý tưởng]"}} {
		m, err := e.Await(ctx, step[0])
		if err != nil {
			t.Fatal(err)
		}
		if label := step[1]; label[0] == '[' {
			err = e.Press(ctx, m, label[1:len(label)-1])
		} else {
			err = e.Send(ctx, label)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.Await(ctx, "SK-"); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := r.store.EachIdea(ctx, func(i sangkien.Idea, _ sangkien.Member) error {
		n++
		if i.Title() != "Bộ thẻ tranh <song ngữ> Tày & Việt" {
			t.Errorf("title %q", i.Title())
		}
		return nil
	}); err != nil || n != 1 {
		t.Errorf("%d ideas, %v", n, err)
	}
}

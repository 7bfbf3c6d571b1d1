package zalooa

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/testkit/zalooatest"
)

func bulk(s string) bot.Message {
	m := text(s)
	m.Class = sangkien.ClassBulk
	return m
}

func buttons(n int) [][]bot.Button {
	var rows [][]bot.Button
	for i := range n {
		rows = append(rows, []bot.Button{{Label: "Nút " + string(rune('1'+i)), Data: "a.1x.stage.5.v" + string(rune('1'+i))}})
	}
	return rows
}

// TestAButtonComesBackAsAPress: what a button of ours sends back is a press again, carries what it belongs to, and is
// not shown to the person.
func TestAButtonComesBackAsAPress(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{}, nil)
	r.server.Webhook(r.hook.URL)
	u := r.server.User(1)
	u.Heard(r.clock.Now())
	m := text("Ý tưởng đã làm tới đâu?")
	m.Text[0].Bold = true
	m.Buttons = append(buttons(4), []bot.Button{{Label: "Mở trang", URL: "https://sangkien.example.vn/x"}})
	id, err := r.Send(t.Context(), r.to(u), m)
	if err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	sent := u.AwaitText(t, "tới đâu?")
	if len(sent.Buttons) != 5 || sent.Buttons[0].Type != "oa.query.hide" || sent.Buttons[4].Type != "oa.open.url" || sent.Text != "Ý tưởng đã làm tới đâu?" {
		t.Errorf("%+v", sent)
	}
	if !u.Press("Nút 2") {
		t.Fatal("there is no such button")
	}
	r.server.AwaitTaken(t)
	got := r.updates()
	if len(got) != 1 || got[0].Kind != sangkien.UpdatePress {
		t.Fatalf("%+v", got)
	}
	if p, ok := sangkien.ParsePress(got[0].Press); !ok || p.Verb != "a" || p.Revision != 5 || p.Value != "v2" {
		t.Errorf("%+v", p)
	}
}

func TestWhatZaloRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{PerMinute: 100}, nil)
	u := r.server.User(1)
	u.Heard(r.clock.Now())
	many := text("nhiều nút")
	many.Buttons = buttons(6)
	for name, m := range map[string]bot.Message{"2001 characters": text(strings.Repeat("ư", 2001)), "no words": text(""), "six buttons": many} {
		_, err := r.Send(t.Context(), r.to(u), m)
		if asSendError(t, err).Kind != bot.SendRefused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Send(t.Context(), r.to(u), text(strings.Repeat("ư", 2000))); err != nil {
		t.Errorf("2000 characters: %v", err)
	}
	other := r.to(u)
	other.Bot = "another"
	if _, err := r.Send(t.Context(), other, text("x")); asSendError(t, err).Kind != bot.SendRefused {
		t.Errorf("to another app's chat: %v", err)
	}
	if _, err := r.Send(t.Context(), sangkien.Address{Channel: Name, Bot: zalooatest.AppID, Chat: "99"}, text("x")); asSendError(t, err).Kind != bot.SendUnreachable {
		t.Errorf("to nobody: %v", err)
	}
	if _, err := r.Send(t.Context(), sangkien.Address{Channel: Name, Bot: zalooatest.AppID, Chat: "anonymous/a1/t1"}, text("x")); err != nil {
		t.Errorf("to someone who does not follow: %v", err)
	}
}

// TestWindowsAgree: what our rules forbid is never sent, and what they let through Zalo takes; and where what we know
// is out of date, Zalo's own answer means the same.
func TestWindowsAgree(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{}, nil)
	type case_ struct {
		heard   time.Duration // ago
		follows bool
		replies int
		class   sangkien.ReplyClass
		night   bool
		news    int // sent today
		barred  sangkien.Barred
	}
	for name, c := range map[string]case_{
		"answer":            {heard: time.Minute, follows: true},
		"answer, left":      {heard: time.Minute},
		"answer at night":   {heard: time.Minute, follows: true, night: true},
		"ninth answer":      {heard: time.Minute, follows: true, replies: 8, barred: sangkien.BarredQuota},
		"notice next day":   {heard: 25 * time.Hour, follows: true, class: sangkien.ClassNotice},
		"notice after 8 d":  {heard: 8 * 24 * time.Hour, follows: true, class: sangkien.ClassNotice, barred: sangkien.BarredWindow},
		"news":              {heard: 90 * 24 * time.Hour, follows: true, class: sangkien.ClassBulk},
		"news, left":        {heard: time.Minute, class: sangkien.ClassBulk, barred: sangkien.BarredWindow},
		"news at night":     {heard: time.Minute, follows: true, class: sangkien.ClassBulk, night: true, barred: sangkien.BarredNight},
		"second news today": {heard: time.Minute, follows: true, class: sangkien.ClassBulk, news: 1, barred: sangkien.BarredQuota},
	} {
		r := newRig(t, zalooatest.Options{}, nil)
		if c.night {
			r.clock.add(11 * time.Hour)
		}
		now := r.clock.Now()
		u := r.server.User(1)
		u.Heard(now.Add(-c.heard))
		if !c.follows {
			u.Leaves()
		}
		contact := sangkien.Contact{Heard: now.Add(-c.heard), Follows: c.follows}
		m := text("Tin của anh/chị")
		m.Class = c.class
		knowing := func(k sangkien.Contact) *bot.SendError {
			r.mu.Lock()
			r.contact[u.ID] = k
			r.mu.Unlock()
			_, err := r.Send(t.Context(), r.to(u), m)
			if err == nil {
				return &bot.SendError{Kind: -1}
			}
			return asSendError(t, err)
		}
		for range max(c.replies, c.news) { // what was sent before, of which we know
			if se := knowing(sangkien.Contact{Heard: now, Follows: true}); se.Kind != -1 {
				t.Fatalf("%s: before: %v", name, se)
			}
			contact.Replies = c.replies
			if c.news > 0 {
				contact.Promotions = append(contact.Promotions, now)
			}
		}
		before := len(r.server.Sent(""))
		ours := knowing(contact)
		if (ours.Kind == -1) != (c.barred == "") || ours.Barred != c.barred {
			t.Errorf("%s: by our rules %v", name, ours)
		}
		if c.barred != "" && len(r.server.Sent("")) != before {
			t.Errorf("%s: was sent", name)
		}
		if c.barred == sangkien.BarredNight || c.barred == "" {
			continue // it is night for us too
		}
		if theirs := knowing(sangkien.Contact{Heard: now, Follows: true}); theirs.Barred != c.barred {
			t.Errorf("%s: by Zalo's %v", name, theirs)
		}
	}
	failing := newRig(t, zalooatest.Options{}, func(c *Config) {
		c.Contact = func(context.Context, sangkien.Address, time.Time) (sangkien.Contact, error) {
			return sangkien.Contact{}, errors.New("down")
		}
	})
	if _, err := failing.Send(t.Context(), failing.to(r.server.User(1)), text("x")); asSendError(t, err).Kind != bot.SendRetry {
		t.Errorf("while the store is down: %v", err)
	}
}

func TestNewsAndTransactionsAreTemplates(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{}, func(c *Config) {
		var err error
		if c.Limits, err = ReadLimits("transactions=1"); err != nil {
			t.Fatal(err)
		}
	})
	u := r.server.User(1)
	m := bulk("Phát động đợt 2\n" + strings.Repeat("Bà con gửi ý tưởng. ", 70))
	m.Buttons = buttons(5)
	if _, err := r.Send(t.Context(), r.to(u), m); err != nil {
		t.Fatal(err)
	}
	sent := r.server.Sent(u.ID)[0]
	if sent.Kind != "promotion" || len(sent.Buttons) != 4 || !strings.HasPrefix(sent.Text, "Phát động đợt 2\nBà con") || !strings.HasSuffix(sent.Text, "• Nút 5") {
		t.Errorf("%+v", sent)
	}
	if n := strings.Count(sent.Text, "Bà con gửi ý tưởng."); n != 70 {
		t.Errorf("%d of 70 sentences arrived", n)
	}
	r.mu.Lock()
	r.contact[u.ID] = sangkien.Contact{Heard: r.clock.Now().Add(-30 * 24 * time.Hour), Follows: true}
	r.mu.Unlock()
	m = text("Tin vui: ý tưởng SK-2026-00001 được công nhận.")
	m.Class = sangkien.ClassNotice
	if _, err := r.Send(t.Context(), r.to(u), m); err != nil || r.server.Sent(u.ID)[1].Kind != "transaction" {
		t.Errorf("after the window: %v", err)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{FreeReplies: 100}, nil)
	u := r.server.User(1)
	u.Heard(r.clock.Now())
	png, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
	if err != nil {
		t.Fatal(err)
	}
	picture := sangkien.File{Hash: "h1", Kind: sangkien.Photo, Name: "biểu đồ.png", MIME: "image/png", Size: int64(len(png))}
	pdf := sangkien.File{Hash: "h2", Kind: sangkien.Document, Name: "Đề án.pdf", MIME: "application/pdf", Size: 9}
	opened := 0
	open := func(data []byte) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { opened++; return io.NopCloser(bytes.NewReader(data)), nil }
	}
	for range 3 {
		if _, err := r.SendFile(t.Context(), r.to(u), picture, open(png), text("Kết quả")); err != nil {
			t.Fatal(err)
		}
	}
	if sent := r.server.Sent(u.ID); opened != 1 || len(sent) != 3 || sent[2].Text != "Kết quả" || !bytes.Equal(sent[2].Attachment.Data, png) {
		t.Errorf("%d uploads for %+v", opened, sent)
	}
	pressed := text("")
	pressed.Buttons = buttons(2)
	if _, err := r.SendFile(t.Context(), r.to(u), pdf, open([]byte("%PDF-1.7\n")), pressed); err != nil {
		t.Fatal(err)
	}
	sent := r.server.Sent(u.ID)
	if len(sent) != 5 || sent[3].Attachment.Name != "Đề án.pdf" || len(sent[4].Buttons) != 2 || sent[4].Text != "Đề án.pdf" {
		t.Errorf("%+v", sent[3:])
	}
	news := bulk("Tin mới")
	if _, err := r.SendFile(t.Context(), r.to(u), picture, open(png), news); err != nil {
		t.Errorf("a picture with news: %v", err)
	}
	for name, f := range map[string]sangkien.File{"a large picture": {MIME: "image/png", Size: maxImage + 1}, "a table": {Name: "a.xlsx", Size: 10}, "a large document": {Name: "a.pdf", Size: maxFile + 1}} {
		if _, err := r.SendFile(t.Context(), r.to(u), f, open(nil), text("x")); asSendError(t, err).Kind != bot.SendRefused {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := func() (io.ReadCloser, error) { return nil, errors.New("the disk is away") }
	if _, err := r.SendFile(t.Context(), r.to(u), sangkien.File{Hash: "h3", Name: "b.pdf", Size: 9}, gone, text("x")); asSendError(t, err).Kind != bot.SendRetry {
		t.Errorf("a file that cannot be read now: %v", err)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{}, func(c *Config) { c.Local = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	r.server.Webhook(r.hook.URL)
	r.server.User(1).Send("image", "máy", map[string][]byte{"a.jpg": []byte("jpeg")})
	r.server.AwaitTaken(t)
	u := r.updates()[0]
	got, err := r.Fetch(t.Context(), u.Files[0].Ref)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(got)
	if err = errors.Join(err, got.Close()); err != nil || string(data) != "jpeg" || u.Text != "máy" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := r.Fetch(t.Context(), r.server.URL+"/files/gone"); asSendError(t, err).Kind != bot.SendRefused {
		t.Errorf("a file that expired: %v", err)
	}
	c := r.config
	c.Local = nil
	strict, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"", "x", "http://f21-zpc.zdn.vn/1.jpg", r.server.URL + "/files/1", "https://127.0.0.1/", "https://10.0.0.1/"} {
		if _, err := strict.Fetch(t.Context(), ref); err == nil || asSendError(t, err).Kind != bot.SendRefused {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

// TestTemplatesNeedConsent: nothing goes to a phone number whose person did not agree, whatever is configured.
func TestTemplatesNeedConsent(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{}, nil)
	agreed := map[string]bool{"84912345678": true}
	c := TemplateConfig{URL: r.server.URL, Template: "t1", Parameter: "noi_dung", Agreed: func(_ context.Context, phone string) (bool, error) { return agreed[phone], nil }}
	z, err := NewTemplates(r.Channel, c)
	if err != nil {
		t.Fatal(err)
	}
	to := func(phone string) sangkien.Address {
		return sangkien.Address{Channel: TemplateName, Bot: zalooatest.AppID, Chat: phone}
	}
	send := func(phone string) bot.SendKind {
		_, err := z.Send(t.Context(), to(phone), text("Ý tưởng được công nhận"))
		if err == nil {
			return -1
		}
		return asSendError(t, err).Kind
	}
	if kind := send("84912345678"); kind != bot.SendRefused {
		t.Errorf("a template that is not approved: %s", kind)
	}
	r.server.Approve("t1")
	if kind := send("84912345678"); kind != -1 || len(r.server.Sent("84912345678")) != 1 {
		t.Errorf("with consent: %v", kind)
	}
	for _, phone := range []string{"84912345679", "0912345678", "x"} {
		if kind := send(phone); kind != bot.SendRefused || len(r.server.Sent(phone)) != 0 {
			t.Errorf("%s: %v", phone, kind)
		}
	}
	r.server.TemplateQuota(0)
	if kind := send("84912345678"); kind != bot.SendBarred {
		t.Errorf("over the quota: %v", kind)
	}
	r.clock.add(11 * time.Hour)
	if kind := send("84912345678"); kind != bot.SendBarred {
		t.Errorf("at night: %v", kind)
	}
	for _, wrong := range []TemplateConfig{{}, {Template: "t", Parameter: "p"}, {Template: "t", Agreed: c.Agreed}} {
		if _, err := NewTemplates(r.Channel, wrong); sangkien.CodeOf(err) != sangkien.EINVALID {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/handlers"
)

type serveCmd struct{}

// Run serves until the context ends.
func (serveCmd) Run(ctx context.Context, c *Config, s *streams) (err error) {
	a, err := newApp(ctx, c, c.logger(s))
	if err != nil {
		return err
	}
	defer func() {
		if cerr := a.close(); err == nil {
			err = cerr
		}
	}()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.HTTPAddr)
	if err != nil {
		hint := "choose another address with SANGKIEN_HTTP_ADDR"
		if errors.Is(err, syscall.EADDRINUSE) {
			hint = "is it running already? If not, " + hint
		}
		return fmt.Errorf("listen: %w; %s", err, hint)
	}
	hello, err := a.hello(ctx, l.Addr().String())
	if err != nil {
		return err
	}
	fmt.Fprint(s.out, hello)
	return a.run(ctx, l)
}

// hello says in plain words what runs, where to click and what to do next.
func (a *app) hello(ctx context.Context, addr string) (string, error) {
	site := a.config.PublicURL
	if site == "" {
		site = "http://localhost:" + addr[strings.LastIndexByte(addr, ':')+1:]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Sáng Kiến đang chạy. / Sáng Kiến is running.\n\n")
	fmt.Fprintf(&b, "  Trò chuyện / Chat:      %s/chat\n", site)
	fmt.Fprintf(&b, "  Phiên bản / Version:    %s\n", version())
	fmt.Fprintf(&b, "  Dữ liệu / Data:         %s\n", withoutPassword(a.config.DatabaseURL))
	fmt.Fprintf(&b, "  Hội thoại / State:      %s\n", a.stateName())
	fmt.Fprintf(&b, "  Telegram:               %s\n", a.telegramName())
	fmt.Fprintf(&b, "  Zalo Bot:               %s\n", a.zaloBotName())
	zalo, err := a.zaloName(ctx, site)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "  Zalo OA:                %s\n", zalo)
	for _, u := range a.config.unknown {
		fmt.Fprintf(&b, "\n  Không có biến / There is no setting %s%s\n", u.name, u.perhaps("; có phải / perhaps "))
	}
	counts, err := a.store.Counts(ctx)
	if err != nil {
		return "", err
	}
	if counts.Admins == 0 {
		code, err := invite(ctx, a.store, sangkien.Grant{Role: sangkien.RoleAdmin})
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\nNgười quản trị đầu tiên mở liên kết này (dùng một lần, trong 30 phút; hết hạn thì chạy lại):\nThe first administrator opens this link (once, within 30 minutes; start again for a new one):\n\n  %s/chat#start=%s\n", site, code)
	}
	fmt.Fprintf(&b, "\nDừng / Stop: Ctrl-C. Kiểm tra / Check: sangkien doctor\n\n")
	return b.String(), nil
}

func (a *app) stateName() string {
	if a.config.RedisURL != "" {
		return "Redis, " + withoutPassword(a.config.RedisURL)
	}
	return "trong cơ sở dữ liệu / in the database"
}

func (a *app) telegramName() string {
	if a.telegram == nil {
		return "tắt. Bật: lấy mã ở @BotFather, đặt SANGKIEN_TELEGRAM_TOKEN rồi chạy lại.\n                          off. To add it get a token from @BotFather, set SANGKIEN_TELEGRAM_TOKEN and start again."
	}
	return "bật / on, " + a.config.TelegramMode
}

// invite issues an invitation and returns the code that uses it.
func invite(ctx context.Context, store handlers.Store, g sangkien.Grant) (string, error) {
	token := newToken()
	_, err := store.Commit(ctx, sangkien.Commit{Key: "invite:" + sangkien.InvitationHash(token), At: time.Now(),
		Effects: []sangkien.Effect{sangkien.Issue(token, g, time.Now())}})
	if err != nil {
		return "", fmt.Errorf("issue an invitation: %w", err)
	}
	return handlers.InvitationCode(token), nil
}

// withoutPassword shows an address without the secret in it.
func withoutPassword(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest
}

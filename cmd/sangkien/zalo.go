package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/bot/zalooa"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/storage"
)

// authorisedPath is where the browser comes back to after an administrator of the Zalo page agreed.
const authorisedPath = "/zalo/authorized"

// zaloConfig is what the Official Account is made of.
func zaloConfig(c *Config, store *storage.Store, logger *slog.Logger) (zalooa.Config, error) {
	limits, err := zalooa.ReadLimits(c.ZaloLimits)
	if err != nil {
		return zalooa.Config{}, fmt.Errorf("SANGKIEN_ZALO_OA_LIMITS: %w", err)
	}
	return zalooa.Config{AppID: c.ZaloAppID, AppSecret: c.ZaloAppSecret, OASecret: c.ZaloOASecret, RefreshToken: c.ZaloRefresh, SecretKey: c.SecretKey,
		APIURL: c.ZaloAPIURL, OAuthURL: c.ZaloOAuthURL, Vault: store, Contact: store.Contact, Limits: limits, Local: c.privateNets, Zone: c.zone, Logger: logger}, nil
}

// openStore opens the database, and tells it what Zalo lets us send to many.
func openStore(ctx context.Context, c *Config, logger *slog.Logger, options ...storage.Option) (*storage.Store, error) {
	store, err := storage.Open(ctx, c.DatabaseURL, append(options, c.opening(logger), storage.Notice(sayAway(logger)))...)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w%s", err, unopened(err))
	}
	if c.ZaloAppID == "" {
		return store, nil
	}
	limits, err := zalooa.ReadLimits(c.ZaloLimits)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("SANGKIEN_ZALO_OA_LIMITS: %w", err), store.Close())
	}
	p := sangkien.Platforms{Windows: map[string]sangkien.Windows{zalooa.Name: limits.Windows()}, Zone: c.zone}
	if c.ZNSTemplate != "" {
		p.Template = zalooa.TemplateName
	}
	store.Limit(p)
	return store, nil
}

// unopened is what an operator does about a database that cannot be opened, behind the error; empty where that says it.
func unopened(err error) string {
	switch {
	case errors.Is(err, storage.ErrNewer):
		return "\nCài lại phiên bản mới, hoặc khôi phục bản sao lưu before-migration-… (docs/cai-dat.md, mục 5). / Install the newer version again, or restore the backup before-migration-… (docs/install.md, section 5)."
	case strings.Contains(err.Error(), "malformed"), strings.Contains(err.Error(), "not a database"):
		return "\nTệp dữ liệu bị hỏng: khôi phục bản sao lưu gần nhất, sangkien restore TỆP.tar --force; tệp cũ được cất bên cạnh. / The file is damaged: restore the newest backup, sangkien restore FILE.tar --force; what is there is kept beside."
	case sangkien.CodeOf(err) == sangkien.ECONFLICT:
		return "\nSangkien serve đang chạy rồi (systemctl status sangkien). Với SQLite chỉ một tiến trình được chạy; cần nhiều thì dùng PostgreSQL. / sangkien serve is running already. On SQLite there can be one; several need PostgreSQL."
	case sangkien.CodeOf(err) == sangkien.EUNAVAILABLE:
		return "\nDoes PostgreSQL run there, and are address, user, password and database in SANGKIEN_DATABASE_URL right?"
	case noRights(err), errors.Is(err, fs.ErrNotExist):
		return "\nTài khoản này có quyền ghi ở đó không? / May this account write there? If not, set SANGKIEN_DATA_DIR to a folder in which it may."
	}
	return ""
}

// noRights tells whether an account may not do what it has to.
func noRights(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || strings.Contains(err.Error(), "readonly database")
}

// zaloChannels returns the Official Account and its templates, where they are configured.
func (a *app) zaloChannels() ([]bot.Channel, error) {
	if a.config.ZaloAppID == "" {
		return nil, nil
	}
	c, err := zaloConfig(a.config, a.store, a.logger)
	if err != nil {
		return nil, err
	}
	c.Transport = a.tracer.calls(zalooa.Name)
	if a.zalo, err = zalooa.New(c); err != nil {
		return nil, fmt.Errorf("zalo: %w", err)
	}
	a.runners = append(a.runners, a.zalo)
	channels := []bot.Channel{a.zalo}
	if a.config.ZNSTemplate == "" {
		return channels, nil
	}
	agreed := func(ctx context.Context, phone string) (bool, error) {
		return a.store.AgreedByPhone(ctx, zalooa.TemplateName, phone)
	}
	templates, err := zalooa.NewTemplates(a.zalo, zalooa.TemplateConfig{URL: a.config.ZNSAPIURL, Template: a.config.ZNSTemplate,
		Parameter: a.config.ZNSParameter, Agreed: agreed})
	if err != nil {
		return nil, fmt.Errorf("zalo: %w", err)
	}
	return append(channels, templates), nil
}

func (a *app) zaloRoutes(routes map[string]http.Handler) {
	if a.zalo == nil {
		return
	}
	routes["POST /webhooks/zalo-oa"] = a.zalo.Webhook(a.receive)
	routes["GET "+authorisedPath] = http.HandlerFunc(authorised)
}

// authorised is the page to which Zalo sends the browser: the address of it is what the command waits for.
func authorised(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = io.WriteString(w, "Zalo đã đồng ý. Hãy chép toàn bộ địa chỉ của trang này, dán vào cửa sổ đang chạy lệnh sangkien zalo authorize rồi nhấn Enter.\n\n"+
		"Zalo agreed. Copy the whole address of this page, paste it where sangkien zalo authorize is running, and press Enter.\n")
}

func (a *app) zaloTasks() []scheduler.Task {
	if a.zalo == nil {
		return nil
	}
	return []scheduler.Task{scheduler.WatchToken(a.store, zalooa.TokenName(a.config.ZaloAppID), a.outbox.Wake)}
}

// zaloName says how the Official Account stands, for the text at the start.
func (a *app) zaloName(ctx context.Context, site string) (string, error) {
	if a.zalo == nil {
		return "tắt. Cách bật: docs/zalo.md. / off. To add it see docs/zalo.md.", nil
	}
	token, err := a.zalo.Tokens().Stands(ctx)
	switch {
	case err != nil:
		return "", err
	case token.Version == 0 && a.config.ZaloRefresh == "", !token.Dead.IsZero():
		return "chưa được cấp quyền. Chạy: sangkien zalo authorize\n                          not authorised. Run: sangkien zalo authorize", nil
	}
	return "bật / on, webhook " + site + "/webhooks/zalo-oa", nil
}

type zaloCmd struct {
	Authorize zaloAuthorizeCmd `cmd:"" help:"Let the program speak for the Official Account: prints a link, takes what the browser comes back with."`
}

type zaloAuthorizeCmd struct {
	Redirect string `help:"Callback address as it stands in the app's settings; default: the public URL with /zalo/authorized."`
}

// Run prints the link that an administrator of the Zalo page opens on any device, waits for the address to which
// the browser is sent, and stores the first pair of tokens. A running serve uses it at once.
func (z zaloAuthorizeCmd) Run(ctx context.Context, c *Config, s *streams) error {
	redirect := z.Redirect
	if redirect == "" && c.PublicURL != "" {
		redirect = c.PublicURL + authorisedPath
	}
	if redirect == "" {
		return errors.New("where does Zalo send the browser? Set SANGKIEN_PUBLIC_URL, or give --redirect the callback address of the app")
	}
	return withStore(ctx, c, func(store *storage.Store) error {
		config, err := zaloConfig(c, store, c.logger(s))
		if err != nil {
			return err
		}
		tokens, err := zalooa.NewTokens(config)
		if err != nil {
			return err
		}
		p := tokens.Permission(redirect)
		fmt.Fprintf(s.out, "1. Mở liên kết này trên máy hoặc điện thoại bất kỳ, bằng tài khoản quản trị trang Zalo, và bấm đồng ý.\n"+
			"   Open this link on any device, as an administrator of the Zalo page, and agree.\n\n%s\n\n"+
			"   (Trong cài đặt ứng dụng, Callback URL phải là / the app's callback URL must be: %s)\n\n"+
			"2. Dán địa chỉ của trang hiện ra sau đó vào đây rồi nhấn Enter.\n   Paste the address of the page that comes then, and press Enter.\n> ", p.URL, redirect)
		line, err := bufio.NewReader(io.LimitReader(s.in, 1<<16)).ReadString('\n')
		if err != nil && line == "" {
			return fmt.Errorf("read the address: %w", err)
		}
		code, err := codeOf(line, p.State)
		if err != nil {
			return err
		}
		if err := tokens.Authorise(ctx, p, code); err != nil {
			return fmt.Errorf("%w; the code is good once and for some minutes: run the command again", err)
		}
		fmt.Fprintf(s.out, "\nXong: hệ thống gửi được tin trên Zalo và tự gia hạn từ nay. / Done: messages go out on Zalo, and the tokens renew themselves.\n")
		return nil
	})
}

// codeOf reads the code out of the address that the browser came to; or it is the code itself.
func codeOf(line, state string) (string, error) {
	line = strings.TrimSpace(line)
	if !strings.Contains(line, "code=") {
		if line == "" || strings.ContainsAny(line, " /?=&") {
			return "", errors.New("there is no code in it: paste the whole address, from https:// to its end")
		}
		return line, nil
	}
	u, err := url.Parse(line)
	if err != nil {
		return "", errors.New("that is no address: paste all of it, from https:// to its end")
	}
	if q := u.Query(); q.Get("state") != state && q.Get("state") != "" {
		return "", errors.New("the address belongs to another link: open the one above")
	}
	return u.Query().Get("code"), nil
}

// checkZaloConfig says what is wrong with the settings of the Official Account.
func checkZaloConfig(c *Config, store *storage.Store) error {
	config, err := zaloConfig(c, store, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	_, err = zalooa.New(config)
	return err
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/poster"
	"github.com/sangkien/sangkien/storage"
)

type qrCmd struct {
	Campaign     string `required:"" help:"Slug of the campaign, as in its link."`
	Unit         string `help:"Official code or id of the unit to fill in; default: none."`
	Output       string `short:"o" default:"." help:"Folder to write to."`
	Organisation string `help:"Who calls, at the top of the poster; default: the unit."`
	Ask          string `help:"Whom to ask, at its foot; default: as in the campaign."`
}

// pixels is the width of a PNG: 10 cm in print.
const pixels = 1200

// Run writes a PNG for each channel, and a poster of A4 with all of them.
func (q qrCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		campaign, unit, units, err := q.find(ctx, store)
		if err != nil {
			return err
		}
		codes, err := q.codes(ctx, c, s, campaign, unit)
		if err != nil {
			return err
		}
		p := q.poster(c, campaign, unit, units, codes)
		name := strings.TrimSuffix(campaign.Slug+"-"+firstOf(unit.Code, idOf(unit)), "-")
		return q.write(s, name, p)
	})
}

// find loads what the poster is about. The zero Unit is none.
func (q qrCmd) find(ctx context.Context, store *storage.Store) (sangkien.Campaign, sangkien.Unit, *dialog.Units, error) {
	campaigns, err := store.Campaigns(ctx)
	if err != nil {
		return sangkien.Campaign{}, sangkien.Unit{}, nil, err
	}
	var slugs []string
	var campaign sangkien.Campaign
	for _, c := range campaigns {
		slugs = append(slugs, c.Slug)
		if c.Slug == q.Campaign {
			campaign = c
		}
	}
	if campaign.ID == 0 {
		return campaign, sangkien.Unit{}, nil, fmt.Errorf("there is no campaign %q; there are: %s", q.Campaign, strings.Join(slugs, ", "))
	}
	all, err := store.Units(ctx)
	if err != nil {
		return campaign, sangkien.Unit{}, nil, err
	}
	now := time.Now()
	units := dialog.NewUnits(all, now)
	if q.Unit == "" {
		return campaign, sangkien.Unit{}, units, nil
	}
	u, err := unitOfToday(q.Unit, all, now)
	return campaign, u, units, err
}

func idOf(u sangkien.Unit) string {
	if u.ID == 0 {
		return ""
	}
	return strconv.FormatInt(u.ID, 10)
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// codes are the links of the channels that are set up, Zalo first.
func (q qrCmd) codes(ctx context.Context, c *Config, s *streams, campaign sangkien.Campaign, unit sangkien.Unit) ([]poster.Code, error) {
	payload, err := handlers.CampaignPayload(campaign.Slug, unit.ID)
	if err != nil {
		return nil, err
	}
	var codes []poster.Code
	if c.ZaloLink != "" {
		words := firstOf(handlers.JoinWords(unit), "tham gia")
		codes = append(codes, poster.Code{Name: "Zalo", Content: c.ZaloLink, Below: vietnamese(c, sangkien.Say("poster.send", sangkien.With("words", words)))})
	}
	if name, err := telegramName(ctx, c, s); err != nil {
		return nil, fmt.Errorf("ask Telegram for the name of the bot: %w", err)
	} else if name != "" {
		codes = append(codes, poster.Code{Name: "Telegram", Content: "https://t.me/" + name + "?start=" + payload,
			Below: vietnamese(c, sangkien.Say("poster.open", sangkien.With("link", "t.me/"+name)))})
	}
	if c.PublicURL != "" {
		_, host, _ := strings.Cut(c.PublicURL, "://")
		codes = append(codes, poster.Code{Name: vietnamese(c, sangkien.Say("poster.web")), Content: c.PublicURL + "/chat#start=" + payload,
			Below: vietnamese(c, sangkien.Say("poster.open", sangkien.With("link", host+"/chat")))})
	}
	if len(codes) == 0 {
		return nil, fmt.Errorf("no channel has an address that people outside can open: set SANGKIEN_PUBLIC_URL, SANGKIEN_TELEGRAM_TOKEN or SANGKIEN_ZALO_LINK")
	}
	return codes, nil
}

// telegramName is the bot's user name; "" where Telegram is off.
func telegramName(ctx context.Context, c *Config, s *streams) (string, error) {
	if c.TelegramToken == "" {
		return "", nil
	}
	t, err := (&app{config: c, logger: c.logger(s)}).newTelegram(nil)
	if err != nil {
		return "", err
	}
	me, err := t.Me(ctx)
	return me.Name, err
}

// vietnamese puts a line into words: posters are for everyone.
func vietnamese(c *Config, l sangkien.Line) string {
	return locale.NewSpeaker(c.zone).Say(l, sangkien.Vietnamese).String()
}

func (q qrCmd) poster(c *Config, campaign sangkien.Campaign, unit sangkien.Unit, units *dialog.Units, codes []poster.Code) poster.Poster {
	p := poster.Poster{Organisation: firstOf(q.Organisation, units.Name(unit.ID)), Call: vietnamese(c, sangkien.Say("poster.call")), Title: campaign.Title.VI, Codes: codes}
	if !campaign.Closes.IsZero() {
		p.Deadline = vietnamese(c, sangkien.Say("poster.deadline", sangkien.WithTime("at", campaign.Closes)))
	}
	for _, key := range []string{"poster.scan", "poster.write", "poster.follow"} {
		p.Steps = append(p.Steps, vietnamese(c, sangkien.Say(key)))
	}
	if contact := firstOf(q.Ask, campaign.Contact.VI); contact != "" {
		p.Ask = vietnamese(c, sangkien.Say("poster.ask", sangkien.With("contact", contact)))
	}
	return p
}

// write makes the files and says which.
func (q qrCmd) write(s *streams, name string, p poster.Poster) error {
	if err := os.MkdirAll(q.Output, 0o750); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	put := func(file string, data []byte) error {
		path := filepath.Join(q.Output, file)
		if err := os.WriteFile(path, data, 0o644); err != nil { //nolint:gosec // it is to be hung up
			return fmt.Errorf("write %s: %w", path, err)
		}
		fmt.Fprintln(s.out, path)
		return nil
	}
	suffixes := map[string]string{"Zalo": "zalo", "Telegram": "telegram"}
	for _, code := range p.Codes {
		data, err := poster.PNG(code.Content, pixels)
		if err != nil {
			return err
		}
		if err := put(name+"-"+firstOf(suffixes[code.Name], "web")+".png", data); err != nil {
			return err
		}
	}
	data, err := p.PDF()
	if err != nil {
		return err
	}
	return put(name+"-poster.pdf", data)
}

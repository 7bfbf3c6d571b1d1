package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/sangkien/sangkien/bot/zalobot"
	"github.com/sangkien/sangkien/storage"
)

// zaloPhotos is the path below which Zalo fetches the photos that it shows.
const zaloPhotos = "/files/zalo"

// zaloSpool is the folder in the data folder where updates wait until they are finished.
const zaloSpool = "spool-zalo-bot"

// newZaloBot makes the channel of the Zalo Bot Platform. It speaks to nobody yet.
func (a *app) newZaloBot() (*zalobot.Channel, error) {
	spool, err := storage.OpenSpool(filepath.Join(a.config.DataDir, zaloSpool))
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, spool)
	key := madeSecret("", a.config.ZaloBotToken, "photo links")
	c := zalobot.Config{Token: a.config.ZaloBotToken, APIURL: a.config.ZaloBotAPIURL, Spool: spool, Files: a.files, PhotoKey: []byte(key),
		Local: a.config.privateNets, Logger: a.logger, Kept: kept(a.registry), Transport: a.tracer.calls(zalobot.Name),
		Sole: a.sole("poll zalo bot:" + botID(a.config.ZaloBotToken))}
	if a.config.PublicURL != "" {
		c.Photos = a.config.PublicURL + zaloPhotos
	}
	if a.config.ZaloBotMode == "webhook" {
		c.Secret = madeSecret(a.config.ZaloBotSecret, a.config.ZaloBotToken, "webhook secret")
		c.Webhook = a.config.PublicURL + "/webhooks/zalo-bot"
	}
	z, err := zalobot.New(c)
	if err != nil {
		return nil, fmt.Errorf("zalo bot: %w", err)
	}
	return z, nil
}

func (a *app) zaloBotName() string {
	switch {
	case a.zaloBot == nil:
		return "tắt. Bật: lấy mã ở Zalo Bot Manager, đặt SANGKIEN_ZALO_BOT_TOKEN rồi chạy lại.\n                          off. To add it get a token from Zalo Bot Manager, set SANGKIEN_ZALO_BOT_TOKEN and start again."
	case !strings.HasPrefix(a.config.PublicURL, "https://"):
		return "bật, chưa gửi ảnh được (cần SANGKIEN_PUBLIC_URL https) / on, without photos out (needs an https SANGKIEN_PUBLIC_URL); " + a.config.ZaloBotMode
	}
	return "bật / on, " + a.config.ZaloBotMode
}

// zaloBotHealth asks Zalo who the bot is. Without its spool and keys: they belong to the process that serves.
func zaloBotHealth(ctx context.Context, c *Config, s *streams) (name string, err error) {
	z, err := zalobot.New(zalobot.Config{Token: c.ZaloBotToken, APIURL: c.ZaloBotAPIURL, Logger: c.logger(s)})
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return z.Me(ctx)
}

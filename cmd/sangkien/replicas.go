package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/bot/telegram"
	"github.com/sangkien/sangkien/bot/zalobot"
	"github.com/sangkien/sangkien/bot/zalooa"
	"github.com/sangkien/sangkien/storage/redis"
)

// paces keep the limits of platforms: over all replicas where there is a Redis, in this process otherwise.
func (a *app) paces() (map[string]bot.Pace, error) {
	rates := map[string]bot.Rate{}
	if a.telegram != nil {
		rates[telegram.Name] = bot.Rate{Global: float64(a.config.TelegramRate), Chat: 1, Burst: 30}
	}
	if a.zaloBot != nil {
		rates[zalobot.Name] = bot.Rate{Global: float64(a.config.ZaloBotRate)}
	}
	if a.zalo != nil {
		rates[zalooa.Name] = bot.Rate{Global: a.zalo.Rate()}
	}
	a.pace = pace(rates)
	account := map[string]string{telegram.Name: botID(a.config.TelegramToken), zalobot.Name: botID(a.config.ZaloBotToken), zalooa.Name: a.config.ZaloAppID}
	paces := map[string]bot.Pace{}
	for channel, rate := range rates {
		if a.config.RedisURL == "" {
			paces[channel] = bot.NewPace(rate)
			continue
		}
		limits := redis.PaceLimits{}
		limits.Most, limits.Within = rate.Window()
		limits.Interval, limits.Ahead = rate.Each()
		shared, err := redis.OpenPace(a.config.RedisURL, channel+":"+account[channel], a.name, limits)
		if err != nil {
			return nil, fmt.Errorf("open Redis: %w", err)
		}
		a.closers = append(a.closers, shared)
		paces[channel] = bot.NewSharedPace(a.tracer.asked(shared), rate, a.logger)
	}
	return a.tracer.waits(paces), nil
}

// pace is how many messages a second each channel may send, as far as it has a pace.
func pace(rates map[string]bot.Rate) map[string]float64 {
	paces := map[string]float64{}
	for name, r := range rates {
		if r.Global > 0 {
			paces[name] = r.Global
		}
	}
	return paces
}

// takeOver gives back at once what the process before had claimed and did not end, which is dead. Where other processes
// live only what sat in the same seat is known to be; the others notice it by its silence.
func (a *app) takeOver(ctx context.Context) error {
	if a.store.Exclusive() {
		err := a.store.Release(ctx, time.Now())
		if sangkien.CodeOf(err) == sangkien.ENOSPACE {
			a.logger.Error("the disk is full: what the process before was sending is taken over when its leases have run out", "error", err)
			return nil
		}
		return err
	}
	s, err := takeSeat(a.config.DataDir, a.name)
	if err != nil {
		return fmt.Errorf("name this process: %w", err)
	}
	if a.holder = s.holder; s.file != nil {
		a.closers = append(a.closers, s.file)
	}
	if s.before == "" {
		return nil
	}
	return a.store.Bury(ctx, s.before)
}

// sole is what only one process does at a time; nil where there is only one.
func (a *app) sole(what string) *bot.Sole {
	if a.store.Exclusive() {
		return nil
	}
	return bot.NewSole(a.store, what, a.holder, a.logger)
}

// madeSecret is the one that was given, or one made of a channel's token for a purpose: the same in all processes, and
// it tells nothing of the token.
func madeSecret(given, token, purpose string) string {
	if given != "" {
		return given
	}
	sum := hmac.New(sha256.New, []byte(token))
	_, _ = sum.Write([]byte(purpose)) // hash.Hash never returns an error
	return hex.EncodeToString(sum.Sum(nil))
}

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/bot/telegram"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/locale"
)

// newTelegram makes the channel of Telegram, which polls when sole says so. It speaks to nobody yet.
func (a *app) newTelegram(sole *bot.Sole) (*telegram.Channel, error) {
	c := telegram.Config{Token: a.config.TelegramToken, APIURL: a.config.TelegramAPIURL, Menus: menus(a.config.zone),
		Inline: a.inline, Say: locale.NewSpeaker(a.config.zone), Logger: a.logger, Paid: a.config.TelegramPaid, Sole: sole, Transport: a.tracer.calls(telegram.Name)}
	if a.config.TelegramMode == "webhook" {
		c.Webhook = a.config.PublicURL + "/webhooks/telegram"
		c.Secret = madeSecret(a.config.TelegramSecret, a.config.TelegramToken, "webhook secret")
	}
	t, err := telegram.New(c)
	if err != nil {
		return nil, fmt.Errorf("telegram: %w", err)
	}
	return t, nil
}

// botID is the part of a bot's token that is no secret.
func botID(token string) string {
	id, _, _ := strings.Cut(token, ":")
	return id
}

// inline answers what people look for in other chats.
func (a *app) inline(ctx context.Context, q sangkien.InlineQuery) (sangkien.InlineAnswer, error) {
	return a.dispatcher.Inline(ctx, q)
}

// menus is the lists of commands that Telegram shows: Vietnamese for all, English for those who use English; staff
// have theirs above.
func menus(zone *time.Location) []telegram.Menu {
	say := locale.NewSpeaker(zone)
	list := func(language string, lang sangkien.Language, who sangkien.MenuFor) telegram.Menu {
		m := telegram.Menu{Language: language, For: who}
		for _, c := range handlers.MenuOf(who) {
			name := c.Name
			if lang == sangkien.English {
				name = c.English
			}
			m.Commands = append(m.Commands, telegram.MenuCommand{Command: name, Description: say.Say(c.About(), lang).String()})
		}
		return m
	}
	var all []telegram.Menu
	for _, who := range []sangkien.MenuFor{sangkien.MenuMember, sangkien.MenuStaff} {
		all = append(all, list("", sangkien.Vietnamese, who), list("vi", sangkien.Vietnamese, who), list("en", sangkien.English, who))
	}
	return all
}

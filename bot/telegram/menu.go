package telegram

import (
	"context"
	"encoding/json"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// Menu is the list of commands that Telegram shows to those of a language ("" for all others).
type Menu struct {
	Language string // two letters
	Commands []MenuCommand
	For      sangkien.MenuFor // MenuStaff: in the chats of staff only
}

// MenuCommand is one line of a menu.
type MenuCommand struct {
	Command     string `json:"command"`     // 1-32 of [a-z0-9_]
	Description string `json:"description"` // 1-256 characters
}

// menuTries is how often a menu is set when Telegram does not answer; it keeps the last one that it was given.
const menuTries = 5

// setMenus sets the menus. A bot without them works: that it fails is not told to anyone but the log.
// https://core.telegram.org/bots/api#setmycommands
func (c *Channel) setMenus(ctx context.Context) {
	_, _ = c.Me(ctx) // for links; they are left out where it fails
	for _, m := range c.config.Menus {
		if m.For == sangkien.MenuStaff {
			continue
		}
		for try := 1; try <= menuTries && ctx.Err() == nil; try++ {
			err := c.setMenu(ctx, m, `{"type":"all_private_chats"}`)
			if kind := bot.KindOf(err); err == nil || kind != bot.SendRetry && kind != bot.SendUnknown && kind != bot.SendLimited {
				break
			}
			bot.Sleep(ctx, pause(err, try, maxPollPause))
		}
	}
}

func (c *Channel) setMenu(ctx context.Context, m Menu, scope string) error {
	data, err := json.Marshal(m.Commands)
	if err != nil {
		return err
	}
	params := tgbotapi.Params{"commands": string(data), "scope": scope}
	if m.Language != "" {
		params["language_code"] = m.Language
	}
	return c.try(ctx, "setMyCommands", params)
}

// SetMenu implements bot.MenuSetter: in the chat of someone who holds a role the list is that of staff. What is
// shown decides nothing: whether someone may is asked each time.
func (c *Channel) SetMenu(ctx context.Context, to sangkien.Address, menu sangkien.MenuFor) {
	id, err := strconv.ParseInt(to.Chat, 10, 64)
	if err != nil {
		return
	}
	scope := `{"type":"chat","chat_id":` + strconv.FormatInt(id, 10) + `}`
	for _, m := range c.config.Menus {
		if m.For != sangkien.MenuStaff {
			continue
		}
		if menu == sangkien.MenuStaff {
			_ = c.setMenu(ctx, m, scope)
			continue
		}
		params := tgbotapi.Params{"scope": scope}
		if m.Language != "" {
			params["language_code"] = m.Language
		}
		_ = c.try(ctx, "deleteMyCommands", params)
	}
}

package telegram

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// callTimeout is how long a call may take. After it nobody knows whether Telegram did what was asked.
const callTimeout = 15 * time.Second

// Limits implements bot.Channel. https://core.telegram.org/bots/api#sendmessage
func (c *Channel) Limits() bot.Limits {
	return bot.Limits{Text: 4096, Caption: 1024, Buttons: 90, Row: 3, Copy: true, URL: true}
}

// inlineButton is a button in the names of the Bot API. The library's type has no copy_text.
// https://core.telegram.org/bots/api#inlinekeyboardbutton
type inlineButton struct {
	Text string    `json:"text"`
	Data string    `json:"callback_data,omitempty"`
	URL  string    `json:"url,omitempty"`
	Copy *copyText `json:"copy_text,omitempty"`
}

type copyText struct {
	Text string `json:"text"`
}

type keyboard struct {
	Rows [][]inlineButton `json:"inline_keyboard"`
}

// Send implements bot.Channel.
func (c *Channel) Send(ctx context.Context, to sangkien.Address, m bot.Message) (string, error) {
	if to.Bot != c.botID {
		return "", otherBot(to, c.botID)
	}
	params := tgbotapi.Params{"chat_id": to.Chat, "text": markup(m.Text), "parse_mode": "HTML",
		"link_preview_options": `{"is_disabled":true}`}
	c.pay(params, m)
	if len(m.Buttons) > 0 {
		params["reply_markup"] = inline(m.Buttons)
	}
	result, err := c.client.call(ctx, callTimeout, "sendMessage", params)
	if says(err, http.StatusBadRequest, "can't parse entities") {
		// Never lose a message over its looks.
		params["text"] = utf8Text(m.Text.String())
		delete(params, "parse_mode")
		result, err = c.client.call(ctx, callTimeout, "sendMessage", params)
	}
	if err != nil {
		return "", err
	}
	return messageID(result), nil
}

func inline(rows [][]bot.Button) string {
	k := keyboard{Rows: [][]inlineButton{}}
	for _, row := range rows {
		var out []inlineButton
		for _, b := range row {
			button := inlineButton{Text: b.Label, Data: b.Data, URL: b.URL}
			if b.Copy != "" {
				button.Copy = &copyText{Text: b.Copy}
			}
			out = append(out, button)
		}
		k.Rows = append(k.Rows, out)
	}
	data, err := json.Marshal(k)
	if err != nil {
		return `{"inline_keyboard":[]}` // strings always marshal
	}
	return string(data)
}

// Edit implements bot.Editor. That nothing changed is no failure.
// https://core.telegram.org/bots/api#editmessagetext
func (c *Channel) Edit(ctx context.Context, to sangkien.Address, messageID string, m bot.Message) (string, error) {
	if to.Bot != c.botID {
		return "", otherBot(to, c.botID)
	}
	params := tgbotapi.Params{"chat_id": to.Chat, "message_id": messageID, "text": markup(m.Text), "parse_mode": "HTML",
		"link_preview_options": `{"is_disabled":true}`, "reply_markup": inline(m.Buttons)}
	_, err := c.client.call(ctx, callTimeout, "editMessageText", params)
	if says(err, http.StatusBadRequest, "message is not modified") {
		err = nil
	}
	return messageID, err
}

// Retire implements bot.Retirer. That there is nothing to remove is no failure.
func (c *Channel) Retire(ctx context.Context, to sangkien.Address, messageID string) {
	_ = c.try(ctx, "editMessageReplyMarkup", tgbotapi.Params{
		"chat_id": to.Chat, "message_id": messageID, "reply_markup": inline(nil)})
}

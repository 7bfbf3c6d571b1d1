package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// How long a call may take.
const (
	callTimeout = 15 * time.Second
	fileTimeout = 2 * time.Minute
)

// Limits implements bot.Channel. https://core.telegram.org/bots/api#sendmessage
func (c *Channel) Limits() bot.Limits {
	return bot.Limits{Text: 4096, Buttons: 90, Row: 3, Copy: true, URL: true}
}

// key of the inline keyboard, in the names of the Bot API. The library's type has no copy_text.
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
	params := tgbotapi.Params{"chat_id": to.Chat, "text": markup(m.Text), "parse_mode": "HTML",
		"link_preview_options": `{"is_disabled":true}`}
	if len(m.Buttons) > 0 {
		params["reply_markup"] = inline(m.Buttons)
	}
	result, err := c.client.call(ctx, callTimeout, "sendMessage", params)
	if err != nil && strings.Contains(err.Error(), "can't parse entities") {
		// Never lose a message over its looks.
		params["text"] = m.Text.String()
		delete(params, "parse_mode")
		result, err = c.client.call(ctx, callTimeout, "sendMessage", params)
	}
	if err != nil {
		return "", err
	}
	var sent struct {
		ID int64 `json:"message_id"`
	}
	if err := json.Unmarshal(result, &sent); err != nil {
		return "", nil //nolint:nilerr // it was taken; only its id is unknown
	}
	return strconv.FormatInt(sent.ID, 10), nil
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

// Retire implements bot.Retirer. That there is nothing to remove is no failure.
func (c *Channel) Retire(ctx context.Context, to sangkien.Address, messageID string) {
	_, err := c.client.call(ctx, callTimeout, "editMessageReplyMarkup", tgbotapi.Params{
		"chat_id": to.Chat, "message_id": messageID, "reply_markup": inline(nil)})
	if err != nil {
		c.logger.Debug("retire buttons", "error", err)
	}
}

// Fetch implements bot.FileSource. A link is good for an hour; it is asked for anew each time.
// https://core.telegram.org/bots/api#getfile
func (c *Channel) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	result, err := c.client.call(ctx, callTimeout, "getFile", tgbotapi.Params{"file_id": ref})
	if err != nil {
		return nil, err
	}
	var f struct {
		Path string `json:"file_path"`
	}
	if err := json.Unmarshal(result, &f); err != nil || f.Path == "" {
		return nil, &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("getFile gave no path")}
	}
	return c.client.download(ctx, f.Path)
}

// download opens a file. The library's own links ignore the endpoint that was set and show the token.
func (c *client) download(ctx context.Context, path string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, fileTimeout)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/file/bot"+c.token+"/"+(&url.URL{Path: path}).EscapedPath(), http.NoBody)
	if err != nil {
		cancel()
		return nil, &bot.SendError{Kind: bot.SendRefused, Err: c.redact(err)}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		cancel()
		return nil, &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("download: %w", c.redact(err))}
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close() // nothing in it is for us
		cancel()
		kind := bot.SendRetry
		if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusBadRequest {
			kind = bot.SendRefused
		}
		return nil, &bot.SendError{Kind: kind, Err: fmt.Errorf("download: status %d", resp.StatusCode)}
	}
	return &body{ReadCloser: resp.Body, cancel: cancel}, nil
}

type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

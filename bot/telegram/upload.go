package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// maxPhoto is the most bytes of a photo; a larger one goes as a document.
// https://core.telegram.org/bots/api#sending-files
const maxPhoto = 10 << 20

// uploadTimeout is how long sending a file may take, with all its attempts: 20 MB at 1.8 Mbit/s, and well within the
// lease of a delivery.
const uploadTimeout = 90 * time.Second

// upload says by which method a kind of file is sent, and in which field.
type upload struct{ method, field string }

func uploadOf(f sangkien.File) upload {
	switch {
	case f.Kind == sangkien.Photo && f.Size <= maxPhoto && f.MIME != "image/gif":
		return upload{"sendPhoto", "photo"}
	case f.Kind == sangkien.Voice && f.MIME == "audio/ogg":
		return upload{"sendVoice", "voice"}
	case f.Kind == sangkien.Video:
		return upload{"sendVideo", "video"}
	}
	return asDocument
}

var asDocument = upload{"sendDocument", "document"}

// SendFile implements bot.FileSender. What Telegram does not take as the kind that it is goes as a document.
func (c *Channel) SendFile(ctx context.Context, to sangkien.Address, f sangkien.File, open func() (io.ReadCloser, error), caption bot.Message) (string, error) {
	id, _, err := c.SendNew(ctx, to, f, open, caption)
	return id, err
}

// SendNew implements bot.Resender. The name is that of the file at Telegram, which only this bot can use.
func (c *Channel) SendNew(ctx context.Context, to sangkien.Address, f sangkien.File, open func() (io.ReadCloser, error), caption bot.Message) (id, ref string, err error) {
	if to.Bot != c.botID {
		return "", "", otherBot(to, c.botID)
	}
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	params := c.fileParams(to, caption)
	how := uploadOf(f)
	result, err := c.client.upload(ctx, how, params, f.Name, open)
	if says(err, http.StatusBadRequest, "can't parse entities") {
		params["caption"] = utf8Text(caption.Text.String())
		delete(params, "parse_mode")
		result, err = c.client.upload(ctx, how, params, f.Name, open)
	}
	if how != asDocument && bot.KindOf(err) == bot.SendRefused && err != nil {
		result, err = c.client.upload(ctx, asDocument, params, f.Name, open)
		return messageID(result), "", err // its name is not that of a photo: not worth remembering
	}
	if err != nil {
		return "", "", err
	}
	return messageID(result), fileID(result, how.field), nil
}

// SendKept implements bot.Resender.
func (c *Channel) SendKept(ctx context.Context, to sangkien.Address, f sangkien.File, ref string, caption bot.Message) (string, error) {
	if to.Bot != c.botID {
		return "", otherBot(to, c.botID)
	}
	how, params := uploadOf(f), c.fileParams(to, caption)
	params[how.field] = ref
	result, err := c.client.call(ctx, callTimeout, how.method, params)
	if says(err, http.StatusBadRequest, "can't parse entities") {
		params["caption"] = utf8Text(caption.Text.String())
		delete(params, "parse_mode")
		result, err = c.client.call(ctx, callTimeout, how.method, params)
	}
	if err != nil {
		return "", err
	}
	return messageID(result), nil
}

func (c *Channel) fileParams(to sangkien.Address, caption bot.Message) tgbotapi.Params {
	params := tgbotapi.Params{"chat_id": to.Chat}
	if words := markup(caption.Text); words != "" {
		params["caption"], params["parse_mode"] = words, "HTML"
	}
	if len(caption.Buttons) > 0 {
		params["reply_markup"] = inline(caption.Buttons)
	}
	c.pay(params, caption)
	return params
}

// pay lets a message to many go beyond the free rate, where the operator pays for it.
// https://core.telegram.org/bots/api#sendmessage
func (c *Channel) pay(params tgbotapi.Params, m bot.Message) {
	if c.config.Paid && m.Class == sangkien.ClassBulk {
		params["allow_paid_broadcast"] = "true"
	}
}

// fileID reads the name of a file that was sent; of a photo, which has several sizes, the largest.
func fileID(result json.RawMessage, field string) string {
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(result, &sent); err != nil {
		return ""
	}
	type file struct {
		ID    string `json:"file_id"`
		Width int    `json:"width"`
	}
	var sizes []file
	if field == "photo" && json.Unmarshal(sent[field], &sizes) == nil && len(sizes) > 0 {
		return slices.MaxFunc(sizes, func(a, b file) int { return a.Width - b.Width }).ID
	}
	var one file
	if json.Unmarshal(sent[field], &one) != nil {
		return ""
	}
	return one.ID
}

// upload makes one call with a file. The library's own uploads lose the code of an error and cannot be stopped.
func (c *client) upload(ctx context.Context, how upload, params tgbotapi.Params, name string, open func() (io.ReadCloser, error)) (json.RawMessage, error) {
	content, err := open()
	if err != nil {
		return nil, &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("open the file: %w", err)}
	}
	body, out := io.Pipe()
	form := multipart.NewWriter(out)
	written := make(chan struct{})
	go func() {
		defer close(written)
		_ = out.CloseWithError(errors.Join(writeForm(form, how.field, params, name, content), content.Close()))
	}()
	defer func() { _ = body.Close(); <-written }() // the writer ends with the reader
	x := &exchange{ctx: ctx, http: c.http}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/bot"+c.token+"/"+how.method, body)
	if err != nil {
		return nil, c.failure(how.method, err, x)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	return c.answer(how.method, r, x)
}

// answer makes a request and reads the Bot API's answer.
func (c *client) answer(method string, r *http.Request, x *exchange) (json.RawMessage, error) {
	resp, err := x.Do(r)
	if err != nil {
		return nil, c.failure(method, err, x)
	}
	defer func() { _ = resp.Body.Close() }() // read already
	var answer tgbotapi.APIResponse
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, c.failure(method, fmt.Errorf("read the answer: %w", err), x)
	}
	if !answer.Ok {
		e := &tgbotapi.Error{Code: answer.ErrorCode, Message: answer.Description}
		if answer.Parameters != nil {
			e.ResponseParameters = *answer.Parameters
		}
		return nil, c.failure(method, e, x)
	}
	return answer.Result, nil
}

func writeForm(form *multipart.Writer, field string, params tgbotapi.Params, name string, content io.Reader) error {
	for k, v := range params {
		if err := form.WriteField(k, v); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile(field, fileName(name))
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, content); err != nil {
		return err
	}
	return form.Close()
}

// fileName is a name that a header can carry; people see it under the file.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`"\/`, r) {
			return '_'
		}
		return r
	}, utf8Text(name))
	if name == "" {
		return "tep"
	}
	return name
}

// messageID reads the id of what was sent; "" when Telegram did not say.
func messageID(result json.RawMessage) string {
	var sent struct {
		ID int64 `json:"message_id"`
	}
	if err := json.Unmarshal(result, &sent); err != nil || sent.ID == 0 {
		return "" // it was taken; only its id is unknown
	}
	return strconv.FormatInt(sent.ID, 10)
}

func otherBot(to sangkien.Address, ours string) error {
	return &bot.SendError{Kind: bot.SendRefused, Err: fmt.Errorf("the chat belongs to bot %s, and this is bot %s", to.Bot, ours)}
}

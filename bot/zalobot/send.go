package zalobot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

const (
	photoInTimeout  = 30 * time.Second  // for a member's photo
	photoNowTimeout = 10 * time.Second  // while the member waits for an answer
	photoTimeout    = 150 * time.Second // Zalo fetches a photo of ours before it answers
	longestLimit    = time.Minute       // between two sends while Zalo says that we are too fast
)

// Limits implements bot.Channel. There are no buttons and no links to press: choices are numbered lines.
func (c *Channel) Limits() bot.Limits { return bot.Limits{Text: 2000, Caption: 2000, PhotosOnly: true} }

// Send implements bot.Channel.
func (c *Channel) Send(ctx context.Context, to sangkien.Address, m bot.Message) (string, error) {
	return c.send(ctx, to, callTimeout, "sendMessage", map[string]string{"chat_id": to.Chat, "text": strings.ToValidUTF8(m.Text.String(), "\uFFFD")})
}

// SendFile implements bot.FileSender: a photo goes as a link of ours, from which Zalo fetches it once. Nothing else can
// be sent, and no photo without a public address.
func (c *Channel) SendFile(ctx context.Context, to sangkien.Address, f sangkien.File, _ func() (io.ReadCloser, error), caption bot.Message) (string, error) {
	if f.Kind != sangkien.Photo || f.MIME != "image/jpeg" && f.MIME != "image/png" {
		return "", refused("Zalo Bot sends photos only, and this is " + f.MIME)
	}
	if !strings.HasPrefix(c.config.Photos, "https://") {
		return "", refused("a photo needs a public https address from which Zalo fetches it")
	}
	params := map[string]string{"chat_id": to.Chat, "photo": c.photoURL(f.Hash, time.Now().Add(linkValid))}
	if words := strings.ToValidUTF8(caption.Text.String(), "\uFFFD"); words != "" {
		params["caption"] = words
	}
	return c.send(ctx, to, photoTimeout, "sendPhoto", params)
}

func refused(why string) error {
	return &bot.SendError{Kind: bot.SendRefused, Err: errors.New(why)}
}

// send makes a call that shows something, and learns from it how fast Zalo takes it: each 429 in a row doubles the
// wait, for no limit is published.
func (c *Channel) send(ctx context.Context, to sangkien.Address, timeout time.Duration, method string, params map[string]string) (string, error) {
	if to.Bot != c.botID {
		return "", refused(fmt.Sprintf("the chat belongs to bot %s, and this is bot %s", to.Bot, c.botID))
	}
	result, err := c.client.call(ctx, timeout, method, params)
	var se *bot.SendError
	if errors.As(err, &se) && se.Kind == bot.SendLimited {
		n := c.limited.Add(1)
		se.After = max(se.After, min(500*time.Millisecond<<min(n, 10), longestLimit))
	}
	if err != nil {
		return "", err
	}
	c.limited.Store(0)
	var sent struct {
		ID text `json:"message_id"`
	}
	_ = json.Unmarshal(result, &sent) // it was taken; only its id is unknown
	return string(sent.ID), nil
}

// Fetch implements bot.FileSource: the ref is the photo's URL, which expires.
func (c *Channel) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	return c.photos.Open(ctx, ref)
}

package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"github.com/sangkien/sangkien/bot"
)

// fileTimeout is how long a download may take: 20 MB, which is the most that Telegram gives a bot, at 1.4 Mbit/s.
const fileTimeout = 2 * time.Minute

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
		return nil, &bot.SendError{Kind: bot.SendRetry, Err: errors.New("getFile gave no path")}
	}
	if strings.HasPrefix(f.Path, "/") {
		// A server of one's own in --local mode names files of its own disk, which may not be ours to read.
		return nil, &bot.SendError{Kind: bot.SendRefused, Err: errors.New("getFile gave a path on the server's disk: run it without --local")}
	}
	return c.client.download(ctx, f.Path)
}

// download opens a file. The library's own links ignore the endpoint that was set and show the token.
func (c *client) download(ctx context.Context, path string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, fileTimeout)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/file/bot"+c.token+"/"+(&url.URL{Path: path}).EscapedPath(), http.NoBody)
	if err != nil {
		cancel()
		return nil, &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("download: %w", c.secret.Error(err))}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		cancel()
		return nil, &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("download: %w", c.secret.Error(err))}
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close() // nothing in it is for us
		cancel()
		kind := bot.SendRetry
		if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusBadRequest {
			kind = bot.SendRefused
		}
		return nil, &bot.SendError{Kind: kind, Err: fmt.Errorf("download: HTTP %d", resp.StatusCode)}
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

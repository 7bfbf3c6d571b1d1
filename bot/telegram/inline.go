package telegram

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// Inline mode: a person types the bot's name and a few words in any chat, and chooses what to post there. Each
// letter is a query, and an answer that comes late is of no use: queries wait in a short queue, are never stored
// and never tried again. https://core.telegram.org/bots/inline
const (
	maxInline     = 64              // queries that wait; more are left unanswered
	inliners      = 4               // queries that are answered at once
	inlineTimeout = 5 * time.Second // after which people have typed on
	inlineCache   = "60"            // seconds for which Telegram gives the same answer to all
)

// articleResult is https://core.telegram.org/bots/api#inlinequeryresultarticle
type articleResult struct {
	Type        string      `json:"type"`
	ID          string      `json:"id"`
	Title       string      `json:"title"`
	Description string      `json:"description,omitempty"`
	Content     textContent `json:"input_message_content"`
}

// textContent is https://core.telegram.org/bots/api#inputtextmessagecontent
type textContent struct {
	Text      string          `json:"message_text"`
	ParseMode string          `json:"parse_mode"`
	Preview   map[string]bool `json:"link_preview_options"`
}

// offer takes an inline query in, if it is one.
func (c *Channel) offer(q *sangkien.InlineQuery) {
	if q == nil || c.config.Inline == nil {
		return
	}
	select {
	case c.inlines <- *q:
	default: // the next letter brings another one
	}
}

// answerInlines answers inline queries until ctx ends.
func (c *Channel) answerInlines(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	for range inliners {
		work.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case q := <-c.inlines:
					c.answerInline(ctx, q)
				}
			}
		})
	}
}

func (c *Channel) answerInline(ctx context.Context, q sangkien.InlineQuery) {
	ctx, cancel := context.WithTimeout(ctx, inlineTimeout)
	defer cancel()
	answer, err := c.config.Inline(ctx, q)
	if err != nil {
		if ctx.Err() == nil {
			c.logger.Warn("telegram: answer an inline query", "error", err)
		}
		return
	}
	results := make([]articleResult, 0, len(answer.Articles))
	for _, a := range answer.Articles {
		results = append(results, c.article(a, answer.Language))
	}
	data, err := json.Marshal(results)
	if err != nil {
		return // strings always marshal
	}
	_ = c.try(ctx, "answerInlineQuery", tgbotapi.Params{"inline_query_id": q.ID, "results": string(data),
		"cache_time": inlineCache, "is_personal": "false", "next_offset": answer.Next})
}

func (c *Channel) article(a sangkien.Article, lang sangkien.Language) articleResult {
	words := func(lines []sangkien.Line) bot.Message {
		return bot.Render(sangkien.Reply{Lines: lines, Language: lang}, c.config.Say, c.Limits())[0]
	}
	return articleResult{Type: "article", ID: a.ID, Title: utf8Text(a.Title), Description: utf8Text(strings.TrimSpace(words(a.About).Text.String())),
		Content: textContent{Text: markup(words(a.Text).Text), ParseMode: "HTML", Preview: map[string]bool{"is_disabled": true}}}
}

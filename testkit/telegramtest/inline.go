package telegramtest

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Shared is the answer to an inline query, as the person sees it.
type Shared struct {
	Query   string // its id
	Results []SharedResult
	Next    string // offset of the next page
}

// SharedResult is an article to choose.
type SharedResult struct {
	ID, Title, Description string
	Text, HTML             string // what would be posted
}

// Inline types words behind the bot's name in some chat, and returns the id of the query.
func (c *Chat) Inline(words, offset string) (queryID string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.nextID++
	id := strconv.FormatInt(c.s.nextID, 10)
	query := map[string]any{"id": id, "from": c.from(), "query": words, "offset": offset, "chat_type": "supergroup"}
	if c.s.enqueue("inline_query", "user"+strconv.FormatInt(c.user, 10), wrap("inline_query", query)) != 0 {
		c.s.inlines[id] = struct{}{}
	}
	return id
}

// WaitShared waits for the answer to an inline query.
func (s *Server) WaitShared(ctx context.Context, queryID string) (Shared, error) {
	var found Shared
	err := s.waitUntil(ctx, func() bool {
		for _, a := range s.shared {
			if a.Query == queryID {
				found = a
				return true
			}
		}
		return false
	}, "the answer to inline query %s", queryID)
	return found, err
}

// answerInlineQuery takes the answer to an inline query: at most 50 results, each with an id of its own.
// https://core.telegram.org/bots/api#answerinlinequery
func (s *Server) answerInlineQuery(p map[string]string) (any, error) {
	var results []struct {
		Type, ID, Title, Description string
		Content                      struct {
			Text      string `json:"message_text"`
			ParseMode string `json:"parse_mode"`
		} `json:"input_message_content"`
	}
	if err := json.Unmarshal([]byte(p["results"]), &results); err != nil || results == nil {
		return nil, refusal("can't parse inline query results JSON object")
	}
	answer := Shared{Query: p["inline_query_id"], Next: p["next_offset"]}
	ids := map[string]bool{}
	for _, r := range results {
		switch {
		case r.Type != "article":
			return nil, refusal("the test server knows articles only")
		case r.ID == "" || len(r.ID) > 64 || ids[r.ID]:
			return nil, refusal("RESULT_ID_INVALID")
		case strings.TrimSpace(r.Title) == "" || !utf8.ValidString(r.Title+r.Description):
			return nil, refusal("ARTICLE_TITLE_EMPTY")
		}
		ids[r.ID] = true
		text, err := readText(map[string]string{"text": r.Content.Text, "parse_mode": r.Content.ParseMode})
		if err != nil {
			return nil, err
		}
		answer.Results = append(answer.Results, SharedResult{ID: r.ID, Title: r.Title, Description: r.Description, Text: text.text, HTML: text.html})
	}
	if len(results) > 50 {
		return nil, refusal("RESULTS_TOO_MUCH")
	}
	if len(answer.Next) > 64 {
		return nil, refusal("NEXT_OFFSET_INVALID")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.inlines[answer.Query]; !ok {
		return nil, apiFailure{code: http.StatusBadRequest, description: "Bad Request: query is too old and response timeout expired or query ID is invalid"}
	}
	delete(s.inlines, answer.Query)
	s.shared = append(s.shared, answer)
	announce(&s.changed)
	return true, nil
}

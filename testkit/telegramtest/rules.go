package telegramtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits that stand in the prose of https://core.telegram.org/bots/api only.
const (
	maxText         = 4096   // code points, after entity parsing
	maxTextBytes    = 32_768 // before it
	maxCallbackData = 64     // bytes
	maxCopyText     = 256
	maxButtons      = 100 // no figure in the documentation; what clients' authors found
	maxRow          = 8
)

// Button is a button as the user's application shows it.
type Button struct {
	Text string    `json:"text"`
	Data string    `json:"callback_data,omitempty"`
	URL  string    `json:"url,omitempty"`
	Copy *copyText `json:"copy_text,omitempty"`
}

type copyText struct {
	Text string `json:"text"`
}

// refusal is a 400: what the real server would say to the same request.
type refusal string

func (r refusal) Error() string { return "Bad Request: " + string(r) }

// formatted is the text of a message once its markup is read.
type formatted struct {
	text, html string
	bold       []string
}

// readText checks the text of a message as the server does, and reads its markup.
func readText(params map[string]string) (formatted, error) {
	text, mode := params["text"], params["parse_mode"]
	out := formatted{text: text, html: text}
	if len(text) > maxTextBytes {
		return out, refusal("message is too long")
	}
	if !utf8.ValidString(text) {
		return out, refusal("strings must be encoded in UTF-8")
	}
	switch mode {
	case "HTML":
		plain, bold, err := ParseHTML(text)
		if err != nil {
			return out, refusal("can't parse entities: " + err.Error())
		}
		out.text, out.bold = plain, bold
	case "":
	default:
		return out, refusal("unsupported parse_mode")
	}
	switch n := utf8.RuneCountInString(out.text); {
	case strings.TrimSpace(out.text) == "":
		return out, refusal("message text is empty")
	case n > maxText:
		return out, refusal("message is too long")
	}
	return out, nil
}

// readKeyboard checks an inline keyboard as the server does. present tells whether there is one at all.
func readKeyboard(markup string) (rows [][]Button, present bool, err error) {
	if markup == "" {
		return nil, false, nil
	}
	var k struct {
		Rows *[][]Button `json:"inline_keyboard"`
	}
	if err := json.Unmarshal([]byte(markup), &k); err != nil {
		return nil, false, refusal("can't parse reply keyboard markup JSON object")
	}
	if k.Rows == nil || strings.Contains(markup, `"inline_keyboard":null`) {
		return nil, false, refusal(`field "inline_keyboard" must be of type Array`)
	}
	total := 0
	for _, row := range *k.Rows {
		total += len(row)
		if row == nil || len(row) > maxRow {
			return nil, false, refusal("reply markup is invalid: a row of no or too many buttons")
		}
		for _, b := range row {
			if err := checkButton(b); err != nil {
				return nil, false, err
			}
		}
	}
	if total > maxButtons || len(markup) > 10_000 {
		return nil, false, refusal("reply markup is too long")
	}
	return *k.Rows, true, nil
}

func checkButton(b Button) error {
	actions := 0
	for _, set := range []bool{b.Data != "", b.URL != "", b.Copy != nil} {
		if set {
			actions++
		}
	}
	switch {
	case strings.TrimSpace(b.Text) == "":
		return refusal("inline keyboard button text must not be empty")
	case actions != 1:
		return refusal("text buttons are unallowed in the inline keyboard")
	case len(b.Data) > maxCallbackData:
		return refusal("BUTTON_DATA_INVALID")
	case b.URL != "" && !strings.HasPrefix(b.URL, "http://") && !strings.HasPrefix(b.URL, "https://") && !strings.HasPrefix(b.URL, "tg://"):
		return refusal("BUTTON_URL_INVALID")
	case b.Copy != nil && (b.Copy.Text == "" || utf8.RuneCountInString(b.Copy.Text) > maxCopyText):
		return refusal("BUTTON_COPY_TEXT_INVALID")
	}
	return nil
}

// updateKinds are the fields of Update, as allowed_updates names them.
var updateKinds = []string{"message", "edited_message", "channel_post", "edited_channel_post", "inline_query",
	"chosen_inline_result", "callback_query", "poll", "poll_answer", "my_chat_member", "chat_member",
	"chat_join_request", "message_reaction", "message_reaction_count"}

// readAllowed reads allowed_updates. A bot that does not say explicitly what it wants gets what the last one
// asked for, which is a fault that shows late: an absent or null list is a violation.
func readAllowed(value string) (map[string]bool, error) {
	var kinds []string
	if err := json.Unmarshal([]byte(value), &kinds); err != nil || kinds == nil {
		return nil, fmt.Errorf("allowed_updates is no explicit array: %q", value)
	}
	allowed := map[string]bool{}
	for _, k := range kinds {
		if !slices.Contains(updateKinds, k) {
			return nil, fmt.Errorf("allowed_updates holds the unknown kind %q", k)
		}
		allowed[k] = true
	}
	if len(allowed) == 0 {
		return nil, nil
	}
	return allowed, nil
}

package zalooa

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/vntext"
)

// The limits of Zalo. https://developers.zalo.me/docs/official-account/tin-nhan/tin-tu-van/gui-tin-tu-van-dang-van-ban
const (
	maxText           = 2000
	maxButtons        = 5
	maxTitle          = 100 // characters on a button
	maxTemplateTitle  = 35  // on one of a template
	maxTemplateText   = 1000
	maxTemplateHeader = 100
	templateButtons   = 4
)

// pressMark begins what a button of ours sends back, as Zalo's own manuals have it.
const pressMark = "#"

// Limits implements bot.Channel.
func (c *Channel) Limits() bot.Limits {
	return bot.Limits{Text: maxText, Caption: maxText, Buttons: maxButtons, Row: 1, URL: true, Counted: true, Words: true}
}

type (
	recipient struct {
		User      string `json:"user_id,omitempty"`
		Anonymous string `json:"anonymous_id,omitempty"`
		Talk      string `json:"conversation_id,omitempty"`
	}

	outMessage struct {
		Text       string      `json:"text,omitempty"`
		Attachment *attachment `json:"attachment,omitempty"`
	}

	attachment struct {
		Type    string  `json:"type"`
		Payload payload `json:"payload"`
	}

	payload struct {
		TemplateType string      `json:"template_type,omitempty"`
		Language     string      `json:"language,omitempty"`
		Elements     []element   `json:"elements,omitempty"`
		Buttons      []outButton `json:"buttons,omitempty"`
		Token        string      `json:"token,omitempty"`
	}

	element struct {
		Type         string `json:"type,omitempty"`
		MediaType    string `json:"media_type,omitempty"`
		AttachmentID string `json:"attachment_id,omitempty"`
		Content      string `json:"content,omitempty"`
	}

	outButton struct {
		Title   string `json:"title"`
		Type    string `json:"type"`
		Payload any    `json:"payload"`
	}

	envelope struct {
		Recipient recipient  `json:"recipient"`
		Message   outMessage `json:"message"`
	}
)

// Send implements bot.Channel.
func (c *Channel) Send(ctx context.Context, to sangkien.Address, m bot.Message) (string, error) {
	class, err := c.allowed(ctx, to, m.Class)
	if err != nil {
		return "", err
	}
	if class != sangkien.WriteConsult {
		return c.post(ctx, to, class, template(class, m, ""))
	}
	return c.post(ctx, to, class, consult(m))
}

// allowed returns as what a message may be sent to its person now. An error is a *bot.SendError.
func (c *Channel) allowed(ctx context.Context, to sangkien.Address, reply sangkien.ReplyClass) (sangkien.WriteClass, error) {
	if to.Bot != c.config.AppID {
		return "", &bot.SendError{Kind: bot.SendRefused, Err: fmt.Errorf("the chat belongs to app %s, and this is app %s", to.Bot, c.config.AppID)}
	}
	if strings.HasPrefix(to.Chat, anonymous) {
		return sangkien.WriteConsult, nil
	}
	now := c.config.Now().In(c.config.Zone)
	contact, err := c.config.Contact(ctx, to, now)
	if err != nil {
		return "", &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("look up whether the person may be written to: %w", err)}
	}
	class := c.windows.Class(contact, reply, now)
	if reply == sangkien.ClassReply && contact.Heard.IsZero() {
		return class, nil // an answer to what was not even stored: they just wrote
	}
	ok, why, until := c.windows.MayWrite(contact, class, now)
	if !ok {
		return "", &bot.SendError{Kind: bot.SendBarred, Barred: why, Until: until, Err: fmt.Errorf("%s not allowed now: %s", class, why)}
	}
	return class, nil
}

// pathOf is where each class is posted to.
func pathOf(class sangkien.WriteClass) string {
	switch class {
	case sangkien.WritePromotion:
		return "/v3.0/oa/message/promotion"
	case sangkien.WriteTransaction:
		return "/v3.0/oa/message/transaction"
	case sangkien.WriteConsult, sangkien.WriteTemplate:
	}
	return "/v3.0/oa/message/cs"
}

func (c *Channel) post(ctx context.Context, to sangkien.Address, class sangkien.WriteClass, m outMessage) (string, error) {
	e := envelope{Message: m, Recipient: recipient{User: to.Chat}}
	if rest, ok := strings.CutPrefix(to.Chat, anonymous); ok {
		id, talk, _ := strings.Cut(rest, "/")
		e.Recipient = recipient{Anonymous: id, Talk: talk}
	}
	data, err := c.client.call(ctx, callTimeout, pathOf(class), jsonOf(e))
	if err != nil {
		return "", c.untilMorning(err)
	}
	var sent struct {
		ID loose `json:"message_id"`
	}
	_ = json.Unmarshal(data, &sent) // it was taken; only its id is unknown
	return string(sent.ID), nil
}

// consult is a message to someone who wrote: a text with its buttons under it.
func consult(m bot.Message) outMessage {
	out := outMessage{Text: m.Text.String()}
	if buttons := buttonsOf(m, maxTitle); len(buttons) > 0 {
		out.Attachment = &attachment{Type: "template", Payload: payload{Buttons: buttons}}
	}
	return out
}

// buttonsOf writes buttons. What one sends back is not shown to the person: it says nothing to them.
func buttonsOf(m bot.Message, title int) []outButton {
	var all []outButton
	for _, row := range m.Buttons {
		for _, b := range row {
			o := outButton{Title: vntext.Truncate(b.Label, title), Type: "oa.query.hide", Payload: pressMark + b.Data}
			if b.URL != "" {
				o.Type, o.Payload = "oa.open.url", map[string]string{"url": b.URL}
			}
			all = append(all, o)
		}
	}
	return all
}

// template is a message to someone who did not just write: its first line is the heading.
// https://developers.zalo.me/docs/official-account/tin-nhan/tin-truyen-thong
func template(class sangkien.WriteClass, m bot.Message, banner string) outMessage {
	text, buttons := m.Text.String(), buttonsOf(m, maxTemplateTitle)
	if len(buttons) > templateButtons {
		for _, b := range buttons[templateButtons:] {
			text += "\n• " + b.Title
		}
		buttons = buttons[:templateButtons]
	}
	kind := "promotion"
	if class == sangkien.WriteTransaction {
		kind = "transaction_event"
	}
	p := payload{TemplateType: kind, Language: "VI", Buttons: buttons}
	if banner != "" {
		p.Elements = append(p.Elements, element{Type: "banner", AttachmentID: banner})
	}
	heading, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	at := vntext.Cut(heading, maxTemplateHeader)
	heading, rest = heading[:at], strings.TrimSpace(heading[at:]+"\n"+rest)
	p.Elements = append(p.Elements, element{Type: "header", Content: strings.TrimSpace(heading)})
	for rest != "" {
		at := vntext.Cut(rest, maxTemplateText)
		part := strings.TrimSpace(rest[:at])
		rest = strings.TrimSpace(rest[at:])
		p.Elements = append(p.Elements, element{Type: "text", Content: strings.ReplaceAll(part, "\n", "<br>")})
	}
	return outMessage{Attachment: &attachment{Type: "template", Payload: p}}
}

package zalooa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/vntext"
)

// TemplateName is the Channel of addresses that are phone numbers.
const TemplateName = "zns"

// maxParameter is the most characters of what fills a template in.
const maxParameter = 400

// Templates sends paid templates (ZNS) to phone numbers: a channel of its own, off unless a template is configured.
// A person must have agreed to be written to by phone; that is asked before each message.
type Templates struct {
	channel   *Channel
	client    *client
	template  string
	parameter string
	agreed    func(ctx context.Context, phone string) (bool, error)
}

// TemplateConfig is what Templates is made of beside the account.
type TemplateConfig struct {
	URL       string // https://business.openapi.zalo.me
	Template  string // the id of an approved template
	Parameter string // the one parameter of it that the words fill in
	// Agreed tells whether whoever has the phone number agreed to be written to by it.
	Agreed func(ctx context.Context, phone string) (bool, error)
}

// NewTemplates returns the sender of an account's templates. It returns EINVALID when the configuration cannot work.
func NewTemplates(c *Channel, t TemplateConfig) (*Templates, error) {
	if t.Template == "" || t.Parameter == "" || t.Agreed == nil {
		return nil, sangkien.Errorf(sangkien.EINVALID, "templates need SANGKIEN_ZALO_ZNS_TEMPLATE and SANGKIEN_ZALO_ZNS_PARAMETER, as approved by Zalo")
	}
	return &Templates{channel: c, client: newClient(t.URL, c.tokens), template: t.Template, parameter: t.Parameter, agreed: t.Agreed}, nil
}

// Name implements bot.Channel.
func (t *Templates) Name() string { return TemplateName }

// Limits implements bot.Channel.
func (t *Templates) Limits() bot.Limits { return bot.Limits{Text: maxParameter} }

var phoneShape = regexp.MustCompile(`^84\d{9}$`)

// Send implements bot.Channel.
func (t *Templates) Send(ctx context.Context, to sangkien.Address, m bot.Message) (string, error) {
	c := t.channel
	if to.Bot != c.config.AppID || !phoneShape.MatchString(to.Chat) {
		return "", &bot.SendError{Kind: bot.SendRefused, Err: errors.New("no phone number like 84912345678, or of another app")}
	}
	agreed, err := t.agreed(ctx, to.Chat)
	switch {
	case err != nil:
		return "", &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("look up the consent: %w", err)}
	case !agreed:
		return "", &bot.SendError{Kind: bot.SendRefused, Err: errors.New("the person did not agree to be written to by phone number")}
	}
	now := c.config.Now().In(c.config.Zone)
	if ok, why, until := c.windows.MayWrite(sangkien.Contact{}, sangkien.WriteTemplate, now); !ok {
		return "", &bot.SendError{Kind: bot.SendBarred, Barred: why, Until: until, Err: errors.New("no templates at night")}
	}
	data, err := t.client.call(ctx, callTimeout, "/message/template", jsonOf(map[string]any{"phone": to.Chat, "template_id": t.template,
		"template_data": map[string]string{t.parameter: vntext.Truncate(m.Text.String(), maxParameter)}, "tracking_id": randomText()}))
	if err != nil {
		return "", c.untilMorning(err)
	}
	var sent struct {
		ID loose `json:"msg_id"`
	}
	_ = json.Unmarshal(data, &sent) // it was taken; only its id is unknown
	return string(sent.ID), nil
}

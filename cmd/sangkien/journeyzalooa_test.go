package main

import (
	"context"
	"errors"
	"slices"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot/zalooa"
	"github.com/sangkien/sangkien/testkit/zalooatest"
)

// zaloOADriver presses what has a button, and types what the message gives a number.
type zaloOADriver struct {
	server *zalooatest.Server
	user   *zalooatest.User
	read   int
}

func openZaloOA(t *testing.T, run func(func(*Config)) *running) journeyDriver {
	server := zalooatest.New(t, zalooatest.Options{})
	r := run(func(c *Config) {
		zaloSettings(c, server)
		c.ZaloRefresh = server.Seed()
	})
	server.Webhook(r.url + "/webhooks/zalo-oa")
	return &zaloOADriver{server: server, user: server.User(7)}
}

func (d *zaloOADriver) Address() sangkien.Address {
	return sangkien.Address{Channel: zalooa.Name, Bot: zalooatest.AppID, Chat: d.user.ID}
}

func (d *zaloOADriver) Do(_ context.Context, step string) error {
	l, press := label(step)
	switch {
	case step == "!photo":
		data, err := journeyPhoto()
		d.user.Send("image", "", map[string][]byte{"journey.jpg": data})
		return err
	case !press:
		if words := zaloWords[step]; words != "" {
			step = words
		}
		d.user.Write(step)
		return nil
	}
	all := d.server.Sent(d.user.ID)
	if len(all) == 0 {
		return errors.New("nothing was said yet")
	}
	last := all[len(all)-1]
	if slices.ContainsFunc(last.Buttons, func(b zalooatest.Button) bool { return b.Title == l }) {
		d.user.Press(l)
		return nil
	}
	said, err := typedFor(last.Text, l)
	if err == nil {
		d.user.Write(said)
	}
	return err
}

func (d *zaloOADriver) Heard(ctx context.Context, settled func() error) ([]heard, error) {
	if err := await(ctx, func() int { return len(d.server.Sent(d.user.ID)) - d.read }, settled); err != nil {
		return nil, err
	}
	var out []heard
	for _, m := range d.server.Sent(d.user.ID)[d.read:] {
		said := apart(timeless(m.Text))
		var labels []string
		for _, b := range m.Buttons {
			labels = append(labels, b.Title)
		}
		if buttons := bracketed(labels); said.choices != "" && buttons != "" {
			said.choices += " | " + buttons
		} else {
			said.choices += buttons
		}
		out = append(out, said)
		d.read++
	}
	return out, nil
}

package bot

import (
	"context"
	"io"
	"unicode/utf8"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/locale"
)

// Opener opens the files of our own store. storage.Files is one.
type Opener interface {
	// Open returns ENOTFOUND for a file that is not kept.
	Open(hash string) (io.ReadCloser, error)
}

// part sends one message of a reply.
type part func(ctx context.Context, to sangkien.Address) (messageID string, err error)

// parts is the messages of a reply in their order: words, and a file with as many of them as its caption takes.
func (o *Outbox) parts(r sangkien.Reply, c Channel) []part {
	limits := c.Limits()
	messages := Render(r, o.say, limits)
	sender, can := c.(FileSender)
	if r.File != nil && (!can || !o.has(*r.File)) {
		r.Lines = append(r.Lines[:len(r.Lines):len(r.Lines)], sangkien.Say("file.unsent", sangkien.With("name", r.File.Name)))
		messages, can = Render(r, o.say, limits), false
	}
	if r.File == nil || !can {
		return o.texts(messages, c)
	}
	caption := messages[len(messages)-1]
	if len(r.Lines) == 0 {
		caption.Text = locale.Text{} // a file that speaks for itself
	}
	if len(messages) == 1 && utf8.RuneCountInString(caption.Text.String()) <= limits.Caption {
		messages = nil
	} else {
		messages[len(messages)-1].Buttons = nil
		caption.Text = locale.Text{}
	}
	return append(o.texts(messages, c), func(ctx context.Context, to sangkien.Address) (string, error) {
		return sender.SendFile(ctx, to, *r.File, func() (io.ReadCloser, error) { return o.files.Open(r.File.Hash) }, caption)
	})
}

func (o *Outbox) texts(messages []Message, c Channel) []part {
	var parts []part
	for _, m := range messages {
		parts = append(parts, func(ctx context.Context, to sangkien.Address) (string, error) { return c.Send(ctx, to, m) })
	}
	return parts
}

// has tells whether the bytes of a file are there. That they cannot be read at the moment is no reason to say that
// they are gone: sending fails then, and is tried again.
func (o *Outbox) has(f sangkien.File) bool {
	r, err := o.files.Open(f.Hash)
	if err != nil {
		return sangkien.CodeOf(err) != sangkien.ENOTFOUND
	}
	_ = r.Close() // only opened
	return true
}

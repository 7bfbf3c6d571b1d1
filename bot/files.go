package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
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

// parts is the messages of a reply, which is known by key, in their order: words, and a file with as many of them as its caption takes.
// Their number does not depend on whether the file is there: what was sent of a reply stays sent when it goes
// missing in between.
func (o *Outbox) parts(key string, r sangkien.Reply, c Channel) []part {
	limits := c.Limits()
	sender, can := c.(FileSender)
	if r.File != nil && !can {
		r.Lines = append(r.Lines[:len(r.Lines):len(r.Lines)], unsent(*r.File))
	}
	messages := Render(r, o.say, limits)
	for i := range messages {
		messages[i].Class, messages[i].Key = r.Class, fmt.Sprintf("%s.%d", key, i)
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
		caption.Text, caption.Key = locale.Text{}, key+".file"
	}
	return append(o.texts(messages, c), o.filePart(r, c, sender, caption))
}

// filePart sends a file with its caption. Words and buttons arrive also when it is gone, or the channel refuses it.
func (o *Outbox) filePart(r sangkien.Reply, c Channel, sender FileSender, caption Message) part {
	return func(ctx context.Context, to sangkien.Address) (string, error) {
		if o.has(*r.File) {
			id, err := o.sendFile(ctx, sender, r, to, caption)
			var se *SendError
			if !errors.As(err, &se) || se.Kind != SendRefused {
				return id, err
			}
			o.logger.WarnContext(ctx, "file refused", "channel", to.Channel, "error", se)
		}
		note := words(sangkien.Reply{Lines: []sangkien.Line{unsent(*r.File)}, Language: r.Language}, o.say.Say)
		if text := slices.Clone(caption.Text); text.String() != "" {
			note = append(append(text, locale.Span{Text: "\n"}), note...)
		}
		return c.Send(ctx, to, Message{Text: note, Buttons: caption.Buttons, Class: caption.Class, Key: caption.Key})
	}
}

// sendFile sends the file of a reply; the picture of a broadcast is uploaded once.
func (o *Outbox) sendFile(ctx context.Context, sender FileSender, r sangkien.Reply, to sangkien.Address, caption Message) (string, error) {
	open := func() (io.ReadCloser, error) { return o.files.Open(r.File.Hash) }
	if s, ok := sender.(Resender); ok && r.Class == sangkien.ClassBulk && o.uploads != nil {
		return o.uploads.send(ctx, s, to, *r.File, open, caption)
	}
	return sender.SendFile(ctx, to, *r.File, open, caption)
}

func unsent(f sangkien.File) sangkien.Line {
	return sangkien.Say("file.unsent", sangkien.With("name", f.Name))
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

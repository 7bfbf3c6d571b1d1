package bot

import (
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/locale"
)

// Render puts a reply into words for a channel: one message where its limits allow, more where not, each with its
// number. Buttons stand under the last; where a channel has none, or not so many, they become numbered lines.
func Render(r sangkien.Reply, say *locale.Speaker, limits Limits) []Message {
	buttons := buttonsOf(r, say, limits)
	var list locale.Text
	numbered := pressable(buttons) > limits.Buttons
	if numbered {
		list, buttons = typed(r, say, limits)
	}
	text := words(r, telling(say, limits, numbered, len(buttons) > 0))
	var out []Message
	for _, part := range paged(text, list, limits.Text) {
		out = append(out, Message{Text: part})
	}
	if len(out) == 0 {
		out = []Message{{Text: locale.Text{{Text: "…"}}}}
	}
	out[len(out)-1].Buttons = buttons
	return out
}

// telling is how a channel says a line: what cannot be pressed, for it has a number or there are no buttons, is typed.
func telling(say *locale.Speaker, limits Limits, numbered, pressed bool) func(sangkien.Line, sangkien.Language) locale.Text {
	tell := say.Say
	switch {
	case limits.Buttons == 0, numbered && !pressed:
		tell = say.SayTyped
	case numbered:
		tell = say.SayNumbered
	case limits.Words:
		tell = say.SayWords
	}
	if !limits.PhotosOnly {
		return tell
	}
	return func(l sangkien.Line, lang sangkien.Language) locale.Text {
		return locale.PhotosOnly(tell(l, lang), lang)
	}
}

// words joins the lines of a reply, a line's end between short ones.
func words(r sangkien.Reply, say func(sangkien.Line, sangkien.Language) locale.Text) locale.Text {
	var all locale.Text
	for _, l := range r.Lines {
		t := say(l, r.Language)
		if t.String() == "" {
			continue
		}
		if len(all) > 0 {
			all = append(all, locale.Span{Text: "\n"})
		}
		all = append(all, t...)
	}
	return all
}

func buttonsOf(r sangkien.Reply, say *locale.Speaker, limits Limits) [][]Button {
	var rows [][]Button
	for _, row := range r.Buttons {
		var out []Button
		for _, b := range row {
			button, ok := buttonOf(b, r, say, limits)
			if !ok {
				continue
			}
			if limits.Row > 0 && len(out) == limits.Row {
				rows, out = append(rows, out), nil
			}
			out = append(out, button)
		}
		if len(out) > 0 {
			rows = append(rows, out)
		}
	}
	return rows
}

// buttonOf leaves out what a channel cannot do: the text of the message says the same.
func buttonOf(b sangkien.Button, r sangkien.Reply, say *locale.Speaker, limits Limits) (Button, bool) {
	label := b.Label
	if label == "" {
		label = say.Say(b.Line, r.Language).String()
	}
	can := b.Data != "" || b.URL != "" && limits.URL || b.Copy != "" && limits.Copy
	return Button{Label: strings.TrimSpace(label), Data: b.Data, URL: b.URL, Copy: b.Copy, Main: b.Main}, can && strings.TrimSpace(label) != ""
}

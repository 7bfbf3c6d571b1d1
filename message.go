package sangkien

// What the buttons of a broadcast ask for. They need no revision of the chat: they mean the same for ever.
const (
	VerbCommand = "c"  // run the command Value
	VerbMute    = "mu" // hear no more of the topic Value
)

// Message is what a recipient gets: the headline, the text with their name, where to read more, who says it; then what
// can be done, and last how to hear no more of it.
func (b Broadcast) Message(to Recipient) Reply {
	r := Reply{To: to.To, Language: to.Language, Class: ClassBulk}
	add := func(key, name, text string) {
		if text != "" {
			r.Lines = append(r.Lines, Say(key, With(name, text)))
		}
	}
	add("message.title", "title", FillName(b.Title.In(to.Language), to.Name, to.Language))
	add("", "text", FillName(b.Text.In(to.Language), to.Name, to.Language))
	add("message.link", "link", b.Link)
	add("message.sender", "sender", b.Sender)
	if b.Photo != "" {
		r.File = &File{Hash: b.Photo, Kind: Photo}
	}
	if b.Link != "" {
		r.Buttons = append(r.Buttons, []Button{{Line: Say("button.read_more"), URL: b.Link}})
	}
	for _, name := range b.Offers {
		r.Buttons = append(r.Buttons, []Button{{Line: Say("offer." + name), Data: eternal(VerbCommand, name)}})
	}
	r.Buttons = append(r.Buttons, []Button{{Line: Say("button.mute"), Data: eternal(VerbMute, string(b.Topic))}})
	return r
}

// eternal is the data of a button that belongs to no chat and no idea.
func eternal(verb, value string) string {
	data, err := Press{Verb: verb, Value: value}.Encode()
	if err != nil {
		return "" // verbs, commands and topics are ours and short
	}
	return data
}

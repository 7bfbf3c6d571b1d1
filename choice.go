package sangkien

// Choice is a button as someone reaches it who cannot press it: by its number, or by the words on it. What is kept
// of it beside the chat holds nothing that anyone said.
type Choice struct {
	Number int    `json:"n,omitempty"` // 0: by its words only
	Words  string `json:"w"`           // a key made of the words on it
	Data   string `json:"d"`           // what a press of it would send
}

// Numbers is the number of each button of a reply, in the same rows: what a channel without buttons writes before
// it, and what people type on any channel. A button that stands for a numbered line of the text has the number of
// that line; one that stands aside, and those of notices, have 0: a notice may arrive in the middle of a question,
// whose numbers must go on meaning what they mean.
func (r Reply) Numbers() [][]int {
	next := 1
	for _, row := range r.Buttons {
		for _, b := range row {
			next = max(next, b.Number+1)
		}
	}
	numbers := make([][]int, len(r.Buttons))
	for i, row := range r.Buttons {
		numbers[i] = make([]int, len(row))
		for j, b := range row {
			switch {
			case b.Data == "" || r.Class != ClassReply:
			case b.Number > 0:
				numbers[i][j] = b.Number
			case !b.Aside:
				numbers[i][j] = next
				next++
			}
		}
	}
	return numbers
}

// Asked is what SQL keeps of where the chat stands after the commit: the question, and what the numbers and words
// of the last reply to it mean.
func (c Commit) Asked() Asked {
	asked := c.Session.Asked()
	asked.Choices = c.Chat.Asked.Choices
	for _, r := range c.Replies {
		if r.To == c.Chat.Address && r.Class == ClassReply {
			asked.Choices = r.Choices
		}
	}
	return asked
}

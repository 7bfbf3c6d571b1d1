package handlers

import (
	"hash/fnv"
	"slices"
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// longestChoice is the most bytes of a text that can name a button: labels are short.
const longestChoice = 300

// chosen finds the button that a text names among those of the last reply and of the last notice: "1", "1.", "số 1",
// "một", or the words on it with or without accents. It works on every channel: where there are no buttons it is the
// only way, and elsewhere people type what they read. What it finds is then pressed, with all checks of a press.
// several are the numbers to ask about when the words are on more than one.
func (t *turn) chosen() (press string, several []int) {
	text, choices := t.update.Text, t.chat.Asked.Choices
	if len(text) > longestChoice || len(choices)+len(t.chat.Notice) == 0 {
		return "", nil
	}
	if n, ok := vntext.ChoiceNumber(text); ok {
		if i := slices.IndexFunc(choices, func(c sangkien.Choice) bool { return c.Number == n }); i >= 0 {
			return choices[i].Data, nil
		}
		return "", nil
	}
	words := wordsKey(text)
	for _, c := range choices {
		if c.Words == words {
			press, several = c.Data, append(several, c.Number)
		}
	}
	if len(several) > 1 {
		return "", several
	}
	for _, c := range t.chat.Notice {
		if press == "" && c.Words == words {
			press = c.Data
		}
	}
	return press, nil
}

// wordsKey is how the words on a button are kept beside the chat: enough to know them again, and nothing of what
// people said, for a title may be on it.
func wordsKey(label string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(vntext.Fold(label))) // a hash's Write never fails
	return strconv.FormatUint(h.Sum64(), 36)
}

// pressTyped presses the button that a text names, if it names one.
func (t *turn) pressTyped() (o outcome, ok bool, err error) {
	press, several := t.chosen()
	if len(several) > 1 {
		ask := t.stay(t.say([]sangkien.Line{sangkien.Say("choice.several", sangkien.With("a", strconv.Itoa(several[0])), sangkien.With("b", strconv.Itoa(several[1])))}))
		ask.replies[0].Choices = t.chat.Asked.Choices
		return ask, true, nil
	}
	if press == "" {
		return outcome{}, false, nil
	}
	t.update.Kind, t.update.Press, t.typed = sangkien.UpdatePress, press, true
	o, err = t.pressed()
	return o, true, err
}

// numbered marks a button as standing for the line of the text that has the number.
func numbered(n int, b sangkien.Button) sangkien.Button {
	b.Number = n
	return b
}

// aside marks a button that is chosen by its words only: one that stands below a list with numbers, and one that
// cannot be taken back, for a number is typed by mistake more easily than words.
func aside(b sangkien.Button) sangkien.Button {
	b.Aside = true
	return b
}

// choices says how the buttons of each reply are reached without pressing them.
func (t *turn) choices(replies []sangkien.Reply) []sangkien.Reply {
	for i := range replies {
		if t.typed {
			replies[i].Retire = "" // nothing was pressed: the message is the member's own
		}
	}
	return t.d.Typed(replies)
}

// Typed says how the buttons of each reply are reached without pressing them, for replies that no turn made, too.
func (d *Dispatcher) Typed(replies []sangkien.Reply) []sangkien.Reply {
	for i, r := range replies {
		if r.Choices != nil {
			continue
		}
		numbers := r.Numbers()
		for j, row := range r.Buttons {
			for k, b := range row {
				if b.Data == "" {
					continue
				}
				label := b.Label
				if label == "" {
					label = d.Words(b.Line, r.Language)
				}
				replies[i].Choices = append(replies[i].Choices, sangkien.Choice{Number: numbers[j][k], Words: wordsKey(label), Data: b.Data})
			}
		}
	}
	return replies
}

package bot

import (
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/locale"
)

func pressable(rows [][]Button) (n int) {
	for _, row := range rows {
		n += len(row)
	}
	return n
}

// typed writes the buttons of a reply as lines: choices with their numbers, but for those that the text has numbered,
// then the words of the rest. Buttons that stand aside are left to be pressed where they fit. The numbers are those by
// which the core knows the buttons again (sangkien.Reply.Numbers).
func typed(r sangkien.Reply, say *locale.Speaker, limits Limits) (locale.Text, [][]Button) {
	numbers := r.Numbers()
	var list []string
	var others []Button
	inText := false // has numbers to choose by
	for i, row := range r.Buttons {
		for j, b := range row {
			button, ok := buttonOf(b, r, say, limits)
			switch n := numbers[i][j]; {
			case !ok:
			case n > 0 && b.Number > 0:
				inText = true
			case n > 0:
				list = append(list, strconv.Itoa(n)+". "+button.Label)
			default:
				others = append(others, button)
			}
		}
	}
	if len(others) > 0 && len(others) <= limits.Buttons {
		return lines(list), [][]Button{others}
	}
	var labels []string
	for _, b := range others {
		if b.Data != "" {
			labels = append(labels, b.Label)
		}
	}
	if len(labels) > 0 {
		key := "choice.or"
		if len(list) == 0 {
			key = "choice.type"
		}
		list = append(list, say.Say(sangkien.Say(key, sangkien.With("words", strings.Join(labels, " · "))), r.Language).String())
	}
	if inText && len(list) == 0 {
		list = append(list, say.Say(sangkien.Say("choice.number"), r.Language).String())
	}
	return lines(list), nil
}

func lines(list []string) locale.Text {
	if len(list) == 0 {
		return nil
	}
	return locale.Text{{Text: strings.Join(list, "\n")}}
}

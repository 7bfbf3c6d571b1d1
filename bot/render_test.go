package bot_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
)

// wordy has a channel's limits without buttons.
var wordy = bot.Limits{Text: 2000, Caption: 2000}

func reply(text string, buttons ...sangkien.Button) sangkien.Reply {
	r := sangkien.Reply{Language: sangkien.Vietnamese, Lines: []sangkien.Line{{Args: []sangkien.Arg{sangkien.With("text", text)}}}}
	for _, b := range buttons {
		r.Buttons = append(r.Buttons, []sangkien.Button{b})
	}
	return r
}

// TestButtonsBecomeNumbers: choices are numbered after those that the text has numbered, ways on are words, and what
// cannot be sent back is left out.
func TestButtonsBecomeNumbers(t *testing.T) {
	t.Parallel()
	say := locale.NewSpeaker(time.UTC)
	options := []sangkien.Button{{Label: "Có", Data: "y"}, {Label: "Không", Data: "n"}, {Label: "Chép", Copy: "x"}, {Label: "Quay lại", Data: "b", Aside: true}}
	mine := []sangkien.Button{{Label: "Xem 1. Máy", Data: "v", Number: 1}, {Label: "Viết mới", Data: "w"}}
	six := make([]sangkien.Button, 6)
	for i := range six {
		six[i] = sangkien.Button{Label: fmt.Sprint("Mục ", i+1), Data: fmt.Sprint(i)}
	}
	notice := reply("Tin", options...)
	notice.Class = sangkien.ClassNotice
	for name, c := range map[string]struct {
		reply   sangkien.Reply
		limits  bot.Limits
		want    string
		buttons int
	}{
		"choices":             {reply("Hỏi?", options...), wordy, "Hỏi?\n1. Có\n2. Không\nHoặc gõ: Quay lại", 0},
		"lines of the text":   {reply("1. Máy", mine...), wordy, "1. Máy\n2. Viết mới", 0},
		"only ways on":        {reply("Kể đi", options[3]), wordy, "Kể đi\nGõ: Quay lại", 0},
		"a notice":            {notice, wordy, "Tin\nGõ: Có · Không · Quay lại", 0},
		"pressing is typing":  {reply("Viết xong bấm Xong"), wordy, "Viết xong gõ Xong", 0},
		"more than fit":       {reply("Chọn", append(six, options[3])...), bot.Limits{Buttons: 5, Row: 1}, "Chọn\n1. Mục 1\n2. Mục 2\n3. Mục 3\n4. Mục 4\n5. Mục 5\n6. Mục 6", 1},
		"some can be pressed": {reply("Đúng thì bấm Xong, sửa thì bấm nút hoặc gõ số", append(six, options[3])...), bot.Limits{Buttons: 5, Row: 1}, "Đúng thì bấm Xong, sửa thì gõ số\n1. Mục 1\n2. Mục 2\n3. Mục 3\n4. Mục 4\n5. Mục 5\n6. Mục 6", 1},
		"none can be pressed": {reply("Đúng thì bấm Xong, sửa thì bấm nút hoặc gõ số", six...), bot.Limits{Buttons: 5, Row: 1}, "Đúng thì gõ Xong, sửa thì gõ số\n1. Mục 1\n2. Mục 2\n3. Mục 3\n4. Mục 4\n5. Mục 5\n6. Mục 6", 0},
		"commands are words":  {sangkien.Reply{Language: sangkien.Vietnamese, Lines: []sangkien.Line{sangkien.Say("submit.already")}, Buttons: [][]sangkien.Button{{options[0]}}}, bot.Limits{Buttons: 5, Row: 1, Words: true}, "Ý tưởng này đã gửi rồi, không cần gửi lại. Gõ “của tôi” để xem.", 1},
		"as many as fit":      {reply("Chọn", six[:5]...), bot.Limits{Buttons: 5, Row: 1}, "Chọn", 5},
		"what cannot be sent": {reply("Mã", options[2]), wordy, "Mã", 0},
	} {
		got := bot.Render(c.reply, say, c.limits)
		n := 0
		for _, row := range got[0].Buttons {
			n += len(row)
		}
		if len(got) != 1 || got[0].Text.String() != c.want || n != c.buttons {
			t.Errorf("%s: %q with %d buttons", name, got[0].Text, n)
		}
	}
}

// TestSplitAtTwoThousand: parts are numbered, end at sentences, never inside a character, and a list stays whole.
func TestSplitAtTwoThousand(t *testing.T) {
	t.Parallel()
	say := locale.NewSpeaker(time.UTC)
	sentence := "Bà con xã Ba Bể tách hạt ngô bằng động cơ xe máy cũ 👨‍👩‍👧‍👦. "
	var list []string
	for i := range 12 {
		list = append(list, fmt.Sprintf("%d. %s", i+1, strings.Repeat("mục ", 30)))
	}
	for name, r := range map[string]sangkien.Reply{
		"sentences":         reply(strings.Repeat(sentence, 120)),
		"a list in between": reply(strings.Repeat(sentence, 20) + "\n" + strings.Join(list, "\n") + "\nXong"),
		"choices":           reply(strings.TrimSpace(strings.Repeat(sentence, 32)), sangkien.Button{Label: strings.Repeat("a", 90), Data: "a"}, sangkien.Button{Label: "b", Data: "b"}),
		"one word":          reply(strings.Repeat("a", 5000)),
	} {
		got := bot.Render(r, say, wordy)
		if len(got) < 2 {
			t.Errorf("%s: %d parts", name, len(got))
		}
		for i, m := range got {
			text := m.Text.String()
			if n := len([]rune(text)); n > 2000 || !strings.HasPrefix(text, fmt.Sprintf("(%d/%d)\n", i+1, len(got))) {
				t.Errorf("%s: part %d has %d characters: %.40q", name, i+1, n, text)
			}
			if end := regexp.MustCompile(`(👦\.|a|Xong|mục|b)$`); !end.MatchString(text) {
				t.Errorf("%s: part %d ends at %q", name, i+1, text[max(0, len(text)-20):])
			}
			if name == "a list in between" && strings.Contains(text, "\n1. ") != strings.Contains(text, "\n12. ") {
				t.Errorf("the list is torn: %.60q", text)
			}
		}
	}
}

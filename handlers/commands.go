package handlers

import (
	"slices"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// Command is one thing that people can ask for by name.
type Command struct {
	Name     string // as Telegram wants it: /gui
	English  string // /submit
	InMenu   bool
	Needs    sangkien.Action
	words    []string // folded phrases that mean it when they are the whole message
	anywhere bool     // the words mean it also in the middle of a form
	always   []string // those of words that do, where not all do
	takes    bool     // more words, that say what is looked for, may follow the phrases
	run      func(*turn, string) (outcome, error)
}

// Commands is the table of commands, in the order of the menu.
func Commands() []Command {
	return []Command{
		{Name: "gui", English: "submit", Needs: sangkien.ActTakePart, InMenu: true, words: []string{"gui y tuong", "gui sang kien", "gui", "dang ky", "tham gia", "nop", "submit an idea", "submit", "i want to submit an idea"}, run: (*turn).submit},
		{Name: "cuatoi", English: "mine", Needs: sangkien.ActTakePart, InMenu: true, words: []string{"cua toi", "y tuong cua toi", "ho so cua toi", "xem", "my ideas", "where is my idea"}, run: (*turn).mine},
		{Name: "tracuu", English: "search", Needs: sangkien.ActReadPublic, InMenu: true, words: []string{"tra cuu", "tim", "tim kiem", "search"}, takes: true, run: (*turn).search},
		{Name: "caidat", English: "settings", Needs: sangkien.ActTakePart, InMenu: true, words: []string{"cai dat"}, run: (*turn).settings},
		{Name: "lienhe", English: "contact", Needs: sangkien.ActTakePart, InMenu: true, words: []string{"lien he", "gap nguoi", "gap can bo", "cho toi gap can bo", "gap nguoi phu trach", "hoi can bo", "thu cua toi", "viet thu", "gui thu"},
			always: []string{"lien he", "gap nguoi", "gap can bo", "cho toi gap can bo", "gap nguoi phu trach", "hoi can bo"}, run: (*turn).contactCommand},
		{Name: "ketqua", English: "results", Needs: sangkien.ActTakePart, words: []string{"ket qua", "xem ket qua"}, run: (*turn).results},
		{Name: "dulieu", English: "mydata", Needs: sangkien.ActTakePart, words: []string{"du lieu", "du lieu cua toi", "my data"}, run: (*turn).myData},
		{Name: "yeucau", English: "requests", Needs: sangkien.ActData, words: []string{"yeu cau"}, run: (*turn).requests},
		{Name: "vanban", English: "documents", Needs: sangkien.ActTakePart, words: []string{"van ban", "documents"}, takes: true, run: (*turn).documents},
		{Name: "tin", English: "news", Needs: sangkien.ActTakePart, InMenu: true, words: []string{"tin", "tin tuc", "xem tin", "ban tin"}, run: (*turn).news},
		{Name: "bantin", English: "bulletin", Needs: sangkien.ActBroadcast, words: []string{"viet tin", "soan tin", "dot gui"}, run: (*turn).newsDesk},
		{Name: "lich", English: "schedule", Needs: sangkien.ActTakePart, words: []string{"lich", "han nop"}, run: (*turn).schedule},
		{Name: "hopthu", English: "letters", Needs: sangkien.ActLetters, words: []string{"hop thu"}, run: (*turn).letters},
		{Name: "hoso", English: "desk", Needs: sangkien.ActOpenDesk, words: []string{"ho so", "ban lam viec"}, run: (*turn).desk},
		{Name: "dotphatdong", English: "campaign", Needs: sangkien.ActCampaign, words: []string{"dot phat dong", "loi nhac"}, run: (*turn).campaign},
		{Name: "quantri", English: "admin", Needs: sangkien.ActStaff, words: []string{"quan tri"}, run: (*turn).staff},
		{Name: "trogiup", English: "help", Needs: sangkien.ActTakePart, InMenu: true, words: []string{"tro giup", "giup", "giup toi", "giup do", "huong dan"}, anywhere: true, run: (*turn).help},
		{Name: "quaylai", English: "back", Needs: sangkien.ActTakePart, words: []string{"quay lai", "lui lai"}, anywhere: true, run: (*turn).back},
		{Name: "huy", English: "cancel", Needs: sangkien.ActTakePart, words: []string{"huy", "huy bo", "thoat"}, anywhere: true, run: (*turn).cancel},
		{Name: "batdau", English: "start", Needs: sangkien.ActTakePart, words: []string{"bat dau", "xin chao", "chao", "alo", "a lo", "hello", "hi", "menu"}, run: (*turn).start},
	}
}

// MenuOf lists the commands that a channel's menu shows: to members the few that they need, to staff theirs
// before those.
func MenuOf(who sangkien.MenuFor) []Command {
	var staff, all []Command
	for _, c := range Commands() {
		switch {
		case c.Needs != sangkien.ActTakePart && c.Needs != sangkien.ActReadPublic:
			staff = append(staff, c)
		case c.InMenu:
			all = append(all, c)
		}
	}
	if who == sangkien.MenuStaff {
		return append(staff, all...)
	}
	return all
}

// About is the sentence of the command in a menu.
func (c Command) About() sangkien.Line { return sangkien.Say("command." + c.Name) }

// findCommand reads a message as a command: "/gui", "/gui@bot x", or its words. In the middle of a form only
// those words count that nobody would give as an answer.
func (t *turn) findCommand(text string) (c Command, payload string, ok bool) {
	if strings.HasPrefix(text, "/") {
		name, payload, _ := strings.Cut(text[1:], " ")
		name, _, _ = strings.Cut(strings.ToLower(name), "@")
		if c, ok := commandNamed(name); ok {
			return c, strings.TrimSpace(payload), true
		}
		return Command{Needs: sangkien.ActTakePart, run: (*turn).unknownCommand}, name, name != "" && !strings.Contains(name, "/")
	}
	if token, ok := invitationToken(text); ok {
		start, _ := commandNamed("start")
		return start, token, true
	}
	if code, ok := linkCode(text); ok {
		return Command{Needs: sangkien.ActTakePart, run: (*turn).sentLink}, code, true
	}
	folded := vntext.Fold(text)
	if l, ok := languages[folded]; ok {
		return Command{Needs: sangkien.ActTakePart, run: func(t *turn, _ string) (outcome, error) { return t.speak(l) }}, "", true
	}
	if words := joinShape.FindStringSubmatch(folded); words != nil && t.session.Form == "" {
		return Command{Needs: sangkien.ActTakePart, run: (*turn).joinByCode}, words[1], true
	}
	for _, c := range Commands() {
		counts := c.anywhere || t.session.Mode == sangkien.ModeIdle || t.session.Mode == sangkien.ModePapers || t.session.Mode == sangkien.ModeSearch && t.session.View != ""
		if slices.Contains(c.always, folded) || counts && (slices.Contains(c.words, folded) || folded == vntext.Fold(t.d.Words(c.About(), t.lang))) {
			return c, "", true
		}
	}
	return t.withWords(text)
}

// withWords reads "tra cứu máy sấy" as a command with what is looked for, where nothing else is asked. In the library
// documents are looked for.
func (t *turn) withWords(text string) (c Command, payload string, ok bool) {
	mode := t.session.Mode
	if mode != sangkien.ModeIdle && mode != sangkien.ModeSearch && mode != sangkien.ModePapers {
		return Command{}, "", false
	}
	words, longest := strings.Fields(text), 0
	for _, candidate := range Commands() {
		for _, phrase := range candidate.words {
			n := len(strings.Fields(phrase))
			if candidate.takes && n > longest && len(words) > n && vntext.Fold(strings.Join(words[:n], " ")) == phrase {
				c, longest = candidate, n
			}
		}
	}
	if mode == sangkien.ModePapers && longest > 0 {
		c, _ = commandNamed("vanban")
	}
	return c, strings.Join(words[longest:], " "), longest > 0
}

// languages are asked for by name in any state: who does not read one does not find the way to the settings.
var languages = map[string]sangkien.Language{"tieng viet": sangkien.Vietnamese, "noi tieng viet": sangkien.Vietnamese, "vietnamese": sangkien.Vietnamese,
	"english": sangkien.English, "tieng anh": sangkien.English, "in english": sangkien.English, "speak english": sangkien.English}

func commandNamed(name string) (Command, bool) {
	for _, c := range Commands() {
		if c.Name == name || c.English == name {
			return c, true
		}
	}
	return Command{}, false
}

// unknownCommand says which commands there are; the form stays where it is.
func (t *turn) unknownCommand(name string) (outcome, error) {
	line := sangkien.Say("command.unknown", sangkien.With("name", vntext.Truncate(name, 32)))
	if t.session.Form != "" {
		return t.showAgain(line)
	}
	return t.missed(line)
}

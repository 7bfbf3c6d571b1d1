package locale

import (
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

// SayTyped is Say for a chat in which nothing can be pressed and commands are words: "press" becomes "type". Only
// sentences of ours and of forms are changed, never what fills them.
func (s *Speaker) SayTyped(l sangkien.Line, lang sangkien.Language) Text {
	return s.sayWith(l, lang, pressing[lang], commands[lang])
}

// SayNumbered is Say for a message of which the choices are numbered and the ways on can be pressed.
func (s *Speaker) SayNumbered(l sangkien.Line, lang sangkien.Language) Text {
	return s.sayWith(l, lang, choosing[lang], commands[lang])
}

// SayWords is Say for a chat with buttons in which commands are words.
func (s *Speaker) SayWords(l sangkien.Line, lang sangkien.Language) Text {
	return s.sayWith(l, lang, nil, commands[lang])
}

func (s *Speaker) sayWith(l sangkien.Line, lang sangkien.Language, choices, names *strings.Replacer) Text {
	replace := func(text string, with *strings.Replacer) string {
		if with == nil {
			return text
		}
		return with.Replace(text)
	}
	if l.Key == "" { // the words of a form or a campaign
		words := make([]sangkien.Arg, len(l.Args))
		for i, a := range l.Args {
			words[i] = a
			words[i].Text = replace(a.Text, choices)
		}
		return s.fill("{text}", words, lang)
	}
	t, ok := sentences[l.Key]
	if !ok || l.Key == "text.bold" { // a question of a form
		return s.Say(l, lang)
	}
	return s.fill(replace(replace(t.In(lang), choices), names), l.Args, lang)
}

// toNumbers says what is typed instead of pressed where a choice has a number, longer phrases before their parts;
// toLabels the same of a choice that is typed by its name.
var (
	toNumbers = map[sangkien.Language][]string{
		sangkien.Vietnamese: {
			"bấm nút đính kèm", "bấm nút đính kèm", // that one is the app's
			"bấm nút của câu đó hoặc gõ số", "gõ số của câu đó",
			"bấm một trong hai nút, hoặc gõ", "gõ số 1 hoặc 2, hoặc gõ",
			"bấm một nút, hoặc gõ số", "gõ số", "Bấm một nút, hoặc gõ tên", "Gõ một số, hoặc gõ tên",
			"bấm nút hoặc gõ số", "gõ số",
			"gõ chữ hoặc bấm nút", "gõ chữ hoặc gõ số",
			"bấm một nút dưới đây", "gõ một số dưới đây",
			"bấm nút dưới đây", "gõ số dưới đây", "Bấm nút dưới đây", "Gõ số dưới đây",
			"gửi ảnh hoặc bấm nút", "gửi ảnh hoặc gõ số",
			"một trong ba nút", "một trong ba số", "Nút này", "Lựa chọn này",
			"Bấm nhầm", "Gõ nhầm", "Nút vừa bấm", "Lựa chọn vừa gõ",
			"bấm chọn", "gõ số để chọn", "bấm nút", "gõ số"},
		sangkien.English: {
			"Press the button to begin", "Type a number to begin",
			"press its button or type its number", "type its number",
			"Press a button, or type a number", "Type a number", "Press a button, or type its name", "Type a number, or the name",
			"press a button or type its number", "type its number",
			"Press one of the two buttons, or type", "Type 1 or 2, or",
			"Please type, or press a button", "Please type words or a number",
			"press one of the buttons", "type one of the numbers",
			"That button belongs", "That choice belongs",
			"press a button", "type a number", "press the button", "type the number", "Press the button", "Type the number",
			"in words or with a button", "in words or by its number", "one of the three buttons", "one of the three", "That button is old", "That choice is old"},
	}
	toLabels = map[sangkien.Language][]string{
		sangkien.Vietnamese: {"còn bấm gửi", "còn gõ gửi", "bấm *", "gõ *", "Bấm *", "Gõ *", "bấm Xong", "gõ Xong", "bấm Bỏ qua", "gõ Bỏ qua"},
		sangkien.English: {"Press Done", "Type Done", "Press Skip", "Type Skip",
			"Press *", "Type *", "press *", "type *", "press Done", "type Done", "press Skip", "type Skip"},
	}
	choosing = replacers(toNumbers)
	pressing = replacers(toNumbers, toLabels)
)

func replacers(all ...map[sangkien.Language][]string) map[sangkien.Language]*strings.Replacer {
	out := map[sangkien.Language]*strings.Replacer{}
	for lang := range all[0] {
		var pairs []string
		for _, a := range all {
			pairs = append(pairs, a[lang]...)
		}
		out[lang] = strings.NewReplacer(pairs...)
	}
	return out
}

// commands are the words for the commands that sentences name. Those that sentences name in the middle of a form
// mean the same there; where they would be taken for an answer the command stays as it is.
var commands = map[sangkien.Language]*strings.Replacer{
	sangkien.Vietnamese: strings.NewReplacer("/tracuu kèm", "/tracuu kèm", "/tracuu may", "/tracuu may", "/cuatoi", "“của tôi”", "/gui", "“gửi ý tưởng”",
		"/tracuu", "“tra cứu”", "/ketqua", "“kết quả”", "/caidat", "“cài đặt”", "/trogiup", "“trợ giúp”", "/hoso", "“hồ sơ”",
		"/vanban", "“văn bản”", "/quantri", "“quản trị”", "/start", "“bắt đầu”", "/quaylai", "“quay lại”", "/huy", "“hủy”", "/lich", "“lịch”", "/dulieu", "“dữ liệu”"),
	sangkien.English: strings.NewReplacer("/mine", "“my ideas”", "/help", "“help”", "/back", "“back”", "/cancel", "“cancel”"),
}

// PhotosOnly takes back what a text offers beyond photos, for a channel on which voice and documents do not arrive: what
// is asked for must be possible.
func PhotosOnly(t Text, lang sangkien.Language) Text {
	out := make(Text, len(t))
	for i, s := range t {
		out[i] = Span{Text: onlyPhotos[lang].Replace(s.Text), Bold: s.Bold}
	}
	return out
}

var onlyPhotos = map[sangkien.Language]*strings.Replacer{
	sangkien.Vietnamese: strings.NewReplacer(
		"; gửi tin nhắn thoại cũng được", "", "gửi tin nhắn thoại cũng được", "",
		"Gửi ảnh, video, ghi âm, PDF hoặc Word, mỗi tệp không quá 20 MB, nhiều nhất 10 tệp.", "Gửi ảnh, nhiều nhất 10 ảnh. Kênh này chưa nhận được tệp khác.",
		"Ảnh, PDF, Word, Excel, mỗi tệp nhiều nhất 20 MB. Gửi xong", "Gửi ảnh; kênh này chưa nhận được tệp khác. Gửi xong"),
	sangkien.English: strings.NewReplacer("; a voice message will do", "",
		"Photos, video, sound, PDF or Word, each up to 20 MB, at most 10.", "Photos, at most 10. Other files do not arrive on this channel.",
		"Photos, PDF, Word, Excel, at most 20 MB each.", "Photos; other files do not arrive on this channel."),
}

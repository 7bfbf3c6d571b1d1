package handlers

import (
	"slices"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// stopWords mean by themselves that someone wants no more news, stopPhrases also with words of politeness around them.
var (
	stopWords   = []string{"dung", "dung lai"}
	stopPhrases = []string{"stop", "unsubscribe", "huy dang ky", "ngung", "ngung gui", "ngung gui tin", "ngung nhan tin", "tat tin", "tat tin nhan", "tat thong bao",
		"dung gui", "dung gui tin", "dung gui tin nhan", "dung nhan tin", "dung nhan tin nhan", "dung tin", "dung lam phien",
		"khong nhan tin", "khong nhan tin nua", "khong muon nhan tin", "khong muon nhan tin nua", "dung gui nua", "thoi gui tin"}
	polite = []string{"xin", "vui", "long", "lam", "on", "giup", "toi", "tui", "em", "minh", "chau", "con", "cho", "nhe", "nha", "a", "di", "voi", "hay", "da", "vang", "thua",
		"bot", "ban", "oi", "please", "cam"}
)

// IsStop tells whether an update is the wish to hear nothing any more, in any state of the conversation.
func IsStop(u sangkien.Update) bool { return u.Kind == sangkien.UpdateText && isStopWord(u.Text) }

// isStopWord tells whether a message asks to hear no more. Without accents “dung” alone may be “dừng” (stop) or “đúng”
// (right), so politeness around it counts only where it is written out.
func isStopWord(text string) bool {
	folded := strings.Trim(strings.TrimPrefix(vntext.Fold(text), "/"), " .!")
	if slices.Contains(stopWords, folded) || slices.Contains(stopPhrases, folded) {
		return !isYes(text)
	}
	plain := strings.Fields(strings.ReplaceAll(folded, "he thong", " "))
	if len(plain) > 10 {
		return false
	}
	rest := strings.Join(slices.DeleteFunc(plain, func(w string) bool { return slices.Contains(polite, strings.Trim(w, ",.!")) }), " ")
	return slices.Contains(stopPhrases, rest) || rest == "dung" && strings.Contains(vntext.ToneKey(text), vntext.ToneKey("dừng"))
}

// mayMeanYes tells whether “dung”, typed without accents, may as well be “đúng” (right): where a yes is waited for. Neither
// is guessed, for one ends the news and the other agrees to something.
func (t *turn) mayMeanYes() bool {
	if strings.Trim(strings.ToLower(strings.TrimSpace(t.update.Text)), " .!") != "dung" {
		return false
	}
	if t.session.Form == sangkien.FormProfile && t.session.Mode == sangkien.ModeAsk {
		q, ok := t.d.Profile.Question(t.session.Question)
		return ok && (q.Kind == sangkien.KindYesNo || q.Kind == sangkien.KindUnit)
	}
	return t.session.Mode == sangkien.ModeSummary
}

// isYes keeps "đúng" (right) apart from "dừng" (stop): without accents both are "dung".
func isYes(text string) bool {
	return vntext.ToneKey(strings.TrimSpace(text)) == vntext.ToneKey("đúng")
}

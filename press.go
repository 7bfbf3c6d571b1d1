package sangkien

import (
	"strconv"
	"strings"
)

// Press is what a button carries: the verb, what it belongs to, and where the chat stood when it was shown.
// It comes back from outside and can be old, foreign or forged: whoever acts on it checks all of it.
type Press struct {
	Verb     string // "a" answer, or one of the verbs of handlers; [a-z]+
	Idea     int64  // the draft or idea it belongs to; 0 for none
	Question string // key of the question; "" for none
	Revision int64  // of the chat, when the button was made
	Value    string // the choice; [A-Za-z0-9_-]*
}

// MaxPress is the most bytes a button's data may have: Telegram's limit for callback data.
const MaxPress = 64

// Encode writes the press in at most MaxPress bytes: "verb.idea.question.revision.value", numbers in base 36.
// It returns EINVALID when it does not fit or a part holds the separator.
func (p Press) Encode() (string, error) {
	for _, part := range []string{p.Verb, p.Question, p.Value} {
		if strings.ContainsAny(part, ". \n") {
			return "", Errorf(EINVALID, "button part %q holds a separator", part)
		}
	}
	s := strings.Join([]string{p.Verb, base36(p.Idea), p.Question, base36(p.Revision), p.Value}, ".")
	if len(s) > MaxPress {
		return "", Errorf(EINVALID, "button data %q has %d bytes, at most %d", s, len(s), MaxPress)
	}
	return s, nil
}

// ParsePress reads what Encode wrote. ok is false for anything else.
func ParsePress(s string) (p Press, ok bool) {
	parts := strings.Split(s, ".")
	if len(s) > MaxPress || len(parts) != 5 || parts[0] == "" {
		return Press{}, false
	}
	idea, ok1 := parse36(parts[1])
	rev, ok2 := parse36(parts[3])
	if !ok1 || !ok2 {
		return Press{}, false
	}
	return Press{Verb: parts[0], Idea: idea, Question: parts[2], Revision: rev, Value: parts[4]}, true
}

func base36(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 36)
}

func parse36(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(s, 36, 64)
	return n, err == nil && n > 0 && base36(n) == s
}

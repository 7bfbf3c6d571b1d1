package telegramtest

import (
	"encoding/json"
	"regexp"
	"unicode/utf8"
)

var commandForm = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// checkCommands checks a menu. See https://core.telegram.org/bots/api#botcommand.
func checkCommands(p map[string]string) error {
	var commands []struct{ Command, Description string }
	if err := json.Unmarshal([]byte(p["commands"]), &commands); err != nil || len(commands) > 100 {
		return refusal("can't parse commands, or too many")
	}
	for _, c := range commands {
		if !commandForm.MatchString(c.Command) {
			return refusal("BOT_COMMAND_INVALID")
		}
		if n := utf8.RuneCountInString(c.Description); n < 1 || n > 256 {
			return refusal("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	if lang := p["language_code"]; lang != "" && len(lang) != 2 {
		return refusal("LANG_CODE_INVALID")
	}
	return nil
}

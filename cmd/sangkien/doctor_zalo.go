package main

import (
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

func zaloBotChecks() []check {
	return []check{
		{"zalo bot", func(f *facts) (finding, bool) {
			switch {
			case f.config.ZaloBotToken == "":
				return found(note, "doctor.zalobot_off"), true
			case f.zaloBotErr != nil:
				return found(bad, "doctor.zalobot_bad", why(f.zaloBotErr), sangkien.With("api", f.config.ZaloBotAPIURL)), true
			}
			return found(well, "doctor.zalobot", sangkien.With("bot", f.zaloBot)), true
		}},
		{"zalo bot updates", func(f *facts) (finding, bool) {
			concerns := f.config.ZaloBotToken != "" && f.zaloBotErr == nil
			switch {
			case f.config.ZaloBotMode == "polling":
				return found(note, "doctor.zalobot_polling"), concerns
			case !strings.HasPrefix(f.config.PublicURL, "https://"):
				return found(bad, "doctor.zalobot_http"), concerns
			}
			return found(well, "doctor.zalobot_webhook"), concerns
		}},
	}
}

func zaloChecks() []check {
	return []check{
		{"zalo", func(f *facts) (finding, bool) {
			switch {
			case f.config.ZaloAppID == "":
				return found(note, "doctor.zalo_off"), true
			case f.zaloErr != nil:
				return found(bad, "doctor.zalo_bad", why(f.zaloErr)), true
			}
			return found(well, "doctor.zalo"), f.looked()
		}},
		{"zalo access", func(f *facts) (finding, bool) {
			return judgeZaloAccess(f), f.config.ZaloAppID != "" && f.zaloErr == nil && f.looked()
		}},
		{"zalo webhook", func(f *facts) (finding, bool) {
			url := sangkien.With("url", f.config.PublicURL+"/webhooks/zalo-oa")
			if !strings.HasPrefix(f.config.PublicURL, "https://") {
				return found(bad, "doctor.zalo_http"), f.config.ZaloAppID != ""
			}
			return found(well, "doctor.zalo_webhook", url), f.config.ZaloAppID != ""
		}},
	}
}

// judgeZaloAccess looks at the tokens with which the program speaks for the Official Account.
func judgeZaloAccess(f *facts) finding {
	until, failure := sangkien.WithTime("until", f.zaloToken.Expires), sangkien.With("why", f.zaloToken.Failure)
	switch f.zaloToken.Alarm(f.now) {
	case sangkien.TokenNone:
		if f.config.ZaloRefresh != "" {
			return found(well, "doctor.zalo_first")
		}
		return found(bad, "doctor.zalo_unauthorised")
	case sangkien.TokenLapsing, sangkien.TokenDead:
		return found(bad, "doctor.zalo_lapsing", until, failure)
	case sangkien.TokenOver, sangkien.TokenLapsed:
		return found(bad, "doctor.zalo_over", until, failure)
	case sangkien.TokenWell:
	}
	return found(well, "doctor.zalo_access", until, sangkien.WithTime("renew", f.zaloToken.RenewAt()))
}

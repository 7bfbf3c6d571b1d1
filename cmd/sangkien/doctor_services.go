package main

import (
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// oldBackup is how old the newest backup may be: a day, and a night when the machine is off.
const oldBackup = 50 * time.Hour

func redisChecks() []check {
	used := func(judge func(f *facts) finding) func(*facts) (finding, bool) {
		return func(f *facts) (finding, bool) { return judge(f), f.config.RedisURL != "" && f.redisErr == nil }
	}
	return []check{
		{"redis", func(f *facts) (finding, bool) {
			url := sangkien.With("url", withoutPassword(f.config.RedisURL))
			switch {
			case f.config.RedisURL == "":
				return found(well, "doctor.redis_none"), true
			case f.redisErr != nil:
				return found(bad, "doctor.redis_bad", url, why(f.redisErr)), true
			}
			return found(well, "doctor.redis", url), true
		}},
		{"redis servers", used(func(f *facts) finding {
			switch r := f.redis; {
			case r.Cluster == "fail":
				return found(bad, "doctor.redis_cluster")
			case r.Replica:
				return found(bad, "doctor.redis_replica")
			case r.Quorum != "":
				return found(note, "doctor.redis_quorum", sangkien.With("why", r.Quorum))
			case r.Alone != "":
				return found(note, "doctor.redis_alone", sangkien.With("server", r.Alone))
			}
			return found(well, "doctor.redis_servers", sangkien.With("version", f.redis.Versions))
		})},
		{"redis persistence", used(func(f *facts) finding {
			if f.redis.Told && !f.redis.Persistent {
				return found(note, "doctor.persistence_off")
			}
			return found(well, "doctor.persistence")
		})},
		{"redis eviction", used(func(f *facts) finding {
			if p := f.redis.Eviction; p != "noeviction" && p != "" {
				return found(note, "doctor.eviction_on", sangkien.With("policy", p))
			}
			return found(well, "doctor.eviction")
		})},
	}
}

func backupChecks() []check {
	return []check{
		{"backup age", func(f *facts) (finding, bool) {
			switch {
			case f.config.BackupKeep == 0:
				return found(note, "doctor.backup_off"), true
			case f.lastBackup.IsZero():
				return found(note, "doctor.backup_none"), true
			case f.now.Sub(f.lastBackup) > oldBackup:
				return found(bad, "doctor.backup_old", sangkien.WithTime("at", f.lastBackup)), true
			}
			return found(well, "doctor.backup", sangkien.WithTime("at", f.lastBackup)), true
		}},
		{"backup", func(f *facts) (finding, bool) {
			if f.backupErr != nil {
				return found(bad, "doctor.backup_damaged", why(f.backupErr)), true
			}
			return found(well, "doctor.backup_whole"), !f.lastBackup.IsZero()
		}},
	}
}

func telegramChecks() []check {
	speaks := func(judge func(f *facts) finding) func(*facts) (finding, bool) {
		return func(f *facts) (finding, bool) { return judge(f), f.config.TelegramToken != "" && f.telegramErr == nil }
	}
	return []check{
		{"telegram", func(f *facts) (finding, bool) {
			switch {
			case f.config.TelegramToken == "":
				return found(note, "doctor.telegram_off"), true
			case f.telegramErr != nil:
				return found(bad, "doctor.telegram_bad", why(f.telegramErr), sangkien.With("api", f.config.TelegramAPIURL)), true
			}
			return found(well, "doctor.telegram", sangkien.With("bot", f.bot.Name)), true
		}},
		{"telegram inline mode", speaks(func(f *facts) finding {
			if !f.bot.Inline {
				return found(note, "doctor.inline_off")
			}
			return found(well, "doctor.inline")
		})},
		{"telegram updates", speaks(func(f *facts) finding {
			want := ""
			if f.config.TelegramMode == "webhook" {
				want = f.config.PublicURL + "/webhooks/telegram"
			}
			switch {
			case want != "" && !strings.HasPrefix(want, "https://"):
				return found(bad, "doctor.webhook_http")
			case f.hook.URL != want:
				return found(note, "doctor.webhook_other", sangkien.With("url", f.hook.URL))
			case f.now.Sub(f.hook.FailedAt) < time.Hour:
				return found(bad, "doctor.webhook_failed", sangkien.With("why", f.hook.LastError), sangkien.WithTime("at", f.hook.FailedAt))
			}
			return found(well, "doctor.webhook", sangkien.With("mode", f.config.TelegramMode))
		})},
		{"telegram backlog", speaks(func(f *facts) finding {
			if f.hook.Waiting > 1000 {
				return found(note, "doctor.backlog_long", count(f.hook.Waiting))
			}
			return found(well, "doctor.backlog", count(f.hook.Waiting))
		})},
	}
}

package main

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot/telegram"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/storage/redis"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// healthy is an installation where all is well, on PostgreSQL or SQLite.
func healthy(t *testing.T, database string) *facts {
	t.Helper()
	c := &Config{DataDir: t.TempDir(), Timezone: "Asia/Ho_Chi_Minh", HTTPAddr: ":8080", PublicURL: "https://x.vn", QuietHours: "off", RedisURL: "redis://x", BackupKeep: 7,
		TelegramToken: "1:a", TelegramMode: "webhook", TelegramRate: 30, ZaloBotToken: "1:b", ZaloBotMode: "webhook", ZaloBotRate: 10, ZaloAppID: "1", DatabaseURL: database + ":x"}
	if err := c.check(); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 9, 20, 3, 0, 0, 0, time.UTC)
	campaign := seed.Campaign(now.Add(-time.Hour))
	campaign.Closes, campaign.Contact = now.AddDate(0, 1, 0), sangkien.Text{VI: "Ban Phong trào, 0209"}
	f := &facts{config: c, now: now, folderMode: 0o700, free: 50 << 30, openFiles: 65536, level: 8, newest: 8, named: 3, units: 12,
		health: storage.Health{Database: database, Integrity: "ok", Settings: map[string]string{"journal_mode": "wal", "synchronous": "2"}},
		counts: storage.Counts{Admins: 1, Members: 4}, campaigns: []sangkien.Campaign{campaign}, redis: redis.Health{Eviction: "noeviction", Persistent: true, Told: true},
		lastBackup: now.Add(-time.Hour), bot: telegram.Bot{Name: "b", Inline: true}, hook: telegram.Hook{URL: "https://x.vn/webhooks/telegram"},
		zaloBot: "Bot Sáng kiến", zaloToken: sangkien.Token{Version: 3, Expires: now.Add(time.Hour), Lasts: 25 * time.Hour}}
	if database == "postgres" {
		f.health.Integrity = ""
		f.health.Settings = map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "max_connections": "100", "synchronous_standby_names": "*"}
	}
	return f
}

// ill is how each check is made to find something, on which database, and what it must say then.
var ill = []struct {
	check, key, database string
	spoil                func(f *facts)
}{
	{"settings", "doctor.settings_unknown", "sqlite", func(f *facts) { f.config.unknown = []unknownSetting{{"SANGKIEN_DATADIR", "SANGKIEN_DATA_DIR"}} }},
	{"folder", "doctor.folder_bad", "sqlite", func(f *facts) { f.folderErr = errors.New("no") }},
	{"folder rights", "doctor.rights_open", "sqlite", func(f *facts) { f.folderMode = 0o755 }},
	{"disk", "doctor.disk_low", "sqlite", func(f *facts) { f.free = 1 << 30 }},
	{"disk", "doctor.disk_full", "sqlite", func(f *facts) { f.free = 1 << 20 }},
	{"address", "doctor.address_taken", "sqlite", func(f *facts) { f.listenErr = &net.OpError{Err: syscall.EADDRINUSE} }},
	{"address", "doctor.address_bad", "sqlite", func(f *facts) { f.listenErr = &net.OpError{Err: syscall.EACCES} }},
	{"open files", "doctor.files_few", "sqlite", func(f *facts) { f.openFiles = 256 }},
	{"time zone", "doctor.zone_other", "sqlite", func(f *facts) { f.config.zone = time.UTC }},
	{"public address", "doctor.public_none", "sqlite", func(f *facts) { f.config.PublicURL = "" }},
	{"public address", "doctor.public_http", "sqlite", func(f *facts) { f.config.PublicURL = "http://x.vn" }},
	{"secrets", "doctor.secret_bare", "sqlite", func(f *facts) { f.secret = map[string]os.FileMode{"SANGKIEN_TELEGRAM_TOKEN": 0} }},
	{"secrets", "doctor.secret_open", "sqlite", func(f *facts) { f.secret = map[string]os.FileMode{"SANGKIEN_TELEGRAM_TOKEN": 0o644} }},
	{"database", "doctor.database_newer", "sqlite", func(f *facts) { f.level = 9 }},
	{"database", "doctor.database_bad", "postgres", func(f *facts) { f.storeErr = errors.New("refused") }},
	{"database", "doctor.database_migrated", "sqlite", func(f *facts) { f.level = 7 }},
	{"durability", "doctor.durability_off", "sqlite", func(f *facts) { f.health.Settings["synchronous"] = "1" }},
	{"durability", "doctor.durability_off", "postgres", func(f *facts) { f.health.Settings["fsync"] = "off" }},
	{"durability", "doctor.durability_off", "postgres", func(f *facts) { f.health.Settings["synchronous_commit"] = "off" }},
	{"integrity", "doctor.integrity_bad", "sqlite", func(f *facts) { f.health.Integrity = "row 7 missing" }},
	{"connections", "doctor.connections_few", "postgres", func(f *facts) { f.health.Settings["max_connections"] = "20" }},
	{"clock", "doctor.clock_skew", "postgres", func(f *facts) { f.health.Skew = time.Minute }},
	{"clock", "doctor.clock_back", "sqlite", func(f *facts) { f.health.NewestWrite = f.now.Add(time.Hour) }},
	{"queue age", "doctor.queue_old", "sqlite", func(f *facts) { f.health.Backlogs = []storage.Backlog{{Waiting: 1, Oldest: time.Hour}} }},
	{"queue", "doctor.queue_long", "sqlite", func(f *facts) { f.counts.Waiting = 20_000 }},
	{"failed sends", "doctor.failed_some", "sqlite", func(f *facts) { f.counts.Failed = 1 }},
	{"quarantine", "doctor.quarantine_some", "sqlite", func(f *facts) { f.counts.Quarantined = 1 }},
	{"standby", "doctor.standby_late", "postgres", func(f *facts) { f.health.Settings["synchronous_standby_names"], f.health.Standbys = "", 1 }},
	{"pending files", "doctor.pending_many", "sqlite", func(f *facts) { f.counts.PendingFiles = 30 }},
	{"attachments", "doctor.attachments_missing", "sqlite", func(f *facts) { f.missing = 1 }},
	{"record of changes", "doctor.audit_broken", "sqlite", func(f *facts) { f.auditErr = errors.New("line 3") }},
	{"redis", "doctor.redis_bad", "sqlite", func(f *facts) { f.redisErr = errors.New("refused") }},
	{"redis servers", "doctor.redis_cluster", "sqlite", func(f *facts) { f.redis.Cluster = "fail" }},
	{"redis servers", "doctor.redis_replica", "sqlite", func(f *facts) { f.redis.Replica = true }},
	{"redis servers", "doctor.redis_quorum", "sqlite", func(f *facts) { f.redis.Quorum = "NOQUORUM" }},
	{"redis servers", "doctor.redis_alone", "sqlite", func(f *facts) { f.redis.Alone = "port 1" }},
	{"redis persistence", "doctor.persistence_off", "sqlite", func(f *facts) { f.redis.Persistent = false }},
	{"redis eviction", "doctor.eviction_on", "sqlite", func(f *facts) { f.redis.Eviction = "allkeys-lru" }},
	{"backup age", "doctor.backup_off", "sqlite", func(f *facts) { f.config.BackupKeep = 0 }},
	{"backup age", "doctor.backup_none", "sqlite", func(f *facts) { f.lastBackup = time.Time{} }},
	{"backup age", "doctor.backup_old", "sqlite", func(f *facts) { f.lastBackup = f.now.AddDate(0, 0, -3) }},
	{"backup", "doctor.backup_damaged", "sqlite", func(f *facts) { f.backupErr = errors.New("damaged") }},
	{"telegram", "doctor.telegram_off", "sqlite", func(f *facts) { f.config.TelegramToken = "" }},
	{"telegram", "doctor.telegram_bad", "sqlite", func(f *facts) { f.telegramErr = errors.New("401") }},
	{"telegram inline mode", "doctor.inline_off", "sqlite", func(f *facts) { f.bot.Inline = false }},
	{"telegram updates", "doctor.webhook_http", "sqlite", func(f *facts) { f.config.PublicURL = "http://x.vn" }},
	{"telegram updates", "doctor.webhook_other", "sqlite", func(f *facts) { f.hook.URL = "https://other.vn" }},
	{"telegram updates", "doctor.webhook_failed", "sqlite", func(f *facts) { f.hook.FailedAt = f.now.Add(-time.Minute) }},
	{"telegram backlog", "doctor.backlog_long", "sqlite", func(f *facts) { f.hook.Waiting = 5000 }},
	{"zalo bot", "doctor.zalobot_off", "sqlite", func(f *facts) { f.config.ZaloBotToken = "" }},
	{"zalo bot", "doctor.zalobot_bad", "sqlite", func(f *facts) { f.zaloBotErr = errors.New("401") }},
	{"zalo bot updates", "doctor.zalobot_http", "sqlite", func(f *facts) { f.config.PublicURL = "http://x.vn" }},
	{"zalo bot updates", "doctor.zalobot_polling", "sqlite", func(f *facts) { f.config.ZaloBotMode = "polling" }},
	{"zalo", "doctor.zalo_off", "sqlite", func(f *facts) { f.config.ZaloAppID = "" }},
	{"zalo", "doctor.zalo_bad", "sqlite", func(f *facts) { f.zaloErr = errors.New("no key") }},
	{"zalo access", "doctor.zalo_unauthorised", "sqlite", func(f *facts) { f.zaloToken = sangkien.Token{} }},
	{"zalo access", "doctor.zalo_lapsing", "sqlite", func(f *facts) { f.zaloToken.Refused = true }},
	{"zalo access", "doctor.zalo_lapsing", "sqlite", func(f *facts) { f.zaloToken.Dead = f.now.Add(-time.Hour) }},
	{"zalo access", "doctor.zalo_over", "sqlite", func(f *facts) { f.zaloToken.Dead, f.zaloToken.Expires = f.now, f.now }},
	{"zalo access", "doctor.zalo_over", "sqlite", func(f *facts) { f.zaloToken.Tries, f.zaloToken.Expires = 1, f.now }},
	{"zalo webhook", "doctor.zalo_http", "sqlite", func(f *facts) { f.config.PublicURL = "http://x.vn" }},
	{"administrator", "doctor.admin_none", "sqlite", func(f *facts) { f.counts.Admins = 0 }},
	{"units", "doctor.units_none", "sqlite", func(f *facts) { f.units = 0 }},
	{"campaign", "doctor.campaign_none", "sqlite", func(f *facts) { f.campaigns[0].Opens = f.now.Add(time.Hour) }},
	{"form", "doctor.form_bad", "sqlite", func(f *facts) { f.campaigns[0].Form.Questions = nil }},
	{"contact", "doctor.contact_none", "sqlite", func(f *facts) { f.campaigns[0].Contact.VI = "" }},
	{"deadline", "doctor.deadline_none", "sqlite", func(f *facts) { f.campaigns[0].Closes = time.Time{} }},
	{"deadline", "doctor.deadline_soon", "sqlite", func(f *facts) { f.campaigns[0].Closes = f.now.Add(time.Hour) }},
}

// judged is what the check of that name finds in facts.
func judged(t *testing.T, f *facts, name string) finding {
	t.Helper()
	for _, c := range checks() {
		if c.name != name {
			continue
		}
		got, concerns := c.judge(f)
		if !concerns {
			t.Fatalf("%s does not concern this configuration", name)
		}
		return got
	}
	t.Fatalf("there is no check %s", name)
	return finding{}
}

// TestEachCheckIsRedAndGreen: every check says that all is well where it is, and what is wrong, with its remedy, where
// it is not.
func TestEachCheckIsRedAndGreen(t *testing.T) {
	t.Parallel()
	all := checks()
	if len(all) < 20 {
		t.Errorf("only %d checks", len(all))
	}
	green, red := map[string]bool{}, map[string]bool{}
	for _, database := range []string{"sqlite", "postgres"} {
		f := healthy(t, database)
		for _, c := range all {
			if got, concerns := c.judge(f); concerns {
				green[c.name] = true
				if got.level != well || !locale.Has(got.line.Key) {
					t.Errorf("%s, %s: all is well, and it says %+v", database, c.name, got)
				}
			}
		}
	}
	for _, i := range ill {
		f := healthy(t, i.database)
		i.spoil(f)
		for _, c := range all {
			if c.name != i.check {
				continue
			}
			red[c.name] = true
			got, concerns := c.judge(f)
			if !concerns || got.level == well || got.line.Key != i.key || !locale.Has(i.key) || !locale.Has(i.key+"_fix") {
				t.Errorf("%s says %+v, %t; want %s with a remedy", i.check, got, concerns, i.key)
			}
		}
	}
	for _, c := range all {
		if !green[c.name] || !red[c.name] {
			t.Errorf("%s: green %t, red %t", c.name, green[c.name], red[c.name])
		}
	}
	t.Logf("%d checks, %d ways to be ill", len(all), len(ill))
}

// TestDoctorTellsNothingItDidNotSee: of a database that could not be looked into only that is said.
func TestDoctorTellsNothingItDidNotSee(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*facts{"refused": {storeErr: errors.New("refused")}, "newer": {level: 9, newest: 8}} {
		f.config = &Config{DatabaseURL: "sqlite:x", ZaloAppID: "1"}
		for _, group := range [][]check{storeChecks(), campaignChecks(), zaloChecks()} {
			for _, c := range group {
				if got, concerns := c.judge(f); concerns && c.name != "database" && c.name != "zalo webhook" {
					t.Errorf("%s: %s says %+v", name, c.name, got)
				}
			}
		}
	}
}

// TestDoctorAsksTelegram: who the bot is, where its updates go, and why they do not arrive.
func TestDoctorAsksTelegram(t *testing.T) {
	t.Parallel()
	server := telegramtest.New(t)
	nobody := "http://127.0.0.1:1"
	r := start(t, func(c *Config) {
		c.TelegramToken, c.TelegramAPIURL, c.TelegramMode, c.PublicURL = server.Token, server.URL, "webhook", nobody
	})
	server.Chat(7).Send("xin chào")
	for deadline := time.Now().Add(20 * time.Second); ; {
		b, h, err := telegramHealth(t.Context(), r.config, &streams{out: testLog{t}, err: testLog{t}})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%v, %+v, %v", b, h, err)
		}
		if h.LastError == "" {
			continue
		}
		if b.Name == "" || h.URL != nobody+"/webhooks/telegram" || h.Waiting != 1 || time.Since(h.FailedAt) > time.Minute {
			t.Errorf("%+v, %+v", b, h)
		}
		return
	}
}

// TestDoctorLooksAtRealServers: facts come from a real PostgreSQL and Redis, as JSON for machines.
func TestDoctorLooksAtRealServers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"--json", "--lang", "en", "--database-url", testkit.Postgres(t), "--redis-url", testkit.Redis(t)}
	out, err := command(t, dir, append([]string{"doctor"}, args...)...)
	if err != nil {
		t.Fatal(out, err)
	}
	got := map[string]string{}
	for line := range strings.Lines(out) {
		var f struct{ Check, Level, Finding, Remedy string }
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.Finding == "" || (f.Level == "ok") != (f.Remedy == "") {
			t.Errorf("%s: %v", line, err)
		}
		got[f.Check] = f.Level
	}
	want := map[string]string{"database": "ok", "durability": "ok", "connections": "ok", "clock": "ok", "redis": "ok", "redis servers": "ok", "redis persistence": "note",
		"redis eviction": "ok", "backup age": "note", "administrator": "note", "attachments": "ok", "record of changes": "ok", "folder": "ok"}
	for check, level := range want {
		if got[check] != level {
			t.Errorf("%s is %q, want %q", check, got[check], level)
		}
	}
	if out, err := command(t, dir, "backup", "--database-url", args[4]); err != nil {
		t.Fatal(out, err)
	}
	if out, err := command(t, dir, "doctor", "--database-url", args[4]); err != nil || !strings.Contains(out, "Bản sao lưu gần nhất nguyên vẹn") {
		t.Error(out, err)
	}
}

package main

import (
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// When what waits is too much, or too old.
const (
	clockSkew   = 5 * time.Second
	queueOld    = 5 * time.Minute
	queueLong   = 10_000
	filesWait   = 20
	connections = 40 // of PostgreSQL: two replicas with room for administrators
)

func storeChecks() []check {
	answers := func(judge func(f *facts) finding) func(*facts) (finding, bool) {
		return func(f *facts) (finding, bool) { return judge(f), f.looked() }
	}
	return []check{
		{"database", judgeStore},
		{"durability", answers(judgeDurability)},
		{"integrity", func(f *facts) (finding, bool) {
			if f.health.Integrity != "ok" {
				return found(bad, "doctor.integrity_bad", sangkien.With("why", f.health.Integrity)), f.looked() && f.health.Database == "sqlite"
			}
			return found(well, "doctor.integrity"), f.looked()
		}},
		{"connections", func(f *facts) (finding, bool) {
			var n int
			_, err := fmt.Sscan(f.health.Settings["max_connections"], &n)
			if n < connections {
				return found(note, "doctor.connections_few", count(n)), err == nil
			}
			return found(well, "doctor.connections", count(n)), err == nil
		}},
		{"standby", judgeStandby},
		{"clock", answers(judgeClock)},
		{"queue age", answers(func(f *facts) finding {
			for _, b := range f.health.Backlogs {
				if b.Oldest > queueOld && b.Class != sangkien.ClassBulk {
					return found(note, "doctor.queue_old", sangkien.With("by", b.Oldest.Round(time.Minute).String()))
				}
			}
			return found(well, "doctor.queue_age")
		})},
		{"queue", answers(func(f *facts) finding {
			if f.counts.Waiting > queueLong {
				return found(note, "doctor.queue_long", count(f.counts.Waiting))
			}
			return found(well, "doctor.queue", count(f.counts.Waiting))
		})},
		{"failed sends", answers(func(f *facts) finding {
			if f.counts.Failed > 0 {
				return found(note, "doctor.failed_some", count(f.counts.Failed))
			}
			return found(well, "doctor.failed")
		})},
		{"quarantine", answers(func(f *facts) finding {
			if f.counts.Quarantined > 0 {
				return found(note, "doctor.quarantine_some", count(f.counts.Quarantined))
			}
			return found(well, "doctor.quarantine")
		})},
		{"pending files", answers(func(f *facts) finding {
			if f.counts.PendingFiles > filesWait {
				return found(note, "doctor.pending_many", count(f.counts.PendingFiles))
			}
			return found(well, "doctor.pending", count(f.counts.PendingFiles))
		})},
		{"attachments", answers(func(f *facts) finding {
			if f.missing > 0 {
				return found(bad, "doctor.attachments_missing", count(f.missing), sangkien.With("all", fmt.Sprint(f.named)))
			}
			return found(well, "doctor.attachments", count(f.named))
		})},
		{"record of changes", answers(func(f *facts) finding {
			if f.auditErr != nil {
				return found(bad, "doctor.audit_broken", why(f.auditErr))
			}
			return found(well, "doctor.audit")
		})},
	}
}

func judgeStore(f *facts) (finding, bool) {
	url := sangkien.With("url", withoutPassword(f.config.DatabaseURL))
	switch {
	case f.level > f.newest:
		return found(bad, "doctor.database_newer", url), true
	case f.storeErr != nil:
		return found(bad, "doctor.database_bad", url, why(f.storeErr)), true
	case f.level < f.newest:
		return found(note, "doctor.database_migrated", url), true
	}
	return found(well, "doctor.database", url, sangkien.With("members", fmt.Sprint(f.counts.Members)),
		sangkien.With("drafts", fmt.Sprint(f.counts.Drafts)), sangkien.With("ideas", fmt.Sprint(f.counts.Submitted))), true
}

// judgeStandby tells whether what is confirmed is on a standby, where there is one.
func judgeStandby(f *facts) (finding, bool) {
	if f.health.Settings["synchronous_standby_names"] != "" {
		return found(well, "doctor.standby"), f.looked()
	}
	return found(note, "doctor.standby_late"), f.looked() && f.health.Standbys > 0
}

// judgeClock compares the machine with the database, and with what was written.
func judgeClock(f *facts) finding {
	switch {
	case f.health.Skew > clockSkew:
		return found(bad, "doctor.clock_skew", sangkien.With("by", f.health.Skew.Round(time.Second).String()))
	case f.health.NewestWrite.Sub(f.now) > clockSkew:
		return found(bad, "doctor.clock_back", sangkien.WithTime("newest", f.health.NewestWrite), sangkien.WithTime("now", f.now))
	}
	return found(well, "doctor.clock")
}

// judgeDurability looks at what decides whether a power cut loses anything.
func judgeDurability(f *facts) finding {
	want := map[string]string{"fsync": "on", "full_page_writes": "on"}
	if f.health.Database == "sqlite" {
		want = map[string]string{"journal_mode": "wal", "synchronous": "2"}
	}
	for name, value := range want {
		if got := f.health.Settings[name]; got != value && (name != "synchronous" || got != "3") {
			return found(bad, "doctor.durability_off", sangkien.With("setting", name+"="+got))
		}
	}
	if f.health.Settings["synchronous_commit"] == "off" {
		return found(bad, "doctor.durability_off", sangkien.With("setting", "synchronous_commit=off"))
	}
	return found(well, "doctor.durability")
}

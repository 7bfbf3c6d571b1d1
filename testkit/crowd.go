package testkit

import (
	"database/sql"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver
	_ "modernc.org/sqlite"             // the "sqlite" driver
)

// Crowd writes n members into the database at an address, which storage has opened once: members 1 to n, each with a
// chat "telegram:<bot>:<id>" of their own and the consent to news, a tenth of them with a digest. It does in seconds
// what takes commits an hour, and is for measuring only.
func Crowd(t testing.TB, address, bot string, n int) {
	t.Helper()
	driver, source, series := "pgx", address, `select i from generate_series(1, $1) as s(i)`
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
		series = `with recursive s(i) as (select 1 union all select i + 1 from s where i < $1) select i from s`
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	consent := `'{"news":{"Purpose":"news","Granted":true,"Version":"1","Hash":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","Channel":"telegram","MessageID":"17","At":"2026-11-02T08:00:00+07:00"}}'`
	for _, q := range []string{
		`insert into members(id, name, unit_id, language, consents, created_at) select i, 'Bà ' || i, 1000 + i % 100, 'vi', ` + consent + `, 1 from (` + series + `) x`,
		`insert into accounts(channel, external_id, member_id, created_at) select 'telegram', cast(i as text), i, 1 from (` + series + `) x`,
		`insert into chats(address, channel, member_id, revision, updated_at) select 'telegram:` + bot + `:' || i, 'telegram', i, 1, 1 from (` + series + `) x`,
		`insert into subscriptions(member_id, topic, frequency, at) select i, 'news', 'weekly', 1 from (` + series + `) x where i % 10 = 0`,
	} {
		if _, err := db.Exec(q, n); err != nil {
			t.Fatal(err)
		}
	}
	if driver == "pgx" {
		if _, err := db.Exec(`analyze`); err != nil { // autovacuum would, within a minute
			t.Fatal(err)
		}
	}
}

package testkit

import "testing"

// TestStandby: what a synchronous standby was promised is there after the first has crashed.
func TestStandby(t *testing.T) {
	t.Parallel()
	first := NewPostgres(t)
	first.Exec(t, `create table x(i int)`)
	second := first.Standby(t, true)
	first.Exec(t, `insert into x values (1)`)
	first.Crash()
	second.Promote(t)
	if err := second.one(`select count(*) = 1 from x`); err != nil {
		t.Error(err)
	}
	second.Exec(t, `insert into x values (2)`)
	second.Crash()
	second.Start(t)
	if err := second.one(`select count(*) = 2 from x`); err != nil {
		t.Error(err)
	}
}

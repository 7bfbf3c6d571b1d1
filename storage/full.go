package storage

import (
	"errors"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	sqlitedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	sangkien "github.com/sangkien/sangkien"
)

// roomless gives an error that says that there is no room left, on our disk or on PostgreSQL's, the code ENOSPACE. Any
// other is as it was.
func roomless(err error) error {
	if err == nil || !isFull(err) {
		return err
	}
	return &sangkien.Error{Code: sangkien.ENOSPACE, Message: "the disk is full", Err: err}
}

func isFull(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	// https://www.sqlite.org/rescode.html#full. The index of the log is grown through a file of its own, and on some
	// systems a full disk is known only when what was written is to be made safe.
	var lite *sqlitedriver.Error
	if errors.As(err, &lite) {
		switch lite.Code() {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC:
			return true
		}
		return false
	}
	// https://www.postgresql.org/docs/current/errcodes-appendix.html: disk_full
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "53100"
}

package storage

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Health is what an operator should know of a database beyond that it answers.
type Health struct {
	Database    string            // "sqlite" or "postgres"
	Settings    map[string]string // those that durability and capacity depend on
	Integrity   string            // "ok", or what SQLite found; "" for PostgreSQL, which checks by itself
	Skew        time.Duration     // how far, at least, the server's clock is from ours; SQLite has ours
	Standbys    int               // servers that follow PostgreSQL
	NewestWrite time.Time         // of any update; zero: there was none
	Backlogs    []Backlog
}

// Health looks at the database at now. On a large SQLite file it takes a while: every page is read.
func (s *Store) Health(ctx context.Context, now time.Time) (Health, error) {
	h := Health{Database: s.dialect.name, Settings: map[string]string{}}
	read := map[string]string{"journal_mode": "pragma journal_mode", "synchronous": "pragma synchronous"}
	if !s.Exclusive() {
		read = map[string]string{}
		for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes", "max_connections", "synchronous_standby_names"} {
			read[name] = "select current_setting('" + name + "')"
		}
	}
	for name, query := range read {
		var value string
		if err := s.read.QueryRowContext(ctx, query).Scan(&value); err != nil {
			return h, fmt.Errorf("read %s: %w", name, err)
		}
		h.Settings[name] = value
	}
	if err := s.examine(ctx, &h); err != nil {
		return h, err
	}
	var newest int64
	if err := s.row(ctx, `select coalesce(max(at), 0) from updates`).Scan(&newest); err != nil {
		return h, fmt.Errorf("find the newest update: %w", err)
	}
	h.NewestWrite = at(newest)
	var err error
	h.Backlogs, err = s.Backlogs(ctx, now)
	return h, err
}

// examine asks SQLite whether its file is whole, and PostgreSQL what time it is and who follows it.
func (s *Store) examine(ctx context.Context, h *Health) error {
	if s.Exclusive() {
		if err := s.read.QueryRowContext(ctx, "pragma quick_check(1)").Scan(&h.Integrity); err != nil {
			return fmt.Errorf("check the file: %w", err)
		}
		return nil
	}
	var err error
	if h.Skew, err = s.skew(ctx); err != nil {
		return err
	}
	if err := s.read.QueryRowContext(ctx, "select count(*) from pg_stat_replication").Scan(&h.Standbys); err != nil {
		return fmt.Errorf("count the standbys: %w", err)
	}
	return nil
}

// skew is how far, at least, the server's clock is from ours. It was read at some moment of the question, so a slow
// answer says less than a quick one: of three the one that says most counts.
func (s *Store) skew(ctx context.Context) (most time.Duration, err error) {
	for range 3 {
		var millis string
		asked := time.Now()
		if err := s.read.QueryRowContext(ctx, "select cast(floor(extract(epoch from clock_timestamp()) * 1000) as text)").Scan(&millis); err != nil {
			return 0, fmt.Errorf("read the clock: %w", err)
		}
		answered := time.Now()
		n, err := strconv.ParseInt(millis, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the clock: %w", err)
		}
		most = max(most, apart(asked, at(n), answered))
	}
	return most, nil
}

// apart is how far a clock is from ours, at least, that said so between two moments of ours.
func apart(asked, said, answered time.Time) time.Duration {
	return max(0, asked.Sub(said), said.Sub(answered))
}

// MissingFiles counts the attachments that rows name and that cannot be opened.
func (s *Store) MissingFiles(ctx context.Context, files *Files) (named, missing int, err error) {
	hashes, err := s.fileHashes(ctx)
	if err != nil {
		return 0, 0, err
	}
	return lookFor(hashes, files)
}

// MissingRecent does the same for the newest attachments, at most so many: for a look at each start.
func (s *Store) MissingRecent(ctx context.Context, files *Files, most int) (named, missing int, err error) {
	hashes, err := s.hashesIn(ctx, `select data from attachments order by id desc limit $1`, most)
	if err != nil {
		return 0, 0, err
	}
	return lookFor(hashes, files)
}

func lookFor(hashes map[string]bool, files *Files) (named, missing int, err error) {
	for hash := range hashes {
		if hash == "" {
			continue // not fetched yet
		}
		named++
		f, err := files.Open(hash)
		if err != nil {
			missing++
			continue
		}
		if err := f.Close(); err != nil {
			return named, missing, fmt.Errorf("close file %s: %w", hash, err)
		}
	}
	return named, missing, nil
}

// LevelOf is the newest migration of the database at an address; 0: it has no schema yet.
func LevelOf(ctx context.Context, address string) (int64, error) {
	snap, err := OpenSnapshot(ctx, address)
	if err != nil {
		return 0, err
	}
	return snap.Level(), snap.Close()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/backup"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/storage/redis"
)

type restoreCmd struct {
	File  string `arg:"" help:"Backup to restore."`
	Check bool   `help:"Only tell whether it can be restored: do it in a temporary folder and compare."`
	Force bool   `help:"Restore although there is data; it is kept beside, and is not deleted."`
}

// Run restores a backup, or says by name what is damaged in it.
func (r restoreCmd) Run(ctx context.Context, c *Config, s *streams) error {
	if r.Check {
		m, err := verify(ctx, r.File, "")
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "The backup is good: made %s of %s, %d rows, %d attachments, level %d.\nIt holds: %s.\nContent: %s\n",
			m.Made.In(c.zone).Format("15:04 02/01/2006"), m.Database, m.Rows(), m.Attachments(), m.Level, m.Holds(), m.Content)
		return nil
	}
	m, err := backup.Check(r.File)
	if err != nil {
		return err
	}
	if err := fits(m); err != nil {
		return err
	}
	if path, embedded := strings.CutPrefix(c.DatabaseURL, "sqlite:"); embedded {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
		lock, err := storage.Reserve(path)
		if sangkien.CodeOf(err) == sangkien.ECONFLICT {
			return stillRunning(c)
		}
		if err != nil {
			return err
		}
		defer func() { _ = lock.Close() }()
	}
	kept, err := r.makeRoom(ctx, c)
	if err != nil {
		return err
	}
	if err := r.restore(ctx, c, m, kept); err != nil {
		return errors.Join(err, hint(kept))
	}
	if err := forgetSessions(ctx, c); err != nil {
		fmt.Fprintf(s.err, "Redis was not emptied of conversations that are newer than the backup: %v\n", err)
	}
	fmt.Fprintf(s.out, "Restored: %d rows, %d attachments, as of %s.\n", m.Rows(), m.Attachments(), m.Made.In(c.zone).Format("15:04 02/01/2006"))
	if kept != "" {
		fmt.Fprintf(s.out, "What was there before is in %s\n", kept)
	}
	fmt.Fprintln(s.out, "Now run: sangkien doctor, then sangkien serve. What people deleted since then is back: repeat it (docs/data-protection.md).")
	return nil
}

func hint(kept string) error {
	if kept == "" {
		return nil
	}
	return fmt.Errorf("what was there before is in %s", kept)
}

// makeRoom refuses where a program runs or data is and nobody forced it. What is there is kept, and where is told.
func (r restoreCmd) makeRoom(ctx context.Context, c *Config) (kept string, err error) {
	path, embedded := strings.CutPrefix(c.DatabaseURL, "sqlite:")
	if embedded && len(parts(path)) == 0 {
		return "", nil
	}
	now := time.Now()
	aside := path + "." + string(backup.BeforeRestore) + "-" + now.UTC().Format("20060102-150405.000")
	snap, err := storage.OpenSnapshot(ctx, c.DatabaseURL)
	switch {
	case err != nil && embedded && r.Force: // a disk or a hand has damaged it, which is what backups are for
		return aside, nil
	case err != nil && embedded:
		return "", fmt.Errorf("%s cannot be read (%w): nothing was changed. To put the backup in its place add --force; what is there is kept beside", path, err)
	case err != nil:
		return "", err
	}
	level := snap.Level()
	if level != 0 && !r.Force {
		return "", errors.Join(fmt.Errorf("there is data in %s: nothing was changed. To put the backup in its place add --force; what is there is kept beside", withoutPassword(c.DatabaseURL)), snap.Close())
	}
	if level != 0 && !embedded {
		kept = c.shelf().Name(backup.BeforeRestore, now)
		_, err = c.keep(ctx, kept, snap, now)
	}
	if err = errors.Join(err, snap.Close()); err != nil {
		return "", err
	}
	used, err := storage.InUse(ctx, c.DatabaseURL)
	switch {
	case used:
		return "", stillRunning(c)
	case err != nil && embedded && r.Force:
		return aside, nil // its beginning can be read, and not more
	case err != nil:
		return "", err
	case !embedded:
		return kept, storage.Empty(ctx, c.DatabaseURL)
	}
	return aside, nil
}

func stillRunning(c *Config) error {
	return fmt.Errorf("sangkien is running on %s: stop it first (systemctl stop sangkien), nothing was changed", withoutPassword(c.DatabaseURL))
}

// parts are the files that a SQLite database is made of, those that are there: its logs, and at last itself. A log that is
// left beside another database destroys that.
func parts(path string) (there []string) {
	for _, end := range []string{"-wal", "-shm", "-journal", ""} {
		if _, err := os.Lstat(path + end); err == nil {
			there = append(there, end)
		}
	}
	return there
}

// restore fills the database. SQLite's is made beside the one that is there and takes its place when it is whole.
func (r restoreCmd) restore(ctx context.Context, c *Config, m backup.Manifest, aside string) (err error) {
	path, embedded := strings.CutPrefix(c.DatabaseURL, "sqlite:")
	if !embedded {
		return load(ctx, r.File, m, c.DatabaseURL, c.attachments())
	}
	if err := backup.Sweep(filepath.Dir(path), time.Now()); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(path), backup.Restoring)
	if err != nil {
		return fmt.Errorf("make room for the database: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	made := filepath.Join(temp, "sangkien.db")
	if err := load(ctx, r.File, m, "sqlite:"+made, c.attachments()); err != nil {
		return err
	}
	for _, end := range parts(path) {
		if err := os.Rename(path+end, aside+end); err != nil {
			return fmt.Errorf("put the old database aside: %w", err)
		}
	}
	if err := os.Rename(made, path); err != nil {
		return fmt.Errorf("put the database in its place: %w", err)
	}
	return backup.SyncDir(filepath.Dir(path))
}

func load(ctx context.Context, file string, m backup.Manifest, address, attachments string) error {
	l, err := storage.OpenLoader(ctx, address, m.Level)
	if err != nil {
		return err
	}
	return errors.Join(fill(ctx, file, m, l, attachments), l.Close())
}

// forgetSessions removes conversations from Redis that are ahead of the rows: they are placed anew from the answers.
func forgetSessions(ctx context.Context, c *Config) error {
	if c.RedisURL == "" {
		return nil
	}
	s, err := redis.Open(c.RedisURL, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return errors.Join(s.ForgetAll(ctx), s.Close())
}

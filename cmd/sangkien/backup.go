package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/backup"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/storage"
)

type backupCmd struct {
	File string `arg:"" optional:"" help:"File to write, ending in .tar; default: a new one in the data folder's backups."`
}

// Run backs everything up into one file, while serve may be running, and verifies it.
func (b backupCmd) Run(ctx context.Context, c *Config, s *streams) error {
	path := b.File
	if path == "" {
		path = c.shelf().Name(backup.Daily, time.Now())
	}
	snap, err := storage.OpenSnapshot(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	m, err := c.keep(ctx, path, snap, time.Now())
	if err = errors.Join(err, snap.Close()); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s\n%d rows in %d tables, %d attachments. It was restored to a temporary folder, and everything was there.\nContent: %s\n",
		path, m.Rows(), len(m.Parts)-m.Attachments()-1, m.Attachments(), m.Content)
	return nil
}

func (c *Config) shelf() backup.Shelf { return backup.Shelf(filepath.Join(c.DataDir, "backups")) }

func (c *Config) attachments() string { return filepath.Join(c.DataDir, "attachments") }

// keep writes a backup and verifies it. One that does not restore is worth nothing and gets no name.
func (c *Config) keep(ctx context.Context, path string, snap *storage.Snapshot, now time.Time) (backup.Manifest, error) {
	if snap.Level() == 0 {
		return backup.Manifest{}, fmt.Errorf("there is nothing to back up: the database %s is empty", withoutPassword(c.DatabaseURL))
	}
	dir := filepath.Dir(path)
	if err := backup.Sweep(dir, now); err != nil {
		return backup.Manifest{}, err
	}
	if err := c.enoughRoom(ctx, dir, snap); err != nil {
		return backup.Manifest{}, err
	}
	return backup.Write(ctx, path, snap, c.attachments(), now, func(unnamed string) error {
		_, err := verify(ctx, unnamed, dir)
		return err
	})
}

// spareRoom is what a backup leaves free: a full disk would stop the taking of ideas.
const spareRoom = 64 << 20

// enoughRoom refuses where a backup, and beside it what is restored to try it, would fill the disk.
func (c *Config) enoughRoom(ctx context.Context, dir string, snap *storage.Snapshot) error {
	rows, err := snap.Bytes(ctx)
	if err != nil {
		return err
	}
	files, err := bytesIn(c.attachments())
	if err != nil {
		return err
	}
	free, err := freeBytes(dir)
	for at := dir; errors.Is(err, fs.ErrNotExist) && filepath.Dir(at) != at; { // it will be made
		at = filepath.Dir(at)
		free, err = freeBytes(at)
	}
	if err != nil {
		return err
	}
	// The rows three times: packed, restored, and in the log of the one change that restores them.
	if need := uint64(3*rows + 2*files + spareRoom); free < need { //nolint:gosec // sizes are not negative
		return fmt.Errorf("there is too little room in %s: a backup and the trial of restoring it need %d MB, %d MB are free; move old backups elsewhere, or name a file on another disk",
			dir, need>>20, free>>20)
	}
	return nil
}

// bytesIn is how many bytes the files in a folder have together.
func bytesIn(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return ifThere(err)
		}
		info, err := e.Info()
		if err == nil {
			n += info.Size()
		}
		return ifThere(err)
	})
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", dir, err)
	}
	return n, nil
}

// ifThere passes over what was taken away meanwhile.
func ifThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// verify restores a backup to a temporary folder in dir and compares what is there then with what was there.
func verify(ctx context.Context, path, dir string) (m backup.Manifest, err error) {
	if m, err = backup.Check(path); err != nil {
		return m, err
	}
	if err := fits(m); err != nil {
		return m, err
	}
	temp, err := os.MkdirTemp(dir, backup.Trial)
	if err != nil {
		return m, fmt.Errorf("make a folder to restore to: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	l, err := storage.OpenLoader(ctx, "sqlite:"+filepath.Join(temp, "sangkien.db"), m.Level)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return m, fill(ctx, path, m, l, filepath.Join(temp, "attachments"))
}

// fits tells whether this program knows the schema of a backup.
func fits(m backup.Manifest) error {
	newest, err := storage.NewestLevel()
	if err == nil && m.Level > newest {
		return fmt.Errorf("the backup is of a newer version (level %d; this version knows %d): restore it with that version", m.Level, newest)
	}
	return err
}

// fill loads a checked backup, compares what is there now with what was backed up, and keeps it if they are the same.
func fill(ctx context.Context, path string, m backup.Manifest, l *storage.Loader, attachments string) error {
	if err := backup.Extract(ctx, path, m, l, attachments); err != nil {
		return err
	}
	snap, err := l.Snapshot(ctx)
	if err != nil {
		return err
	}
	content, err := backup.ContentOf(ctx, snap, m, attachments)
	if err != nil {
		return err
	}
	if content != m.Content {
		return fmt.Errorf("what was restored is not what was backed up: content %s, not %s", content, m.Content)
	}
	return l.Commit(ctx)
}

// keptBeforeMigration is how many backups are kept that were made before migrations.
const keptBeforeMigration = 3

// opening is how the database is opened: before its schema changes, what is there is backed up.
func (c *Config) opening(logger *slog.Logger) storage.Option {
	return storage.BeforeMigration(func(ctx context.Context, snap *storage.Snapshot) error {
		now := time.Now()
		path := c.shelf().Name(backup.BeforeMigration, now)
		logger.Info("backing up before the database is migrated", "level", snap.Level(), "file", path)
		if _, err := c.keep(ctx, path, snap, now); err != nil {
			return fmt.Errorf("back up before the migration; nothing was changed: %w", err)
		}
		return c.shelf().Prune(backup.BeforeMigration, keptBeforeMigration)
	})
}

// dailyBackup is the task that makes a backup when the newest is a day old, so that a machine that is off at night
// has one, too. Of several replicas one does it; when it fails, the next hour tries again.
func (a *app) dailyBackup() scheduler.Task {
	return scheduler.Task{Name: "backup", Spec: "47 * * * *", Do: func(ctx context.Context, now time.Time) error {
		keep := a.config.BackupKeep
		newest, err := a.config.shelf().Newest(backup.Daily)
		if err != nil || keep == 0 || now.Sub(newest) < 23*time.Hour {
			return err
		}
		facts, err := a.store.Commit(ctx, sangkien.Commit{Key: "backup:" + now.UTC().Format("2006-01-02T15"), At: now})
		if err != nil || facts.Duplicate {
			return err
		}
		snap, err := a.store.Snapshot(ctx)
		if err != nil {
			return err
		}
		_, err = a.config.keep(ctx, a.config.shelf().Name(backup.Daily, now), snap, now)
		if err = errors.Join(err, snap.Close()); err != nil {
			return err
		}
		return a.config.shelf().Prune(backup.Daily, keep)
	}}
}

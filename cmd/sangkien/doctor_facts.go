package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/backup"
	"github.com/sangkien/sangkien/bot/telegram"
	"github.com/sangkien/sangkien/bot/zalooa"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/storage/redis"
)

// facts is what doctor found out. Whatever could not be found out is an error beside what it concerns.
type facts struct {
	config *Config
	now    time.Time
	secret map[string]os.FileMode // SANGKIEN_X of a secret: the rights of its file; 0: in the environment itself

	folderErr  error
	folderMode os.FileMode
	free       uint64 // bytes on the data folder's disk
	listenErr  error
	openFiles  uint64 // how many the process may have open

	level, newest  int64
	storeErr       error
	health         storage.Health
	counts         storage.Counts
	named, missing int // attachments
	auditErr       error
	campaigns      []sangkien.Campaign
	units          int

	redisErr error
	redis    redis.Health

	lastBackup time.Time
	backupErr  error

	telegramErr error
	bot         telegram.Bot
	hook        telegram.Hook

	zaloBotErr error
	zaloBot    string // its name

	zaloErr   error          // what is wrong with the settings of the Official Account
	zaloToken sangkien.Token // its access
}

// gather finds the facts out. It opens the database as serve does, so that a backup is made should it be migrated.
func gather(ctx context.Context, c *Config, s *streams) *facts {
	f := &facts{config: c, now: time.Now(), secret: secretSettings(os.Environ(), os.Stat), folderErr: probeFolder(c.DataDir)}
	if info, err := os.Stat(c.DataDir); err == nil {
		f.folderMode = info.Mode().Perm()
	}
	if free, err := freeBytes(c.DataDir); err == nil {
		f.free = free
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
		f.openFiles = limit.Cur
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.HTTPAddr)
	if f.listenErr = err; err == nil {
		f.listenErr = l.Close()
	}
	f.gatherStore(ctx, c, s)
	f.gatherBackup(c)
	if c.RedisURL != "" {
		f.redis, f.redisErr = redisHealth(ctx, c.RedisURL)
	}
	if c.TelegramToken != "" {
		f.bot, f.hook, f.telegramErr = telegramHealth(ctx, c, s)
	}
	if c.ZaloBotToken != "" {
		f.zaloBot, f.zaloBotErr = zaloBotHealth(ctx, c, s)
	}
	return f
}

// freeBytes is what is free on the disk of a folder, for those who are not root.
func freeBytes(dir string) (uint64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	return disk.Bavail * uint64(disk.Bsize), nil //nolint:gosec // the kernel's block size is positive
}

// secretSettings are the settings that hold secrets, and the rights of the files that they are in.
func secretSettings(environ []string, stat func(string) (os.FileInfo, error)) map[string]os.FileMode {
	found := map[string]os.FileMode{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		base, inFile := strings.CutSuffix(name, "_FILE")
		if !strings.HasPrefix(name, "SANGKIEN_") || value == "" || !secretName.MatchString(base) {
			continue
		}
		if inFile {
			if info, err := stat(value); err == nil {
				found[base] = info.Mode().Perm()
			}
		} else if _, file := found[name]; !file {
			found[name] = 0
		}
	}
	return found
}

func (f *facts) gatherStore(ctx context.Context, c *Config, s *streams) {
	var err error
	if f.newest, err = storage.NewestLevel(); err != nil {
		f.storeErr = err
		return
	}
	if f.level, err = storage.LevelOf(ctx, c.DatabaseURL); err != nil && sangkien.CodeOf(err) != sangkien.ENOTFOUND {
		f.storeErr = err
		return
	}
	if f.level > f.newest {
		return
	}
	if f.level == 0 {
		f.level = f.newest // there is none yet: it is made, not migrated
	}
	store, err := storage.Open(ctx, c.DatabaseURL, c.opening(c.logger(s)))
	if err != nil {
		f.storeErr = err
		return
	}
	defer func() { _ = store.Close() }() // only looked at
	f.storeErr = f.look(ctx, c, store)
}

// looked tells whether the database could be looked into.
func (f *facts) looked() bool { return f.storeErr == nil && f.level <= f.newest }

func (f *facts) look(ctx context.Context, c *Config, store *storage.Store) (err error) {
	if f.health, err = store.Health(ctx, f.now); err != nil {
		return err
	}
	f.now = time.Now() // that may have taken long, while others wrote
	if f.counts, err = store.Counts(ctx); err != nil {
		return err
	}
	if f.campaigns, err = store.Campaigns(ctx); err != nil {
		return err
	}
	units, err := store.Units(ctx)
	if err != nil {
		return err
	}
	f.units = len(units)
	files, err := storage.OpenFiles(c.attachments())
	if err != nil {
		return err
	}
	if f.named, f.missing, err = store.MissingFiles(ctx, files); err != nil {
		return err
	}
	_, f.auditErr = store.VerifyAudit(ctx)
	if c.ZaloAppID == "" {
		return nil
	}
	f.zaloErr = checkZaloConfig(c, store)
	f.zaloToken, err = store.Token(ctx, zalooa.TokenName(c.ZaloAppID))
	return err
}

// gatherBackup looks at the newest daily backup and reads it.
func (f *facts) gatherBackup(c *Config) {
	if f.lastBackup, f.backupErr = c.shelf().Newest(backup.Daily); f.backupErr != nil || f.lastBackup.IsZero() {
		return
	}
	_, f.backupErr = backup.Check(c.shelf().Name(backup.Daily, f.lastBackup))
}

func redisHealth(ctx context.Context, address string) (redis.Health, error) {
	s, err := redis.Open(address, slog.New(slog.DiscardHandler))
	if err != nil {
		return redis.Health{}, err
	}
	h, err := s.Health(ctx)
	return h, errors.Join(err, s.Close())
}

func telegramHealth(ctx context.Context, c *Config, s *streams) (b telegram.Bot, h telegram.Hook, err error) {
	t, err := (&app{config: c, logger: c.logger(s)}).newTelegram(nil)
	if err != nil {
		return b, h, err
	}
	if b, err = t.Me(ctx); err != nil {
		return b, h, err
	}
	h, err = t.Hook(ctx)
	return b, h, err
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

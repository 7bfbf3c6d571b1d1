package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Option changes how a store is opened.
type Option func(*Store)

// BeforeMigration is called with all rows of a database that is about to be migrated, and not for an empty one.
// When it fails, nothing is migrated.
func BeforeMigration(do func(context.Context, *Snapshot) error) Option {
	return func(s *Store) { s.beforeMigration = do }
}

// Notice is told that PostgreSQL does not answer, and with nil that it answers again. It must not block.
func Notice(tell func(error)) Option {
	return func(s *Store) {
		if s.server != nil {
			s.server.notice = tell
		}
	}
}

// Snapshot is all rows as they are now.
func (s *Store) Snapshot(ctx context.Context) (*Snapshot, error) {
	if s.server == nil {
		return newSnapshot(ctx, s.read, s.dialect)
	}
	db, err := s.server.patient()
	if err != nil {
		return nil, err
	}
	snap, err := newSnapshot(ctx, db, s.dialect)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	snap.db = db
	return snap, nil
}

// migrate brings the schema to the newest version. Several processes may call it at once: one does the work.
func (s *Store) migrate(ctx context.Context) (err error) {
	db, end, err := s.slow()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	provider, err := s.provider(db)
	if err != nil {
		return err
	}
	level, err := levelOf(ctx, s.write, s.dialect)
	if err != nil {
		return err
	}
	if newest, err := NewestLevel(); err != nil || level > newest {
		return errors.Join(err, newer(level, newest))
	}
	if err := s.beforeUp(ctx, provider); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// ErrNewer says that a newer program has changed the schema: nobody knows what this one would do to it.
var ErrNewer = errors.New("the data is of a newer version of the program")

func newer(level, newest int64) error {
	if level <= newest {
		return nil
	}
	return fmt.Errorf("%w (level %d; this version knows %d)", ErrNewer, level, newest)
}

// beforeUp lets what there is be kept before the schema changes.
func (s *Store) beforeUp(ctx context.Context, provider *goose.Provider) error {
	if s.beforeMigration == nil {
		return nil
	}
	level, err := levelOf(ctx, s.write, s.dialect)
	if err != nil || level == 0 {
		return err
	}
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("look for migrations: %w", err)
	}
	if !pending {
		return nil
	}
	snap, err := s.Snapshot(ctx)
	if err != nil {
		return err
	}
	return errors.Join(s.beforeMigration(ctx, snap), snap.Close())
}

func (s *Store) provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+s.dialect.name)
	if err != nil {
		return nil, fmt.Errorf("find the migrations: %w", err)
	}
	var options []goose.ProviderOption
	if s.dialect.name == postgres.name {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return nil, fmt.Errorf("make the migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(s.dialect.goose, db, files, options...)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}

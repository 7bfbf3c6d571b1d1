package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Upload returns the name under which a platform keeps a file of ours for one of our bots; "" when it has none.
func (s *Store) Upload(ctx context.Context, to sangkien.Address, hash string) (string, error) {
	var ref string
	err := s.row(ctx, `select file_id from uploads where channel = $1 and bot = $2 and hash = $3`, to.Channel, to.Bot, hash).Scan(&ref)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("look up an upload: %w", err)
	}
	return ref, nil
}

// KeepUpload notes that name; "" forgets it.
func (s *Store) KeepUpload(ctx context.Context, to sangkien.Address, hash, ref string, now time.Time) error {
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		if ref == "" {
			return exec(ctx, tx, `delete from uploads where channel = $1 and bot = $2 and hash = $3`, to.Channel, to.Bot, hash)
		}
		return exec(ctx, tx, `insert into uploads(channel, bot, hash, file_id, at) values ($1, $2, $3, $4, $5)
			on conflict (channel, bot, hash) do update set file_id = excluded.file_id, at = excluded.at`, to.Channel, to.Bot, hash, ref, ms(now))
	})
	if err != nil {
		return fmt.Errorf("keep an upload: %w", err)
	}
	return nil
}

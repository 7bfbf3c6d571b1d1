package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	sangkien "github.com/sangkien/sangkien"
)

// AppendWeb stores a line of a web chat and returns its number. A key that the chat has already keeps the
// earlier line and returns its number.
func (s *Store) AppendWeb(ctx context.Context, chat string, e sangkien.WebEntry) (seq int64, err error) {
	err = s.apart(ctx, func(ctx context.Context, tx *tx) error {
		err := tx.QueryRowContext(ctx, `insert into web_entries(chat, key, mine, data, at) values ($1, $2, $3, $4, $5)
			on conflict (chat, key) do nothing returning seq`, chat, sql.NullString{String: e.Key, Valid: e.Key != ""}, flag(e.Mine), e.Data, ms(e.At)).Scan(&seq)
		if errors.Is(err, sql.ErrNoRows) {
			return tx.QueryRowContext(ctx, `select seq from web_entries where chat = $1 and key = $2`, chat, e.Key).Scan(&seq)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("append to web chat: %w", err)
	}
	return seq, nil
}

// WebEntries lists the newest lines of a web chat after a number, at most limit, oldest first.
func (s *Store) WebEntries(ctx context.Context, chat string, after int64, limit int) ([]sangkien.WebEntry, error) {
	var all []sangkien.WebEntry
	err := s.each(ctx, func(scan func(...any) error) error {
		var e sangkien.WebEntry
		var mine, t int64
		err := scan(&e.Seq, &e.Key, &mine, &e.Data, &t)
		e.Mine, e.At = mine == 1, at(t)
		all = append(all, e)
		return err
	}, `select seq, coalesce(key, ''), mine, data, at from web_entries where chat = $1 and seq > $2 order by seq desc limit $3`, chat, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list a web chat: %w", err)
	}
	slices.Reverse(all)
	return all, nil
}

// WebLast is the number of the newest line of all web chats; 0: there is none.
func (s *Store) WebLast(ctx context.Context) (seq int64, err error) {
	if err := s.row(ctx, `select coalesce(max(seq), 0) from web_entries`).Scan(&seq); err != nil {
		return 0, fmt.Errorf("find the newest line of web chats: %w", err)
	}
	return seq, nil
}

// WebNews is the lines of all web chats after a number, and whose chats they are in; 10,000 at most, the oldest.
func (s *Store) WebNews(ctx context.Context, after int64) (map[int64]string, error) {
	chats := map[int64]string{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var seq int64
		var chat string
		err := scan(&seq, &chat)
		chats[seq] = chat
		return err
	}, `select seq, chat from web_entries where seq > $1 order by seq limit 10000`, after)
	if err != nil {
		return nil, fmt.Errorf("list new lines of web chats: %w", err)
	}
	return chats, nil
}

// WebEntry loads one line of a web chat; ok is false when the chat has no such line.
func (s *Store) WebEntry(ctx context.Context, chat string, seq int64) (e sangkien.WebEntry, ok bool, err error) {
	var t int64
	err = s.row(ctx, `select seq, coalesce(key, ''), mine <> 0, data, at from web_entries where chat = $1 and seq = $2`, chat, seq).
		Scan(&e.Seq, &e.Key, &e.Mine, &e.Data, &t)
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	if err != nil {
		return e, false, fmt.Errorf("load a line of a web chat: %w", err)
	}
	e.At = at(t)
	return e, true, nil
}

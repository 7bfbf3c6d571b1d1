package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

// How far a list is, in imports.undone.
const (
	importDone = iota
	importUndone
	importUnderWay
)

// beginImport notes what a list is about to make; one that was taken back may come again, and one that was cut off go on.
func beginImport(ctx context.Context, tx *tx, b sangkien.Batch) error {
	return noteImport(ctx, tx, b, importUnderWay)
}

// importBatch notes a list, once.
func importBatch(ctx context.Context, tx *tx, b sangkien.Batch) error {
	return noteImport(ctx, tx, b, importDone)
}

func noteImport(ctx context.Context, tx *tx, b sangkien.Batch, state int) error {
	items, err := json.Marshal(b.Items)
	if err != nil {
		return fmt.Errorf("write the batch: %w", err)
	}
	ok, err := changed(tx.ExecContext(ctx, `insert into imports(hash, kind, items, at, undone) values ($1, $2, $3, $4, $5)
		on conflict (hash) do update set items = excluded.items, undone = excluded.undone, at = excluded.at where imports.undone <> 0`,
		b.Hash, b.Kind, string(items), ms(b.At), state))
	return mustChange(ok, err, "the list %s was imported already", b.Hash)
}

// Import loads a list that was read in, or is being. It returns ENOTFOUND when there is none, or it was taken back.
func (s *Store) Import(ctx context.Context, hash string) (sangkien.Batch, error) {
	b := sangkien.Batch{Hash: hash}
	var items string
	var t int64
	var state int
	err := s.row(ctx, `select kind, items, at, undone from imports where hash = $1 and undone <> 1`, hash).Scan(&b.Kind, &items, &t, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return b, sangkien.Errorf(sangkien.ENOTFOUND, "no list %s was imported", hash)
	}
	if err != nil {
		return b, fmt.Errorf("load import %s: %w", hash, err)
	}
	b.At, b.UnderWay = at(t), state == importUnderWay
	if err := json.Unmarshal([]byte(items), &b.Items); err != nil {
		return b, fmt.Errorf("read import %s: %w", hash, err)
	}
	return b, nil
}

// ImportRound tells how often a list was taken back, as a part of the keys under which it comes again.
func (s *Store) ImportRound(ctx context.Context, hash string) (int64, error) {
	var round int64
	err := s.row(ctx, `select coalesce(max(at), 0) from imports where hash = $1 and undone = 1`, hash).Scan(&round)
	if err != nil {
		return 0, fmt.Errorf("look up import %s: %w", hash, err)
	}
	return round, nil
}

// undoImport takes back what a list made, unless something was built on it.
func undoImport(ctx context.Context, tx *tx, e sangkien.ImportUndone) error {
	var items string
	if err := tx.QueryRowContext(ctx, `update imports set undone = 1 where hash = $1 and undone <> 1 returning items`, e.Hash).Scan(&items); err != nil {
		return sangkien.Errorf(sangkien.ECONFLICT, "no list %s was imported", e.Hash)
	}
	var all []sangkien.BatchItem
	if err := json.Unmarshal([]byte(items), &all); err != nil {
		return fmt.Errorf("read import %s: %w", e.Hash, err)
	}
	for _, item := range all {
		kind, number, _ := strings.Cut(item.Object, ":")
		if kind == "invitation" { // one that was accepted is a role by now, to be taken back from who holds it
			if err := exec(ctx, tx, `delete from invitations where hash = $1 and used_by = 0`, number); err != nil {
				return err
			}
			continue
		}
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return fmt.Errorf("read item %q: %w", item.Object, err)
		}
		switch kind {
		case "unit":
			err = undoUnit(ctx, tx, id, item.Before)
		case "idea":
			err = undoIdea(ctx, tx, id)
		case "document":
			err = exec(ctx, tx, `update papers set removed = 1 where id = $1`, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func undoUnit(ctx context.Context, tx *tx, id int64, before []byte) error {
	if before != nil {
		return exec(ctx, tx, `update units set data = $2 where id = $1`, id, string(before))
	}
	var there bool
	if err := tx.QueryRowContext(ctx, `select exists (select 1 from units where id = $1)`, id).Scan(&there); err != nil || !there {
		return err // the list was cut off before it
	}
	ok, err := changed(tx.ExecContext(ctx, `delete from units where id = $1 and not exists (select 1 from ideas where unit_id = $1)
		and not exists (select 1 from members where unit_id = $1) and not exists (select 1 from grants where unit_id = $1)
		and not exists (select 1 from letters where unit_id = $1)`, id))
	return mustChange(ok, err, "unit %d is in use", id)
}

// undoIdea deletes an idea of the past with its author, if nothing happened to it since.
func undoIdea(ctx context.Context, tx *tx, id int64) error {
	var moves int
	if err := tx.QueryRowContext(ctx, `select count(*) from idea_moves where idea_id = $1 and actor_id <> 0`, id).Scan(&moves); err != nil {
		return fmt.Errorf("count the moves of idea %d: %w", id, err)
	}
	if moves > 0 {
		return sangkien.Errorf(sangkien.ECONFLICT, "idea %d was changed since", id)
	}
	for _, q := range []string{
		`delete from idea_moves where idea_id = $1`, `delete from attachments where idea_id = $1`, `delete from decisions where idea_id = $1`,
		`delete from ideas where id = $1`,
		`delete from consents where member_id = $1 + 1`, `delete from members where id = $1 + 1`,
	} {
		if err := exec(ctx, tx, q, id); err != nil {
			return err
		}
	}
	return nil
}

// Codes is every code that an idea has, and the idea's number.
func (s *Store) Codes(ctx context.Context) (map[string]int64, error) {
	all := map[string]int64{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var code string
		var idea int64
		err := scan(&code, &idea)
		all[code] = idea
		return err
	}, `select code, id from ideas where code is not null`)
	if err != nil {
		return nil, fmt.Errorf("list codes: %w", err)
	}
	return all, nil
}

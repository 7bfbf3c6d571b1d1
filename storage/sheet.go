package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

func answerSheet(ctx context.Context, tx *tx, e sangkien.SheetAnswered) error {
	data, err := json.Marshal(e.Answer)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	ok, err := changed(tx.ExecContext(ctx, `insert into sheet_answers(sheet_id, question, data, at)
		select id, cast($2 as text), cast($3 as text), cast($4 as bigint) from sheets where id = $1 and closed = 0
		on conflict (sheet_id, question) do update set data = excluded.data, at = excluded.at`, e.Sheet, e.Question, string(data), ms(e.At)))
	return mustChange(ok, err, "sheet %d takes no answers now", e.Sheet)
}

// closeSheet ends a sheet. What was written on it stands by now where it was meant for.
func closeSheet(ctx context.Context, tx *tx, e sangkien.SheetClosed) error {
	ok, err := changed(tx.ExecContext(ctx, `update sheets set closed = 1 where id = $1 and closed = 0`, e.Sheet))
	if err := mustChange(ok, err, "sheet %d is closed", e.Sheet); err != nil {
		return err
	}
	if !e.Dropped {
		return exec(ctx, tx, `delete from sheet_answers where sheet_id = $1`, e.Sheet)
	}
	if err := exec(ctx, tx, `delete from attachments where idea_id = $1`, e.Sheet); err != nil {
		return err
	}
	return exec(ctx, tx, `delete from sheets where id = $1`, e.Sheet)
}

// Sheet loads a sheet with its answers and attachments. It returns ENOTFOUND when there is none.
func (s *Store) Sheet(ctx context.Context, id int64) (sangkien.Sheet, error) {
	return s.sheet(ctx, `id = $1`, id)
}

// OpenSheet loads the sheet of a kind about a thing that a member has not finished. It returns ENOTFOUND when
// there is none.
func (s *Store) OpenSheet(ctx context.Context, member int64, kind string, about int64) (sangkien.Sheet, error) {
	return s.sheet(ctx, `member_id = $1 and kind = $2 and about_id = $3 and closed = 0`, member, kind, about)
}

func (s *Store) sheet(ctx context.Context, where string, args ...any) (sangkien.Sheet, error) {
	var f sangkien.Sheet
	err := s.row(ctx, `select id, kind, member_id, about_id, closed <> 0 from sheets where `+where+` order by id desc limit 1`, args...).
		Scan(&f.ID, &f.Kind, &f.Member, &f.About, &f.Closed)
	if errors.Is(err, sql.ErrNoRows) {
		return f, sangkien.Errorf(sangkien.ENOTFOUND, "there is no such sheet")
	}
	if err != nil {
		return f, fmt.Errorf("load a sheet: %w", err)
	}
	f.Answers, f.Attachments, err = s.answersOf(ctx, "sheet_answers", "sheet_id", f.ID)
	return f, err
}

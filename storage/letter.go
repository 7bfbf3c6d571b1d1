package storage

import (
	"context"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

func writeLetter(ctx context.Context, tx *tx, e sangkien.LetterWritten) error {
	ok, err := changed(tx.ExecContext(ctx, `insert into letters(id, member_id, unit_id, at) values ($1, $2, $3, $4)
		on conflict (id) do update set closed = 0, waits = 1, at = case when letters.waits = 1 then letters.at else excluded.at end
		where letters.member_id = excluded.member_id`, e.Letter, e.Member, e.Unit, ms(e.At)))
	if err := mustChange(ok, err, "letter %d is not of member %d", e.Letter, e.Member); err != nil {
		return err
	}
	return addLine(ctx, tx, e.Letter, sangkien.LetterLine{ID: e.Line, Author: e.Member, Text: e.Text, At: e.At})
}

// seen is the condition that letter $1 has as many lines as who decided saw.
const seen = `(select count(*) from letter_lines where letter_id = $1) = $2`

func closeLetter(ctx context.Context, tx *tx, e sangkien.LetterClosed) error {
	ok, err := changed(tx.ExecContext(ctx, `update letters set closed = 1, waits = 0 where id = $1 and closed = 0 and `+seen, e.Letter, e.Seen))
	return mustChange(ok, err, "letter %d is closed or has other lines than %d", e.Letter, e.Seen)
}

func answerLetter(ctx context.Context, tx *tx, e sangkien.LetterAnswered) error {
	ok, err := changed(tx.ExecContext(ctx, `update letters set waits = 0 where id = $1 and `+seen, e.Letter, e.Seen))
	if err := mustChange(ok, err, "letter %d has other lines than %d", e.Letter, e.Seen); err != nil {
		return err
	}
	return addLine(ctx, tx, e.Letter, sangkien.LetterLine{ID: e.Line, Author: e.Actor, Staff: true, Text: e.Text, At: e.At})
}

func addLine(ctx context.Context, tx *tx, letter int64, l sangkien.LetterLine) error {
	return exec(ctx, tx, `insert into letter_lines(id, letter_id, author_id, staff, text, at) values ($1, $2, $3, $4, $5, $6)`,
		l.ID, letter, l.Author, flag(l.Staff), l.Text, ms(l.At))
}

// Letter loads a letter with its lines and their files. It returns ENOTFOUND when there is none.
func (s *Store) Letter(ctx context.Context, id int64) (sangkien.Letter, error) {
	all, err := s.letters(ctx, `where id = $1`, id)
	if err == nil && len(all) == 0 {
		err = sangkien.Errorf(sangkien.ENOTFOUND, "there is no letter %d", id)
	}
	if err != nil {
		return sangkien.Letter{}, err
	}
	return all[0], s.completeLetter(ctx, &all[0])
}

// LettersOf lists a member's letters, newest first, without their lines.
func (s *Store) LettersOf(ctx context.Context, member int64) ([]sangkien.Letter, error) {
	return s.letters(ctx, `where member_id = $1 order by id desc limit 20`, member)
}

// WaitingLetters lists the letters of the scope whose last word is the member's, the longest waiting first, with
// their lines.
func (s *Store) WaitingLetters(ctx context.Context, scope sangkien.Scope, offset, limit int) ([]sangkien.Letter, error) {
	all, err := s.letters(ctx, `where closed = 0 and waits = 1 and `+s.dialect.inScope("unit_id", "$1")+` order by at, id limit $2 offset $3`, scopeArg(scope), limit, offset)
	for n := range all {
		if err == nil {
			err = s.completeLetter(ctx, &all[n])
		}
	}
	return all, err
}

// LetterTally counts the letters of each unit whose last word is the member's.
func (s *Store) LetterTally(ctx context.Context) ([]sangkien.Tally, error) {
	var all []sangkien.Tally
	err := s.each(ctx, func(scan func(...any) error) error {
		var t sangkien.Tally
		err := scan(&t.Unit, &t.Count)
		all = append(all, t)
		return err
	}, `select unit_id, count(*) from letters where closed = 0 and waits = 1 group by unit_id order by unit_id`)
	if err != nil {
		return nil, fmt.Errorf("count letters: %w", err)
	}
	return all, nil
}

func (s *Store) letters(ctx context.Context, where string, args ...any) ([]sangkien.Letter, error) {
	var all []sangkien.Letter
	err := s.each(ctx, func(scan func(...any) error) error {
		var l sangkien.Letter
		err := scan(&l.ID, &l.Member, &l.Unit, &l.Closed)
		all = append(all, l)
		return err
	}, `select id, member_id, unit_id, closed <> 0 from letters `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	return all, nil
}

func (s *Store) completeLetter(ctx context.Context, l *sangkien.Letter) error {
	err := s.each(ctx, func(scan func(...any) error) error {
		var line sangkien.LetterLine
		var t int64
		err := scan(&line.ID, &line.Author, &line.Staff, &line.Text, &t)
		line.At = at(t)
		l.Lines = append(l.Lines, line)
		return err
	}, `select id, author_id, staff <> 0, text, at from letter_lines where letter_id = $1 order by at, id`, l.ID)
	if err != nil {
		return fmt.Errorf("load letter %d: %w", l.ID, err)
	}
	for n := range l.Lines {
		if l.Lines[n].Files, err = s.attachmentsOf(ctx, l.Lines[n].ID); err != nil {
			return err
		}
	}
	return nil
}

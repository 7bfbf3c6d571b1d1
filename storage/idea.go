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

func beginIdea(ctx context.Context, tx *tx, e sangkien.IdeaBegun) error {
	return exec(ctx, tx, `insert into ideas(id, campaign_id, author_id, entered_by, state, form_version, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $7)`, e.Idea, e.Campaign, e.Author, e.EnteredBy, string(sangkien.Draft), e.FormVersion, ms(e.At))
}

// taking is the condition that idea $1 takes answers: only a draft and one that needs a supplement do.
const taking = `exists (select 1 from ideas where id = $1 and state in ('draft', 'needs_supplement'))`

// takingFiles is the condition that idea or sheet $1 takes files.
const takingFiles = `(` + taking + ` or exists (select 1 from sheets where id = $1 and closed = 0))`

func giveAnswer(ctx context.Context, tx *tx, e sangkien.AnswerGiven) error {
	data, err := json.Marshal(e.Answer)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	owner := tx.owner
	return tx.laterRow(ctx, func(row single) error {
		var state sangkien.State
		err := row.Scan(&state)
		if errors.Is(err, sql.ErrNoRows) {
			return sangkien.Errorf(sangkien.ECONFLICT, "idea %d takes no answers now", e.Idea)
		}
		if err != nil || state == sangkien.Draft {
			return err
		}
		reindex(tx, owner, e.Idea)
		return nil
	}, `insert into answers(idea_id, question, data, at)
		select cast($1 as bigint), cast($2 as text), cast($3 as text), cast($4 as bigint) where `+taking+`
		on conflict (idea_id, question) do update set data = excluded.data, at = excluded.at
		returning (select state from ideas where id = $1)`, e.Idea, e.Question, string(data), ms(e.At))
}

// moveIdea changes the state if it is still the one that was seen, and keeps who, when and why.
func moveIdea(ctx context.Context, tx *tx, e sangkien.IdeaMoved, facts *sangkien.Facts) error {
	moved := sangkien.Errorf(sangkien.ECONFLICT, "idea %d is no longer %s", e.Idea, e.From)
	if err := touch(ctx, tx, moved, `update ideas set state = $3, updated_at = $4, due_at = $5 where id = $1 and state = $2`,
		e.Idea, string(e.From), string(e.To), ms(e.At), ms(e.Due)); err != nil {
		return err
	}
	if submits(e) {
		if err := takeNumber(ctx, tx, e, facts); err != nil {
			return err
		}
	}
	if err := tx.later(ctx, func(rows int64) error {
		held := rows > 0
		return mustChange(!e.To.Decided() || held == e.Held, nil, "idea %d has a held decision: %v", e.Idea, held)
	}, `delete from decisions where idea_id = $1`, e.Idea); err != nil {
		return err
	}
	err := exec(ctx, tx, `insert into idea_moves(idea_id, from_state, to_state, actor_id, reason, number, due_at, undo, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.Idea, string(e.From), string(e.To), e.Actor, e.Reason, e.Number, ms(e.Due), flag(e.Undo), ms(e.At))
	if err != nil {
		return err
	}
	reindex(tx, tx.owner, e.Idea)
	return nil
}

// submits tells whether a change gives an idea its code.
func submits(e sangkien.Effect) bool {
	moved, ok := e.(sangkien.IdeaMoved)
	return ok && moved.From == sangkien.Draft && moved.To == sangkien.Submitted
}

// takeNumber gives the idea the next code of its campaign's prefix and year. There are no gaps, for the
// number is taken in the transaction that submits. The unit is kept as it is on the day.
func takeNumber(ctx context.Context, tx *tx, e sangkien.IdeaMoved, facts *sangkien.Facts) error {
	if e.Code != "" {
		return takeCode(ctx, tx, e, facts)
	}
	owner, year := tx.owner, e.At.Year()
	return tx.laterRow(ctx, func(row single) error {
		var prefix string
		var n int
		if err := row.Scan(&prefix, &n); err != nil {
			return fmt.Errorf("take a number for idea %d: %w", e.Idea, err)
		}
		tx.afterwards(owner, func(ctx context.Context) error {
			return number(ctx, tx, e, fmt.Sprintf("%s-%d-%05d", prefix, year, n), facts)
		})
		return nil
	}, `insert into numbers(prefix, year, last)
		select `+tx.dialect.prefix+`, cast($2 as bigint), 1 from campaigns c join ideas i on i.campaign_id = c.id where i.id = $1
		on conflict (prefix, year) do update set last = numbers.last + 1 returning prefix, last`, e.Idea, year)
}

// takeCode gives an idea of the past the code that it has had, and keeps the count above it.
func takeCode(ctx context.Context, tx *tx, e sangkien.IdeaMoved, facts *sangkien.Facts) error {
	parts := strings.Split(e.Code, "-")
	n, err := strconv.Atoi(parts[len(parts)-1])
	year, errYear := strconv.Atoi(parts[max(0, len(parts)-2)])
	if err != nil || errYear != nil || len(parts) != 3 {
		return sangkien.Errorf(sangkien.EINVALID, "%q is no code", e.Code)
	}
	if err := exec(ctx, tx, `insert into numbers(prefix, year, last) values ($1, $2, $3)
		on conflict (prefix, year) do update set last = case when numbers.last < excluded.last then excluded.last else numbers.last end`, parts[0], year, n); err != nil {
		return err
	}
	return number(ctx, tx, e, e.Code, facts)
}

// number gives an idea its code, and the unit that its author has on that day.
func number(ctx context.Context, tx *tx, e sangkien.IdeaMoved, code string, facts *sangkien.Facts) error {
	facts.Codes[e.Idea] = code
	return exec(ctx, tx, `update ideas set code = $2, submitted_at = $3,
		unit_id = (select unit_id from members where id = ideas.author_id),
		unit_text = (select unit_text from members where id = ideas.author_id) where id = $1`, e.Idea, code, ms(e.At))
}

func deleteDraft(ctx context.Context, tx *tx, e sangkien.DraftDeleted) error {
	ok, err := changed(tx.ExecContext(ctx, `delete from ideas where id = $1 and author_id = $2 and state = $3`,
		e.Idea, e.Author, string(sangkien.Draft)))
	if err := mustChange(ok, err, "idea %d is no draft of member %d", e.Idea, e.Author); err != nil {
		return err
	}
	return exec(ctx, tx, `delete from attachments where idea_id = $1`, e.Idea)
}

const ideaColumns = `id, campaign_id, author_id, entered_by, dossier_id, coalesce(code, ''), state, form_version, unit_id, unit_text, created_at, updated_at, submitted_at, due_at`

// Idea loads an idea with its answers and attachments. It returns ENOTFOUND when there is none.
func (s *Store) Idea(ctx context.Context, id int64) (sangkien.Idea, error) {
	i, err := scanIdea(s.row(ctx, `select `+ideaColumns+` from ideas where id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return i, sangkien.Errorf(sangkien.ENOTFOUND, "there is no idea %d", id)
	}
	if err != nil {
		return i, fmt.Errorf("load idea %d: %w", id, err)
	}
	return i, s.completeIdea(ctx, &i)
}

// IdeasOf lists a member's ideas and drafts, and those that they wrote down for others, with their answers, newest first.
func (s *Store) IdeasOf(ctx context.Context, member int64) ([]sangkien.Idea, error) {
	var ideas []sangkien.Idea
	err := s.each(ctx, func(scan func(...any) error) error {
		i, err := scanIdea(scan)
		ideas = append(ideas, i)
		return err
	}, `select `+ideaColumns+` from ideas where author_id = $1 or entered_by = $1 order by id desc`, member)
	if err != nil {
		return nil, fmt.Errorf("list ideas of member %d: %w", member, err)
	}
	for n := range ideas {
		if err := s.completeIdea(ctx, &ideas[n]); err != nil {
			return nil, err
		}
	}
	return ideas, nil
}

func scanIdea(scan func(...any) error) (sangkien.Idea, error) {
	var i sangkien.Idea
	var created, updated, submitted, due int64
	err := scan(&i.ID, &i.Campaign, &i.Author, &i.EnteredBy, &i.Dossier, &i.Code, &i.State, &i.FormVersion, &i.Unit, &i.UnitText, &created, &updated, &submitted, &due)
	i.Created, i.Updated, i.SubmittedAt, i.Due = at(created), at(updated), at(submitted), at(due)
	return i, err
}

// completeIdea loads answers and attachments.
func (s *Store) completeIdea(ctx context.Context, i *sangkien.Idea) error {
	var err error
	i.Answers, i.Attachments, err = s.answersOf(ctx, "answers", "idea_id", i.ID)
	return err
}

// answersOf loads the answers of an idea or a sheet with its attachments, in one query.
func (s *Store) answersOf(ctx context.Context, table, column string, id int64) (sangkien.Answers, []sangkien.Attachment, error) {
	answers, files := sangkien.Answers{}, []sangkien.Attachment(nil)
	err := s.each(ctx, func(scan func(...any) error) error {
		var file, t int64
		var question, state, data string
		if err := scan(&file, &question, &state, &data, &t); err != nil {
			return err
		}
		if file == 0 {
			var a sangkien.Answer
			err := json.Unmarshal([]byte(data), &a)
			answers[question] = a
			return err
		}
		a := sangkien.Attachment{ID: file, Idea: id, Question: question, State: sangkien.AttachmentState(state), At: at(t)}
		err := json.Unmarshal([]byte(data), &a.File)
		files = append(files, a)
		return err
	}, `select 0 as id, question, '' as state, data, at from `+table+` where `+column+` = $1
		union all select id, question, state, data, at from attachments where idea_id = $1 order by id`, id)
	if err != nil {
		return nil, nil, fmt.Errorf("load %s of %d: %w", table, id, err)
	}
	return answers, files, nil
}

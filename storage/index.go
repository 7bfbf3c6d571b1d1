package storage

import (
	"context"
	"encoding/json"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// reindex has an idea indexed, once, when all changes of the transaction have been made.
func reindex(tx *tx, owner *work, id int64) {
	if tx.indexed[id] {
		return
	}
	if tx.indexed == nil {
		tx.indexed = map[int64]bool{}
	}
	tx.indexed[id] = true
	tx.lastly(owner, func(ctx context.Context) error { return indexIdea(ctx, tx, id) })
}

// indexIdea brings the search index up to date with an idea, in the transaction that changed it: the two can
// never tell different things. Drafts are nobody's business and are not in it. It reads what the index needs, the idea, its
// answers and its form, no file, and writes once that is known: together with the other ideas of the transaction.
func indexIdea(ctx context.Context, tx *tx, id int64) error {
	var i sangkien.Idea
	var form sangkien.Form
	owner := tx.owner
	if err := tx.laterRow(ctx, func(row single) (err error) {
		i, err = scanIdea(row.Scan)
		return err
	}, `select `+ideaColumns+` from ideas where id = $1`, id); err != nil {
		return fmt.Errorf("read idea %d for the index: %w", id, err)
	}
	if err := tx.laterRow(ctx, func(row single) error {
		var data string
		if err := row.Scan(&data); err != nil {
			return err
		}
		return json.Unmarshal([]byte(data), &form)
	}, `select f.data from forms f join ideas i on f.campaign_id = i.campaign_id and f.version = i.form_version where i.id = $1`, id); err != nil {
		return fmt.Errorf("read the form of idea %d for the index: %w", id, err)
	}
	if err := tx.laterRows(ctx, func(rows cursor) (err error) {
		if i.Answers, err = scanAnswers(rows); err == nil && i.State != sangkien.Draft {
			tx.afterwards(owner, func(ctx context.Context) error { return writeIndex(ctx, tx, i, pageOf(i, form)) })
		}
		return err
	}, `select question, data from answers where idea_id = $1`, id); err != nil {
		return fmt.Errorf("read the answers of idea %d for the index: %w", id, err)
	}
	return nil
}

func scanAnswers(rows cursor) (sangkien.Answers, error) {
	answers := sangkien.Answers{}
	for rows.Next() {
		var key, data string
		var a sangkien.Answer
		if err := rows.Scan(&key, &data); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(data), &a); err != nil {
			return nil, err
		}
		answers[key] = a
	}
	return answers, rows.Err()
}

// writeIndex finds the idea's number in the index and writes its words there. The number grows with the time of submission: the
// index walks it backwards to find the newest first. It holds the millisecond and room for a million ideas in it.
func writeIndex(ctx context.Context, tx *tx, i sangkien.Idea, p page) error {
	const room = 1 << 20
	base := ms(i.SubmittedAt) * room
	place := `insert into idea_index(idea_id, doc, state, year, folded, toned)
		select cast($1 as bigint), coalesce((select max(doc) from idea_index where doc >= $2 and doc < $3), cast($2 as bigint)) + 1,
			cast($4 as text), cast($5 as bigint), cast($6 as text), cast($7 as text) where true
		on conflict (idea_id) do update set state = excluded.state, year = excluded.year, folded = excluded.folded, toned = excluded.toned`
	args := []any{i.ID, base, base + room, string(i.State), i.Year(), " " + folded(p.title) + "\n " + folded(p.body), " " + toned(p.title) + "\n " + toned(p.body)}
	var doc int64
	var err error
	if tx.dialect.text.byDoc {
		err = tx.QueryRowContext(ctx, place+" returning doc", args...).Scan(&doc)
	} else {
		err = exec(ctx, tx, place, args...)
	}
	if err != nil {
		return fmt.Errorf("place idea %d in the index: %w", i.ID, err)
	}
	if err := tx.dialect.text.write(ctx, tx, doc, i.ID, p); err != nil {
		return fmt.Errorf("index idea %d: %w", i.ID, err)
	}
	return nil
}

func pageOf(i sangkien.Idea, form sangkien.Form) page {
	e := i.Entry(form)
	p := page{title: vntext.Words(e.Title), body: vntext.Words(e.Text), marks: []string{markAll, markUnit(i.Unit), markField(e.Field), markYear(e.Year)}}
	if i.State == sangkien.Recognised {
		p.marks = append(p.marks, markRecognised)
	}
	return p
}

// indexBatch is how many ideas are indexed in one transaction: others want to write, too.
const indexBatch = 200

// Reindex writes the search index anew from the ideas. Those who search meanwhile find less.
func (s *Store) Reindex(ctx context.Context) error {
	if err := s.apart(ctx, func(ctx context.Context, tx *tx) error { return exec(ctx, tx, `delete from idea_index`) }); err != nil {
		return fmt.Errorf("empty the search index: %w", err)
	}
	return s.indexMissing(ctx)
}

// indexMissing indexes what was submitted before there was an index.
func (s *Store) indexMissing(ctx context.Context) error {
	var ids []int64
	err := s.each(ctx, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `select id from ideas where code is not null and not exists (select 1 from idea_index x where x.idea_id = ideas.id) order by submitted_at, id`)
	if err != nil {
		return fmt.Errorf("list what is not indexed: %w", err)
	}
	many := len(ids) > indexBatch
	for len(ids) > 0 {
		batch := ids[:min(indexBatch, len(ids))]
		ids = ids[len(batch):]
		err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
			for _, id := range batch {
				if err := indexIdea(ctx, tx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !many {
		return nil
	}
	return s.apart(ctx, func(ctx context.Context, tx *tx) error { return exec(ctx, tx, s.dialect.text.settle) })
}

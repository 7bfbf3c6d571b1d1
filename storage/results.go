package storage

import (
	"context"
	"encoding/json"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

// Results counts the submitted ideas of a campaign by unit as on the day, field, state and year.
func (s *Store) Results(ctx context.Context, campaign int64) ([]sangkien.ResultCount, error) {
	var all []sangkien.ResultCount
	err := s.each(ctx, func(scan func(...any) error) error {
		var c sangkien.ResultCount
		var field string
		var year int
		if err := scan(&c.Unit, &field, &c.State, &year, &c.Count); err != nil {
			return err
		}
		var a sangkien.Answer
		err := json.Unmarshal([]byte(field), &a)
		c.Field, c.Year = a.Value, year
		all = append(all, c)
		return err
	}, `select i.unit_id, coalesce(a.data, '{}'), i.state, cast(substr(ltrim(i.code, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ-'), 1, 4) as integer), count(*)
		from ideas i left join answers a on a.idea_id = i.id and a.question = $2
		where i.campaign_id = $1 and i.code is not null
		group by 1, 2, 3, 4 order by 1, 2, 3, 4`, campaign, sangkien.KeyField)
	if err != nil {
		return nil, fmt.Errorf("count the ideas of campaign %d: %w", campaign, err)
	}
	return all, nil
}

// RecognisedIn lists the recognised ideas of a campaign, the newest submission first, with their titles and no
// other answer.
func (s *Store) RecognisedIn(ctx context.Context, campaign int64, offset, limit int) ([]sangkien.Idea, error) {
	all, err := s.heads(ctx, `where campaign_id = $1 and state = 'recognised' order by submitted_at desc, id desc limit $2 offset $3`, campaign, limit, offset)
	if err != nil {
		return nil, fmt.Errorf("list the recognised ideas of campaign %d: %w", campaign, err)
	}
	return all, nil
}

// heads loads ideas with their titles and no other answer.
func (s *Store) heads(ctx context.Context, where string, args ...any) ([]sangkien.Idea, error) {
	var all []sangkien.Idea
	err := s.each(ctx, func(scan func(...any) error) error {
		var title string
		i, err := scanIdea(func(into ...any) error { return scan(append(into, &title)...) })
		if err != nil {
			return err
		}
		var a sangkien.Answer
		err = json.Unmarshal([]byte(title), &a)
		i.Answers = sangkien.Answers{sangkien.KeyTitle: a}
		all = append(all, i)
		return err
	}, `select `+ideaColumns+`, coalesce((select data from answers a where a.idea_id = ideas.id and a.question = 'title'), '{}')
		from ideas `+where, args...)
	return all, err
}

package storage

import (
	"context"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

// EachIdea calls f for every idea that was ever submitted, oldest first, with its author.
func (s *Store) EachIdea(ctx context.Context, f func(sangkien.Idea, sangkien.Member) error) error {
	var ids []int64
	err := s.each(ctx, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `select id from ideas where code is not null order by submitted_at, id`)
	if err != nil {
		return fmt.Errorf("list ideas: %w", err)
	}
	for _, id := range ids {
		i, err := s.Idea(ctx, id)
		if err != nil {
			return err
		}
		m, err := s.Member(ctx, i.Author)
		if err != nil {
			return err
		}
		if err := f(i, m); err != nil {
			return err
		}
	}
	return nil
}

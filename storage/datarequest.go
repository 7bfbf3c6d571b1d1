package storage

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func closeRequest(ctx context.Context, tx *tx, e sangkien.DataRequestClosed) error {
	ok, err := changed(tx.ExecContext(ctx, `update data_requests set done_at = $2, refused = $3, actor_id = $4, answer = $5
		where id = $1 and done_at = 0`, e.Request, ms(e.At), flag(e.Refused), e.Actor, e.Answer))
	return mustChange(ok, err, "request %d is closed", e.Request)
}

// OpenRequests lists the requests about personal data that wait for a person and are due before a time (zero:
// all), the most urgent first.
func (s *Store) OpenRequests(ctx context.Context, before time.Time) ([]sangkien.DataRequest, error) {
	if before.IsZero() {
		return s.requests(ctx, `where done_at = 0 order by due_at, id`)
	}
	return s.requests(ctx, `where done_at = 0 and due_at < $1 order by due_at, id`, ms(before))
}

// DataRequest loads a request. It returns ENOTFOUND when there is none.
func (s *Store) DataRequest(ctx context.Context, id int64) (sangkien.DataRequest, error) {
	all, err := s.requests(ctx, `where id = $1`, id)
	if err == nil && len(all) == 0 {
		err = sangkien.Errorf(sangkien.ENOTFOUND, "there is no request %d", id)
	}
	if err != nil {
		return sangkien.DataRequest{}, err
	}
	return all[0], nil
}

func (s *Store) requests(ctx context.Context, where string, args ...any) ([]sangkien.DataRequest, error) {
	var all []sangkien.DataRequest
	err := s.each(ctx, func(scan func(...any) error) error {
		var q sangkien.DataRequest
		var t, due, done int64
		err := scan(&q.ID, &q.Member, &q.Unit, &q.Right, &q.Text, &t, &due, &done, &q.Refused, &q.Answer)
		q.At, q.Due, q.Done = at(t), at(due), at(done)
		all = append(all, q)
		return err
	}, `select id, member_id, coalesce((select unit_id from members where members.id = member_id), 0), kind, text, at, due_at, done_at, refused <> 0, answer from data_requests `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list requests about personal data: %w", err)
	}
	return all, nil
}

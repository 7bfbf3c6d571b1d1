package storage

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Backlog is what of one class waits to be sent.
type Backlog struct {
	Class   sangkien.ReplyClass
	Waiting int
	Oldest  time.Duration // since the oldest that is due fell due; 0: none is due
}

// Backlogs counts what waits at now, for each class, in the order of sending.
func (s *Store) Backlogs(ctx context.Context, now time.Time) ([]Backlog, error) {
	all := []Backlog{{Class: sangkien.ClassReply}, {Class: sangkien.ClassNotice}, {Class: sangkien.ClassBulk}}
	for i := range all {
		var due int64
		err := s.row(ctx, `select count(*), coalesce(min(due_at), 0) from outbox where state < 2 and class = $1`, int(all[i].Class)).
			Scan(&all[i].Waiting, &due)
		if err != nil {
			return nil, fmt.Errorf("count what waits: %w", err)
		}
		if age := now.Sub(time.UnixMilli(due)); due > 0 && age > 0 {
			all[i].Oldest = age
		}
	}
	return all, nil
}

package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	sangkien "github.com/sangkien/sangkien"
)

// tally is what a transaction changes in the counts of broadcasts. Every change of a recipient's state goes through
// one, in the same transaction, so that the counts are right at every moment.
type tally map[counted]int

type counted struct {
	broadcast int64
	state     sangkien.RecipientState
	reason    string
}

func (t tally) add(broadcast int64, s sangkien.RecipientState, reason string, n int) {
	t[counted{broadcast, s, reason}] += n
}

// keep writes the tally down, the lowest broadcast first: two transactions never wait for each other. It comes last
// in its transaction, for many touch these rows.
func (t tally) keep(ctx context.Context, tx *tx) error {
	sums := map[int64]map[sangkien.RecipientState]int{}
	var reasons []counted
	for c, n := range t {
		if n == 0 {
			continue
		}
		if sums[c.broadcast] == nil {
			sums[c.broadcast] = map[sangkien.RecipientState]int{}
		}
		sums[c.broadcast][c.state] += n
		if c.reason != "" {
			reasons = append(reasons, c)
		}
	}
	var ids []int64
	for id := range sums {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		args := []any{id}
		for _, state := range sangkien.RecipientStates() {
			args = append(args, sums[id][state])
		}
		if err := exec(ctx, tx, `update broadcasts set queued = queued + $2, sending = sending + $3, sent = sent + $4, failed = failed + $5,
			blocked = blocked + $6, skipped = skipped + $7, uncertain = uncertain + $8 where id = $1`, args...); err != nil {
			return err
		}
	}
	slices.SortFunc(reasons, func(a, b counted) int {
		return cmp.Or(cmp.Compare(a.broadcast, b.broadcast), cmp.Compare(a.state, b.state), cmp.Compare(a.reason, b.reason))
	})
	for _, c := range reasons {
		if err := exec(ctx, tx, `insert into broadcast_reasons(broadcast_id, state, reason, n) values ($1, $2, $3, $4)
			on conflict (broadcast_id, state, reason) do update set n = broadcast_reasons.n + excluded.n`, c.broadcast, string(c.state), c.reason, t[c]); err != nil {
			return err
		}
	}
	return nil
}

// BroadcastReasons tells how many recipients of a broadcast are in a state for a reason.
func (s *Store) BroadcastReasons(ctx context.Context, broadcast int64) ([]sangkien.ReasonCount, error) {
	var all []sangkien.ReasonCount
	err := s.each(ctx, func(scan func(...any) error) error {
		var r sangkien.ReasonCount
		err := scan(&r.State, &r.Reason, &r.Count)
		all = append(all, r)
		return err
	}, `select state, reason, n from broadcast_reasons where broadcast_id = $1 and n > 0 order by state, reason`, broadcast)
	if err != nil {
		return nil, fmt.Errorf("count reasons of broadcast %d: %w", broadcast, err)
	}
	return all, nil
}

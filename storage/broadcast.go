package storage

import (
	"context"
	"encoding/json"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

func planBroadcast(ctx context.Context, tx *tx, e sangkien.BroadcastPlanned) error {
	b := e.Broadcast
	data, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("write broadcast %d: %w", b.ID, err)
	}
	return exec(ctx, tx, `insert into broadcasts(id, state, data, about_id, by_member, start_at, created_at, photo) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		b.ID, string(b.State), string(data), b.About, b.By, ms(b.Start), ms(e.At), b.Photo)
}

// moveBroadcast changes the state, if it is still the one that the decision saw. The first start fixes which
// members there are.
func moveBroadcast(ctx context.Context, tx *tx, e sangkien.BroadcastMoved) error {
	ended := ms(e.At)
	if e.To != sangkien.BroadcastDone && e.To != sangkien.BroadcastCancelled {
		ended = 0
	}
	approver := e.Actor
	if e.From != sangkien.BroadcastWaiting {
		approver = 0
	}
	ok, err := changed(tx.ExecContext(ctx, `update broadcasts set state = $3, ended_at = $4,
			approver_id = case when cast($5 as bigint) <> 0 then $5 else approver_id end,
			last_id = case when $3 = 'running' and started_at = 0 then (select coalesce(max(id), 0) from members) else last_id end,
			started_at = case when $3 = 'running' and started_at = 0 then $6 else started_at end,
			retry_at = case when $7 = 1 then $6 else retry_at end
		where id = $1 and state = $2`, e.Broadcast, string(e.From), string(e.To), ended, approver, ms(e.At), flag(e.Retry)))
	return mustChange(ok, err, "broadcast %d is not %s any more", e.Broadcast, e.From)
}

// Broadcast loads a broadcast with its counts. It returns ENOTFOUND when there is none.
func (s *Store) Broadcast(ctx context.Context, id int64) (sangkien.Broadcast, error) {
	all, err := s.broadcasts(ctx, `id = $1`, id)
	if err == nil && len(all) == 0 {
		err = sangkien.Errorf(sangkien.ENOTFOUND, "there is no broadcast %d", id)
	}
	if err != nil {
		return sangkien.Broadcast{}, err
	}
	return all[0], nil
}

// Broadcasts lists broadcasts, the newest first.
func (s *Store) Broadcasts(ctx context.Context, offset, limit int) ([]sangkien.Broadcast, error) {
	return s.broadcasts(ctx, `true order by id desc limit $1 offset $2`, limit, offset)
}

// BroadcastsIn lists the broadcasts in a state, those that start first before the others.
func (s *Store) BroadcastsIn(ctx context.Context, state sangkien.BroadcastState) ([]sangkien.Broadcast, error) {
	return s.broadcasts(ctx, `state = $1 order by start_at, id`, string(state))
}

func (s *Store) broadcasts(ctx context.Context, where string, args ...any) ([]sangkien.Broadcast, error) {
	var all []sangkien.Broadcast
	err := s.each(ctx, func(scan func(...any) error) error {
		b, err := scanBroadcast(scan)
		all = append(all, b)
		return err
	}, `select `+broadcastColumns+` from broadcasts where `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("load broadcasts: %w", err)
	}
	return all, nil
}

const broadcastColumns = `id, state, data, by_member, approver_id, started_at, ended_at, expanded, retry_at, queued, sending, sent, failed, blocked, skipped, uncertain`

func scanBroadcast(scan func(...any) error) (sangkien.Broadcast, error) {
	var b sangkien.Broadcast
	var data string
	var by, started, ended, expanded, retry int64
	c := &b.Counts
	if err := scan(&b.ID, &b.State, &data, &by, &b.Approver, &started, &ended, &expanded, &retry,
		&c.Queued, &c.Sending, &c.Sent, &c.Failed, &c.Blocked, &c.Skipped, &c.Uncertain); err != nil {
		return b, err
	}
	if err := json.Unmarshal([]byte(data), &b); err != nil {
		return b, fmt.Errorf("read broadcast %d: %w", b.ID, err)
	}
	c.Planned = c.Queued + c.Sending + c.Sent + c.Failed + c.Blocked + c.Skipped + c.Uncertain
	b.By = by // who it was may be known by another account since
	b.Started, b.Ended, b.Expanded, b.Retrying = at(started), at(ended), expanded != 0, retry != 0
	return b, nil
}

// broadcastIn loads a broadcast in a transaction.
func broadcastIn(ctx context.Context, tx *tx, id int64) (sangkien.Broadcast, error) {
	b, err := scanBroadcast(tx.QueryRowContext(ctx, `select `+broadcastColumns+` from broadcasts where id = $1`, id).Scan)
	if err != nil {
		return b, fmt.Errorf("load broadcast %d: %w", id, err)
	}
	return b, nil
}

// EachRecipient calls do for everyone in a broadcast, in the order of their ids. It stops at the first error.
func (s *Store) EachRecipient(ctx context.Context, broadcast int64, do func(sangkien.Recipient) error) error {
	const page = 1000 // read page by page: an export of a million rows holds up no writer and fills no memory
	for after := int64(-1); ; {
		var some []sangkien.Recipient
		err := s.each(ctx, func(scan func(...any) error) error {
			r := sangkien.Recipient{Broadcast: broadcast}
			var address string
			var t int64
			err := scan(&r.Member, &r.State, &r.Reason, &address, &r.Unit, &r.Attempts, &r.Doubts, &r.MessageID, &t, &r.Name, &r.Language)
			r.To, _ = sangkien.ParseAddress(address)
			r.At = at(t)
			some = append(some, r)
			return err
		}, `select r.member_id, r.state, r.reason, r.address, r.unit_id, r.attempts, r.doubts, r.message_id, r.at, coalesce(m.name, ''), coalesce(m.language, '')
			from recipients r left join members m on m.id = r.member_id where r.broadcast_id = $1 and r.member_id > $2 order by r.member_id limit $3`, broadcast, after, page)
		if err != nil {
			return fmt.Errorf("read the recipients of broadcast %d: %w", broadcast, err)
		}
		for _, r := range some {
			if err := do(r); err != nil {
				return err
			}
		}
		if len(some) < page {
			return nil
		}
		after = some[len(some)-1].Member
	}
}

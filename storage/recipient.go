package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func replaceArg(sql, arg string) string { return strings.ReplaceAll(sql, "?", arg) }

// candidate is a queued recipient that a claim looks at.
type candidate struct {
	sangkien.Recipient
	shareDay int64
	leftOut  string // what has changed since it was queued
}

// ClaimRecipients leases up to limit queued recipients of a running broadcast on a channel to the sender called by,
// for as long as lease says: they are "sending" before anything is sent. Who muted the topic meanwhile, took back the
// consent or cannot be reached is skipped, and so is, unless the broadcast is urgent, who had perDay bulk messages on
// that day (of sangkien.DayOf); perDay 0 is no limit. What a dead sender had claimed is seen to by Beat.
func (s *Store) ClaimRecipients(ctx context.Context, by string, b sangkien.Broadcast, channel string, limit int, now time.Time, lease time.Duration, day int64, perDay int) ([]sangkien.Recipient, error) {
	var got []sangkien.Recipient
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		got = nil
		for range lookRounds {
			all, err := s.candidates(ctx, tx, b, channel, max(limit, lookAt), now)
			if err != nil {
				return err
			}
			some := choose(all, limit-len(got))
			if !b.Urgent && perDay > 0 {
				if err := s.share(ctx, tx, some, day, perDay); err != nil {
					return err
				}
			}
			leased, err := s.lease(ctx, tx, by, b.ID, some, now, lease)
			if err != nil {
				return err
			}
			if got = append(got, leased...); len(got) >= limit || len(all) < max(limit, lookAt) {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim recipients of broadcast %d: %w", b.ID, err)
	}
	return got, nil
}

// A claim looks at more than it may send to, for those who are skipped cost the platform nothing: at lookAt at a time,
// in so many rounds at most.
const (
	lookAt     = 100
	lookRounds = 5
)

// choose is those of the candidates that something is done with: all that are left out, and at most limit of the others.
func choose(all []candidate, limit int) []candidate {
	var some []candidate
	for _, c := range all {
		if c.leftOut == "" {
			if limit == 0 {
				continue
			}
			limit--
		}
		some = append(some, c)
	}
	return some
}

func (s *Store) candidates(ctx context.Context, tx *tx, b sangkien.Broadcast, channel string, limit int, now time.Time) ([]candidate, error) {
	rows, err := tx.QueryContext(ctx, `select r.member_id, r.address, r.unit_id, r.attempts, r.doubts, r.share_day, m.name, m.language,
			case when c.address is null then 'unreachable' else `+s.dialect.leftOut(frequency)+` end
		from `+s.dialect.recipientsBy("recipients_queued")+` join members m on m.id = r.member_id
		left join chats c on c.address = r.address and c.reachable = 1
		where r.broadcast_id = $4 and r.channel = $5 and r.state = 'queued' and r.due_at <= $6
			and exists (select 1 from broadcasts x where x.id = $4 and x.state = 'running')
		order by r.due_at, r.member_id limit $7`+s.dialect.lockRows,
		string(b.Topic), b.Audience.Wants, string(b.Purpose), b.ID, channel, ms(now), limit)
	if err != nil {
		return nil, fmt.Errorf("find queued recipients: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	var all []candidate
	for rows.Next() {
		var c candidate
		var address string
		if err := rows.Scan(&c.Member, &address, &c.Unit, &c.Attempts, &c.Doubts, &c.shareDay, &c.Name, &c.Language, &c.leftOut); err != nil {
			return nil, fmt.Errorf("read a queued recipient: %w", err)
		}
		c.Broadcast, c.State, c.At = b.ID, sangkien.RecipientSending, now
		c.To, _ = sangkien.ParseAddress(address)
		all = append(all, c)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// share takes the share of the day of those that have not taken it for this broadcast; who has none left is left out.
func (s *Store) share(ctx context.Context, tx *tx, all []candidate, day int64, perDay int) error {
	var ask []int64
	for _, c := range all {
		if c.leftOut == "" && c.shareDay != day {
			ask = append(ask, c.Member)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	rows, err := tx.QueryContext(ctx, `insert into bulk_shares(member_id, day, used) select x.id, $2, 1 from (`+
		replaceArg(s.dialect.jsonNumbers, "cast($1 as text)")+`) x where true order by x.id
		on conflict (member_id) do update set used = case when bulk_shares.day = excluded.day then bulk_shares.used + 1 else 1 end, day = excluded.day
		where bulk_shares.day <> excluded.day or bulk_shares.used < $3 returning member_id`, numbers(ask), day, perDay)
	if err != nil {
		return fmt.Errorf("take the shares of the day: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	granted := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("read a share: %w", err)
		}
		granted[id] = true
	}
	for i, c := range all {
		switch {
		case c.leftOut != "" || c.shareDay == day:
		case granted[c.Member]:
			all[i].shareDay = day
		default:
			all[i].leftOut = sangkien.SkippedReached
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// lease writes down what became of the candidates.
func (s *Store) lease(ctx context.Context, tx *tx, by string, broadcast int64, all []candidate, now time.Time, lease time.Duration) ([]sangkien.Recipient, error) {
	if len(all) == 0 {
		return nil, nil
	}
	var got []sangkien.Recipient
	taken := map[int64][]int64{} // by the day of their share
	skipped := map[string][]int64{}
	t := tally{}
	for _, c := range all {
		if c.leftOut != "" {
			skipped[c.leftOut] = append(skipped[c.leftOut], c.Member)
			t.add(broadcast, sangkien.RecipientSkipped, c.leftOut, 1)
			continue
		}
		got = append(got, c.Recipient)
		taken[c.shareDay] = append(taken[c.shareDay], c.Member)
		t.add(broadcast, sangkien.RecipientSending, "", 1)
	}
	t.add(broadcast, sangkien.RecipientQueued, "", -len(all))
	members := s.dialect.among("member_id", "cast($2 as text)")
	for day, ids := range taken {
		if err := exec(ctx, tx, `update recipients set state = 'sending', lease_by = $3, lease_until = `+s.clock("$6")+` + $4, attempts = attempts + 1, share_day = $5, at = $6
			where broadcast_id = $1 and `+members, broadcast, numbers(ids), by, lease.Milliseconds(), day, ms(now)); err != nil {
			return nil, err
		}
	}
	for reason, ids := range skipped {
		if err := exec(ctx, tx, `update recipients set state = 'skipped', reason = $3, address = '', at = $4
			where broadcast_id = $1 and `+members, broadcast, numbers(ids), reason, ms(now)); err != nil {
			return nil, err
		}
	}
	return got, t.keep(ctx, tx)
}

// result is a RecipientResult as dialect.results reads it.
type result struct {
	B int64  `json:"b"`
	M int64  `json:"m"`
	S string `json:"s"`
	R string `json:"r"`
	I string `json:"i"`
	D int64  `json:"d"`
	U int    `json:"u"`
	A string `json:"a"`
}

// FinishRecipients notes what became of recipients that the sender called by had leased, all at once. One that is no
// longer its own is passed over: what it is noted as then is uncertain, or whoever holds it now tells. Who blocked us
// is written to no more.
func (s *Store) FinishRecipients(ctx context.Context, by string, results []sangkien.RecipientResult, now time.Time) error {
	list := make([]result, len(results))
	for i, r := range results {
		list[i] = result{B: r.Broadcast, M: r.Member, S: string(r.State), R: r.Reason, I: r.MessageID, D: ms(r.Due), U: flag(r.Doubt), A: r.MovedTo}
	}
	data, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("write %d results: %w", len(results), err)
	}
	err = s.apart(ctx, func(ctx context.Context, tx *tx) error {
		if err := s.chatsChanged(ctx, tx, by, results); err != nil {
			return err
		}
		if err := promoted(ctx, tx, by, results, now); err != nil {
			return err
		}
		return s.finishAll(ctx, tx, by, string(data), now)
	})
	if err != nil {
		return fmt.Errorf("finish %d recipients: %w", len(results), err)
	}
	return nil
}

func (s *Store) finishAll(ctx context.Context, tx *tx, by, data string, now time.Time) error {
	rows, err := tx.QueryContext(ctx, `update recipients set state = v.s, lease_by = '', lease_until = 0, due_at = v.d, at = $3, doubts = doubts + v.u,
			reason = case when v.s = 'sent' and doubts > 0 then 'twice' else v.r end,
			message_id = case when address = '' then '' else v.i end
		from (`+replaceArg(s.dialect.results, "$2")+`) v
		where recipients.broadcast_id = v.b and recipients.member_id = v.m and recipients.state = 'sending' and recipients.lease_by = $1
		returning recipients.broadcast_id, recipients.member_id, recipients.state, recipients.reason, recipients.share_day`, by, data, ms(now))
	if err != nil {
		return fmt.Errorf("note results: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	t := tally{}
	back := map[int64][]int64{} // shares of the day that reached nobody
	for rows.Next() {
		var broadcast, member, day int64
		var state sangkien.RecipientState
		var reason string
		if err := rows.Scan(&broadcast, &member, &state, &reason, &day); err != nil {
			return fmt.Errorf("read a result: %w", err)
		}
		t.add(broadcast, sangkien.RecipientSending, "", -1)
		t.add(broadcast, state, reason, 1)
		if day != 0 && (state == sangkien.RecipientFailed || state == sangkien.RecipientBlocked || state == sangkien.RecipientSkipped) {
			back[day] = append(back[day], member)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("note results: %w", err)
	}
	for day, members := range back {
		if err := exec(ctx, tx, `update bulk_shares set used = used - 1 where day = $2 and used > 0 and `+
			s.dialect.among("member_id", "cast($1 as text)"), numbers(members), day); err != nil {
			return err
		}
	}
	return t.keep(ctx, tx)
}

// promoted notes what was sent where the platform counts it.
func promoted(ctx context.Context, tx *tx, by string, results []sangkien.RecipientResult, now time.Time) error {
	for _, r := range results {
		if !r.Counted || r.State != sangkien.RecipientSent {
			continue
		}
		if err := exec(ctx, tx, `insert into promotions(address, at) select address, cast($4 as bigint) from recipients
			where broadcast_id = $1 and member_id = $2 and lease_by = $3 and state = 'sending'`, r.Broadcast, r.Member, by, ms(now)); err != nil {
			return err
		}
	}
	return nil
}

// chatsChanged notes which chats are closed to us and which have moved.
func (s *Store) chatsChanged(ctx context.Context, tx *tx, by string, results []sangkien.RecipientResult) error {
	const own = `(select address from recipients where broadcast_id = $1 and member_id = $2 and lease_by = $3 and state = 'sending')`
	for _, r := range results {
		if r.State == sangkien.RecipientBlocked {
			if err := exec(ctx, tx, `update chats set reachable = 0 where address = `+own, r.Broadcast, r.Member, by); err != nil {
				return err
			}
		}
		if r.MovedTo == "" {
			continue
		}
		if err := moveChat(ctx, tx, r, by); err != nil {
			return err
		}
	}
	return nil
}

// moveChat gives a chat its new address; if someone writes from there already, the old one is closed.
func moveChat(ctx context.Context, tx *tx, r sangkien.RecipientResult, by string) error {
	var old string
	if err := tx.QueryRowContext(ctx, `select coalesce(max(address), '') from recipients where broadcast_id = $1 and member_id = $2 and lease_by = $3 and state = 'sending'`,
		r.Broadcast, r.Member, by).Scan(&old); err != nil {
		return fmt.Errorf("find the chat that moved: %w", err)
	}
	to, ok := sangkien.ParseAddress(old)
	if !ok {
		return nil
	}
	to.Chat = r.MovedTo
	if err := exec(ctx, tx, `update chats set address = $2 where address = $1 and not exists (select 1 from chats x where x.address = $2)`, old, to.String()); err != nil {
		return err
	}
	if err := exec(ctx, tx, `update chats set reachable = 0 where address = $1`, old); err != nil {
		return err
	}
	return exec(ctx, tx, `update recipients set address = $2 where address = $1 and broadcast_id = $3 and member_id = $4`, old, to.String(), r.Broadcast, r.Member)
}

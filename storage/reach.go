package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Whom a platform lets us write to is a rule of the root's (Platforms.ToMany). What it decides by is loaded here, for
// those members only whose chat is on a channel that has such a rule: the others cost nothing.

// Limit tells the store what the platforms let us send to many. It is called once, before anything else is.
func (s *Store) Limit(p sangkien.Platforms) { s.platforms = p }

// reachable is a member with the accounts that may be written to, the chosen one first.
type reachable struct {
	member, unit int64
	phone        bool // agreed to be written to by phone number
	contacts     []sangkien.Contact
}

// querier is the database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (cursor, error)
}

// reader is the database, asked outside of a transaction.
type reader struct{ store *Store }

// QueryContext runs a query for rows.
func (r reader) QueryContext(ctx context.Context, query string, args ...any) (cursor, error) {
	rows, err := r.store.rows(ctx, query, args...) //nolint:rowserrcheck // the caller walks over them
	if err != nil {
		return nil, err // not rows: a nil *sql.Rows would be a cursor that is not nil
	}
	return rows, nil
}

// eachReached calls do for every member of a selection that has member_id, unit_id and address, and whose arguments
// are args.
func (s *Store) eachReached(ctx context.Context, q querier, channel, selection string, args []any, now time.Time, do func(reachable)) error {
	n := len(args)
	query := `select x.member_id, x.unit_id, c.address, c.heard_at, c.follows <> 0, c.replies,
			coalesce((select string_agg(cast(p.at as text), ',') from promotions p where p.address = c.address and p.at > cast(` + arg(n+1) + ` as bigint)), ''),
			exists (select 1 from accounts a join members m on m.id = a.member_id
				where a.member_id = x.member_id and a.channel = cast(` + arg(n+2) + ` as text) and ` + strings.ReplaceAll(s.dialect.granted, "?", "'"+string(sangkien.PurposePhone)+"'") + `)
		from (` + selection + `) x join chats c on c.member_id = x.member_id and c.reachable = 1
			and (cast(` + arg(n+3) + ` as text) = '' or c.channel = cast(` + arg(n+3) + ` as text))
		order by x.member_id, case when c.address = x.address then 0 else 1 end, c.updated_at desc, c.address desc`
	rows, err := q.QueryContext(ctx, query, append(args[:n:n], ms(now.Add(-sangkien.PromotionsKept)), s.platforms.Template, channel)...)
	if err != nil {
		return fmt.Errorf("load how members may be written to: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	var last reachable
	for rows.Next() {
		var r reachable
		var c sangkien.Contact
		if err := scanReached(rows, &r, &c); err != nil {
			return err
		}
		if r.member != last.member {
			if last.member != 0 {
				do(last)
			}
			last = r
		}
		last.contacts = append(last.contacts, c)
	}
	if last.member != 0 {
		do(last)
	}
	return errors.Join(rows.Err(), rows.Close())
}

func scanReached(rows cursor, r *reachable, c *sangkien.Contact) error {
	var address, promotions string
	var heard int64
	if err := rows.Scan(&r.member, &r.unit, &address, &heard, &c.Follows, &c.Replies, &promotions, &r.phone); err != nil {
		return fmt.Errorf("read how a member may be written to: %w", err)
	}
	c.Heard = at(heard)
	c.Address, _ = sangkien.ParseAddress(address)
	for text := range strings.SplitSeq(promotions, ",") {
		if t, err := strconv.ParseInt(text, 10, 64); err == nil {
			c.Promotions = append(c.Promotions, at(t))
		}
	}
	return nil
}

func arg(n int) string { return "$" + strconv.Itoa(n) }

// limited is the condition that a column is one of the channels with rules, and its arguments after n others.
func (s *Store) limited(column string, n int) (condition string, args []any) {
	var marks []string
	for _, name := range s.platforms.Limited() {
		args = append(args, name)
		marks = append(marks, "cast("+arg(n+len(args))+" as text)")
	}
	return column + " in (" + strings.Join(marks, ", ") + ")", args
}

// divert writes down anew those recipients among the members after and upto whose platform bars them: with another
// account of theirs, or as skipped with the reason.
func (s *Store) divert(ctx context.Context, tx *tx, b sangkien.Broadcast, after, upto int64, now time.Time) error {
	if len(s.platforms.Limited()) == 0 {
		return nil
	}
	condition, names := s.limited("channel", 3)
	selection := `select member_id, unit_id, address from recipients where broadcast_id = $1 and member_id > $2 and member_id <= $3 and state = 'queued' and ` + condition
	var changes []result
	err := s.eachReached(ctx, tx, b.Audience.Channel, selection, append([]any{b.ID, after, upto}, names...), now, func(r reachable) {
		switch way, to, reason := s.platforms.ToMany(r.contacts, r.phone, now); way {
		case sangkien.WayNow:
		case sangkien.WayElsewhere:
			changes = append(changes, result{M: r.member, S: string(sangkien.RecipientQueued), A: to.String(), I: to.Channel})
		case sangkien.WayTemplate, sangkien.WayNone:
			changes = append(changes, result{M: r.member, S: string(sangkien.RecipientSkipped), R: string(reason), I: r.contacts[0].Address.Channel})
		}
	})
	if err != nil || len(changes) == 0 {
		return err
	}
	data, err := json.Marshal(changes)
	if err != nil {
		return fmt.Errorf("write %d changes: %w", len(changes), err)
	}
	return exec(ctx, tx, `update recipients set state = v.s, reason = v.r, address = v.a, channel = v.i
		from (`+replaceArg(s.dialect.results, "$2")+`) v where recipients.broadcast_id = $1 and recipients.member_id = v.m`, b.ID, string(data))
}

// previewLimited adds to a preview those whose chat is on a channel with rules.
func (s *Store) previewLimited(ctx context.Context, b sangkien.Broadcast, args []any, now time.Time) (sangkien.Preview, error) {
	condition, names := s.limited("channel", len(args))
	within, _ := s.limited("k.channel", len(args))
	selection := `select member_id, unit_id, address from (` + s.dialect.chosen(b.Audience, `m.id in (select k.member_id from chats k where k.reachable = 1 and `+within+`)`) + `) y
		where reason = '' and ` + condition
	sums := map[sangkien.PreviewLine]int{}
	err := s.eachReached(ctx, reader{s}, b.Audience.Channel, selection, append(args[:len(args):len(args)], names...), now, func(r reachable) {
		l := sangkien.PreviewLine{Unit: r.unit, Channel: r.contacts[0].Address.Channel}
		way, to, reason := s.platforms.ToMany(r.contacts, r.phone, now)
		l.Way = way
		if to.Channel != "" {
			l.Channel = to.Channel
		} else {
			l.Reason = string(reason)
		}
		sums[l]++
	})
	var p sangkien.Preview
	for l, n := range sums {
		l.Count = n
		p = append(p, l)
	}
	return p, err
}

package storage

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Tidy forgets what is older than the policy allows at now: keys of updates, sent replies, lines of web chats, forms
// that were begun and left, letters, the words of requests.
func (s *Store) Tidy(ctx context.Context, policy sangkien.Retention, now time.Time) error {
	keys, raw, sheets := ms(now.Add(-policy.Keys)), ms(now.Add(-policy.Raw)), ms(now.Add(-policy.Sheets))
	day := ms(now.Add(-24 * time.Hour))
	letters, requests := ms(now.Add(-policy.Letters)), ms(now.Add(-policy.Requests))
	const old = `(select letter_id from letter_lines group by letter_id having max(at) < $1)`
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		for _, q := range []struct {
			sql    string
			before int64
		}{
			{`delete from updates where at < $1`, keys},
			{`delete from outbox where state >= 2 and created_at < $1`, keys},
			{`delete from offers where at < $1`, raw},
			{`delete from invitations where used_by = 0 and expires_at < $1`, keys},
			{`delete from links where expires_at < $1`, day},
			{`delete from link_tries where at < $1`, day},
			{`delete from web_entries where at < $1`, raw},
			{`delete from quarantine where at < $1`, raw},
			{`delete from attachments where idea_id in (select id from sheets where closed = 0 and at < $1)`, sheets},
			{`delete from sheets where at < $1`, sheets},
			{`delete from attachments where idea_id in (select id from letter_lines where letter_id in ` + old + `)`, letters},
			{`delete from letters where id in ` + old, letters},
			{`update data_requests set text = '', answer = '' where done_at > 0 and done_at < $1 and (text <> '' or answer <> '')`, requests},
		} {
			if err := exec(ctx, tx, q.sql, q.before); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("tidy: %w", err)
	}
	for more := true; more && err == nil; {
		more, err = s.tidyRecipients(ctx, now.Add(-policy.Reached))
	}
	return err
}

// tidyRecipients forgets some of the recipients of broadcasts that ended before a time: so many that replies do not wait.
func (s *Store) tidyRecipients(ctx context.Context, before time.Time) (more bool, err error) {
	err = s.apart(ctx, func(ctx context.Context, tx *tx) error {
		more, err = changed(tx.ExecContext(ctx, `delete from recipients where broadcast_id = (select min(b.id) from broadcasts b where b.ended_at > 0 and b.ended_at < $1
				and exists (select 1 from recipients x where x.broadcast_id = b.id))
			and member_id <= (select max(y.member_id) from (select r.member_id from recipients r where r.broadcast_id = (select min(b.id) from broadcasts b
				where b.ended_at > 0 and b.ended_at < $1 and exists (select 1 from recipients x where x.broadcast_id = b.id)) order by r.member_id limit 2000) y)`, ms(before)))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("tidy recipients: %w", err)
	}
	return more, nil
}

// Counts is how much there is, for operators.
type Counts struct {
	Members, Drafts, Submitted, Waiting, Failed, Quarantined, PendingFiles, Admins int
}

// Trouble counts what went wrong and what is not fetched yet: only those of Counts, and quickly however much there is.
func (s *Store) Trouble(ctx context.Context) (c Counts, err error) {
	err = s.row(ctx, `select (select count(*) from outbox where state = 3), (select count(*) from quarantine), (select count(*) from attachments where state = 'pending')`).
		Scan(&c.Failed, &c.Quarantined, &c.PendingFiles)
	if err != nil {
		return c, fmt.Errorf("count what went wrong: %w", err)
	}
	return c, nil
}

// Counts counts.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	err := s.row(ctx, `select (select count(*) from members), (select count(*) from ideas where state = $1),
		(select count(*) from ideas where state <> $1), (select count(*) from outbox where state < 2),
		(select count(*) from outbox where state = 3), (select count(*) from quarantine),
		(select count(*) from attachments where state = 'pending'), (select count(*) from grants where role = $2)`,
		string(sangkien.Draft), string(sangkien.RoleAdmin)).
		Scan(&c.Members, &c.Drafts, &c.Submitted, &c.Waiting, &c.Failed, &c.Quarantined, &c.PendingFiles, &c.Admins)
	if err != nil {
		return c, fmt.Errorf("count: %w", err)
	}
	return c, nil
}

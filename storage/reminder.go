package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func saveReminder(ctx context.Context, tx *tx, r sangkien.Reminder) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write reminder %d: %w", r.ID, err)
	}
	return exec(ctx, tx, `insert into reminders(id, campaign_id, data) values ($1, $2, $3) on conflict (id) do update set data = excluded.data`,
		r.ID, r.Campaign, string(data))
}

func fireReminder(ctx context.Context, tx *tx, e sangkien.ReminderFired) error {
	if err := noteOccurrence(ctx, tx, e.Occurrence, e.Planned.Broadcast.ID, e.At); err != nil {
		return err
	}
	return planBroadcast(ctx, tx, e.Planned)
}

func noteOccurrence(ctx context.Context, tx *tx, o sangkien.Occurrence, broadcast int64, now time.Time) error {
	ok, err := changed(tx.ExecContext(ctx, `insert into occurrences(reminder_id, at, part, broadcast_id, noted_at) values ($1, $2, $3, $4, $5) on conflict do nothing`,
		o.Reminder, ms(o.At), o.Part, broadcast, ms(now)))
	return mustChange(ok, err, "reminder %d of %s was seen to", o.Reminder, o.At)
}

// Reminders lists the rules of all campaigns.
func (s *Store) Reminders(ctx context.Context) ([]sangkien.Reminder, error) {
	var all []sangkien.Reminder
	err := s.each(ctx, func(scan func(...any) error) error {
		var r sangkien.Reminder
		var data string
		if err := scan(&r.ID, &data); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(data), &r); err != nil {
			return fmt.Errorf("read reminder %d: %w", r.ID, err)
		}
		all = append(all, r)
		return nil
	}, `select id, data from reminders order by campaign_id, id`)
	if err != nil {
		return nil, fmt.Errorf("load reminders: %w", err)
	}
	return all, nil
}

// Noted lists what of a reminder went out or was missed, by its times and parts; the first first.
func (s *Store) Noted(ctx context.Context, reminder int64) ([]sangkien.Occurrence, error) {
	var all []sangkien.Occurrence
	err := s.each(ctx, func(scan func(...any) error) error {
		o := sangkien.Occurrence{Reminder: reminder}
		var t int64
		err := scan(&t, &o.Part)
		o.At = at(t)
		all = append(all, o)
		return err
	}, `select at, part from occurrences where reminder_id = $1 order by at, part`, reminder)
	if err != nil {
		return nil, fmt.Errorf("load the occurrences of reminder %d: %w", reminder, err)
	}
	return all, nil
}

// lastWritten is when an idea's author wrote at it for the last time.
const lastWritten = `coalesce((select max(a.at) from answers a where a.idea_id = ideas.id), created_at)`

// LeftDrafts lists drafts with answers that were written at last between two moments, and of which their authors were
// not told.
func (s *Store) LeftDrafts(ctx context.Context, from, to time.Time) ([]sangkien.Idea, error) {
	all, err := s.heads(ctx, `where state = 'draft' and nudged_at = 0 and exists (select 1 from answers a where a.idea_id = ideas.id)
		and `+lastWritten+` > $1 and `+lastWritten+` <= $2 order by id limit 500`, ms(from), ms(to))
	if err != nil {
		return nil, fmt.Errorf("list drafts that were left: %w", err)
	}
	return all, nil
}

// SupplementsDue lists ideas whose supplement is due between two moments and whose authors were not told of the date.
func (s *Store) SupplementsDue(ctx context.Context, from, to time.Time) ([]sangkien.Idea, error) {
	all, err := s.heads(ctx, `where state = 'needs_supplement' and due_at > $1 and due_at <= $2 and due_told_at <> due_at order by due_at limit 500`, ms(from), ms(to))
	if err != nil {
		return nil, fmt.Errorf("list supplements that are due: %w", err)
	}
	return all, nil
}

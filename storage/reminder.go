package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func saveReminder(ctx context.Context, tx *tx, e sangkien.ReminderSaved) error {
	r := e.Reminder
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write reminder %d: %w", r.ID, err)
	}
	return exec(ctx, tx, `insert into reminders(id, campaign_id, is_off, since_at, data, saved_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (id) do update set is_off = excluded.is_off, since_at = excluded.since_at, data = excluded.data, saved_at = excluded.saved_at`,
		r.ID, r.Campaign, flag(r.Off), ms(r.Since), string(data), ms(e.At))
}

// fireReminder plans the broadcast in the same transaction in which its occurrences are noted.
func fireReminder(ctx context.Context, tx *tx, e sangkien.ReminderFired) error {
	if err := noteOccurrences(ctx, tx, e.Occurrences, e.Since); err != nil {
		return err
	}
	return planBroadcast(ctx, tx, e.Planned)
}

// noteOccurrences notes what became of times at which a rule was due, if nobody did before and the rule is still
// on as the decision saw it.
func noteOccurrences(ctx context.Context, tx *tx, all []sangkien.Occurrence, since time.Time) error {
	for _, o := range all {
		apart, err := json.Marshal(o.Apart)
		if err != nil {
			return fmt.Errorf("write who stands apart: %w", err)
		}
		ok, err := changed(tx.ExecContext(ctx, `insert into reminder_occurrences(reminder_id, what, at, missed, broadcast_id, noted_at, apart)
			select id, cast($2 as text), cast($3 as bigint), cast($4 as bigint), cast($5 as bigint), cast($6 as bigint), cast($8 as text)
			from reminders where id = $1 and is_off = 0 and since_at = $7 on conflict do nothing`,
			o.Reminder, o.What, ms(o.At), flag(o.Missed), o.Broadcast, ms(o.Noted), ms(since), string(apart)))
		if err := mustChange(ok, err, "reminder %d, %s of %v was noted before, or the rule changed", o.Reminder, o.What, o.At); err != nil {
			return err
		}
	}
	return nil
}

// dateCampaign changes the calendar, if it is still the one that the decision saw. The empty update holds others
// off until the end of the transaction.
func dateCampaign(ctx context.Context, tx *tx, e sangkien.CampaignDated) error {
	if err := exec(ctx, tx, `update campaigns set data = data where id = $1`, e.Campaign); err != nil {
		return err
	}
	var data string
	var c sangkien.Campaign
	if err := tx.QueryRowContext(ctx, `select data from campaigns where id = $1`, e.Campaign).Scan(&data); err != nil {
		return fmt.Errorf("load campaign %d: %w", e.Campaign, err)
	}
	if err := json.Unmarshal([]byte(data), &c); err != nil {
		return fmt.Errorf("read campaign %d: %w", e.Campaign, err)
	}
	if !c.Dates().Equal(e.Before) {
		return sangkien.Errorf(sangkien.ECONFLICT, "the dates of campaign %d changed meanwhile", e.Campaign)
	}
	return saveCampaign(ctx, tx, c.On(e.After))
}

// Reminders lists the rules of all campaigns, in the order in which they were made.
func (s *Store) Reminders(ctx context.Context) ([]sangkien.Reminder, error) {
	var all []sangkien.Reminder
	err := s.each(ctx, func(scan func(...any) error) error {
		var data string
		if err := scan(&data); err != nil {
			return err
		}
		var r sangkien.Reminder
		err := json.Unmarshal([]byte(data), &r)
		all = append(all, r)
		return err
	}, `select data from reminders order by campaign_id, id`)
	if err != nil {
		return nil, fmt.Errorf("list reminders: %w", err)
	}
	return all, nil
}

// Occurrences lists what became of the times at which a rule was due, the earliest first.
func (s *Store) Occurrences(ctx context.Context, reminder int64) ([]sangkien.Occurrence, error) {
	var all []sangkien.Occurrence
	err := s.each(ctx, func(scan func(...any) error) error {
		o := sangkien.Occurrence{Reminder: reminder}
		var when, noted int64
		var apart string
		if err := scan(&o.What, &when, &o.Missed, &o.Broadcast, &noted, &apart); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(apart), &o.Apart)
		o.At, o.Noted = at(when), at(noted)
		all = append(all, o)
		return err
	}, `select what, at, missed <> 0, broadcast_id, noted_at, apart from reminder_occurrences where reminder_id = $1 order by at, what`, reminder)
	if err != nil {
		return nil, fmt.Errorf("list what became of reminder %d: %w", reminder, err)
	}
	return all, nil
}

// DraftsLeft lists drafts of a campaign whose last answer came in from one time to before another, and of which the
// rule has noted nothing; those without any answer are none. At most 1000.
func (s *Store) DraftsLeft(ctx context.Context, r sangkien.Reminder, from, before time.Time) ([]sangkien.Idea, error) {
	const last = `(select max(a.at) from answers a where a.idea_id = ideas.id)`
	all, err := s.heads(ctx, `where state = 'draft' and campaign_id = $1 and `+last+` >= $2 and `+last+` < $3
		and not exists (select 1 from reminder_occurrences o where o.reminder_id = $4 and o.what = 'idea:' || ideas.id) order by id limit 1000`,
		r.Campaign, ms(from), ms(before), r.ID)
	if err != nil {
		return nil, fmt.Errorf("list drafts that were left: %w", err)
	}
	return all, nil
}

// Supplements lists the ideas of a campaign whose authors were asked for a supplement by a date.
func (s *Store) Supplements(ctx context.Context, campaign int64) ([]sangkien.Idea, error) {
	all, err := s.heads(ctx, `where state = 'needs_supplement' and campaign_id = $1 and due_at > 0 order by due_at, id limit 1000`, campaign)
	if err != nil {
		return nil, fmt.Errorf("list supplements that are due: %w", err)
	}
	return all, nil
}

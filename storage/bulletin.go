package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func writeBulletin(ctx context.Context, tx *tx, e sangkien.BulletinWritten) error {
	b := e.Bulletin
	if b.Replaces != 0 {
		ok, err := changed(tx.ExecContext(ctx, `update bulletins set state = 'replaced' where id = $1 and state = 'published'`, b.Replaces))
		if err := mustChange(ok, err, "bulletin %d is not to be read any more", b.Replaces); err != nil {
			return err
		}
	}
	ok, err := changed(tx.ExecContext(ctx, `insert into bulletins(id, title, text, link, sender, author_id, feed_id, guid, replaces_id, broadcast_id, state, at, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
		b.ID, b.Title, b.Text, b.Link, b.Sender, b.Author, b.Feed, b.GUID, b.Replaces, b.Broadcast, string(b.State), ms(b.At), ms(e.At)))
	if err := mustChange(ok, err, "bulletin %d is stored already", b.ID); err != nil {
		return err
	}
	for _, u := range b.Units {
		if err := exec(ctx, tx, `insert into bulletin_units(bulletin_id, unit_id) values ($1, $2) on conflict do nothing`, b.ID, u); err != nil {
			return err
		}
	}
	return nil
}

func moveBulletin(ctx context.Context, tx *tx, e sangkien.BulletinMoved) error {
	ok, err := changed(tx.ExecContext(ctx, `update bulletins set state = $3, broadcast_id = coalesce(nullif(cast($4 as bigint), 0), broadcast_id),
			at = coalesce(nullif(cast($5 as bigint), 0), at) where id = $1 and state = $2`,
		e.Bulletin, string(e.From), string(e.To), e.Broadcast, ms(e.Reads)))
	return mustChange(ok, err, "bulletin %d is not %s any more", e.Bulletin, e.From)
}

// bulletinFor is the condition that a bulletin is for one of the units in the argument: a unit and all above it.
func (d dialect) bulletinFor(arg string) string {
	return `(not exists (select 1 from bulletin_units u where u.bulletin_id = b.id)
		or exists (select 1 from bulletin_units u where u.bulletin_id = b.id and ` + d.inScope("u.unit_id", arg) + `))`
}

// News lists the bulletins that can be read at now and are for everyone or for a unit of the scope; the newest first.
func (s *Store) News(ctx context.Context, scope sangkien.Scope, now time.Time, offset, limit int) ([]sangkien.Bulletin, error) {
	return s.bulletins(ctx, `b.state = 'published' and b.at <= $1 and `+s.dialect.bulletinFor("$2")+` order by b.at desc, b.id desc limit $3 offset $4`,
		ms(now), scopeArg(scope), limit, offset)
}

// NewsBetween lists the bulletins that could be read from after from, until to; the oldest first.
func (s *Store) NewsBetween(ctx context.Context, from, to time.Time) ([]sangkien.Bulletin, error) {
	return s.bulletins(ctx, `b.state = 'published' and b.at > $1 and b.at <= $2 order by b.at, b.id`, ms(from), ms(to))
}

// WaitingNews lists the bulletins that wait for approval, the oldest first.
func (s *Store) WaitingNews(ctx context.Context) ([]sangkien.Bulletin, error) {
	return s.bulletins(ctx, `b.state = 'waiting' order by b.id`)
}

// Bulletin loads a bulletin with its files. It returns ENOTFOUND when there is none.
func (s *Store) Bulletin(ctx context.Context, id int64) (sangkien.Bulletin, error) {
	all, err := s.bulletins(ctx, `b.id = $1`, id)
	if err == nil && len(all) == 0 {
		err = sangkien.Errorf(sangkien.ENOTFOUND, "there is no bulletin %d", id)
	}
	if err != nil {
		return sangkien.Bulletin{}, err
	}
	b := all[0]
	b.Files, err = s.attachmentsOf(ctx, id)
	return b, err
}

func (s *Store) bulletins(ctx context.Context, where string, args ...any) ([]sangkien.Bulletin, error) {
	var all []sangkien.Bulletin
	err := s.each(ctx, func(scan func(...any) error) error {
		var b sangkien.Bulletin
		var t int64
		var units string
		if err := scan(&b.ID, &b.Title, &b.Text, &b.Link, &b.Sender, &b.Author, &b.Feed, &b.GUID, &b.Replaces, &b.Broadcast, &b.State, &t, &units); err != nil {
			return err
		}
		b.At = at(t)
		if err := json.Unmarshal([]byte("["+units+"]"), &b.Units); err != nil {
			return fmt.Errorf("read the units of bulletin %d: %w", b.ID, err)
		}
		if len(b.Units) == 0 {
			b.Units = nil
		}
		all = append(all, b)
		return nil
	}, `select b.id, b.title, b.text, b.link, b.sender, b.author_id, b.feed_id, b.guid, b.replaces_id, b.broadcast_id, b.state, b.at,
			coalesce((select string_agg(cast(u.unit_id as text), ',') from bulletin_units u where u.bulletin_id = b.id), '')
		from bulletins b where `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("load bulletins: %w", err)
	}
	return all, nil
}

func addFeed(ctx context.Context, tx *tx, f sangkien.Feed) error {
	units, err := json.Marshal(f.Units)
	if err != nil {
		return fmt.Errorf("write the units of feed %d: %w", f.ID, err)
	}
	ok, err := changed(tx.ExecContext(ctx, `insert into feeds(id, url, name, units, trusted, added_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
		f.ID, f.URL, f.Name, string(units), flag(f.Trusted), ms(f.Added)))
	return mustChange(ok, err, "there is a feed of that address")
}

// Feeds lists the feeds in the order in which they were added.
func (s *Store) Feeds(ctx context.Context) ([]sangkien.Feed, error) {
	var all []sangkien.Feed
	err := s.each(ctx, func(scan func(...any) error) error {
		var f sangkien.Feed
		var units string
		var added, checked int64
		if err := scan(&f.ID, &f.URL, &f.Name, &units, &f.Trusted, &added, &f.ETag, &f.Modified, &checked, &f.Error); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(units), &f.Units); err != nil {
			return fmt.Errorf("read the units of feed %d: %w", f.ID, err)
		}
		f.Added, f.Checked = at(added), at(checked)
		all = append(all, f)
		return nil
	}, `select id, url, name, units, trusted <> 0, added_at, etag, modified, checked_at, error from feeds order by id`)
	if err != nil {
		return nil, fmt.Errorf("load the feeds: %w", err)
	}
	return all, nil
}

// KnownNews tells which of these were taken from the feed already.
func (s *Store) KnownNews(ctx context.Context, feed int64, guids []string) (map[string]bool, error) {
	known := map[string]bool{}
	for _, g := range guids {
		var n int
		if err := s.row(ctx, `select count(*) from bulletins where feed_id = $1 and guid = $2`, feed, g).Scan(&n); err != nil {
			return nil, fmt.Errorf("look for news of feed %d: %w", feed, err)
		}
		known[g] = n > 0
	}
	return known, nil
}

func makeDigest(ctx context.Context, tx *tx, e sangkien.DigestMade) error {
	ok, err := changed(tx.ExecContext(ctx, `insert into digests(frequency, until_at) values ($1, $3)
		on conflict (frequency) do update set until_at = excluded.until_at where digests.until_at = $2`, string(e.Frequency), ms(e.From), ms(e.Until)))
	return mustChange(ok, err, "the %s digest was made meanwhile", e.Frequency)
}

// DigestUntil tells until when news was gathered for those who want it so often; zero: never.
func (s *Store) DigestUntil(ctx context.Context, f sangkien.Frequency) (time.Time, error) {
	var until int64
	if err := s.row(ctx, `select coalesce(max(until_at), 0) from digests where frequency = $1`, string(f)).Scan(&until); err != nil {
		return time.Time{}, fmt.Errorf("look for the last digest: %w", err)
	}
	return at(until), nil
}

// DigestReaders lists the members who want news so often: their ids and units.
func (s *Store) DigestReaders(ctx context.Context, f sangkien.Frequency) ([]sangkien.Member, error) {
	var all []sangkien.Member
	err := s.each(ctx, func(scan func(...any) error) error {
		var m sangkien.Member
		err := scan(&m.ID, &m.Unit)
		all = append(all, m)
		return err
	}, `select m.id, m.unit_id from subscriptions s join members m on m.id = s.member_id where s.topic = $1 and s.frequency = $2 order by m.id`,
		string(sangkien.TopicNews), string(f))
	if err != nil {
		return nil, fmt.Errorf("list who reads digests: %w", err)
	}
	return all, nil
}

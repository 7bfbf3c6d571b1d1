package storage

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Contact loads what decides whether the account may be written to now.
func (s *Store) Contact(ctx context.Context, a sangkien.Address, now time.Time) (sangkien.Contact, error) {
	all, err := s.contacts(ctx, now, `address = $1`, a.String())
	if err != nil || len(all) == 0 {
		return sangkien.Contact{Address: a}, err
	}
	return all[0], nil
}

// Contacts loads the same of all accounts by which a member can be reached, the one used last first.
func (s *Store) Contacts(ctx context.Context, member int64, now time.Time) ([]sangkien.Contact, error) {
	return s.contacts(ctx, now, `member_id = $1 and reachable = 1 order by updated_at desc, address`, member)
}

func (s *Store) contacts(ctx context.Context, now time.Time, where string, arg any) ([]sangkien.Contact, error) {
	var all []sangkien.Contact
	err := s.each(ctx, func(scan func(...any) error) error {
		var c sangkien.Contact
		var address string
		var heard int64
		err := scan(&address, &heard, &c.Follows, &c.Replies)
		c.Address, _ = sangkien.ParseAddress(address)
		c.Heard = at(heard)
		all = append(all, c)
		return err
	}, `select address, heard_at, follows <> 0, replies from chats where `+where, arg)
	if err != nil {
		return nil, fmt.Errorf("load how accounts may be written to: %w", err)
	}
	for i := range all {
		if all[i].Promotions, err = s.promotions(ctx, all[i].Address, now); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Store) promotions(ctx context.Context, a sangkien.Address, now time.Time) ([]time.Time, error) {
	var all []time.Time
	err := s.each(ctx, func(scan func(...any) error) error {
		var t int64
		err := scan(&t)
		all = append(all, at(t))
		return err
	}, `select at from promotions where address = $1 and at > $2 order by at`, a.String(), ms(now.Add(-sangkien.PromotionsKept)))
	if err != nil {
		return nil, fmt.Errorf("list what was sent to many: %w", err)
	}
	return all, nil
}

// count notes messages that were sent, where a platform counts them.
func count(ctx context.Context, tx *tx, address string, class sangkien.ReplyClass, messages int, now time.Time) error {
	if class != sangkien.ClassBulk {
		return exec(ctx, tx, `update chats set replies = replies + $2 where address = $1`, address, messages)
	}
	if err := exec(ctx, tx, `delete from promotions where at < $1`, ms(now.Add(-sangkien.PromotionsKept))); err != nil {
		return err
	}
	return exec(ctx, tx, `insert into promotions(address, at) values ($1, $2)`, address, ms(now))
}

package storage

import (
	"context"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

// Tally counts the ideas of each unit by state, drafts left out. It is what desks and notices count from.
func (s *Store) Tally(ctx context.Context) ([]sangkien.Tally, error) {
	var all []sangkien.Tally
	err := s.each(ctx, func(scan func(...any) error) error {
		var t sangkien.Tally
		err := scan(&t.Unit, &t.State, &t.Count)
		all = append(all, t)
		return err
	}, `select unit_id, state, count(*) from ideas where state <> $1 group by unit_id, state order by unit_id, state`, string(sangkien.Draft))
	if err != nil {
		return nil, fmt.Errorf("count ideas: %w", err)
	}
	return all, nil
}

// TallyIn counts the ideas of each unit that are in a state: those that wait are few, where all become many.
func (s *Store) TallyIn(ctx context.Context, state sangkien.State) ([]sangkien.Tally, error) {
	var all []sangkien.Tally
	err := s.each(ctx, func(scan func(...any) error) error {
		t := sangkien.Tally{State: state}
		err := scan(&t.Unit, &t.Count)
		all = append(all, t)
		return err
	}, `select unit_id, count(*) from ideas where state = $1 group by unit_id order by unit_id`, string(state))
	if err != nil {
		return nil, fmt.Errorf("count ideas that are %s: %w", state, err)
	}
	return all, nil
}

// IdeasIn lists the ideas of a state within the scope, oldest submission first, with their titles and no other
// answer.
func (s *Store) IdeasIn(ctx context.Context, scope sangkien.Scope, state sangkien.State, offset, limit int) ([]sangkien.Idea, error) {
	all, err := s.heads(ctx, `where state = $1 and `+s.dialect.inScope("unit_id", "$2")+` order by submitted_at, id limit $3 offset $4`,
		string(state), scopeArg(scope), limit, offset)
	if err != nil {
		return nil, fmt.Errorf("list ideas that are %s: %w", state, err)
	}
	return all, nil
}

// Staff lists everyone who holds a role.
func (s *Store) Staff(ctx context.Context) ([]sangkien.Member, error) {
	var all []sangkien.Member
	err := s.each(ctx, func(scan func(...any) error) error {
		var m sangkien.Member
		var roles string
		if err := scan(&m.ID, &m.Name, &m.Unit, &m.UnitText, &m.Language, &roles); err != nil {
			return err
		}
		err := readMember(&m, "{}", roles, "")
		all = append(all, m)
		return err
	}, `select id, name, unit_id, unit_text, language, roles from members where id in (select member_id from grants) order by id`)
	if err != nil {
		return nil, fmt.Errorf("list who holds a role: %w", err)
	}
	return all, nil
}

// Reach returns the chat in which the member can be written to, if its platform lets us: that of the account which
// they prefer, else the one they used last.
// ok is false when there is none.
func (s *Store) Reach(ctx context.Context, member int64) (to sangkien.Address, ok bool, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var address, channel string
		if err := scan(&address, &channel); err != nil {
			return err
		}
		to, ok = sangkien.ParseAddress(address)
		return nil
	}, `select c.address, c.channel from chats c
		left join accounts a on a.channel = c.channel and a.external_id = c.external_id and a.member_id = c.member_id
		where c.member_id = $1 and c.reachable = 1 order by coalesce(a.preferred, 0) desc, c.updated_at desc, c.address limit 1`, member)
	if err != nil {
		return to, false, fmt.Errorf("find the chat of member %d: %w", member, err)
	}
	return to, ok, nil
}

package storage

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// anonymiseIdea takes out of an idea who its author is.
func anonymiseIdea(ctx context.Context, tx *tx, e sangkien.IdeaAnonymised) error {
	for _, key := range e.Erase {
		if err := exec(ctx, tx, `update answers set data = '{"skipped":true}' where idea_id = $1 and question = $2`, e.Idea, key); err != nil {
			return err
		}
	}
	if !e.Keep {
		if err := exec(ctx, tx, `delete from answers where idea_id = $1`, e.Idea); err != nil {
			return err
		}
	}
	if err := exec(ctx, tx, `delete from attachments where idea_id = $1`, e.Idea); err != nil {
		return err
	}
	if err := exec(ctx, tx, `update ideas set unit_text = '', anonymised_at = $2 where id = $1`, e.Idea, ms(e.At)); err != nil {
		return err
	}
	reindex(tx, tx.owner, e.Idea)
	return nil
}

// eraseMember takes away everything that tells who a member was. What refers to the member by number stays.
func eraseMember(ctx context.Context, tx *tx, e sangkien.MemberErased) error {
	const chats = `(select address from chats where member_id = $1)`
	// The papers of the library were entered as a sheet and are the organisation's.
	const sheets = `(select id from sheets where member_id = $1 and kind <> 'document')`
	for _, q := range []string{
		`delete from outbox where address in ` + chats,
		`delete from sessions where address in ` + chats,
		`delete from offers where address in ` + chats,
		`delete from promotions where address in ` + chats,
		`delete from web_entries where 'web:0:' || chat in ` + chats,
		`delete from quarantine where exists (select 1 from accounts a where a.member_id = $1 and quarantine.raw like '%"id":"' || a.external_id || '"%')`,
		`delete from attachments where idea_id in ` + sheets,
		`delete from sheets where id in ` + sheets,
		`delete from letters where member_id = $1`,
		`update consents set message_id = '', channel = '' where member_id = $1`,
		`update data_requests set text = '', answer = '' where member_id = $1`,
		`delete from subscriptions where member_id = $1`,
		`delete from bulk_shares where member_id = $1`,
		`delete from grants where member_id = $1`,
		`delete from links where member_id = $1 or by_member = $1`,
		`delete from accounts where member_id = $1`,
		`delete from chats where member_id = $1`,
	} {
		if err := exec(ctx, tx, q, e.Member); err != nil {
			return err
		}
	}
	if err := tx.dialect.forgetRecipient(ctx, tx, e.Member, e.At); err != nil {
		return err
	}
	ok, err := changed(tx.ExecContext(ctx, `update members set name = '', unit_id = 0, unit_text = '', language = '', consents = '{}', roles = '[]', erased_at = $2
		where id = $1 and erased_at = 0`, e.Member, ms(e.At)))
	return mustChange(ok, err, "member %d is erased already", e.Member)
}

// Person loads everything that is kept about a member.
func (s *Store) Person(ctx context.Context, member int64) (sangkien.Person, error) {
	p := sangkien.Person{Moves: map[int64][]sangkien.Move{}}
	var err error
	if p.Member, err = s.Member(ctx, member); err != nil {
		return p, err
	}
	ideas, err := s.IdeasOf(ctx, member)
	if err != nil {
		return p, err
	}
	for _, i := range ideas {
		if i.Author != member {
			continue
		}
		p.Ideas = append(p.Ideas, i)
		if p.Moves[i.ID], err = s.Moves(ctx, i.ID); err != nil {
			return p, err
		}
	}
	if p.Accounts, p.Chats, err = s.accounts(ctx, member); err != nil {
		return p, err
	}
	if p.Consents, err = s.consents(ctx, member); err != nil {
		return p, err
	}
	if p.Requests, err = s.requests(ctx, `where member_id = $1 order by id`, member); err != nil {
		return p, err
	}
	p.Letters, err = s.letters(ctx, `where member_id = $1 order by id desc`, member)
	for n := range p.Letters {
		if err == nil {
			err = s.completeLetter(ctx, &p.Letters[n])
		}
	}
	return p, err
}

func (s *Store) consents(ctx context.Context, member int64) ([]sangkien.Consent, error) {
	var all []sangkien.Consent
	err := s.each(ctx, func(scan func(...any) error) error {
		var c sangkien.Consent
		var t int64
		err := scan(&c.Purpose, &c.Granted, &c.Version, &c.Hash, &c.Channel, &c.MessageID, &t)
		c.At = at(t)
		all = append(all, c)
		return err
	}, `select purpose, granted <> 0, version, hash, channel, message_id, at from consents where member_id = $1 order by id`, member)
	if err != nil {
		return nil, fmt.Errorf("list the consents of member %d: %w", member, err)
	}
	return all, nil
}

// lastWritten is when an idea's author wrote at it for the last time.
const lastWritten = `coalesce((select max(a.at) from answers a where a.idea_id = ideas.id), created_at)`

// IdleDrafts lists drafts whose last answer came at or after from and before to, with their titles.
func (s *Store) IdleDrafts(ctx context.Context, from, to time.Time) ([]sangkien.Idea, error) {
	all, err := s.heads(ctx, `where state = 'draft' and `+lastWritten+` >= $1 and `+lastWritten+` < $2 order by id limit 1000`, ms(from), ms(to))
	if err != nil {
		return nil, fmt.Errorf("list idle drafts: %w", err)
	}
	return all, nil
}

// DecidedBefore lists ideas that still have their author and were decided or withdrawn before a time.
func (s *Store) DecidedBefore(ctx context.Context, before time.Time) ([]sangkien.Idea, error) {
	all, err := s.heads(ctx, `where state in ('recognised', 'not_recognised', 'excluded', 'withdrawn') and anonymised_at = 0 and updated_at < $1
		order by id limit 1000`, ms(before))
	if err != nil {
		return nil, fmt.Errorf("list ideas decided long ago: %w", err)
	}
	return all, nil
}

package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// memberColumns are the columns that say who a person is: all that a merge hands over. Chats come first, because a
// turn under way locks its chat before it writes anything else. grants and members have rules of their own, as
// has every table with one row for each member, for both may have one. The record of changes keeps the number that
// acted. A test finds columns that are missing here.
func memberColumns() [][2]string {
	return [][2]string{
		{"chats", "member_id"}, {"consents", "member_id"}, {"invitations", "used_by"}, {"invitations", "by_member"},
		{"ideas", "author_id"}, {"ideas", "entered_by"}, {"idea_moves", "actor_id"}, {"decisions", "actor_id"},
		{"sheets", "member_id"}, {"letters", "member_id"}, {"letter_lines", "author_id"},
		{"data_requests", "member_id"}, {"data_requests", "actor_id"}, {"links", "member_id"}, {"links", "by_member"},
		{"broadcasts", "by_member"}, {"broadcasts", "approver_id"}, {"bulletins", "author_id"},
	}
}

// linkAccounts makes two members one.
func linkAccounts(ctx context.Context, tx *tx, e sangkien.AccountsLinked) error {
	ok, err := changed(tx.ExecContext(ctx, `update links set done = 1 where id = $1 and done = 0`, e.Link))
	if err := mustChange(ok, err, "link %d is over", e.Link); err != nil {
		return err
	}
	for _, c := range memberColumns() {
		if err := exec(ctx, tx, `update `+c[0]+` set `+c[1]+` = $2 where `+c[1]+` = $1`, e.Gone.ID, e.Kept.ID); err != nil {
			return err
		}
	}
	if err := mergeMembers(ctx, tx, e); err != nil {
		return err
	}
	if err := mergeSending(ctx, tx, e); err != nil {
		return err
	}
	for _, q := range []string{
		// Of two preferences that of who stays counts.
		`update accounts set preferred = 0 where member_id = $1 and exists (select 1 from accounts a where a.member_id = $2 and a.preferred = 1)`,
		`update accounts set member_id = $2 where member_id = $1`,
		`insert into grants(member_id, role, unit_id, at) select cast($2 as bigint), role, unit_id, at from grants where member_id = $1 on conflict do nothing`,
	} {
		if err := exec(ctx, tx, q, e.Gone.ID, e.Kept.ID); err != nil {
			return err
		}
	}
	if err := exec(ctx, tx, `delete from grants where member_id = $1`, e.Gone.ID); err != nil {
		return err
	}
	return noteRoles(ctx, tx, e.Kept.ID)
}

// mergeSending makes one of what two members were to be sent: of a broadcast to both the one who stays keeps the message,
// and the other is skipped.
func mergeSending(ctx context.Context, tx *tx, e sangkien.AccountsLinked) error {
	for _, q := range []string{
		`update recipients set member_id = $2 where member_id = $1 and broadcast_id in (select id from broadcasts)
			and not exists (select 1 from recipients r where r.broadcast_id = recipients.broadcast_id and r.member_id = $2)`,
		`insert into subscriptions(member_id, topic, frequency, at) select cast($2 as bigint), topic, frequency, at from subscriptions where member_id = $1 on conflict do nothing`,
		`insert into bulk_shares(member_id, day, used) select cast($2 as bigint), day, used from bulk_shares where member_id = $1
			on conflict (member_id) do update set used = case when excluded.day > bulk_shares.day then excluded.used
				when excluded.day = bulk_shares.day then bulk_shares.used + excluded.used else bulk_shares.used end,
				day = case when excluded.day > bulk_shares.day then excluded.day else bulk_shares.day end`,
	} {
		if err := exec(ctx, tx, q, e.Gone.ID, e.Kept.ID); err != nil {
			return err
		}
	}
	for _, table := range []string{"subscriptions", "bulk_shares"} {
		if err := exec(ctx, tx, `delete from `+table+` where member_id = $1`, e.Gone.ID); err != nil {
			return err
		}
	}
	return tx.dialect.skipQueued(ctx, tx, e.Gone.ID, sangkien.SkippedReached, e.At)
}

// mergeMembers writes what is known of the one person, if both are as the decision saw them. Of the other a row
// without a name stays, for the record of changes names it.
func mergeMembers(ctx context.Context, tx *tx, e sangkien.AccountsLinked) error {
	for _, seen := range []sangkien.Member{e.Kept, e.Gone} {
		ok, err := changed(tx.ExecContext(ctx, `update members set merged_into = 0 where id = $1 and merged_into = 0 and erased_at = 0`, seen.ID)) // holds the row
		if err := mustChange(ok, err, "member %d is gone", seen.ID); err != nil {
			return err
		}
		now, err := scanMember(seen.ID, tx.QueryRowContext(ctx, memberQuery, seen.ID))
		if err != nil {
			return err
		}
		if !now.Same(seen) {
			return sangkien.Errorf(sangkien.ECONFLICT, "member %d changed meanwhile", seen.ID)
		}
	}
	consents, err := writeConsents(e.Result)
	if err != nil {
		return err
	}
	m := e.Result
	if err := exec(ctx, tx, `update members set name = $2, unit_id = $3, unit_text = $4, language = $5, consents = $6,
		created_at = (select min(b.created_at) from members b where b.id in ($1, $7)) where id = $1`,
		e.Kept.ID, m.Name, m.Unit, m.UnitText, string(m.Language), consents, e.Gone.ID); err != nil {
		return err
	}
	return exec(ctx, tx, `update members set name = '', unit_id = 0, unit_text = '', language = '', consents = '{}', roles = '[]', merged_into = $2
		where id = $1`, e.Gone.ID, e.Kept.ID)
}

// unlinkAccount gives an account to a fresh member; what was said in its chats goes, for it is the person's who stays.
func unlinkAccount(ctx context.Context, tx *tx, e sangkien.AccountUnlinked) error {
	if err := exec(ctx, tx, `insert into members(id, language, created_at) select cast($2 as bigint), language, cast($3 as bigint) from members where id = $1`,
		e.Member, e.Fresh, ms(e.At)); err != nil {
		return err
	}
	const chats = `(select address from chats where member_id = $1 and channel = $2 and external_id = $3)`
	for _, q := range []string{
		`delete from outbox where state = 0 and address in ` + chats,
		`delete from web_entries where 'web:0:' || chat in ` + chats,
	} {
		if err := exec(ctx, tx, q, e.Member, e.Account.Channel, e.Account.External); err != nil {
			return err
		}
	}
	if err := exec(ctx, tx, `update chats set member_id = $4, asked = '' where member_id = $1 and channel = $2 and external_id = $3`,
		e.Member, e.Account.Channel, e.Account.External, e.Fresh); err != nil {
		return err
	}
	ok, err := changed(tx.ExecContext(ctx, `update accounts set member_id = $4, preferred = 0, created_at = $5 where member_id = $1 and channel = $2 and external_id = $3
		and (select count(*) from accounts a where a.member_id = $1) > 1`, e.Member, e.Account.Channel, e.Account.External, e.Fresh, ms(e.At)))
	return mustChange(ok, err, "the account is not member %d's, or their only one", e.Member)
}

func offerLink(ctx context.Context, tx *tx, e sangkien.LinkOffered) error {
	l := e.Link
	if err := exec(ctx, tx, `delete from links where member_id = $1 and done = 0`, l.Member); err != nil {
		return err
	}
	return exec(ctx, tx, `insert into links(id, member_id, hash, address, expires_at) values ($1, $2, $3, $4, $5)`,
		l.ID, l.Member, e.Hash, l.From.String(), ms(l.Expires))
}

func claimLink(ctx context.Context, tx *tx, e sangkien.LinkClaimed) error {
	ok, err := changed(tx.ExecContext(ctx, `update links set by_member = $2, by_address = $3, expires_at = $4
		where id = $1 and by_member = 0 and done = 0 and expires_at > $5`, e.Link, e.By, e.Where.String(), ms(e.Expires), ms(e.At)))
	return mustChange(ok, err, "link %d is used up", e.Link)
}

const linkQuery = `select id, member_id, address, expires_at, by_member, by_address, agreed <> 0, done <> 0 from links where `

// LinkByCode loads the link of a code, as members send it. It returns ENOTFOUND when there is none.
func (s *Store) LinkByCode(ctx context.Context, code string) (sangkien.Link, error) {
	return scanLink(s.row(ctx, linkQuery+`hash = $1`, sangkien.LinkHash(code)))
}

// Link loads a link. It returns ENOTFOUND when there is none.
func (s *Store) Link(ctx context.Context, id int64) (sangkien.Link, error) {
	return scanLink(s.row(ctx, linkQuery+`id = $1`, id))
}

func scanLink(row single) (sangkien.Link, error) {
	var l sangkien.Link
	var from, where string
	var expires int64
	err := row.Scan(&l.ID, &l.Member, &from, &expires, &l.By, &where, &l.Agreed, &l.Done)
	if errors.Is(err, sql.ErrNoRows) {
		return l, sangkien.Errorf(sangkien.ENOTFOUND, "there is no such link")
	}
	if err != nil {
		return l, fmt.Errorf("load a link: %w", err)
	}
	l.From, _ = sangkien.ParseAddress(from)
	l.At, _ = sangkien.ParseAddress(where)
	l.Expires = at(expires)
	return l, nil
}

// LinkTries counts the wrong codes since a time, of an account and of all.
func (s *Store) LinkTries(ctx context.Context, a sangkien.Account, since time.Time) (sangkien.LinkTries, error) {
	var t sangkien.LinkTries
	err := s.row(ctx, `select coalesce(sum(case when account = $1 then 1 else 0 end), 0), count(*) from link_tries where at > $2`, a.Key(), ms(since)).Scan(&t.Account, &t.All)
	if err != nil {
		return t, fmt.Errorf("count wrong codes: %w", err)
	}
	return t, nil
}

// Accounts lists the accounts of a member, oldest first, each with the chat that was used last.
func (s *Store) Accounts(ctx context.Context, member int64) ([]sangkien.Account, error) {
	accounts, _, err := s.accounts(ctx, member)
	return accounts, err
}

// accounts lists the accounts of a member, oldest first, each with the chat that was used last; and all their chats.
func (s *Store) accounts(ctx context.Context, member int64) (accounts []sangkien.Account, chats []sangkien.Address, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var a sangkien.Account
		var t, used int64
		var address string
		err := scan(&a.Channel, &a.External, &t, &a.Preferred, &used, &address)
		a.At, a.Used = at(t), at(used)
		a.Chat, _ = sangkien.ParseAddress(address)
		if n := len(accounts) - 1; n >= 0 && accounts[n].Key() == a.Key() {
			return err // another bot's chat with the same person
		}
		accounts = append(accounts, a)
		return err
	}, `select a.channel, a.external_id, a.created_at, a.preferred <> 0, coalesce(c.updated_at, 0), coalesce(c.address, '') from accounts a
		left join chats c on c.member_id = a.member_id and c.channel = a.channel and c.external_id = a.external_id
		where a.member_id = $1 order by a.created_at, a.channel, a.external_id, c.updated_at desc`, member)
	if err != nil {
		return nil, nil, fmt.Errorf("list the accounts of member %d: %w", member, err)
	}
	err = s.each(ctx, func(scan func(...any) error) error {
		var address string
		err := scan(&address)
		if a, ok := sangkien.ParseAddress(address); ok {
			chats = append(chats, a)
		}
		return err
	}, `select address from chats where member_id = $1 order by address`, member)
	if err != nil {
		return nil, nil, fmt.Errorf("list the chats of member %d: %w", member, err)
	}
	return accounts, chats, nil
}

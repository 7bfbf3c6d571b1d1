package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func joinMember(ctx context.Context, tx *tx, e sangkien.MemberJoined) error {
	if err := exec(ctx, tx, `insert into members(id, language, created_at) values ($1, $2, $3)`, e.Member, string(e.Language), ms(e.At)); err != nil {
		return err
	}
	ok, err := changed(tx.ExecContext(ctx, `insert into accounts(channel, external_id, member_id, created_at)
		values ($1, $2, $3, $4) on conflict do nothing`, e.Channel, e.External, e.Member, ms(e.At)))
	return mustChange(ok, err, "account %s on %s joined meanwhile", e.External, e.Channel)
}

func addConsent(ctx context.Context, tx *tx, e sangkien.ConsentAnswered) error {
	c := e.Consent
	return exec(ctx, tx, `insert into consents(member_id, purpose, granted, version, hash, channel, message_id, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Member, string(c.Purpose), flag(c.Granted), c.Version, c.Hash, c.Channel, c.MessageID, ms(c.At))
}

func useInvitation(ctx context.Context, tx *tx, e sangkien.InvitationUsed) error {
	ok, err := changed(tx.ExecContext(ctx, `update invitations set used_by = $2, used_at = $3
		where hash = $1 and used_by = 0 and expires_at > $3`, e.Hash, e.Member, ms(e.At)))
	if err := mustChange(ok, err, "the invitation is used up, expired or unknown"); err != nil {
		return err
	}
	return exec(ctx, tx, `insert into grants(member_id, role, unit_id, at)
		select $2, role, unit_id, $3 from invitations where hash = $1 on conflict do nothing`, e.Hash, e.Member, ms(e.At))
}

// InvitationOpen tells whether an invitation with the token exists, is unused and has not expired at now.
func (s *Store) InvitationOpen(ctx context.Context, token string, now time.Time) (bool, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `select count(*) from invitations where hash = $1 and used_by = 0 and expires_at > $2`,
		sangkien.InvitationHash(token), ms(now)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look up an invitation: %w", err)
	}
	return n == 1, nil
}

// Chat loads a conversation and the member whose account wrote. Where nobody has written yet, the result
// has revision 0 and a member without ID.
func (s *Store) Chat(ctx context.Context, a sangkien.Address, from sangkien.Sender) (sangkien.Chat, error) {
	chat := sangkien.Chat{Address: a}
	var asked string
	err := s.read.QueryRowContext(ctx, `select revision, asked from chats where address = $1`, a.String()).Scan(&chat.Revision, &asked)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return chat, fmt.Errorf("load chat %s: %w", a, err)
	}
	if asked != "" {
		if err := json.Unmarshal([]byte(asked), &chat.Asked); err != nil {
			return chat, fmt.Errorf("read the place of %s: %w", a, err)
		}
	}
	m := &chat.Member
	err = s.read.QueryRowContext(ctx, `select m.id, m.name, m.unit_id, m.unit_text, m.language from accounts a
		join members m on m.id = a.member_id where a.channel = $1 and a.external_id = $2`, a.Channel, from.ID).
		Scan(&m.ID, &m.Name, &m.Unit, &m.UnitText, &m.Language)
	if errors.Is(err, sql.ErrNoRows) {
		return chat, nil
	}
	if err != nil {
		return chat, fmt.Errorf("load the member behind %s: %w", a, err)
	}
	return chat, s.completeMember(ctx, m)
}

func (s *Store) completeMember(ctx context.Context, m *sangkien.Member) error {
	m.Consents = map[sangkien.Purpose]sangkien.Consent{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var c sangkien.Consent
		var granted, t int64
		if err := scan(&c.Purpose, &granted, &c.Version, &c.Hash, &c.Channel, &c.MessageID, &t); err != nil {
			return err
		}
		c.Granted, c.At = granted == 1, at(t)
		m.Consents[c.Purpose] = c // later answers come later
		return nil
	}, `select purpose, granted, version, hash, channel, message_id, at from consents where member_id = $1 order by id`, m.ID)
	if err != nil {
		return fmt.Errorf("load consents of member %d: %w", m.ID, err)
	}
	err = s.each(ctx, func(scan func(...any) error) error {
		var g sangkien.Grant
		if err := scan(&g.Role, &g.Unit); err != nil {
			return err
		}
		m.Roles = append(m.Roles, g)
		return nil
	}, `select role, unit_id from grants where member_id = $1 order by role, unit_id`, m.ID)
	if err != nil {
		return fmt.Errorf("load roles of member %d: %w", m.ID, err)
	}
	return nil
}

// each runs a query and calls row for every row.
func (s *Store) each(ctx context.Context, row func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", firstWords(query), err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("read a row: %w", err)
		}
	}
	return rows.Err()
}

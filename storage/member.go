package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func joinMember(ctx context.Context, tx *tx, e sangkien.MemberJoined) error {
	if err := exec(ctx, tx, `insert into members(id, language, created_at) values ($1, $2, $3)`, e.Member, string(e.Language), ms(e.At)); err != nil {
		return err
	}
	joined := sangkien.Errorf(sangkien.ECONFLICT, "an account on %s joined meanwhile", e.Channel)
	return touch(ctx, tx, joined, `insert into accounts(channel, external_id, member_id, created_at)
		values ($1, $2, $3, $4) on conflict do nothing`, e.Channel, e.External, e.Member, ms(e.At))
}

// addConsent keeps the evidence, and what stands now beside the member, where every turn reads it.
func addConsent(ctx context.Context, tx *tx, e sangkien.ConsentAnswered) error {
	c := e.Consent
	if err := exec(ctx, tx, `insert into consents(member_id, purpose, granted, version, hash, channel, message_id, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Member, string(c.Purpose), flag(c.Granted), c.Version, c.Hash, c.Channel, c.MessageID, ms(c.At)); err != nil {
		return err
	}
	written, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write a consent of member %d: %w", e.Member, err)
	}
	return exec(ctx, tx, `update members set consents = `+tx.dialect.withConsent+` where id = $1`, e.Member, string(c.Purpose), string(written))
}

func writeConsents(m sangkien.Member) (string, error) {
	written, err := json.Marshal(m.Consents)
	if err != nil {
		return "", fmt.Errorf("write consents of member %d: %w", m.ID, err)
	}
	return string(written), nil
}

func useInvitation(ctx context.Context, tx *tx, e sangkien.InvitationUsed) error {
	ok, err := changed(tx.ExecContext(ctx, `update invitations set used_by = $2, used_at = $3
		where hash = $1 and used_by = 0 and expires_at > $3`, e.Hash, e.Member, ms(e.At)))
	if err := mustChange(ok, err, "the invitation is used up, expired or unknown"); err != nil {
		return err
	}
	if err := exec(ctx, tx, `insert into grants(member_id, role, unit_id, at)
		select $2, role, unit_id, $3 from invitations where hash = $1 on conflict do nothing`, e.Hash, e.Member, ms(e.At)); err != nil {
		return err
	}
	return noteRoles(ctx, tx, e.Member)
}

func revokeGrant(ctx context.Context, tx *tx, e sangkien.GrantRevoked) error {
	ok, err := changed(tx.ExecContext(ctx, `delete from grants where member_id = $1 and role = $2 and unit_id = $3`,
		e.Member, string(e.Grant.Role), e.Grant.Unit))
	if err := mustChange(ok, err, "member %d does not hold the role", e.Member); err != nil {
		return err
	}
	return noteRoles(ctx, tx, e.Member)
}

// noteRoles keeps a member's grants beside the member too, where every turn reads them.
func noteRoles(ctx context.Context, tx *tx, member int64) error {
	rows, err := tx.QueryContext(ctx, `select role, unit_id from grants where member_id = $1 order by role, unit_id`, member)
	if err != nil {
		return fmt.Errorf("load roles of member %d: %w", member, err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	var roles []sangkien.Grant
	for rows.Next() {
		var g sangkien.Grant
		if err := rows.Scan(&g.Role, &g.Unit); err != nil {
			return fmt.Errorf("read a role of member %d: %w", member, err)
		}
		roles = append(roles, g)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("load roles of member %d: %w", member, err)
	}
	written, err := json.Marshal(roles)
	if err != nil {
		return fmt.Errorf("write roles of member %d: %w", member, err)
	}
	return exec(ctx, tx, `update members set roles = $2 where id = $1`, member, string(written))
}

// Invitation loads the invitation with the token. It returns ENOTFOUND unless there is one that is unused and has
// not expired at now.
func (s *Store) Invitation(ctx context.Context, token string, now time.Time) (sangkien.Invitation, error) {
	i := sangkien.Invitation{Hash: sangkien.InvitationHash(token)}
	var expires int64
	err := s.row(ctx, `select role, unit_id, by_member, expires_at from invitations where hash = $1 and used_by = 0 and expires_at > $2`,
		i.Hash, ms(now)).Scan(&i.Grant.Role, &i.Grant.Unit, &i.By, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return i, sangkien.Errorf(sangkien.ENOTFOUND, "the invitation is used up, expired or unknown")
	}
	if err != nil {
		return i, fmt.Errorf("look up an invitation: %w", err)
	}
	i.Expires = at(expires)
	return i, nil
}

// Chat loads a conversation and the member whose account wrote. Where nobody has written yet, the result
// has revision 0 and a member without ID.
func (s *Store) Chat(ctx context.Context, a sangkien.Address, from sangkien.Sender) (sangkien.Chat, error) {
	chat := sangkien.Chat{Address: a, Person: from.ID}
	m := &chat.Member
	var asked, notice, consents, roles, topics string
	err := s.row(ctx, `select coalesce(c.revision, 0), coalesce(c.asked, ''), coalesce(o.data, '[]'), coalesce(m.id, 0), coalesce(m.name, ''),
			coalesce(m.unit_id, 0), coalesce(m.unit_text, ''), coalesce(m.language, ''), coalesce(m.consents, '{}'), coalesce(m.roles, '[]'), `+topicsOf+`
		from (select cast($1 as text) as address, cast($2 as text) as channel, cast($3 as text) as person) k
		left join chats c on c.address = k.address
		left join offers o on o.address = k.address
		left join accounts a on a.channel = k.channel and a.external_id = k.person
		left join members m on m.id = a.member_id`, a.String(), a.Channel, from.ID).
		Scan(&chat.Revision, &asked, &notice, &m.ID, &m.Name, &m.Unit, &m.UnitText, &m.Language, &consents, &roles, &topics)
	if err != nil {
		return chat, fmt.Errorf("load a chat of %s: %w", a.Channel, err)
	}
	if asked != "" {
		if err := json.Unmarshal([]byte(asked), &chat.Asked); err != nil {
			return chat, fmt.Errorf("read the place of a chat of %s: %w", a.Channel, err)
		}
	}
	if err := json.Unmarshal([]byte(notice), &chat.Notice); err != nil {
		return chat, fmt.Errorf("read the choices of the last notice on %s: %w", a.Channel, err)
	}
	return chat, readMember(m, consents, roles, topics)
}

// readMember reads what stands beside a member in JSON.
func readMember(m *sangkien.Member, consents, roles, topics string) error {
	m.Topics = readTopics(topics)
	if err := json.Unmarshal([]byte(consents), &m.Consents); err != nil {
		return fmt.Errorf("read consents of member %d: %w", m.ID, err)
	}
	if err := json.Unmarshal([]byte(roles), &m.Roles); err != nil {
		return fmt.Errorf("read roles of member %d: %w", m.ID, err)
	}
	return nil
}

// Member loads a member. It returns ENOTFOUND when there is none.
func (s *Store) Member(ctx context.Context, id int64) (sangkien.Member, error) {
	return scanMember(id, s.row(ctx, memberQuery, id))
}

const memberQuery = `select name, unit_id, unit_text, language, consents, roles, ` + topicsOf + `, erased_at <> 0 from members m where id = $1`

func scanMember(id int64, row single) (sangkien.Member, error) {
	m := sangkien.Member{ID: id}
	var consents, roles, topics string
	err := row.Scan(&m.Name, &m.Unit, &m.UnitText, &m.Language, &consents, &roles, &topics, &m.Erased)
	if errors.Is(err, sql.ErrNoRows) {
		return m, sangkien.Errorf(sangkien.ENOTFOUND, "there is no member %d", id)
	}
	if err != nil {
		return m, fmt.Errorf("load member %d: %w", id, err)
	}
	return m, readMember(&m, consents, roles, topics)
}

// AgreedByPhone tells whether the member whose account on the channel is the phone number agreed to be written to by it.
func (s *Store) AgreedByPhone(ctx context.Context, channel, phone string) (bool, error) {
	var consents string
	m := sangkien.Member{}
	err := s.row(ctx, `select m.consents from accounts a join members m on m.id = a.member_id where a.channel = $1 and a.external_id = $2`, channel, phone).Scan(&consents)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up the consent of a phone number: %w", err)
	}
	err = readMember(&m, consents, "[]", "")
	return m.Allows(sangkien.PurposePhone), err
}

// row runs a query for one row.
func (s *Store) row(ctx context.Context, query string, args ...any) *sql.Row {
	done := s.reading(ctx, query)
	var row *sql.Row
	if stmt := s.reads.get(ctx, s.read, query); stmt != nil {
		row = stmt.QueryRowContext(ctx, args...)
	} else {
		row = s.read.QueryRowContext(ctx, query, args...)
	}
	done(row.Err())
	return row
}

// each runs a query and calls row for every row.
func (s *Store) each(ctx context.Context, row func(scan func(...any) error) error, query string, args ...any) (err error) {
	done := s.reading(ctx, query)
	defer func() { done(err) }()
	rows, err := s.rows(ctx, query, args...)
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

func (s *Store) rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := s.reads.get(ctx, s.read, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return s.read.QueryContext(ctx, query, args...)
}

// statements keeps the reads prepared: parsing them costs SQLite as much as running them. Their number is that
// of the queries in this package.
type statements struct {
	mu     sync.RWMutex
	byText map[string]*sql.Stmt
}

// get returns nil when the query cannot be prepared: then running it tells why.
func (p *statements) get(ctx context.Context, db *sql.DB, query string) *sql.Stmt {
	p.mu.RLock()
	stmt := p.byText[query]
	p.mu.RUnlock()
	if stmt != nil {
		return stmt
	}
	stmt, err := db.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if earlier := p.byText[query]; earlier != nil {
		_ = stmt.Close() // another goroutine was first
		return earlier
	}
	if p.byText == nil {
		p.byText = map[string]*sql.Stmt{}
	}
	p.byText[query] = stmt
	return stmt
}

package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Commit writes everything that follows from one update in one transaction, once per key.
// A key that was committed before changes nothing: Facts.Duplicate. It returns ECONFLICT, with nothing
// written, when the chat or an idea is no longer as the decision saw it: load and decide anew.
func (s *Store) Commit(ctx context.Context, c sangkien.Commit) (sangkien.Facts, error) {
	c.Replies = s.traced(ctx, c.Replies)
	var facts sangkien.Facts
	w := committing(c, &facts)
	err := s.transact(ctx, w)
	if err == nil && w.known || errors.Is(err, errDuplicate) {
		return sangkien.Facts{Duplicate: true}, nil
	}
	if err != nil {
		return sangkien.Facts{}, fmt.Errorf("commit %s: %w", c.Key, err)
	}
	return facts, nil
}

// committing is the change that writes a commit and fills in its facts.
func committing(c sangkien.Commit, facts *sangkien.Facts) *work {
	w := &work{key: c.Key, place: c.Chat.Address.String(), audit: audited(c.Effects)}
	w.note = func(ctx context.Context, tx *tx) error {
		return tx.later(ctx, func(rows int64) error {
			if w.known = rows == 0; w.known && tx.alone {
				return errDuplicate
			}
			return nil
		}, `insert into updates(key, at) values ($1, $2) on conflict do nothing`, c.Key, ms(c.At))
	}
	w.run = func(ctx context.Context, tx *tx) (err error) {
		*facts, err = write(ctx, tx, c)
		return err
	}
	return w
}

// errDuplicate says that an update's key is there already.
var errDuplicate = errors.New("committed before")

// audited tells whether effects leave a line in the record of changes, which everyone who writes one waits for.
func audited(effects []sangkien.Effect) bool {
	return slices.ContainsFunc(effects, func(e sangkien.Effect) bool {
		_, ok := sangkien.Audited(e)
		return ok
	})
}

func write(ctx context.Context, tx *tx, c sangkien.Commit) (sangkien.Facts, error) {
	facts := sangkien.Facts{Codes: map[int64]string{}}
	if err := raise(ctx, tx, c); err != nil {
		return facts, err
	}
	if err := record(ctx, tx, c.Effects); err != nil {
		return facts, err
	}
	for _, e := range c.Effects {
		if err := apply(ctx, tx, e, &facts); err != nil {
			return facts, fmt.Errorf("apply %T: %w", e, err)
		}
	}
	speak := func(ctx context.Context) error {
		for _, r := range c.Replies {
			if err := enqueue(ctx, tx, r, facts, c.At); err != nil {
				return fmt.Errorf("queue a reply on %s: %w", r.To.Channel, err)
			}
			if err := offer(ctx, tx, r, c.At); err != nil {
				return err
			}
		}
		return nil
	}
	if slices.ContainsFunc(c.Effects, submits) {
		tx.lastly(tx.owner, speak) // they tell the code, which is known by then
		return facts, nil
	}
	return facts, speak(ctx)
}

// raise brings the chat's revision one up, if it is still the one that the decision saw. Who writes to us
// can be reached again. A chat whose account became another person's meanwhile is a conflict too.
func raise(ctx context.Context, tx *tx, c sangkien.Commit) error {
	if c.Chat.Address == (sangkien.Address{}) {
		return nil // not from a chat: scheduler, command line, staff web
	}
	asked, err := json.Marshal(c.Asked())
	if err != nil {
		return fmt.Errorf("write the place of a chat of %s: %w", c.Chat.Address.Channel, err)
	}
	moved := sangkien.Errorf(sangkien.ECONFLICT, "a chat of %s moved past revision %d, or is someone else's", c.Chat.Address.Channel, c.Chat.Revision)
	return touch(ctx, tx, moved, `insert into chats(address, channel, member_id, revision, asked, updated_at, external_id, heard_at)
		values ($1, $2, $3, 1, $4, $5, $7, $8)
		on conflict (address) do update set revision = chats.revision + 1, asked = excluded.asked, member_id = excluded.member_id,
			updated_at = excluded.updated_at, reachable = 1, external_id = excluded.external_id, heard_at = excluded.heard_at, replies = 0
		where chats.revision = $6 and (chats.member_id = excluded.member_id or chats.member_id = 0 or excluded.member_id = 0)`,
		c.Chat.Address.String(), c.Chat.Address.Channel, c.Chat.Member.ID, string(asked), ms(c.At), c.Chat.Revision, c.Chat.Person, ms(c.HeardAt()))
}

// enqueue writes a reply into the outbox; one that it replaces and that is still waiting goes.
func enqueue(ctx context.Context, tx *tx, r sangkien.Reply, facts sangkien.Facts, now time.Time) error {
	if code := facts.Codes[r.Idea]; code != "" {
		r = withCode(r, code)
	}
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write the reply: %w", err)
	}
	due := ms(now.Add(r.After))
	switch name := r.Replaces + r.Retracts; {
	case name == "":
	case r.Retracts == "" && !r.Gather:
		if err := exec(ctx, tx, "delete"+ofName, r.To.String(), name); err != nil {
			return err
		}
	default:
		first, err := replace(ctx, tx, r.To, name)
		switch {
		case err != nil:
			return err
		case first > 0 && r.Retracts != "":
			return nil // what is taken back was never told: there is nothing to say
		case first > 0 && r.Gather:
			due = first
		}
	}
	return exec(ctx, tx, `insert into outbox(address, channel, class, due_at, replaces, data, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		r.To.String(), r.To.Channel, int(r.Class), due, r.Replaces, string(data), ms(now))
}

// offer keeps what the words on the buttons of a notice mean, in place of those of the notice before.
func offer(ctx context.Context, tx *tx, r sangkien.Reply, now time.Time) error {
	if r.Class == sangkien.ClassReply || len(r.Choices) == 0 {
		return nil
	}
	data, err := json.Marshal(r.Choices)
	if err != nil {
		return fmt.Errorf("write the choices of a notice: %w", err)
	}
	return exec(ctx, tx, `insert into offers(address, data, at) values ($1, $2, $3)
		on conflict (address) do update set data = excluded.data, at = excluded.at`, r.To.String(), string(data), ms(now))
}

// ofName is the unsent replies of a chat with a name. It says "waits" in a way that PostgreSQL does not take for the index of
// all that is due, which it would read as well, with all that was sent since the last vacuum.
const ofName = ` from outbox where address = $1 and replaces = $2 and state < 2 and state <> 1 and parts = 0`

// replace drops the unsent replies of a chat with the name. It returns when the first of them was due, in unix
// milliseconds; 0 when there was none.
func replace(ctx context.Context, tx *tx, to sangkien.Address, name string) (due int64, err error) {
	rows, err := tx.QueryContext(ctx, "delete"+ofName+" returning due_at", to.String(), name)
	if err != nil {
		return 0, fmt.Errorf("drop what is replaced: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	for rows.Next() {
		var d int64
		if err := rows.Scan(&d); err != nil {
			return 0, fmt.Errorf("read what is replaced: %w", err)
		}
		if due == 0 || d < due {
			due = d
		}
	}
	return due, rows.Err()
}

// withCode fills a number into a reply: its lines, and the buttons that copy it. The reply that came in is left
// as it is, for a change may run twice, and the number of the first time is given back.
func withCode(r sangkien.Reply, code string) sangkien.Reply {
	r.Lines = slices.Clone(r.Lines)
	for i := range r.Lines {
		r.Lines[i].Args = append(slices.Clone(r.Lines[i].Args), sangkien.With("code", code))
	}
	r.Buttons = slices.Clone(r.Buttons)
	for i := range r.Buttons {
		r.Buttons[i] = slices.Clone(r.Buttons[i])
		for j := range r.Buttons[i] {
			r.Buttons[i][j].Copy = strings.ReplaceAll(r.Buttons[i][j].Copy, "{code}", code)
		}
	}
	return r
}

// exec runs a statement. Whether it failed may be known later, before the transaction is made durable.
func exec(ctx context.Context, tx *tx, query string, args ...any) error {
	return tx.later(ctx, nil, query, args...)
}

// touch runs a statement that has to touch a row; if it touches none, the change fails with otherwise.
func touch(ctx context.Context, tx *tx, otherwise error, query string, args ...any) error {
	return tx.later(ctx, func(rows int64) error {
		if rows == 0 {
			return otherwise
		}
		return nil
	}, query, args...)
}

func changed(r sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// mustChange turns "no row was touched" into ECONFLICT.
func mustChange(ok bool, err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	if !ok {
		return sangkien.Errorf(sangkien.ECONFLICT, format, args...)
	}
	return nil
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func firstWords(query string) string {
	words := strings.Fields(query)
	return strings.Join(words[:min(3, len(words))], " ")
}

package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func addAttachment(ctx context.Context, tx *tx, a sangkien.Attachment) error {
	data, err := json.Marshal(a.File)
	if err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	address, err := json.Marshal(a.Address)
	if err != nil {
		return fmt.Errorf("write the address: %w", err)
	}
	ok, err := changed(tx.ExecContext(ctx, `insert into attachments(id, idea_id, question, state, data, address, at)
		select cast($2 as bigint), cast($1 as bigint), cast($3 as text), cast($4 as text), cast($5 as text), cast($6 as text), cast($7 as bigint) where `+takingFiles,
		a.Idea, a.ID, a.Question, string(a.State), string(data), string(address), ms(a.At)))
	return mustChange(ok, err, "idea or sheet %d takes no files now", a.Idea)
}

func storeAttachment(ctx context.Context, tx *tx, e sangkien.AttachmentStored) error {
	data, err := json.Marshal(e.File)
	if err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	return settle(ctx, tx, e.Attachment, `state = $2, data = $3`, string(sangkien.FileStored), string(data))
}

// settle changes a file that is still at its platform. Two processes may have fetched it: the first one's word stands.
func settle(ctx context.Context, tx *tx, attachment int64, change string, args ...any) error {
	ok, err := changed(tx.ExecContext(ctx, `update attachments set `+change+` where id = $1 and state = 'pending'`, append([]any{attachment}, args...)...))
	return mustChange(ok, err, "file %d is settled", attachment)
}

// PendingAttachments lists files that are still at their platform and due to be fetched, the longest waiting first.
func (s *Store) PendingAttachments(ctx context.Context, limit int, now time.Time) ([]sangkien.Attachment, error) {
	var all []sangkien.Attachment
	err := s.each(ctx, func(scan func(...any) error) error {
		a := sangkien.Attachment{State: sangkien.FilePending}
		var data, address string
		var t int64
		if err := scan(&a.ID, &a.Idea, &a.Question, &data, &address, &t); err != nil {
			return err
		}
		a.At = at(t)
		if err := json.Unmarshal([]byte(data), &a.File); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(address), &a.Address)
		all = append(all, a)
		return err
	}, `select id, idea_id, question, data, address, at from attachments where state = 'pending' and due_at <= $1 order by due_at, id limit $2`, ms(now), limit)
	if err != nil {
		return nil, fmt.Errorf("list pending attachments: %w", err)
	}
	return all, nil
}

// fileHashes is every file of our own that an attachment names.
func (s *Store) fileHashes(ctx context.Context) (map[string]bool, error) {
	return s.hashesIn(ctx, `select data from attachments union all select '{"hash":"' || photo || '"}' from broadcasts where photo <> ''`)
}

func (s *Store) hashesIn(ctx context.Context, query string, args ...any) (map[string]bool, error) {
	named := map[string]bool{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var data string
		if err := scan(&data); err != nil {
			return err
		}
		var f sangkien.File
		err := json.Unmarshal([]byte(data), &f)
		named[f.Hash] = true
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list the files that are named: %w", err)
	}
	return named, nil
}

// attachmentsOf lists the files of an idea or a sheet, oldest first.
func (s *Store) attachmentsOf(ctx context.Context, holder int64) ([]sangkien.Attachment, error) {
	var all []sangkien.Attachment
	err := s.each(ctx, func(scan func(...any) error) error {
		a := sangkien.Attachment{Idea: holder}
		var data string
		var t int64
		if err := scan(&a.ID, &a.Question, &a.State, &data, &t); err != nil {
			return err
		}
		a.At = at(t)
		err := json.Unmarshal([]byte(data), &a.File)
		all = append(all, a)
		return err
	}, `select id, question, state, data, at from attachments where idea_id = $1 order by id`, holder)
	if err != nil {
		return nil, fmt.Errorf("list the files of %d: %w", holder, err)
	}
	return all, nil
}

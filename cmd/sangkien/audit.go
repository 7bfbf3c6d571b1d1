package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check that no line of the record of changes was altered, cut out or passed by."`
	List   auditListCmd   `cmd:"" help:"Print the record of changes as JSON lines, oldest first."`
}

type auditVerifyCmd struct{}

// Run walks the chain. A record that does not hold is an error with the first line that does not fit.
func (auditVerifyCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		lines, err := store.VerifyAudit(ctx)
		var broken *sangkien.Error
		if errors.As(err, &broken) && broken.Code == sangkien.EINVALID {
			return fmt.Errorf("the record of changes does not hold: %s. Someone changed the database by hand; compare it with a backup", broken.Message)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "The record of changes holds: %d lines.\n", lines)
		return nil
	})
}

type auditListCmd struct{}

// Run prints every line.
func (auditListCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withData(ctx, c, func(store *storage.Store) error {
		out := json.NewEncoder(s.out)
		return store.EachAudit(ctx, func(e sangkien.AuditEntry) error {
			return out.Encode(map[string]any{"seq": e.Seq, "at": e.At.In(c.zone).Format(time.RFC3339), "actor": e.Actor, "action": e.Action,
				"object": e.Object, "before": e.Before, "after": e.After, "hash": e.Hash})
		})
	})
}

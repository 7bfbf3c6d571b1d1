package handlers

import (
	"context"
	"errors"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

// onlyReads tells whether a commit changes nothing but what is said: no effect, and the conversation stays at its
// question, so that the next answer goes where the member thinks that it goes.
func onlyReads(c sangkien.Commit, came sangkien.Session) bool {
	now := c.Session
	same := came.Form == now.Form && (now.Form == "" || came.Idea == now.Idea && came.Question == now.Question && came.Mode == now.Mode)
	return len(c.Effects) == 0 && len(c.Replies) > 0 && c.Chat.Address != (sangkien.Address{}) && same
}

// aloud answers what only reads while the disk is full: nothing is kept of it, not even that it was answered, which
// only the memory of what was done last knows.
func (d *Dispatcher) aloud(ctx context.Context, c sangkien.Commit, cause error) error {
	if err := d.Aloud(ctx, c.Replies); err != nil {
		return fmt.Errorf("answer without keeping it: %w", errors.Join(cause, err))
	}
	return nil
}

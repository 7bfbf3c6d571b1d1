package redis

import (
	"context"
	"fmt"
)

// ForgetAll removes every session: after a restore they are ahead of the rows, and people are placed anew from
// their answers. It touches nothing else that is in the server.
func (s *Sessions) ForgetAll(ctx context.Context) error {
	keys := s.client.Scan(ctx, 0, "session:*", 1000).Iterator()
	for keys.Next(ctx) {
		if err := s.client.Del(ctx, keys.Val()).Err(); err != nil {
			return fmt.Errorf("forget a session: %w", err)
		}
	}
	if err := keys.Err(); err != nil {
		return fmt.Errorf("list the sessions: %w", err)
	}
	return nil
}

package redis

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// ForgetAll removes every session, from every server of a cluster: after a restore they are ahead of the rows, and
// people are placed anew from their answers. It touches nothing else that is there.
func (s *Sessions) ForgetAll(ctx context.Context) error {
	return advised(s.client.masters(ctx, func(ctx context.Context, c *redis.Client) error {
		keys := c.Scan(ctx, 0, "session:*", 1000).Iterator()
		for keys.Next(ctx) {
			if err := s.client.Del(ctx, keys.Val()).Err(); err != nil {
				return fmt.Errorf("forget a session: %w", err)
			}
		}
		if err := keys.Err(); err != nil {
			return fmt.Errorf("list the sessions: %w", err)
		}
		return nil
	}))
}

package redis

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// LogTo lets the client library, which has one log for all clients of a process, write into ours: what it prints by
// itself is neither redacted nor in the form that was chosen.
func LogTo(logger *slog.Logger) { redis.SetLogger(library{logger}) }

type library struct{ to *slog.Logger }

// Printf implements the library's logger. What it says is said by whoever asked, too.
func (l library) Printf(ctx context.Context, format string, v ...any) {
	l.to.DebugContext(ctx, "redis: "+fmt.Sprintf(format, v...))
}

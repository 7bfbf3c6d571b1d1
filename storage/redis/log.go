package redis

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/redis/go-redis/v9"
)

// LogTo leads what go-redis prints, which is one logger of the whole process, to ours: main calls it once. That a master
// was replaced is told; the rest repeats what errors say already and is for debugging.
func LogTo(logger *slog.Logger) { redis.SetLogger(library{logger}) }

type library struct{ logger *slog.Logger }

// Printf implements go-redis' logger.
func (l library) Printf(ctx context.Context, format string, args ...any) {
	level := slog.LevelDebug
	if strings.HasPrefix(format, "sentinel: new master") {
		level = slog.LevelInfo
	}
	if l.logger.Enabled(ctx, level) {
		l.logger.Log(ctx, level, "go-redis: "+fmt.Sprintf(format, args...))
	}
}

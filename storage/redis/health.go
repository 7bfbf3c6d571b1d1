package redis

import (
	"context"
	"fmt"
	"strings"
)

// Health is what an operator should know of a server. A field is empty where the server does not tell, as hosted
// ones often do not.
type Health struct {
	Eviction   string // maxmemory-policy
	Persistent bool   // it writes to a disk in some way
	Told       bool   // whether it tells about persistence
}

// Health asks the server about itself.
func (s *Sessions) Health(ctx context.Context) (Health, error) {
	var h Health
	info, err := s.client.Info(ctx, "persistence", "memory").Result()
	if err != nil {
		return h, fmt.Errorf("ask Redis about itself: %w", err)
	}
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "maxmemory_policy":
			h.Eviction = value
		case "aof_enabled":
			h.Told, h.Persistent = true, value == "1"
		}
	}
	if h.Persistent {
		return h, nil
	}
	if save, err := s.client.ConfigGet(ctx, "save").Result(); err == nil {
		h.Persistent = save["save"] != ""
	}
	return h, nil
}

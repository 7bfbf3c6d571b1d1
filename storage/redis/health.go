package redis

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Health is what an operator should know of a server, or of all servers that are written to: the worst of them counts.
// A field is empty where they do not tell, as hosted ones often do not.
type Health struct {
	Eviction   string // maxmemory-policy
	Persistent bool   // it writes to a disk in some way
	Told       bool   // whether it tells about persistence
	Versions   string // like "redis 7.0.15", or "valkey 8.0.1"
	Replica    bool   // a server that cannot be written to
	Cluster    string // cluster_state of a cluster: "ok", or "fail"
	Alone      string // a master of a cluster or of Sentinels that has no replica
	Quorum     string // what a Sentinel says when too few could agree; empty: enough can
}

// Health asks every server that is written to about itself, and Sentinels whether they could agree.
func (s *Sessions) Health(ctx context.Context) (Health, error) {
	h := Health{Told: true, Persistent: true}
	var mu sync.Mutex
	err := s.client.masters(ctx, func(ctx context.Context, c *redis.Client) error {
		info, err := c.InfoMap(ctx).Result()
		if err != nil {
			return fmt.Errorf("ask Redis about itself: %w", err)
		}
		save, _ := c.ConfigGet(ctx, "save").Result() // hosted ones refuse
		mu.Lock()
		defer mu.Unlock()
		h.add(info, save["save"], s.client.address.scheme != "redis")
		return nil
	})
	if err != nil {
		return h, advised(err)
	}
	switch s.client.address.scheme {
	case "redis-cluster":
		state, err := s.client.ClusterInfo(ctx).Result()
		if err != nil {
			return h, fmt.Errorf("ask for the state of the cluster: %w", advised(err))
		}
		h.Cluster = "fail"
		if strings.Contains(state, "cluster_state:ok") {
			h.Cluster = "ok"
		}
	case "redis-sentinel":
		h.Quorum = s.client.quorum(ctx)
	}
	return h, nil
}

// add takes what one server tells of itself.
func (h *Health) add(info map[string]map[string]string, save string, replicated bool) {
	memory, disk, role, server := info["Memory"], info["Persistence"], info["Replication"], info["Server"]
	if p := memory["maxmemory_policy"]; h.Eviction == "" || h.Eviction == "noeviction" {
		h.Eviction = p
	}
	aof, told := disk["aof_enabled"]
	h.Told = h.Told && told
	h.Persistent = h.Persistent && (aof == "1" || save != "")
	h.Replica = h.Replica || role["role"] == "slave"
	name, version := "redis", server["redis_version"]
	if v := server["valkey_version"]; v != "" {
		name, version = "valkey", v
	}
	if v := name + " " + version; !strings.Contains(h.Versions, v) {
		h.Versions = strings.TrimPrefix(h.Versions+", "+v, ", ")
	}
	if replicated && role["connected_slaves"] == "0" {
		h.Alone = "port " + server["tcp_port"]
	}
}

// quorum asks the Sentinels whether enough of them could agree on another master; the first that answers counts.
func (l *link) quorum(ctx context.Context) string {
	a, why := l.address, "no Sentinel answers"
	for _, host := range a.hosts {
		c := redis.NewSentinelClient(&redis.Options{Addr: host, Username: a.sentinelUser, Password: a.sentinelPassword, TLSConfig: a.tls, DialTimeout: patience,
			ReadTimeout: patience, MaxRetries: -1, DialerRetries: 1})
		_, err := c.CkQuorum(ctx, a.path[0]).Result()
		_ = c.Close() // it was only asked
		if err == nil {
			return ""
		}
		why = err.Error()
	}
	return why
}

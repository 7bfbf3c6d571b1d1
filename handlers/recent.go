package handlers

import "sync"

// recent remembers the keys of the updates that were committed last: when a platform delivers one again, which it does most
// often at once, nothing has to be loaded to say so. What it has forgotten the key in the database tells.
type recent struct {
	mu   sync.Mutex
	keys map[string]struct{}
	ring []string
	next int
}

// recentKeys is how many are remembered: about a minute of a busy day, and less than a megabyte.
const recentKeys = 10_000

func (r *recent) has(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.keys[key]
	return ok
}

func (r *recent) add(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys, r.ring = map[string]struct{}{}, make([]string, recentKeys)
	}
	if _, ok := r.keys[key]; ok {
		return
	}
	delete(r.keys, r.ring[r.next])
	r.keys[key], r.ring[r.next] = struct{}{}, key
	r.next = (r.next + 1) % len(r.ring)
}

package redis

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	sangkien "github.com/sangkien/sangkien"
)

// PaceLimits is how fast one bot may send over all replicas.
type PaceLimits struct {
	Most     int           // messages within any Within, at least 1
	Within   time.Duration // a little longer than what the platform counts
	Interval time.Duration // between messages to one chat, on average; 0: no limit
	Ahead    time.Duration // how far one chat may run ahead of that
}

// Pace is the limit of one bot, kept over all replicas on the clock of the Redis server. The keys of a bot are in one
// slot of a cluster. It does in Lua what bot's pace of a single process does; one suite tries both.
type Pace struct {
	client   *link
	name, me string
	limits   []any // as the scripts take them
	replicas atomic.Int64
}

// OpenPace returns the pace of the bot called name ("telegram:4242") for the replica called me. It does not wait for
// the server. A question that is not answered within half a second fails, and is not asked twice.
func OpenPace(address, name, me string, l PaceLimits) (*Pace, error) {
	client, err := connect(address)
	if err != nil {
		return nil, err
	}
	return &Pace{client: client, name: name, me: me, limits: []any{me, l.Most, l.Within.Microseconds(),
		l.Within.Microseconds() / int64(max(1, l.Most)), l.Interval.Microseconds(), l.Ahead.Microseconds()}}, nil
}

// Close ends all connections.
func (p *Pace) Close() error { return p.client.Close() }

// head is how the scripts begin: times are microseconds. Replicas that asked within a minute are counted.
//
// Where the state is gone, what was taken is gone with it; where another server wrote it last (a replica was promoted, a
// server started again from its disk) the newest moments may be missing. Then nothing is granted until all that may have
// been granted is a window old: replies are granted at most soon ahead. The server is known by master_replid, which
// changes with each promotion and start. Clocks differ between servers and can be set back, so the time of the state
// goes on from where it was last seen (decision 25).
const head = `
local t = redis.call('TIME')
local me, most, window, spacing, interval, ahead = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local state, taken, replicas, chat, catchup, notices = KEYS[1], KEYS[2], KEYS[3], KEYS[4], 50000, 50000
local soon, info = 250000, redis.pcall('INFO', 'replication')
local server = type(info) == 'string' and string.match(info, 'master_replid:(%x+)') or ''
local whole = redis.call('EXISTS', state, taken, replicas) == 3
if not whole then redis.call('DEL', state, taken, replicas) end
local s = redis.call('HMGET', state, 'calm', 'notice', 'held', 'server', 'shift')
local calm, notice, held, shift = tonumber(s[1] or 0), tonumber(s[2] or 0), tonumber(s[3] or 0), tonumber(s[5] or 0)
local now = t[1] * 1000000 + t[2] + shift
local seen = whole and tonumber(redis.call('ZRANGE', replicas, -1, -1, 'WITHSCORES')[2]) or now
if not whole or s[4] ~= server or now < seen then
  shift, now = shift + seen - now, seen
  held = math.max(held, now + soon + window)
  redis.call('HSET', state, 'held', held, 'server', server, 'shift', shift)
  if not whole then redis.call('RPUSH', taken, now) end
end
redis.call('ZADD', replicas, now, me)
redis.call('ZREMRANGEBYSCORE', replicas, 0, now - 60000000)
local count = redis.call('ZCARD', replicas)
`

// take takes the moment for one message: the most-th last moment plus the window is when the next is free. It returns
// the wait, whether it is taken, and how many replicas there are.
var take = redis.NewScript(head + `
local class, due = ARGV[7], tonumber(redis.call('GET', chat) or 0)
local wait = math.max(held, due - ahead) - now
if wait > 0 then return {wait, 0, count} end
local last = redis.call('LINDEX', taken, -most)
wait = last and last + window - now or 0
if class == '0' and wait > soon then return {wait - soon / 2, 0, count} end
if class == '1' then
  if wait > 0 then redis.call('HSET', state, 'notice', now); return {math.min(wait, notices / 2), 0, count} end
  if calm > now then return {calm - now, 0, count} end
  redis.call('HDEL', state, 'notice')
elseif class == '2' then
  wait = math.max(wait, notice + notices - now, calm - now)
  if wait > 0 then return {wait, 0, count} end
end
local at = now + math.max(wait, 0)
redis.call('RPUSH', taken, at)
redis.call('LTRIM', taken, -most, -1)
if class ~= '0' then redis.call('HSET', state, 'calm', math.max(calm + spacing, now - catchup)) end
due = math.max(due, at) + interval
if interval > 0 then redis.call('SET', chat, due, 'PX', math.ceil((due - now) / 1000)) end
return {at - now, 1, count}`)

// free tells how many bulk messages could be sent now, the wait when that is none, and how many replicas there are.
var free = redis.NewScript(head + `
local wait = math.max(held, notice + notices) - now
if wait > 0 then return {0, wait, count} end
local n, due = 0, math.max(calm, now - catchup)
while n < math.min(most, tonumber(ARGV[7])) and due <= now do
  local last = redis.call('LINDEX', taken, n - most)
  if last and last + window > now then break end
  n, due = n + 1, due + spacing
end
if n > 0 then return {n, 0, count} end
local last = redis.call('LINDEX', taken, -most)
return {0, math.max(last and last + window - now or 0, calm - now, 1000), count}`)

// hold stops a chat for so long, and the bot when another chat was stopped within two seconds before.
var hold = redis.NewScript(head + `
local ends, r = now + ARGV[7], redis.call('HMGET', state, 'refused', 'refused_at')
local due = math.max(tonumber(redis.call('GET', chat) or 0), ends + ahead)
redis.call('SET', chat, due, 'PX', math.ceil((due - now) / 1000))
if r[1] and r[1] ~= chat and now - r[2] < 2000000 then redis.call('HSET', state, 'held', math.max(held, ends)) end
redis.call('HSET', state, 'refused', chat, 'refused_at', now)
return {0, 0, count}`)

// resume grants nothing until one window after so long from now.
var resume = redis.NewScript(head + `
redis.call('HSET', state, 'held', math.max(held, now + ARGV[7] + window))
return {0, 0, count}`)

// Take takes the moment for one message; see bot.Pace.
func (p *Pace) Take(ctx context.Context, class sangkien.ReplyClass, chat sangkien.Address) (wait time.Duration, taken bool, err error) {
	r, err := p.run(ctx, take, chat.Chat, int(class))
	return time.Duration(r[0]) * time.Microsecond, r[1] == 1, err
}

// Free is how many bulk messages could be sent now; see bot.Pace.
func (p *Pace) Free(ctx context.Context, most int) (n int, wait time.Duration, err error) {
	r, err := p.run(ctx, free, "", most)
	return int(r[0]), time.Duration(r[1]) * time.Microsecond, err
}

// Hold stops a chat, and the bot if it is the second; see bot.Pace.
func (p *Pace) Hold(ctx context.Context, chat sangkien.Address, d time.Duration) error {
	_, err := p.run(ctx, hold, chat.Chat, max(d, time.Millisecond).Microseconds())
	return err
}

// Resume grants nothing to anyone until one window after so long from now; see bot.Shared.
func (p *Pace) Resume(ctx context.Context, until time.Duration) error {
	_, err := p.run(ctx, resume, "", until.Microseconds())
	return err
}

// Replicas is how many asked within a minute, by the last answer; 0 before the first.
func (p *Pace) Replicas() int { return int(p.replicas.Load()) }

func (p *Pace) run(ctx context.Context, s *redis.Script, chat string, args ...any) (r [3]int64, err error) {
	slot := "pace:{" + p.name + "}:"
	keys := []string{slot + "state", slot + "taken", slot + "replicas", slot + "chat:" + chat}
	all := append(append([]any{}, p.limits...), args...)
	var got []int64
	err = p.client.ask(ctx, func(ctx context.Context) (err error) {
		got, err = s.Run(ctx, p.client, keys, all...).Int64Slice()
		return err
	})
	if err != nil {
		return r, fmt.Errorf("ask for the pace of %s: %w", p.name, err)
	}
	if copy(r[:], got) < len(r) {
		return r, fmt.Errorf("ask for the pace of %s: answered %v", p.name, got)
	}
	p.replicas.Store(r[2])
	return r, nil
}

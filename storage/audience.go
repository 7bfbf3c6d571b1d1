package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// What a member is for a broadcast is said here once: expansion, preview and claim all read these fragments, whose
// arguments stand in the order of audienceArgs.

// lastChat is the chat in which member m is written to: the reachable one of their preferred account, else the one used
// last; of the channel if one is asked for.
const lastChat = `coalesce(
	(select (select k.address from chats k where k.member_id = p.member_id and k.channel = p.channel and k.external_id = p.external_id
			and k.reachable = 1 and (cast($4 as text) = '' or k.channel = cast($4 as text)) order by k.updated_at desc limit 1)
		from accounts p where p.member_id = m.id and p.preferred = 1 limit 1),
	(select k.address from chats k where k.member_id = m.id and k.reachable = 1
		and (cast($4 as text) = '' or k.channel = cast($4 as text)) order by k.updated_at desc, k.address desc limit 1))`

// leftOut is why member m does not get a broadcast, whatever chat there is: "" for one who may. frequency is what they
// chose for the topic.
func (d dialect) leftOut(frequency string) string {
	return `case when m.erased_at <> 0 then 'erased'
		when not (` + strings.ReplaceAll(d.granted, "?", "cast($3 as text)") + `) then 'no_consent'
		else case ` + frequency + ` when 'never' then 'muted'
			when 'daily' then ` + digest + ` when 'weekly' then ` + digest + ` else '' end end`
}

// digest is why someone who gathers the topic's messages does not get one: unless it is the digest.
const digest = `case when cast($2 as text) = '' then 'digest' else '' end`

// frequency is what member m chose for the topic.
const frequency = `(select f.frequency from subscriptions f where f.member_id = m.id and f.topic = cast($1 as text))`

// chosen selects the members of an audience: member_id, unit_id, address, channel, reason. within narrows which
// members are looked at. The scalar subqueries keep PostgreSQL from reading whole tables for a step.
func (d dialect) chosen(a sangkien.Audience, within string) string {
	in := func(column, arg string) string {
		return column + " in (" + replaceArg(d.jsonNumbers, arg) + ")"
	}
	where := []string{"m.erased_at = 0", "m.merged_into = 0"}
	add := func(set bool, condition string) {
		if set {
			where = append(where, condition)
		}
	}
	add(within != "", within)
	add(len(a.Members) > 0, in("m.id", "cast($11 as text)"))
	add(len(a.Units) > 0, in("m.unit_id", "cast($5 as text)"))
	add(len(a.Except) > 0, "not "+in("m.unit_id", "cast($6 as text)"))
	add(a.Role != "", `exists (select 1 from grants g where g.member_id = m.id and g.role = cast($7 as text))`)
	add(a.Channel != "", `exists (select 1 from chats k where k.member_id = m.id and k.channel = cast($4 as text))`)
	add(a.Wants != "", frequency+` = cast($2 as text)`)
	add(a.Status != sangkien.StatusAny, statusIs(a.Status))
	add(a.Field != "", `exists (select 1 from ideas i join answers a on a.idea_id = i.id and a.question = cast($9 as text)
		where i.author_id = m.id and i.campaign_id = cast($8 as bigint) and `+d.answer+` = cast($10 as text))`)
	return `with seen as materialized (select m.id as member_id, m.unit_id, ` + d.leftOut(frequency) + ` as why, ` + lastChat + ` as address
			from members m where ` + strings.Join(where, " and ") + named + `)
		select member_id, unit_id, coalesce(address, '') as address, case when address is null then '' else ` + d.channelOf + ` end as channel,
			case when why <> '' then why when address is null then 'unreachable' else '' end as reason from seen`
}

// statusIs is the condition that member m stands so in campaign $8. The word of a status comes out of a closed set.
func statusIs(s sangkien.Status) string {
	has := func(states string) string {
		return `exists (select 1 from ideas i where i.author_id = m.id and i.campaign_id = cast($8 as bigint) and i.state ` + states + `)`
	}
	const submitted = `not in ('draft', 'withdrawn')`
	switch s {
	case sangkien.StatusNothing:
		return `not ` + has(`<> 'withdrawn'`)
	case sangkien.StatusDraft:
		return has(`= 'draft'`) + ` and not ` + has(submitted)
	case sangkien.StatusUnfinished:
		return `not ` + has(submitted)
	case sangkien.StatusSubmitted:
		return has(submitted)
	case sangkien.StatusSupplement:
		return has(`= 'needs_supplement'`)
	}
	return "false" // no such status: nobody
}

// audienceArgs is the arguments of the fragments: $1 topic, $2 wants, $3 purpose, $4 channel, $5 units, $6 except,
// $7 role, $8 campaign, $9 the question of the field, $10 field, $11 members, and what comes from $12 on.
func (s *Store) audienceArgs(ctx context.Context, b sangkien.Broadcast, more ...any) ([]any, error) {
	a := b.Audience
	units, except := a.Units, a.Except
	if len(units)+len(except) > 0 {
		all, err := s.Units(ctx)
		if err != nil {
			return nil, err
		}
		tree := sangkien.NewTree(all)
		units, except = under(tree, units), under(tree, except)
	}
	return append([]any{string(b.Topic), a.Wants, string(b.Purpose), a.Channel, numbers(units), numbers(except),
		string(a.Role), a.Campaign, sangkien.KeyField, a.Field, numbers(a.Members)}, more...), nil
}

// under is all units within any of tops.
func under(tree *sangkien.Tree, tops []int64) []int64 {
	var all []int64
	for _, top := range tops {
		all = append(all, tree.Under(top)...)
	}
	return all
}

// numbers is a list as the argument of jsonNumbers.
func numbers(n []int64) string {
	if n == nil {
		return "[]"
	}
	data, err := json.Marshal(n)
	if err != nil {
		return "[]" // numbers always marshal
	}
	return string(data)
}

// named keeps arguments that a text does not mention: PostgreSQL wants to know the type of each.
const named = ` and cast($1 as text) is not null and cast($2 as text) is not null and cast($3 as text) is not null and cast($4 as text) is not null
	and cast($5 as text) is not null and cast($6 as text) is not null and cast($7 as text) is not null and cast($8 as bigint) is not null
	and cast($9 as text) is not null and cast($10 as text) is not null and cast($11 as text) is not null`

// Preview tells what a broadcast would do if it started at its time, or now where that has passed: how many in each unit
// and on each channel, how many are left out, and why. It is the same selection as the expansion's.
func (s *Store) Preview(ctx context.Context, b sangkien.Broadcast, now time.Time) (sangkien.Preview, error) {
	args, err := s.audienceArgs(ctx, b)
	if err != nil {
		return nil, err
	}
	if now.Before(b.Start) {
		now = b.Start
	}
	var p sangkien.Preview
	others, names := "", []any(nil)
	if len(s.platforms.Limited()) > 0 {
		if p, err = s.previewLimited(ctx, b, args, now); err != nil {
			return nil, fmt.Errorf("preview a broadcast: %w", err)
		}
		others, names = s.limited("channel", len(args))
		others = " where reason <> '' or not " + others
	}
	err = s.each(ctx, func(scan func(...any) error) error {
		var l sangkien.PreviewLine
		err := scan(&l.Unit, &l.Channel, &l.Reason, &l.Count)
		if l.Reason == "" {
			l.Way = sangkien.WayNow
		}
		p = append(p, l)
		return err
	}, `select unit_id, channel, reason, count(*) from (`+s.dialect.chosen(b.Audience, "")+`) x`+others+` group by unit_id, channel, reason
		order by unit_id, channel, reason`, append(args, names...)...)
	if err != nil {
		return nil, fmt.Errorf("preview a broadcast: %w", err)
	}
	return p, nil
}

package sangkien

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// DigestMade notes until when news was gathered for those who want it so often. Another From than the store has is a
// conflict: another replica was first.
type DigestMade struct {
	Frequency   Frequency
	From, Until time.Time
}

func (DigestMade) effect() {}

// Made is the change that notes that news from one moment to another was gathered.
func (f Frequency) Made(from, until time.Time) DigestMade {
	return DigestMade{Frequency: f, From: from, Until: until}
}

// DigestDue is the moment until which news is gathered now: the last eight o'clock, of Monday for a weekly digest.
// now is in the zone of the deployment.
func DigestDue(f Frequency, now time.Time) time.Time {
	due := time.Date(now.Year(), now.Month(), now.Day(), morning, 0, 0, 0, now.Location())
	if due.After(now) {
		due = due.AddDate(0, 0, -1)
	}
	for f == Weekly && due.Weekday() != time.Monday {
		due = due.AddDate(0, 0, -1)
	}
	return due
}

// Gather divides the readers of a digest by the news that is for their units, and makes a broadcast for each kind of
// reader: title stands above the headlines. Readers for whom there is nothing get nothing.
func Gather(f Frequency, news []Bulletin, readers []Member, tree *Tree, title Text, newID func() int64, now time.Time) ([]BroadcastPlanned, error) {
	groups := map[string][]int64{}
	picked := map[string][]Bulletin{}
	for _, m := range readers {
		var key strings.Builder
		var mine []Bulletin
		for _, b := range news {
			if b.For(m.Unit, tree) {
				mine = append(mine, b)
				key.WriteString(strconv.FormatInt(b.ID, 36) + " ")
			}
		}
		if len(mine) > 0 {
			groups[key.String()] = append(groups[key.String()], m.ID)
			picked[key.String()] = mine
		}
	}
	keys := make([]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var out []BroadcastPlanned
	for _, k := range keys {
		b := Broadcast{ID: newID(), Kind: BroadcastDigest, Topic: TopicNews, Purpose: PurposeNews, Title: title, Text: Text{VI: headlines(picked[k])},
			Offers: []string{"tin"}, Audience: Audience{Members: groups[k], Wants: string(f)}, Start: now}
		planned, err := b.Plan(now)
		if err != nil {
			return nil, err
		}
		out = append(out, planned)
	}
	return out, nil
}

// headlines lists news by its titles, as many as fit into one message; the newest are at the end.
func headlines(news []Bulletin) string {
	var lines []string
	left := MaxBroadcast
	for _, b := range slices.Backward(news) {
		line := "• " + b.Title
		if left -= len([]rune(line)) + 1; left < 0 {
			break
		}
		lines = append(lines, line)
	}
	slices.Reverse(lines)
	return strings.Join(lines, "\n")
}

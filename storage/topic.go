package storage

import (
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

// topicsOf is a column with what the member m chose for each topic, as readTopics reads it.
const topicsOf = `coalesce((select string_agg(f.topic || '=' || f.frequency, ' ') from subscriptions f where f.member_id = m.id), '')`

func readTopics(column string) map[sangkien.Topic]sangkien.Frequency {
	var chosen map[sangkien.Topic]sangkien.Frequency
	for _, pair := range strings.Fields(column) {
		topic, frequency, _ := strings.Cut(pair, "=")
		if chosen == nil {
			chosen = map[sangkien.Topic]sangkien.Frequency{}
		}
		chosen[sangkien.Topic(topic)] = sangkien.Frequency(frequency)
	}
	return chosen
}

package sangkien

import (
	"slices"
	"time"
)

// Topic is what a member can mute by itself.
type Topic string

const (
	TopicNews      Topic = "news"      // bulletins
	TopicReminders Topic = "reminders" // what falls due
	TopicResults   Topic = "results"   // what was recognised
)

// Topics lists every topic.
func Topics() []Topic { return []Topic{TopicNews, TopicReminders, TopicResults} }

// Frequency is how often a member wants to hear of a topic.
type Frequency string

const (
	AtOnce Frequency = "" // the default, for those who agreed to news at all
	Daily  Frequency = "daily"
	Weekly Frequency = "weekly"
	Never  Frequency = "never"
)

// Frequencies lists every frequency, the most often first.
func Frequencies() []Frequency { return []Frequency{AtOnce, Daily, Weekly, Never} }

// Comes tells whether the topic can be had so often: only news is gathered, what falls due cannot wait.
func (t Topic) Comes(f Frequency) bool { return t == TopicNews || f == AtOnce || f == Never }

// TopicChosen sets how often a member hears of a topic.
type TopicChosen struct {
	Member    int64
	Topic     Topic
	Frequency Frequency
	At        time.Time
}

func (TopicChosen) effect() {}

// Subscribe is the change of how often the member hears of a topic; Never mutes it. It returns EINVALID for a
// topic or a frequency that does not exist: both come out of buttons.
func (m Member) Subscribe(t Topic, f Frequency, now time.Time) (TopicChosen, error) {
	if !slices.Contains(Topics(), t) || !slices.Contains(Frequencies(), f) || !t.Comes(f) {
		return TopicChosen{}, Errorf(EINVALID, "topic %q cannot be had %q", t, f)
	}
	return TopicChosen{Member: m.ID, Topic: t, Frequency: f, At: now}, nil
}

package handlers

import (
	"cmp"

	sangkien "github.com/sangkien/sangkien"
)

const (
	verbMute   = sangkien.VerbMute // stop a topic; under every broadcast
	verbUnmute = "unmute"          // and let it come again
)

func topicVerbs() []verb {
	return []verb{
		{verbMute, sangkien.ActTakePart, aboutNothing, (*turn).pressedMute},
		{verbUnmute, sangkien.ActTakePart, aboutNothing, (*turn).pressedUnmute},
	}
}

// pressedMute stops a topic, in whatever state the conversation is: what was open stays open. A second press is silent.
func (t *turn) pressedMute(p sangkien.Press) (outcome, error) {
	return t.chooseTopic(sangkien.Topic(p.Value), sangkien.Never, t.button("button.unmute", verbUnmute, 0, p.Value))
}

func (t *turn) pressedUnmute(p sangkien.Press) (outcome, error) {
	return t.chooseTopic(sangkien.Topic(p.Value), sangkien.AtOnce, t.button("button.mute", verbMute, 0, p.Value))
}

// chooseTopic says once what is chosen from now on, and offers the way back.
func (t *turn) chooseTopic(topic sangkien.Topic, f sangkien.Frequency, back sangkien.Button) (outcome, error) {
	chosen, err := t.chat.Member.Subscribe(topic, f, t.now)
	if err != nil {
		return t.latePress() // of a topic that there is no more, or forged
	}
	if t.chat.Member.Topics[topic] == f && (f == sangkien.Never || t.chat.Member.Allows(sangkien.PurposeNews)) {
		return outcome{session: t.session, silent: true}, nil
	}
	key := "topic.on"
	if f == sangkien.Never {
		key = "topic.off"
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say(key, sangkien.WithKey("topic", "topic.name_"+string(topic)))}, []sangkien.Button{back}))
	o.replies[0].Retire = "" // the other buttons of what they read stay
	o.effects = []sangkien.Effect{chosen}
	if f != sangkien.Never && !t.chat.Member.Allows(sangkien.PurposeNews) {
		// Coming back is the consent that was taken back, given again.
		notice, words := t.notice(sangkien.PurposeNews)
		o.effects = append(o.effects, t.chat.Member.Decide(sangkien.PurposeNews, true, notice, cmp.Or(words, key), t.update, t.now))
	}
	return o, nil
}

package handlers

import (
	"slices"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// ProgressReply says how a broadcast goes, with what can be done about it: to whom and in which language is left to
// the caller. pace is how many messages a second a channel may send, by its name.
func ProgressReply(b sangkien.Broadcast, reasons []sangkien.ReasonCount, pace map[string]float64, now time.Time) sangkien.Reply {
	r := sangkien.Reply{Replaces: "broadcast:" + strconv.FormatInt(b.ID, 36), Lines: []sangkien.Line{sangkien.Say("broadcast.view", broadcastArgs(b)...)}}
	if b.Counts.Planned > 0 {
		r.Lines = append(r.Lines, sangkien.Say("broadcast.counts", broadcastArgs(b)...))
	}
	for _, rc := range reasons {
		if rc.Count > 0 && slices.Contains(sangkien.Reasons(), rc.Reason) {
			r.Lines = append(r.Lines, sangkien.Say("broadcast.reason", sangkien.With("n", number(rc.Count)), sangkien.WithKey("reason", "reason."+rc.Reason)))
		}
	}
	if at := finishedAt(b, pace, now); !at.IsZero() {
		r.Lines = append(r.Lines, sangkien.Say("broadcast.eta", sangkien.WithTime("at", at)))
	}
	r.Buttons = broadcastButtons(b)
	if b.Kind == sangkien.BroadcastBulletin && b.About != 0 {
		r.Buttons = append(r.Buttons, []sangkien.Button{act("button.open_bulletin", verbRead, b.About)})
	}
	return r
}

// finishedAt is when a running broadcast will be done, at the pace that it has had; at the channels' own before that.
func finishedAt(b sangkien.Broadcast, pace map[string]float64, now time.Time) time.Time {
	if b.State != sangkien.BroadcastRunning || b.Counts.Left() == 0 {
		return time.Time{}
	}
	speed := fastest(pace)
	if took := now.Sub(b.Started).Seconds(); took > 60 && b.Counts.Sent > 100 {
		speed = min(speed, float64(b.Counts.Sent)/took)
	}
	return sangkien.FinishedAt(b.Counts.Left(), speed, now, sangkien.Night())
}

// fastest is the pace of the channel that has most to send, as a rule.
func fastest(pace map[string]float64) float64 {
	most := 0.0
	for _, p := range pace {
		most = max(most, p)
	}
	return most
}

// broadcastButtons are what can be done about a broadcast as it stands.
func broadcastButtons(b sangkien.Broadcast) [][]sangkien.Button {
	does := func(key, verb string) sangkien.Button { return act(key, verb, b.ID) }
	refresh, cancel := does("button.refresh", verbBroadcast), does("button.cancel_broadcast", verbAskCancel)
	switch b.State {
	case sangkien.BroadcastWaiting:
		return [][]sangkien.Button{{does("button.approve", verbApprove)}, {cancel}}
	case sangkien.BroadcastDue:
		return [][]sangkien.Button{{refresh, cancel}}
	case sangkien.BroadcastRunning:
		return [][]sangkien.Button{{does("button.pause", verbPause), cancel}, {refresh}}
	case sangkien.BroadcastPaused:
		return [][]sangkien.Button{{does("button.broadcast_go", verbResume), cancel}}
	case sangkien.BroadcastDone, sangkien.BroadcastCancelled:
	}
	rows := [][]sangkien.Button{{does("button.report", verbReport)}}
	if b.State == sangkien.BroadcastDone && b.Counts.Failed > 0 {
		rows = append(rows, []sangkien.Button{does("button.retry", verbRetry)})
	}
	return rows
}

// act is a button that needs no revision of a chat: it asks the same whenever it is pressed.
func act(key, verb string, about int64) sangkien.Button {
	data, err := sangkien.Press{Verb: verb, Idea: about}.Encode()
	if err != nil {
		data = "" // verbs are ours and short
	}
	return sangkien.Button{Line: sangkien.Say(key), Data: data}
}

// NewsDeskButton leads to the desk of news, from any message.
func NewsDeskButton() sangkien.Button { return act("button.broadcasts", verbBroadcasts, 0) }

// reachLines say how many of an audience are reached on each channel and how many are left out, and why; of units only
// how many there are, where they are several.
func (t *turn) reachLines(p sangkien.Preview) []sangkien.Line {
	var lines []sangkien.Line
	for _, c := range p.By(func(l sangkien.PreviewLine) (string, bool) { return l.Channel, l.Reason == "" }) {
		lines = append(lines, sangkien.Say("preview.channel", sangkien.WithKey("channel", "channel."+c.Reason), sangkien.With("n", number(c.Count))))
	}
	lines = append(lines, windowLines(p)...)
	lines = append(lines, t.unitLines(p)...)
	for _, c := range p.By(func(l sangkien.PreviewLine) (string, bool) { return l.Reason, l.Reason != "" }) {
		lines = append(lines, sangkien.Say("preview.without", sangkien.With("n", number(c.Count)), sangkien.WithKey("reason", "reason."+c.Reason)))
	}
	return lines
}

// windowLines say how many of an audience are reached in spite of what their platform forbids, where it forbids anything.
func windowLines(p sangkien.Preview) []sangkien.Line {
	var lines []sangkien.Line
	for _, w := range []struct {
		key string
		way sangkien.Way
	}{{"preview.now", sangkien.WayNow}, {"preview.elsewhere", sangkien.WayElsewhere}, {"preview.template", sangkien.WayTemplate}} {
		if n := p.Reached(w.way); n > 0 {
			lines = append(lines, sangkien.Say(w.key, sangkien.With("n", number(n))))
		}
	}
	if p.Reached(sangkien.WayElsewhere)+p.Reached(sangkien.WayTemplate)+p.Reached(sangkien.WayNone) == 0 {
		return nil
	}
	return lines
}

// maxUnitsShown is how many units a preview names; the others are added up.
const maxUnitsShown = 5

func (t *turn) unitLines(p sangkien.Preview) []sangkien.Line {
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return nil // names only: the figures stand without them
	}
	by := p.By(func(l sangkien.PreviewLine) (string, bool) { return strconv.FormatInt(l.Unit, 10), l.Reason == "" })
	slices.SortStableFunc(by, func(a, b sangkien.ReasonCount) int { return b.Count - a.Count })
	if len(by) < 2 {
		return nil
	}
	var lines []sangkien.Line
	rest := 0
	for n, c := range by {
		id, _ := strconv.ParseInt(c.Reason, 10, 64) // written above
		if n >= maxUnitsShown {
			rest += c.Count
			continue
		}
		name := sangkien.WithKey("unit", "preview.no_unit")
		if u := units.Name(id); u != "" {
			name = sangkien.With("unit", u)
		}
		lines = append(lines, sangkien.Say("preview.unit", name, sangkien.With("n", number(c.Count))))
	}
	if rest > 0 {
		lines = append(lines, sangkien.Say("preview.units", sangkien.With("k", strconv.Itoa(len(by)-maxUnitsShown)), sangkien.With("n", number(rest))))
	}
	return lines
}

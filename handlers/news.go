package handlers

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs of the archive of news and of how often one wants to hear.
const (
	verbNews   = "tn" // a page of the archive, Value
	verbRead   = "tv" // one bulletin
	verbTopics = "tt" // how often one hears of what
	verbTopic  = "tc" // choose it: Value "news-daily"
)

func newsVerbs() []verb {
	return []verb{
		{verbNews, sangkien.ActTakePart, aboutNothing, (*turn).pressedNews},
		{verbRead, sangkien.ActTakePart, aboutNothing, (*turn).readBulletin},
		{verbTopics, sangkien.ActTakePart, aboutNothing, (*turn).pressedTopics},
		{verbTopic, sangkien.ActTakePart, aboutNothing, (*turn).pressedTopic},
	}
}

// news is /tin.
func (t *turn) news(string) (outcome, error) { return t.newsPage(0) }

func (t *turn) pressedNews(p sangkien.Press) (outcome, error) {
	page, err := strconv.Atoi(p.Value)
	if err != nil || page < 0 || page > 1_000_000 {
		page = 0
	}
	return t.newsPage(page)
}

// newsPage is one page of the archive, as far as it is for the member's unit; the newest first.
func (t *turn) newsPage(page int) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	all, err := t.d.Store.News(t.ctx, v.Reads(), t.now, page*perPage, perPage+1)
	if err != nil {
		return outcome{}, err
	}
	often := []sangkien.Button{t.button("button.topics", verbTopics, 0, "")}
	if len(all) == 0 {
		return t.stay(t.say([]sangkien.Line{sangkien.Say("news.none")}, often)), nil
	}
	lines, rows := []sangkien.Line{sangkien.Say("news.head")}, [][]sangkien.Button(nil)
	for n, b := range all[:min(perPage, len(all))] {
		number := sangkien.With("i", strconv.Itoa(page*perPage+n+1))
		lines = append(lines, sangkien.Say("news.one", number, sangkien.With("title", b.Title), sangkien.WithTime("at", b.At)))
		rows = append(rows, []sangkien.Button{t.button("button.read_news", verbRead, b.ID, "", number, sangkien.With("title", vntext.Truncate(b.Title, 40)))})
	}
	return t.stay(t.say(lines, append(rows, t.pages(verbNews, page, len(all) > perPage), often)...)), nil
}

// pages is the buttons to the page before and the page after.
func (t *turn) pages(verb string, page int, more bool) []sangkien.Button {
	var nav []sangkien.Button
	if page > 0 {
		nav = append(nav, t.button("button.previous", verb, 0, strconv.Itoa(page-1)))
	}
	if more {
		nav = append(nav, t.button("button.next", verb, 0, strconv.Itoa(page+1)))
	}
	return nav
}

// readBulletin shows a bulletin. One that was corrected leads to its correction; one that is not for the member's
// unit, waits, or was dropped is for its editors only.
func (t *turn) readBulletin(p sangkien.Press) (outcome, error) {
	b, err := t.d.Store.Bulletin(t.ctx, p.Idea)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.noNews()
	}
	if err != nil {
		return outcome{}, err
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	editor := v.MayEdit(b)
	if !editor && (b.State != sangkien.BulletinPublished || b.At.After(t.now) || !b.For(t.chat.Member.Unit, v.Tree)) {
		return t.noNews()
	}
	lines := []sangkien.Line{sangkien.Say("news.view", sangkien.With("title", b.Title), sangkien.With("sender", b.Sender), sangkien.WithTime("at", b.At)),
		sangkien.Say("", sangkien.With("text", sangkien.FillName(b.Text, t.chat.Member.Name, t.lang)))}
	var rows [][]sangkien.Button
	if u, err := url.Parse(b.Link); b.Link != "" && err == nil {
		lines = append(lines, sangkien.Say("", sangkien.With("text", b.Link)))
		rows = append(rows, []sangkien.Button{{Line: sangkien.Say("button.paper_link", sangkien.With("host", u.Hostname())), URL: b.Link}})
	}
	if editor {
		lines, rows = t.editorsOf(b, lines, rows)
	}
	o := t.say(lines, append(rows, []sangkien.Button{t.button("button.news", verbNews, 0, "0")})...)
	o.replies = append(o.replies, t.filesOf(b.Files)...)
	return t.stay(o), nil
}

func (t *turn) noNews() (outcome, error) {
	return t.stay(t.say([]sangkien.Line{sangkien.Say("news.gone")}, []sangkien.Button{t.button("button.news", verbNews, 0, "0")})), nil
}

func (t *turn) pressedTopics(sangkien.Press) (outcome, error) { return t.topics() }

// topics shows how often the member hears of what, with a button for each other way.
func (t *turn) topics(before ...sangkien.Line) (outcome, error) {
	m := t.chat.Member
	lines := slices.Concat(before, []sangkien.Line{sangkien.Say("topics.head")})
	if !m.Allows(sangkien.PurposeNews) {
		return t.stay(t.say(append(lines, sangkien.Say("topics.off")), []sangkien.Button{t.button("button.news_on", verbConsent, 0, string(sangkien.PurposeNews)+"-yes")})), nil
	}
	var rows [][]sangkien.Button
	for _, topic := range sangkien.Topics() {
		now := m.Topics[topic]
		name := sangkien.WithKey("topic", "topic.title_"+string(topic))
		lines = append(lines, sangkien.Say("topics.one", name, sangkien.WithKey("often", "often."+oftenName(now))))
		var row []sangkien.Button
		for _, f := range sangkien.Frequencies() {
			if f != now && topic.Comes(f) {
				row = append(row, t.button("button.often_"+oftenName(f), verbTopic, 0, string(topic)+"-"+oftenName(f), name))
			}
		}
		rows = append(rows, row)
	}
	return t.stay(t.say(lines, rows...)), nil
}

// oftenName names a frequency in keys and buttons.
func oftenName(f sangkien.Frequency) string {
	if f == sangkien.AtOnce {
		return "once"
	}
	return string(f)
}

// pressedTopic sets how often the member hears of a topic.
func (t *turn) pressedTopic(p sangkien.Press) (outcome, error) {
	topic, often, _ := strings.Cut(p.Value, "-")
	if often == "once" {
		often = string(sangkien.AtOnce)
	}
	chosen, err := t.chat.Member.Subscribe(sangkien.Topic(topic), sangkien.Frequency(often), t.now)
	if err != nil {
		return t.latePress()
	}
	topics := maps.Clone(t.chat.Member.Topics)
	if topics == nil {
		topics = map[sangkien.Topic]sangkien.Frequency{}
	}
	topics[chosen.Topic] = chosen.Frequency
	t.chat.Member.Topics = topics
	o, err := t.topics(sangkien.Say("topics.set"))
	o.effects = append(o.effects, chosen)
	return o, err
}

package dialog

import (
	"slices"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// perPage is how many units one message offers.
const perPage = 8

// ownWords is the Session.Page at which the next text is the unit in the member's own words.
const ownWords = -1

// Units finds units by a part of their name, without accents, or by an alias. The zero of *Units has none.
type Units struct {
	list []sangkien.Unit
	keys []string // folded names and aliases, " | " between, of the same index
	byID map[int64]sangkien.Unit
}

// NewUnits indexes the units that exist at now.
func NewUnits(all []sangkien.Unit, now time.Time) *Units {
	u := &Units{byID: map[int64]sangkien.Unit{}}
	for _, unit := range all {
		u.byID[unit.ID] = unit
	}
	for _, unit := range all {
		if !unit.ValidAt(now) {
			continue
		}
		full := vntext.Fold(u.Name(unit.ID))
		names := []string{full, trimLead(full, "xa ", "phuong ", "thi tran ", "dac khu ", "tinh ", "thanh pho ")}
		for _, a := range unit.Aliases {
			names = append(names, vntext.Fold(a))
		}
		u.list = append(u.list, unit)
		u.keys = append(u.keys, "| "+strings.Join(names, " | ")+" |")
	}
	return u
}

// EveryUnit indexes units of today and of before: what was merged is looked for by its old name, too.
func EveryUnit(all []sangkien.Unit) *Units {
	timeless := make([]sangkien.Unit, len(all))
	for i, unit := range all {
		timeless[i] = unit
		timeless[i].ValidFrom, timeless[i].ValidTo = time.Time{}, time.Time{}
	}
	return NewUnits(timeless, time.Time{})
}

// Name is a unit's name with that of the unit above: "Xã Ba Bể, Tỉnh Thái Nguyên". "" when there is none.
func (u *Units) Name(id int64) string {
	if u == nil {
		return ""
	}
	unit, ok := u.byID[id]
	if !ok {
		return ""
	}
	if parent, ok := u.byID[unit.Parent]; ok && unit.Parent != id {
		return unit.Name + ", " + parent.Name
	}
	return unit.Name
}

// Plain is a unit's name alone: "Xã Ba Bể". "" when there is none.
func (u *Units) Plain(id int64) string {
	if u == nil {
		return ""
	}
	return u.byID[id].Name
}

// Exists tells whether the unit is one of today.
func (u *Units) Exists(id int64) bool {
	return u != nil && slices.ContainsFunc(u.list, func(unit sangkien.Unit) bool { return unit.ID == id })
}

// WithCode is the unit with an official code, also one of before; 0 when there is none.
func (u *Units) WithCode(code string) int64 {
	if u != nil {
		for id, unit := range u.byID {
			if unit.Code == code && code != "" {
				return id
			}
		}
	}
	return 0
}

// empty tells that no unit was entered: then everyone's own words are taken.
func (u *Units) empty() bool { return u == nil || len(u.list) == 0 }

// Find lists the units that have every word of the query, best first: whole names, then beginnings, then the rest.
// exact tells that the first one is the whole name or alias, and the only one.
func (u *Units) Find(query string) (found []sangkien.Unit, exact bool) {
	words := strings.Fields(vntext.Fold(query))
	if u == nil || len(words) == 0 {
		return nil, false
	}
	type hit struct {
		unit sangkien.Unit
		rank int
	}
	var hits []hit
	whole := "| " + strings.Join(words, " ")
	for i, key := range u.keys {
		if !hasWords(key, words) {
			continue
		}
		rank := 2
		switch {
		case strings.Contains(key, whole+" |"), strings.Contains(key, whole+", "):
			rank = 0
		case strings.Contains(key, whole):
			rank = 1
		}
		hits = append(hits, hit{u.list[i], rank})
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.rank - b.rank })
	for _, h := range hits {
		found = append(found, h.unit)
	}
	return found, len(hits) > 0 && hits[0].rank == 0 && (len(hits) == 1 || hits[1].rank > 0)
}

// Within is the longest name of a unit that a text holds as whole words, folded: people write whole addresses. "" when it
// holds none. A name of one word counts with its kind only: "xã Hạ", not "Hạ".
func (u *Units) Within(text string) (name string) {
	if u == nil {
		return ""
	}
	said := " " + strings.Join(strings.FieldsFunc(vntext.Fold(text), func(r rune) bool { return strings.ContainsRune(" ,.;-", r) }), " ") + " "
	for _, unit := range u.list {
		full := vntext.Fold(unit.Name)
		for _, n := range []string{full, trimLead(full, "xa ", "phuong ", "thi tran ", "dac khu ", "tinh ", "thanh pho ")} {
			if len(n) > len(name) && strings.Contains(n, " ") && strings.Contains(said, " "+n+" ") {
				name = n
			}
		}
	}
	return name
}

// hasWords tells whether each word begins a word of the key.
func hasWords(key string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(key, " "+w) {
			return false
		}
	}
	return true
}

// searchUnit looks for the unit that was typed. One that fits exactly is taken; several are offered; after
// two misses the member's own words are taken, for people rarely know the official spelling.
func (t Turn) searchUnit(q sangkien.Question, text string) Outcome {
	text = vntext.Clean(text)
	if vntext.Blank(text) {
		return t.mend(sangkien.Say("mend.blank"))
	}
	if vntext.Length(text) > maxShort {
		return t.mend(sangkien.Say("mend.long", count("n", vntext.Length(text)), count("max", maxShort)))
	}
	if t.Session.Page == ownWords || t.Units.empty() {
		return t.accept(q, t.withPart(q, sangkien.Answer{Value: text}, text))
	}
	if n, ok := vntext.ChoiceNumber(text); ok && t.Session.Query != "" {
		if offered := t.offered(); n <= len(offered) {
			return t.acceptUnit(q, offered[n-1])
		}
	}
	found, exact := t.Units.Find(text)
	if name := t.Units.Within(text); len(found) == 0 && name != "" {
		t.Session.Query, t.Session.Page = name, 0
		return t.offer(q)
	}
	switch {
	case exact:
		return t.acceptUnit(q, found[0])
	case len(found) == 0 && t.Session.Misses >= 1:
		return t.ownUnit()
	case len(found) == 0:
		return t.unitMiss(q, text)
	}
	t.Session.Query, t.Session.Page = vntext.Fold(text), 0
	return t.offer(q)
}

func (t Turn) unitMiss(q sangkien.Question, text string) Outcome {
	t.Session.Misses++
	t.Session.Query, t.Session.Page = "", 0
	return Outcome{Session: t.Session, Replies: []sangkien.Reply{t.reply(
		[]sangkien.Line{sangkien.Say("unit.none", sangkien.With("text", quote(text, 60)))}, t.unitRows(q)...)}}
}

// offers tells whether the unit of a poster is put forward: to be confirmed, never taken by itself.
func (t Turn) offers(q sangkien.Question) bool {
	return t.Offer != 0 && q.Kind == sangkien.KindUnit && t.Session.Form == sangkien.FormProfile && t.Session.Query == "" && t.Session.Page != ownWords
}

// offered is the page of found units that the member sees.
func (t Turn) offered() []sangkien.Unit {
	found, _ := t.Units.Find(t.Session.Query)
	from := min(max(t.Session.Page, 0)*perPage, len(found))
	return found[from:min(from+perPage, len(found))]
}

func (t Turn) offer(q sangkien.Question) Outcome {
	t.Session.Mode, t.Session.Question, t.Session.Misses = sangkien.ModeAsk, q.Key, 0
	found, _ := t.Units.Find(t.Session.Query)
	return Outcome{Session: t.Session, Replies: []sangkien.Reply{t.reply(
		[]sangkien.Line{sangkien.Say("unit.choose", count("n", len(found)))}, t.buttons(q)...)}}
}

func (t Turn) page(q sangkien.Question, page int) Outcome {
	t.Session.Page = page
	if q.Kind != sangkien.KindUnit || len(t.offered()) == 0 {
		t.Session.Page = 0
	}
	return t.offer(q)
}

func (t Turn) unitRows(q sangkien.Question) [][]sangkien.Button {
	if t.Session.Page == ownWords || t.Units.empty() {
		return nil
	}
	var rows [][]sangkien.Button
	if t.offers(q) {
		yes := t.button("button.offer_unit", VerbAnswer, q.Key, formatID(t.Offer))
		yes.Line.Args = append(yes.Line.Args, sangkien.With("unit", t.Units.Plain(t.Offer)))
		rows = append(rows, []sangkien.Button{yes})
	}
	for _, u := range t.offered() {
		b := t.press(VerbAnswer, q.Key, formatID(u.ID))
		b.Label = t.Units.Name(u.ID)
		rows = append(rows, []sangkien.Button{b})
	}
	found, _ := t.Units.Find(t.Session.Query)
	var turn []sangkien.Button
	if t.Session.Page > 0 {
		turn = append(turn, aside(t.button("button.previous", VerbPage, q.Key, strconv.Itoa(t.Session.Page-1))))
	}
	if (t.Session.Page+1)*perPage < len(found) {
		turn = append(turn, aside(t.button("button.next", VerbPage, q.Key, strconv.Itoa(t.Session.Page+1))))
	}
	if len(turn) > 0 {
		rows = append(rows, turn)
	}
	return append(rows, []sangkien.Button{t.button("button.own_unit", VerbOwn, q.Key, "")})
}

func (t Turn) chooseUnit(q sangkien.Question, value string) (Outcome, bool) {
	id, ok := parseID(value)
	if !ok || t.Units.Name(id) == "" {
		return Outcome{}, false
	}
	return t.acceptUnit(q, sangkien.Unit{ID: id}), true
}

func (t Turn) acceptUnit(q sangkien.Question, u sangkien.Unit) Outcome {
	t.Session.Query, t.Session.Page = "", 0
	return t.accept(q, sangkien.Answer{Value: t.Units.Name(u.ID), Unit: u.ID})
}

// ownUnit asks for the unit in the member's own words.
func (t Turn) ownUnit() Outcome {
	t.Session.Query, t.Session.Page, t.Session.Misses = "", ownWords, 0
	return Outcome{Session: t.Session, Replies: []sangkien.Reply{t.reply([]sangkien.Line{sangkien.Say("unit.own")})}}
}

package importing

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// UnitColumns is a list of units.
func UnitColumns() []Column {
	return []Column{
		{"code", []string{"mã đơn vị", "mã", "mã số", "code"}, false},
		{"name", []string{"tên đơn vị", "tên", "đơn vị", "name"}, true},
		{"kind", []string{"loại", "cấp", "loại đơn vị", "kind", "level"}, false},
		{"parent", []string{"đơn vị cấp trên", "cấp trên", "trực thuộc", "mã cấp trên", "parent"}, false},
		{"aliases", []string{"tên khác", "tên gọi khác", "aliases"}, false},
		{"from", []string{"từ ngày", "hiệu lực từ", "valid from"}, false},
		{"to", []string{"đến ngày", "hết hiệu lực", "valid to"}, false},
		{"before", []string{"đơn vị cũ", "sáp nhập từ", "hợp nhất từ", "predecessors"}, false},
	}
}

// index finds units by code or by name.
type index struct {
	byCode map[string]int64
	byName map[string][]int64
	units  map[int64]sangkien.Unit
}

func newIndex(units []sangkien.Unit) *index {
	x := &index{byCode: map[string]int64{}, byName: map[string][]int64{}, units: map[int64]sangkien.Unit{}}
	for _, u := range units {
		x.put(u)
	}
	return x
}

func (x *index) put(u sangkien.Unit) {
	x.units[u.ID] = u
	if u.Code != "" {
		x.byCode[u.Code] = u.ID
	}
	if name := vntext.ToneKey(u.Name); !slices.Contains(x.byName[name], u.ID) {
		x.byName[name] = append(x.byName[name], u.ID)
	}
}

// find returns the unit with a code or a name; several of one name are none.
func (x *index) find(s string) (id int64, key string) {
	if id, ok := x.byCode[s]; ok {
		return id, ""
	}
	switch ids := x.byName[vntext.ToneKey(s)]; len(ids) {
	case 0:
		return 0, "import.unit_unknown"
	case 1:
		return ids[0], ""
	}
	return 0, "import.unit_twice"
}

// Units reads records into units: those that are new or changed, with the old ones whose place they took. A unit
// that is there already keeps its number. now is today.
func Units(records []Record, there []sangkien.Unit, zone *time.Location) (changed []sangkien.Unit, problems []Problem) {
	x := newIndex(there)
	var mine []int64
	rows := map[int64]Record{}
	for _, r := range records { // first all names, for a list may name what stands further down
		u, wrong := x.unit(r, zone)
		if len(wrong) > 0 {
			problems = append(problems, wrong...)
			continue
		}
		if other, twice := rows[u.ID]; twice {
			problems = append(problems, r.Wrong("name", "import.twice", sangkien.With("row", itoa(other.Number))))
			continue
		}
		rows[u.ID], mine = r, append(mine, u.ID)
		x.put(u)
	}
	touched := map[int64]bool{}
	for _, id := range mine {
		touched[id] = true
		problems = append(problems, x.relate(id, rows[id], touched)...)
	}
	for id := range touched {
		if was := slices.IndexFunc(there, func(u sangkien.Unit) bool { return u.ID == id }); was < 0 || !same(there[was], x.units[id]) {
			changed = append(changed, x.units[id])
		}
	}
	slices.SortFunc(changed, func(a, b sangkien.Unit) int { return int(min(1, max(-1, a.ID-b.ID))) })
	return changed, problems
}

// unit reads what a record says of a unit by itself.
func (x *index) unit(r Record, zone *time.Location) (u sangkien.Unit, problems []Problem) {
	name, code := r.Get("name"), r.Get("code")
	if vntext.Blank(name) || vntext.Length(name) > 200 {
		return u, []Problem{r.Wrong("name", "import.name")}
	}
	if id, ok := x.byCode[code]; ok && code != "" {
		u = x.units[id]
	} else if ids := x.byName[vntext.ToneKey(name)]; code == "" && len(ids) == 1 {
		u = x.units[ids[0]]
	} else {
		u.ID = x.free(code, name+"|"+r.Get("parent"))
	}
	u.Name, u.Code = name, code
	if kind := r.Get("kind"); kind != "" || u.Kind == "" {
		u.Kind = kind
	}
	if aliases := r.Get("aliases"); aliases != "" {
		u.Aliases = nil
		for _, a := range strings.Split(aliases, ";") {
			if a = strings.TrimSpace(a); a != "" {
				u.Aliases = append(u.Aliases, a)
			}
		}
	}
	for column, into := range map[string]*time.Time{"from": &u.ValidFrom, "to": &u.ValidTo} {
		if cell := r.Get(column); cell != "" {
			day, err := day(cell, zone)
			if err != nil {
				problems = append(problems, r.Wrong(column, "import.date", sangkien.With("value", vntext.Truncate(cell, 30))))
			}
			*into = day
		}
	}
	if !u.ValidTo.IsZero() {
		u.ValidTo = u.ValidTo.AddDate(0, 0, 1) // the list names the last day
	}
	return u, problems
}

// free is a number for a new unit: its code where that is a number nobody has, else one made of its name, the same
// each time.
func (x *index) free(code, name string) int64 {
	if n, err := strconv.ParseInt(strings.TrimLeft(code, "0"), 10, 64); err == nil && n > 0 && n < 1<<40 {
		if _, taken := x.units[n]; !taken {
			return n
		}
	}
	return Number("unit", code, name)
}

// Number is a number made of words: the same words give the same, and no two lists of words do in practice. Its
// lowest 4 bits are 0.
func Number(words ...string) int64 {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return int64(binary.BigEndian.Uint64(sum[:8])>>2|1<<61) &^ 15
}

// relate sets what a record says of a unit and others: the one above, and those whose place it took.
func (x *index) relate(id int64, r Record, touched map[int64]bool) (problems []Problem) {
	u := x.units[id]
	if parent := r.Get("parent"); parent != "" {
		above, key := x.find(parent)
		switch {
		case key != "":
			problems = append(problems, r.Wrong("parent", key, sangkien.With("value", vntext.Truncate(parent, 60))))
		case above == id:
			problems = append(problems, r.Wrong("parent", "import.self"))
		default:
			u.Parent = above
		}
	}
	for _, before := range strings.Split(r.Get("before"), ";") {
		if before = strings.TrimSpace(before); before == "" {
			continue
		}
		old, key := x.find(before)
		if key != "" || old == id {
			problems = append(problems, r.Wrong("before", "import.unit_unknown", sangkien.With("value", vntext.Truncate(before, 60))))
			continue
		}
		was := x.units[old]
		was.Successor = id
		if was.ValidTo.IsZero() && !u.ValidFrom.IsZero() {
			was.ValidTo = u.ValidFrom
		}
		if !slices.Contains(u.Aliases, was.Name) {
			u.Aliases = append(slices.Clone(u.Aliases), was.Name) // people go on typing the old name
		}
		x.units[old], touched[old] = was, true
	}
	x.units[id] = u
	return problems
}

// day reads a whole date, "30/6/2025".
func day(s string, zone *time.Location) (time.Time, error) {
	d, err := vntext.ParseDate(s, vntext.Date{Year: 9999})
	if err != nil || d.Month == 0 || d.Day == 0 {
		return time.Time{}, sangkien.Errorf(sangkien.EINVALID, "%q is no date", s)
	}
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, zone), nil
}

func same(a, b sangkien.Unit) bool {
	return a.ID == b.ID && a.Code == b.Code && a.Kind == b.Kind && a.Name == b.Name && a.Parent == b.Parent && a.Successor == b.Successor &&
		slices.Equal(a.Aliases, b.Aliases) && a.ValidFrom.Equal(b.ValidFrom) && a.ValidTo.Equal(b.ValidTo)
}

package importing

import (
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// IdeaColumns is a list of ideas of earlier years.
func IdeaColumns() []Column {
	return []Column{
		{"title", []string{"tên sáng kiến", "tên ý tưởng", "tên sáng kiến, ý tưởng", "tên", "title"}, true},
		{"year", []string{"năm", "year"}, true},
		{"code", []string{"mã hồ sơ", "mã", "code"}, false},
		{"field", []string{"lĩnh vực", "field"}, false},
		{"authors", []string{"tác giả", "họ tên tác giả", "họ và tên", "authors", "author"}, false},
		{"unit", []string{"đơn vị", "địa chỉ", "unit"}, false},
		{"result", []string{"kết quả", "xếp loại", "result"}, false},
		{"number", []string{"số quyết định", "quyết định", "decision"}, false},
		{"problem", []string{"vướng mắc", "thực trạng", "problem"}, false},
		{"solution", []string{"cách làm", "giải pháp", "nội dung", "solution"}, false},
		{"benefit", []string{"lợi ích", "hiệu quả", "benefit"}, false},
		{"publish", []string{"cho công bố tên", "công bố tên", "publish"}, false},
	}
}

var results = map[string]sangkien.State{
	"duoc cong nhan": sangkien.Recognised, "cong nhan": sangkien.Recognised, "dat": sangkien.Recognised, "recognised": sangkien.Recognised, "passed": sangkien.Recognised,
	"khong dat": sangkien.NotRecognised, "khong cong nhan": sangkien.NotRecognised, "chua cong nhan": sangkien.NotRecognised, "chua duoc cong nhan": sangkien.NotRecognised, "not recognised": sangkien.NotRecognised, "failed": sangkien.NotRecognised,
	"khong xet": sangkien.Excluded, "cap tren da cong nhan": sangkien.Excluded, "excluded": sangkien.Excluded,
	"": sangkien.Submitted, "da gui": sangkien.Submitted, "submitted": sangkien.Submitted,
}

// Ideas reads records into ideas of the past. taken are the codes that exist already and the ideas that have them; form is
// that of their campaign.
func Ideas(records []Record, units []sangkien.Unit, form sangkien.Form, taken map[string]int64) (ideas []sangkien.PastIdea, problems []Problem) {
	x, codes, seen := newIndex(units), map[string]int{}, twins{}
	for _, r := range records {
		i, wrong := x.idea(r, form)
		if i.Code == "" { // else the code tells
			wrong = append(wrong, seen.note(r, i.Key)...)
		}
		if i.Code != "" {
			if row, twice := codes[i.Code]; twice {
				wrong = append(wrong, r.Wrong("code", "import.twice", sangkien.With("row", itoa(row))))
			} else if has, is := taken[i.Code]; is && has != i.Key {
				wrong = append(wrong, r.Wrong("code", "import.code_taken", sangkien.With("value", i.Code)))
			}
			codes[i.Code] = r.Number
		}
		problems = append(problems, wrong...)
		if len(wrong) == 0 {
			ideas = append(ideas, i)
		}
	}
	return ideas, problems
}

// twins finds rows that say the same: by key, the row in which it stood first.
type twins map[int64]int

func (t twins) note(r Record, key int64) []Problem {
	if row, twice := t[key]; twice {
		return []Problem{r.Wrong("title", "import.twice", sangkien.With("row", itoa(row)))}
	}
	t[key] = r.Number
	return nil
}

func (x *index) idea(r Record, form sangkien.Form) (i sangkien.PastIdea, problems []Problem) {
	title := r.Get("title")
	if vntext.Blank(title) || vntext.Length(title) > 300 {
		problems = append(problems, r.Wrong("title", "import.name"))
	}
	year, err := strconv.Atoi(r.Get("year"))
	if err != nil || year < 1990 || year > 2200 {
		problems = append(problems, r.Wrong("year", "import.year", sangkien.With("value", vntext.Truncate(r.Get("year"), 30))))
	}
	code := ""
	if cell := r.Get("code"); cell != "" {
		found, ok := vntext.FindCode(cell)
		if !ok {
			problems = append(problems, r.Wrong("code", "import.code", sangkien.With("value", vntext.Truncate(cell, 30))))
		}
		code = found
	}
	state, ok := results[vntext.Fold(r.Get("result"))]
	if !ok {
		problems = append(problems, r.Wrong("result", "import.result", sangkien.With("value", vntext.Truncate(r.Get("result"), 40))))
	}
	publish, answered := vntext.YesNo(r.Get("publish"))
	if r.Get("publish") != "" && !answered {
		problems = append(problems, r.Wrong("publish", "import.yes_no", sangkien.With("value", vntext.Truncate(r.Get("publish"), 30))))
	}
	unit := int64(0)
	if cell := r.Get("unit"); cell != "" {
		if id, key := x.find(cell); key == "" {
			unit = id // as on the day, even if it has been merged since; what is not in the list stays in words
		}
	}
	i = sangkien.PastIdea{Key: Number("idea", title, r.Get("year"), r.Get("authors"), r.Get("unit"), code), Code: code, State: state, Number: r.Get("number"),
		Unit: unit, UnitText: r.Get("unit"), Author: r.Get("authors"), Publish: publish, At: time.Date(max(1, year), 12, 1, 5, 0, 0, 0, time.UTC), Answers: sangkien.Answers{"title": {Value: title}}}
	for _, key := range []string{"problem", "solution", "benefit"} {
		if v := r.Get(key); v != "" {
			i.Answers[key] = sangkien.Answer{Value: v}
		}
	}
	if field := r.Get("field"); field != "" {
		option, ok := fieldOf(form, field)
		if !ok {
			problems = append(problems, r.Wrong("field", "import.field", sangkien.With("value", vntext.Truncate(field, 40))))
		}
		i.Answers[sangkien.KeyField] = sangkien.Answer{Value: option}
	}
	return i, problems
}

// fieldOf finds the option of the form's fields by its label or key.
func fieldOf(form sangkien.Form, cell string) (string, bool) {
	q, ok := form.Question(sangkien.KeyField)
	if !ok {
		return "", false
	}
	for _, o := range q.Options {
		if o.Key == cell || vntext.Fold(o.Label.VI) == vntext.Fold(cell) || strings.EqualFold(o.Label.EN, cell) {
			return o.Key, true
		}
	}
	return "", false
}

// PaperColumns is a list of official documents.
func PaperColumns() []Column {
	return []Column{
		{"title", []string{"trích yếu", "tên văn bản", "nội dung", "về việc", "title"}, true},
		{"number", []string{"số ký hiệu", "số, ký hiệu", "số", "number"}, false},
		{"date", []string{"ngày ban hành", "ngày", "date"}, false},
		{"issuer", []string{"cơ quan ban hành", "nơi ban hành", "issuer"}, false},
		{"link", []string{"đường dẫn", "liên kết", "link"}, false},
	}
}

// Papers reads records into documents.
func Papers(records []Record) (papers []sangkien.Paper, problems []Problem) {
	seen := twins{}
	for _, r := range records {
		p := sangkien.Paper{Title: r.Get("title"), Number: r.Get("number"), Issuer: r.Get("issuer"), Link: r.Get("link")}
		p.ID = Number("paper", p.Title, p.Number)
		problems = append(problems, seen.note(r, p.ID)...)
		if vntext.Blank(p.Title) || vntext.Length(p.Title) > 300 {
			problems = append(problems, r.Wrong("title", "import.name"))
		}
		if p.Link != "" && !sangkien.IsLink(p.Link) {
			problems = append(problems, r.Wrong("link", "import.link", sangkien.With("value", vntext.Truncate(p.Link, 40))))
		}
		if cell := r.Get("date"); cell != "" {
			d, err := vntext.ParseDate(cell, vntext.Date{Year: 9999})
			if err != nil {
				problems = append(problems, r.Wrong("date", "import.date", sangkien.With("value", vntext.Truncate(cell, 30))))
			}
			p.Date = d.String()
		}
		papers = append(papers, p)
	}
	return papers, problems
}

// Officer is someone who is to be invited to a role.
type Officer struct {
	Row   int
	Name  string
	Unit  string
	Grant sangkien.Grant
}

// OfficerColumns is a list of those who are to be invited.
func OfficerColumns() []Column {
	return []Column{
		{"name", []string{"họ và tên", "họ tên", "tên", "name"}, true},
		{"unit", []string{"đơn vị", "mã đơn vị", "unit"}, true},
		{"role", []string{"vai trò", "nhiệm vụ", "role"}, false},
	}
}

var roles = map[string]sangkien.Role{
	"": sangkien.RoleOrganiser, "can bo": sangkien.RoleOrganiser, "can bo phu trach": sangkien.RoleOrganiser, "organiser": sangkien.RoleOrganiser,
	"tham dinh": sangkien.RoleAppraiser, "hoi dong": sangkien.RoleAppraiser, "thanh vien hoi dong": sangkien.RoleAppraiser, "appraiser": sangkien.RoleAppraiser,
}

// Officers reads records into people to be invited, each over one unit. Nobody becomes an administrator by a list.
func Officers(records []Record, units []sangkien.Unit) (officers []Officer, problems []Problem) {
	x := newIndex(units)
	for _, r := range records {
		unit, key := x.find(r.Get("unit"))
		if key != "" {
			problems = append(problems, r.Wrong("unit", key, sangkien.With("value", vntext.Truncate(r.Get("unit"), 60))))
		}
		role, ok := roles[vntext.Fold(r.Get("role"))]
		if !ok {
			problems = append(problems, r.Wrong("role", "import.role", sangkien.With("value", vntext.Truncate(r.Get("role"), 40))))
		}
		if vntext.Blank(r.Get("name")) {
			problems = append(problems, r.Wrong("name", "import.name"))
		}
		officers = append(officers, Officer{Row: r.Number, Name: r.Get("name"), Unit: x.units[unit].Name, Grant: sangkien.Grant{Role: role, Unit: unit}})
	}
	return officers, problems
}

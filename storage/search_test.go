package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/vntext"
)

// searchForm is the form of the tests: one long answer is public, one confidential.
func searchForm() sangkien.Form {
	name := sangkien.Text{VI: "?"}
	option := func(key, label string) sangkien.Option {
		return sangkien.Option{Key: key, Label: sangkien.Text{VI: label}}
	}
	return sangkien.Form{Version: 1, Questions: []sangkien.Question{
		{Key: "field", Kind: sangkien.KindChoice, Text: name, Name: name, Options: []sangkien.Option{option("sanxuat", "Sản xuất, chế biến"), option("khac", "Khác")}},
		{Key: "title", Kind: sangkien.KindShort, Text: name, Name: name},
		{Key: "solution", Kind: sangkien.KindLong, Text: name, Name: name},
		{Key: "authors", Kind: sangkien.KindPeople, Text: name, Name: name},
		{Key: "secret", Kind: sangkien.KindLong, Confidential: true, Text: name, Name: name},
	}}
}

// found is an idea of the tests.
type found struct {
	id, unit int64
	at       time.Time
	states   []sangkien.State // after submitted
	answers  map[string]string
}

var toRecognised = []sangkien.State{sangkien.Received, sangkien.UnderAppraisal, sangkien.Recognised}

// tell stores ideas as the chat would: member 1 submits, then organisers move them.
func tell(t *testing.T, s *Store, ideas ...found) {
	t.Helper()
	must(t, s, sangkien.Commit{Key: "tell", Effects: []sangkien.Effect{
		sangkien.CampaignSaved{Campaign: sangkien.Campaign{ID: 5, Slug: "dkst", Prefix: "SK", Form: searchForm()}},
		sangkien.MemberJoined{Member: 1, Channel: "test", External: "u1", Language: sangkien.Vietnamese, At: now},
	}})
	for n, f := range ideas {
		if f.at.IsZero() {
			f.at = now.Add(time.Duration(n) * time.Second)
		}
		effects := []sangkien.Effect{
			sangkien.MemberPlaced{Member: 1, Unit: f.unit, Text: fmt.Sprintf("Đơn vị số %d", f.unit)},
			sangkien.IdeaBegun{Idea: f.id, Campaign: 5, FormVersion: 1, Author: 1, At: f.at},
		}
		for key, value := range f.answers {
			effects = append(effects, sangkien.AnswerGiven{Idea: f.id, Question: key, Answer: sangkien.Answer{Value: value}, At: f.at})
		}
		from := sangkien.Draft
		for _, to := range append([]sangkien.State{sangkien.Submitted}, f.states...) {
			effects = append(effects, sangkien.IdeaMoved{Idea: f.id, From: from, To: to, Actor: 1, At: f.at})
			from = to
		}
		must(t, s, sangkien.Commit{Key: fmt.Sprint("tell", f.id), Effects: effects})
	}
}

func recognised(id int64, title string) found {
	return found{id: id, unit: 19, states: toRecognised, answers: map[string]string{"title": title, "field": "sanxuat"}}
}

func search(t *testing.T, s *Store, q sangkien.Query) []int64 {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 20
	}
	ideas, _, err := s.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("search %+v: %v", q, err)
	}
	var ids []int64
	for _, i := range ideas {
		ids = append(ids, i.ID)
	}
	return ids
}

func TestSearchFindsWithAndWithoutAccents(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		tell(t, s, recognised(1, "Máy sấy miến ở Văn Lang"), recognised(2, "Đường hoa Văn Lăng"), recognised(3, "Lang thang trong văn phòng"),
			recognised(4, "May say van lang khong dau"), recognised(5, "Tưới đá ở Hoà Bình"), recognised(6, "Hoa ở Hòa Bình"), recognised(7, "Hoạ sĩ nhí"))
		for _, c := range []struct {
			words string
			want  []int64
		}{
			{"Van Lang", []int64{4, 2, 1, 3}}, // in a row before anywhere
			{"Văn Lang", []int64{1, 4, 2, 3}}, // the very words first
			{"văn lăng", []int64{2, 4, 1, 3}},
			{"van lan", []int64{4, 2, 1, 3}}, // still typing
			{"duong hoa", []int64{2}},
			{"Đường", []int64{2}},
			{"hoà bình", []int64{6, 5}},
			{"hòa binh", []int64{6, 5}},
			{"hoạ", []int64{7, 6, 5, 2}},
			{"SK-2026-00003", []int64{3}},
			{"đơn vị số 19 tưới", []int64{5}},
			{"san xuat nhi", []int64{7}},
			{"không có đâu", nil},
		} {
			if diff := cmp.Diff(c.want, search(t, s, sangkien.Query{Words: c.words})); diff != "" {
				t.Errorf("%q: %s", c.words, diff)
			}
			for n := range c.want { // the same page by page
				if got := search(t, s, sangkien.Query{Words: c.words, Offset: n, Limit: 1}); !slices.Equal(got, c.want[n:n+1]) {
					t.Errorf("%q, number %d: %v", c.words, n+1, got)
				}
			}
			// A kind of fit is the same to the database and to those who compare.
			all, err := s.fitting(t.Context(), s.dialect.text.texts, wanted{marks: [][]string{{markAll}}}, 20)
			for _, w := range fits(wanted{words: vntext.Words(c.words), marks: [][]string{{markAll}}}) {
				hits, err2 := s.fitting(t.Context(), s.dialect.text.texts, w, 20)
				alike := slices.DeleteFunc(slices.Clone(all), func(h hit) bool { return !h.fits(w) })
				if !slices.Equal(hits, alike) || err != nil || err2 != nil {
					t.Errorf("%q, %+v: %d found, %d compared", c.words, w, len(hits), len(alike))
				}
			}
		}
		if got := search(t, s, sangkien.Query{Words: "văn", Newest: true}); !slices.Equal(got, []int64{4, 3, 2, 1}) {
			t.Errorf("newest first: %v", got)
		}
	})
}

func TestSearchShowsWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		waiting := func(id, unit int64, states ...sangkien.State) found {
			return found{id: id, unit: unit, states: states, answers: map[string]string{"title": "lò sấy", "field": "khac"}}
		}
		lastYear := waiting(4, 20, toRecognised...)
		lastYear.at = now.AddDate(-1, 0, 0)
		open := recognised(1, "lò sấy")
		open.answers["secret"], open.answers["authors"] = "bí quyết pha trộn", `[{"name":"Hoàng Văn Thắng","share":100}]`
		tell(t, s, open, waiting(2, 20), waiting(3, 21, sangkien.Received, sangkien.Excluded), lastYear)
		for name, c := range map[string]struct {
			q    sangkien.Query
			want []int64
		}{
			"everyone":        {sangkien.Query{Words: "lò"}, []int64{1, 4}},
			"all there is":    {sangkien.Query{}, []int64{1, 4}},
			"an organiser":    {sangkien.Query{Words: "lò", Scope: sangkien.Scope{Units: []int64{20, 99}}}, []int64{2, 1, 4}},
			"the province":    {sangkien.Query{Words: "lò", Scope: sangkien.Scope{All: true}}, []int64{3, 2, 1, 4}},
			"within a unit":   {sangkien.Query{Within: []int64{20}}, []int64{4}},
			"within no unit":  {sangkien.Query{Within: []int64{}}, nil},
			"a field":         {sangkien.Query{Field: "sanxuat"}, []int64{1}},
			"a forged field":  {sangkien.Query{Field: `x" OR "_all`}, nil},
			"a broken field":  {sangkien.Query{Words: "lò", Field: `x" AND ('`}, nil},
			"a year":          {sangkien.Query{Year: 2025}, []int64{4}},
			"field and year":  {sangkien.Query{Year: 2026, Field: "khac"}, nil},
			"the secret":      {sangkien.Query{Words: "bí quyết", Scope: sangkien.Scope{All: true}}, nil},
			"a person":        {sangkien.Query{Words: "Hoàng Văn Thắng", Scope: sangkien.Scope{All: true}}, nil},
			"the second page": {sangkien.Query{Words: "lò", Scope: sangkien.Scope{All: true}, Offset: 2, Limit: 1}, []int64{1}},
			"no such page":    {sangkien.Query{Offset: 50}, nil},
			"a mark":          {sangkien.Query{Words: "_all"}, nil},
		} {
			c.q.Newest = true
			if diff := cmp.Diff(c.want, search(t, s, c.q)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		years, err := s.Years(t.Context())
		if err != nil || !slices.Equal(years, []int{2026, 2025}) {
			t.Errorf("years %v, %v", years, err)
		}
		if _, more, err := s.Search(t.Context(), sangkien.Query{Limit: 1}); err != nil || !more {
			t.Errorf("there is one more: %v, %v", more, err)
		}
		if _, more, err := s.Search(t.Context(), sangkien.Query{Words: "lò", Limit: 2}); err != nil || more {
			t.Errorf("there are no more than two: %v, %v", more, err)
		}
	})
}

// TestSearchTakesAnything: what people type is never read as a question's syntax.
func TestSearchTakesAnything(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		tell(t, s, recognised(1, "lò sấy"))
		for _, words := range []string{`"`, `'`, `\`, `lò" OR "x`, "NOT lò", "lò AND", "lò*", "*", "(", "lò)", "title:lò", "^lò", "-lò", "lò NEAR(x)", "!lò", "lò & !x | y", "a:*B", "<->",
			"😀", "👨‍👩‍👧 lò", ".", "…", "+++", "\x00", "\xff\xfe", "lò\x00sấy", "ﬁ ½ ① ㎏", "日本語", "ạ", "\u0301", strings.Repeat("lò sấy ", 2000), strings.Repeat("x", 10_000),
			strings.Repeat("ấ", 10_000), strings.Repeat(`" OR `, 3000), "%s %d", "$1", "{}", "=lò", "_recognised", "null", "'; drop table ideas; --"} {
			_ = search(t, s, sangkien.Query{Words: words})
			_ = search(t, s, sangkien.Query{Words: words, Newest: true, Scope: sangkien.Scope{All: true}})
		}
		if got := search(t, s, sangkien.Query{Words: `  "LÒ", (SẤY)!! 😀`}); !slices.Equal(got, []int64{1}) {
			t.Errorf("words among signs: %v", got)
		}
	})
}

// dump is all that the index holds, as far as a database lets one see.
func (s *Store) dump(ctx context.Context) (all []string, err error) {
	query := `select idea_id || ' ' || state || ' ' || year || folded || toned || ' ' || cast(words as text) from idea_index order by idea_id`
	err = s.apart(ctx, func(ctx context.Context, tx *tx) error {
		all = nil
		if s.dialect.name == sqlite.name {
			query = `select x.idea_id || ' ' || x.state || ' ' || x.year || x.folded || x.toned || ' ' || group_concat(v.term || '@' || v.col || v.offset, ' ' order by v.term, v.col, v.offset)
				from idea_index x join temp.terms v on v.doc = x.doc group by x.idea_id order by x.idea_id`
			if err := exec(ctx, tx, `create virtual table if not exists temp.terms using fts5vocab('main', 'idea_words', 'instance')`); err != nil {
				return err
			}
		}
		rows, err := tx.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			all = append(all, line)
		}
		return rows.Err()
	})
	return all, err
}

// TestIndexFollowsEveryChange: after any change, what stands in the index is what a rebuild would write.
func TestIndexFollowsEveryChange(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		tell(t, s, recognised(1, "lò sấy"), found{id: 2, unit: 20, answers: map[string]string{"title": "cối xay", "solution": "lần đầu"}},
			found{id: 3, unit: 20, answers: map[string]string{"title": "rút lại"}}, found{id: 4, unit: 21, answers: map[string]string{"title": "bỏ đi"}})
		move := func(idea int64, from, to sangkien.State) sangkien.Effect {
			return sangkien.IdeaMoved{Idea: idea, From: from, To: to, Actor: 1, At: now}
		}
		must(t, s, sangkien.Commit{Key: "ask", Effects: []sangkien.Effect{move(2, sangkien.Submitted, sangkien.NeedsSupplement)}})
		must(t, s, sangkien.Commit{Key: "more", Effects: []sangkien.Effect{sangkien.AnswerGiven{Idea: 2, Question: "solution", Answer: sangkien.Answer{Value: "lần hai"}, At: now}}})
		all := sangkien.Scope{All: true}
		if got := search(t, s, sangkien.Query{Words: "lần hai", Scope: all}); !slices.Equal(got, []int64{2}) {
			t.Errorf("a supplement is found as %v", got)
		}
		if got := search(t, s, sangkien.Query{Words: "lần đầu", Scope: all}); got != nil {
			t.Errorf("what was written over is found: %v", got)
		}
		undo := sangkien.IdeaMoved{Idea: 1, From: sangkien.Recognised, To: sangkien.UnderAppraisal, Actor: 1, Undo: true, At: now}
		must(t, s, sangkien.Commit{Key: "undo", Effects: []sangkien.Effect{undo, move(3, sangkien.Submitted, sangkien.Withdrawn)}})
		if got := search(t, s, sangkien.Query{}); got != nil {
			t.Errorf("nothing is recognised any more, found %v", got)
		}
		must(t, s, sangkien.Commit{Key: "erase", Effects: []sangkien.Effect{sangkien.IdeaAnonymised{Idea: 3, At: now}}})
		if got := search(t, s, sangkien.Query{Words: "rút lại", Scope: all}); got != nil {
			t.Errorf("what was erased is found: %v", got)
		}
		if err := s.apart(t.Context(), func(ctx context.Context, tx *tx) error {
			return exec(ctx, tx, `delete from ideas where id = 4`)
		}); err != nil {
			t.Fatal(err)
		}
		checkRebuild(t, s)
	})
}

func checkRebuild(t *testing.T, s *Store) {
	t.Helper()
	before, err := s.dump(t.Context())
	if err != nil || len(before) != 3 {
		t.Fatalf("the index holds %q, %v", before, err)
	}
	if err := s.Reindex(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := s.dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("a rebuild changed the index: %s", diff)
	}
}

// TestOpenIndexesWhatWasThere: ideas that were submitted before there was an index are found after the next start.
func TestOpenIndexesWhatWasThere(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + filepath.Join(t.TempDir(), "s.db")
	s, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	tell(t, s, recognised(1, "lò sấy"), recognised(2, "cối xay"))
	err = s.apart(t.Context(), func(ctx context.Context, tx *tx) error { return exec(ctx, tx, `delete from idea_index`) })
	if err != nil || search(t, s, sangkien.Query{}) != nil {
		t.Fatal("the index is not empty", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := search(t, s, sangkien.Query{Words: "lo say"}); !slices.Equal(got, []int64{1}) {
		t.Errorf("found %v", got)
	}
}

// TestMigrationHidesTheSecret: forms that were stored before questions could be confidential have one that is.
func TestMigrationHidesTheSecret(t *testing.T) {
	t.Parallel()
	sql, err := migrations.ReadFile("migrations/sqlite/0003_search.sql")
	if err != nil {
		t.Fatal(err)
	}
	old := seed.Campaign(now).Form
	for i := range old.Questions {
		old.Questions[i].Confidential = false
	}
	data, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^update forms set data = replace\(data, '(.*)', '(.*)'\);$`).FindAllStringSubmatch(string(sql), 1) {
		data = []byte(strings.ReplaceAll(string(data), m[1], m[2]))
	}
	var form sangkien.Form
	if err := json.Unmarshal(data, &form); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(seed.Campaign(now).Form, form); diff != "" {
		t.Error(diff)
	}
}

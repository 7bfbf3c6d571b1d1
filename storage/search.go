package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// hit is an idea that fits.
type hit struct {
	idea  int64
	score float64 // less is better; 0 where nothing is compared
}

// Search finds ideas, complete with answers. more tells that there are others after them. Whatever words are
// typed are a question: there is no syntax. A question of no words finds all ideas.
func (s *Store) Search(ctx context.Context, q sangkien.Query) (found []sangkien.Idea, more bool, err error) {
	hits, err := s.hits(ctx, q)
	if err != nil {
		return nil, false, fmt.Errorf("search: %w", err)
	}
	hits = hits[min(q.Offset, len(hits)):]
	found, err = s.load(ctx, hits[:min(q.Limit, len(hits))])
	return found, len(hits) > q.Limit, err
}

// load reads the ideas that were found.
func (s *Store) load(ctx context.Context, hits []hit) (ideas []sangkien.Idea, err error) {
	for _, h := range hits {
		i, err := s.Idea(ctx, h.idea)
		if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
			continue // deleted in this very moment
		}
		if err != nil {
			return nil, err
		}
		ideas = append(ideas, i)
	}
	return ideas, nil
}

// few is how many ideas are told apart by reading them: for so many that is quicker than asking once for each kind
// of fit.
const few = 50

// hits lists at least one more than the page needs, if there is one, best first.
func (s *Store) hits(ctx context.Context, q sangkien.Query) ([]hit, error) {
	enough := q.Offset + q.Limit + 1
	words := vntext.Words(q.Words)
	words = words[:min(len(words), maxWords)]
	kinds := fits(words)
	all, err := s.fitting(ctx, s.dialect.text.newest, wanted{words: words, marks: marksOf(q)}, max(enough, few+1))
	switch {
	case err != nil:
		return nil, err
	case q.Newest || len(words) == 0:
	case len(all) <= few:
		err = s.sortByFit(ctx, all, kinds)
	default:
		all, err = s.addFits(ctx, q, kinds, enough, nil)
	}
	if err != nil || len(all) >= enough {
		return all, err
	}
	return s.addFits(ctx, q, beginnings(words, q.Newest), enough, all)
}

// addFits adds what fits in each of the ways, the best first, until there is enough.
func (s *Store) addFits(ctx context.Context, q sangkien.Query, kinds []wanted, enough int, all []hit) ([]hit, error) {
	seen := map[int64]bool{}
	for _, h := range all {
		seen[h.idea] = true
	}
	for _, w := range kinds {
		if len(all) >= enough {
			break
		}
		w.marks = marksOf(q)
		hits, err := s.fitting(ctx, s.dialect.text.newest, w, enough+len(all)) // those that fit better fit here, too
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			if !seen[h.idea] {
				seen[h.idea] = true
				all = append(all, h)
			}
		}
	}
	return all, nil
}

// sortByFit reads ideas, newest first, and puts first what fits best.
func (s *Store) sortByFit(ctx context.Context, hits []hit, kinds []wanted) error {
	forms := map[string]sangkien.Form{}
	for n, h := range hits {
		i, err := s.Idea(ctx, h.idea)
		if err != nil && sangkien.CodeOf(err) != sangkien.ENOTFOUND { // deleted in this very moment
			return err
		}
		key := fmt.Sprint(i.Campaign, "/", i.FormVersion)
		if _, read := forms[key]; !read && err == nil {
			if forms[key], err = s.Form(ctx, i.Campaign, i.FormVersion); err != nil {
				return err
			}
		}
		p := pageOf(i, forms[key])
		best := slices.IndexFunc(kinds, p.fits)
		if best < 0 {
			best = len(kinds)
		}
		hits[n].score = float64(best)
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.score, b.score) })
	return nil
}

// fits lists the kinds of fit, best first. Words in a row are better than words anywhere, the very words with
// their accents better than others, the title better than the rest; of what fits alike the newest comes first.
// Accents that were not typed are not missed.
func fits(words []vntext.Word) []wanted {
	var kinds []wanted
	for _, phrase := range []bool{true, false} {
		for _, exact := range []bool{true, false} {
			if phrase && len(words) < 2 || exact && !slices.ContainsFunc(words, vntext.Word.Accented) {
				continue
			}
			w := wanted{words: words, exact: exact, phrase: phrase}
			inTitle := w
			inTitle.title = true
			kinds = append(kinds, inTitle, w)
		}
	}
	return kinds
}

// beginnings lists the ways in which words fit of which the last one is still being typed.
func beginnings(words []vntext.Word, newest bool) []wanted {
	if len(words) == 0 || len(words[len(words)-1].Folded) < minBeginning {
		return nil
	}
	anywhere := wanted{words: words, prefix: true}
	if newest || len(words) == 1 {
		return []wanted{anywhere}
	}
	return []wanted{{words: words, prefix: true, phrase: true}, anywhere}
}

// minBeginning is how many letters of a word make a beginning: shorter ones begin half of all words.
const minBeginning = 3

// fitting lists what fits in one way by one of the statements of the database, newest first, at most so many.
func (s *Store) fitting(ctx context.Context, statement string, w wanted, most int) ([]hit, error) {
	var hits []hit
	err := s.each(ctx, func(scan func(...any) error) error {
		var h hit
		err := scan(&h.idea, &h.score)
		hits = append(hits, h)
		return err
	}, statement, s.dialect.text.match(w), most)
	return hits, err
}

// marksOf is what must be true of an idea beside its words, in marks of the index: no row is read that is not
// shown.
func marksOf(q sangkien.Query) [][]string {
	seen := []string{markRecognised}
	if q.Scope.All {
		seen = []string{markAll}
	}
	for _, u := range q.Scope.Units {
		seen = append(seen, markUnit(u))
	}
	marks := [][]string{seen}
	if q.Within != nil {
		within := []string{"_nothing"}
		for _, u := range q.Within {
			within = append(within, markUnit(u))
		}
		marks = append(marks, within)
	}
	if q.Field != "" {
		marks = append(marks, []string{markField(q.Field)})
	}
	if q.Year != 0 {
		marks = append(marks, []string{markYear(q.Year)})
	}
	return marks
}

// Alike lists recognised ideas that share pairs of neighbouring words with a text, those that share most first, at
// most so many: the caller tells which of them are really alike. Of a long text the first words count.
func (s *Store) Alike(ctx context.Context, text string, most int) ([]sangkien.Idea, error) {
	pairs := vntext.Pairs(text)
	if len(pairs) == 0 {
		return nil, nil
	}
	w := wanted{pairs: pairs[:min(len(pairs), maxPairs)], marks: marksOf(sangkien.Query{})}
	hits, err := s.fitting(ctx, s.dialect.text.ranked, w, alikeDepth)
	if err != nil {
		return nil, fmt.Errorf("look for what is alike: %w", err)
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.score, b.score) })
	return s.load(ctx, hits[:min(most, len(hits))])
}

// When ideas are compared: how many pairs of words are looked for, and among how many ideas that have one, the newest.
const (
	maxPairs   = 24
	alikeDepth = 1000
)

// Years lists the years that have recognised ideas, newest first.
func (s *Store) Years(ctx context.Context) ([]int, error) {
	var years []int
	err := s.each(ctx, func(scan func(...any) error) error {
		var y int
		err := scan(&y)
		years = append(years, y)
		return err
	}, `select distinct year from idea_index where state = $1 order by year desc`, string(sangkien.Recognised))
	if err != nil {
		return nil, fmt.Errorf("list the years of recognised ideas: %w", err)
	}
	return years, nil
}

// FindCode returns the idea with the code if a member may see it: their own, one that they wrote down, one of
// their scope, or a recognised one. 0 tells that there is none, or none for them, and the time does not tell which:
// where there is none, the same is asked of the idea with the code before.
func (s *Store) FindCode(ctx context.Context, code string, member int64, scope sangkien.Scope) (idea int64, err error) {
	// Factors, for "and" would leave out the second question where the first one answers.
	err = s.row(ctx, `select coalesce(max(id * case when code = $1 then 1 else 0 end * case when author_id = $2 or entered_by = $2 or state = $4
			or state <> $5 and `+s.dialect.inScope("unit_id", "$3")+` then 1 else 0 end), 0)
		from ideas where code = coalesce((select max(code) from ideas where code <= $1), (select min(code) from ideas))`,
		code, member, scopeArg(scope), string(sangkien.Recognised), string(sangkien.Draft)).Scan(&idea)
	if err != nil {
		return 0, fmt.Errorf("look up a code: %w", err)
	}
	return idea, nil
}

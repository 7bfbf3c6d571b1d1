package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// rankDepth is how many ideas of a kind of fit are compared with each other, the newest: a question that more
// fit is no question, and the time that it takes stays bounded.
const rankDepth = 1000

// hit is an idea that fits.
type hit struct {
	idea, doc int64
	score     float64 // less is better
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

// hits lists at least one more than the page needs, if there is one, best first. A weaker kind of fit is looked
// for only where the better ones do not fill the page.
func (s *Store) hits(ctx context.Context, q sangkien.Query) ([]hit, error) {
	enough := q.Offset + q.Limit + 1
	words := vntext.Words(q.Words)
	words = words[:min(len(words), maxWords)]
	most := rankDepth
	if q.Newest || len(words) == 0 {
		most = min(enough, rankDepth)
	}
	var all []hit
	seen := map[int64]bool{}
	for _, w := range fits(words, q.Newest) {
		hits, err := s.fitting(ctx, q, w, most)
		if err != nil {
			return nil, err
		}
		if !q.Newest {
			slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(b.doc, a.doc)) })
		}
		for _, h := range hits {
			if !seen[h.idea] {
				seen[h.idea] = true
				all = append(all, h)
			}
		}
		if len(all) >= enough {
			break
		}
	}
	return all, nil
}

// fits lists the kinds of fit, best first: the very words with their accents in a row, the words in a row, the
// very words anywhere, the words anywhere, and words of which the last is still being typed. Accents that were
// not typed are not missed. By time only the last of these is told apart.
func fits(words []vntext.Word, newest bool) []wanted {
	accented, several := slices.ContainsFunc(words, vntext.Word.Accented), len(words) > 1
	var kinds []wanted
	if accented && !newest {
		kinds = append(kinds, wanted{words: words, exact: true, phrase: several})
	}
	if several && !newest {
		kinds = append(kinds, wanted{words: words, phrase: true})
		if accented {
			kinds = append(kinds, wanted{words: words, exact: true})
		}
	}
	kinds = append(kinds, wanted{words: words})
	if len(words) == 0 || len(words[len(words)-1].Folded) < minBeginning {
		return kinds
	}
	if several && !newest {
		kinds = append(kinds, wanted{words: words, phrase: true, prefix: true})
	}
	return append(kinds, wanted{words: words, prefix: true})
}

// minBeginning is how many letters of a word make a beginning: shorter ones begin half of all words.
const minBeginning = 3

// fitting lists what fits in one way, newest first, at most so many.
func (s *Store) fitting(ctx context.Context, q sangkien.Query, w wanted, most int) ([]hit, error) {
	text := s.dialect.text
	w.marks = marksOf(q)
	within := sangkien.Scope{All: q.Within == nil, Units: q.Within}
	var hits []hit
	err := s.each(ctx, func(scan func(...any) error) error {
		var h hit
		err := scan(&h.idea, &h.doc, &h.score)
		hits = append(hits, h)
		return err
	}, s.dialect.searchText(), text.match(w), text.rank(w), most, scopeArg(q.Scope), scopeArg(within))
	return hits, err
}

// searchText is the one statement that searches.
func (d dialect) searchText() string {
	where := "(x.state = '" + string(sangkien.Recognised) + "' or " + d.inScope("x.unit_id", "$4") + ") and " + d.inScope("x.unit_id", "$5")
	return strings.ReplaceAll(d.text.find, "{where}", where)
}

// marksOf is what the index itself answers of a question beside its words.
func marksOf(q sangkien.Query) []string {
	marks := []string{markAll}
	if q.Scope.None() {
		marks[0] = markRecognised
	}
	if q.Field != "" {
		marks = append(marks, markField(q.Field))
	}
	if q.Year != 0 {
		marks = append(marks, markYear(q.Year))
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
	hits, err := s.fitting(ctx, sangkien.Query{}, wanted{pairs: pairs[:min(len(pairs), maxPairs)]}, rankDepth)
	if err != nil {
		return nil, fmt.Errorf("look for what is alike: %w", err)
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(b.doc, a.doc)) })
	return s.load(ctx, hits[:min(most, len(hits))])
}

// maxPairs is how many pairs of words are looked for when ideas are compared.
const maxPairs = 24

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

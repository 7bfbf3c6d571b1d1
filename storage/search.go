package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// rankDepth is how many ideas that have all the words are compared with each other, the newest: words that more
// have tell little, and the time stays bounded.
const rankDepth = 500

// hit is an idea that fits.
type hit struct {
	idea, doc     int64
	score         float64 // less is better; 0 where nothing is compared
	folded, toned string  // its words, where they are compared
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

// hits lists at least one more than the page needs, if there is one, best first. Words of which the last one is still
// being typed come after whole ones.
func (s *Store) hits(ctx context.Context, q sangkien.Query) ([]hit, error) {
	enough := q.Offset + q.Limit + 1
	words := vntext.Words(q.Words)
	words = words[:min(len(words), maxWords)]
	w := wanted{words: words, marks: marksOf(q)}
	var all []hit
	var err error
	if q.Newest || len(words) == 0 {
		all, err = s.fitting(ctx, s.dialect.text.newest, w, enough)
	} else {
		all, err = s.ranked(ctx, w, enough)
	}
	for _, beginning := range beginnings(w, q.Newest) {
		if err != nil || len(all) >= enough {
			break
		}
		var more []hit
		more, err = s.fitting(ctx, s.dialect.text.newest, beginning, enough+len(all))
		all = join(all, more)
	}
	return all, err
}

// ranked lists what has all the words, what fits best first: among the newest that have them, and among the newest
// of each better kind where there are more.
func (s *Store) ranked(ctx context.Context, w wanted, enough int) ([]hit, error) {
	kinds := fits(w)
	all, err := s.fittingKinds(ctx, w, max(enough, rankDepth), kinds)
	if err == nil && len(all) >= rankDepth {
		for n, k := range kinds[:len(kinds)-1] {
			if atLeast(enough, all, n) {
				break // older ones of this kind would come after them
			}
			if k.title && (k.phrase || k.exact) {
				continue // they are among those of the kind without the title
			}
			better, err := s.fittingKinds(ctx, k, enough, kinds)
			if err != nil {
				return nil, err
			}
			all = join(all, better)
		}
	}
	slices.SortStableFunc(all, func(a, b hit) int { return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(b.doc, a.doc)) })
	return all, err
}

// fittingKinds lists what fits, with the place of its kind among the kinds as its score.
func (s *Store) fittingKinds(ctx context.Context, w wanted, most int, kinds []wanted) ([]hit, error) {
	hits, err := s.fitting(ctx, s.dialect.text.texts, w, most)
	for n := range hits {
		hits[n].score = float64(slices.IndexFunc(kinds, hits[n].fits))
	}
	return hits, err
}

// atLeast tells whether so many hits are of a kind or of a better one.
func atLeast(enough int, hits []hit, kind int) bool {
	n := 0
	for _, h := range hits {
		if h.score <= float64(kind) {
			n++
		}
	}
	return n >= enough
}

// join adds what is not there yet.
func join(all, more []hit) []hit {
	seen := map[int64]bool{}
	for _, h := range all {
		seen[h.idea] = true
	}
	for _, h := range more {
		if !seen[h.idea] {
			all = append(all, h)
		}
	}
	return all
}

// fits lists the kinds of fit, best first. Words in a row are better than words anywhere, the very words with
// their accents better than others, the title better than the rest; of what fits alike the newest comes first.
// Accents that were not typed are not missed.
func fits(w wanted) []wanted {
	var kinds []wanted
	for _, w.phrase = range []bool{true, false} {
		for _, w.exact = range []bool{true, false} {
			if w.phrase && len(w.words) < 2 || w.exact && !slices.ContainsFunc(w.words, vntext.Word.Accented) {
				continue
			}
			inTitle := w
			inTitle.title = true
			kinds = append(kinds, inTitle, w)
		}
	}
	return kinds
}

// beginnings lists the ways in which words fit of which the last one is still being typed.
func beginnings(w wanted, newest bool) []wanted {
	if len(w.words) == 0 || len(w.words[len(w.words)-1].Folded) < minBeginning {
		return nil
	}
	w.prefix = true
	inRow := w
	inRow.phrase = true
	if newest || len(w.words) == 1 {
		return []wanted{w}
	}
	return []wanted{inRow, w}
}

// minBeginning is how many letters of a word make a beginning: shorter ones begin half of all words.
const minBeginning = 3

// fitting lists what fits in one way by one of the statements of the database, newest first, at most so many.
func (s *Store) fitting(ctx context.Context, statement string, w wanted, most int) ([]hit, error) {
	var hits []hit
	err := s.each(ctx, func(scan func(...any) error) error {
		var h hit
		err := scan(&h.idea, &h.doc, &h.score, &h.folded, &h.toned)
		hits = append(hits, h)
		return err
	}, statement, append(s.dialect.text.match(w), most)...)
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

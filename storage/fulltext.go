package storage

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/sangkien/sangkien/vntext"
)

// The marks of an index row: words that nobody can type, by which the index itself tells who finds it.
const (
	markAll        = "_all"
	markRecognised = "_recognised"
)

func markField(key string) string { return "_f-" + strings.ToLower(key) }
func markYear(year int) string    { return "_y-" + strconv.Itoa(year) }

// maxWords is how many words of a query count: nobody types more on purpose.
const maxWords = 12

// page is the words of an idea as the index keeps them.
type page struct {
	title, body []vntext.Word
	marks       []string
}

// wanted is a full-text question: how the words must stand in an idea, and the marks that it must have.
type wanted struct {
	words  []vntext.Word
	prefix bool     // the last word may be the beginning of one
	exact  bool     // accents must be the same
	phrase bool     // the words must follow each other
	pairs  []string // instead of words: pairs of folded words that follow each other, of which one is enough
	marks  []string
}

// fullText is what the two databases do differently. Both are given words that Go made: neither knows
// Vietnamese, and neither reads anything into what people type.
type fullText struct {
	write func(ctx context.Context, tx *tx, doc int64, idea int64, p page) error
	match func(w wanted) string // the question in the database's words
	rank  func(w wanted) string // the part of it that tells how well an idea fits
	find  string                // select idea, doc and score where {where}; $1 is match, $2 rank, $3 the most rows; newest first
}

// fts5 is SQLite's full text: https://sqlite.org/fts5.html
var fts5 = fullText{
	write: func(ctx context.Context, tx *tx, doc, _ int64, p page) error {
		return exec(ctx, tx, `insert or replace into idea_words(rowid, title, body, exact, marks) values ($1, $2, $3, $4, $5)`,
			doc, folded(p.title), folded(p.body), toned(p.title)+" "+toned(p.body), strings.Join(p.marks, " "))
	},
	match: func(w wanted) string {
		marks := `marks : ("` + strings.Join(w.marks, `" AND "`) + `")`
		if len(w.words)+len(w.pairs) == 0 {
			return marks
		}
		return w.fts5() + " AND " + marks
	},
	rank: func(wanted) string { return "" }, // bm25 knows the question
	find: `select x.idea_id, x.doc, bm25(idea_words, 6.0, 1.0, 0.0, 0.0) from idea_words join idea_index x on x.doc = idea_words.rowid
		where idea_words match $1 and $2 = '' and {where} order by idea_words.rowid desc limit $3`,
}

// tsvector is PostgreSQL's: https://www.postgresql.org/docs/current/datatype-textsearch.html
var tsvector = fullText{
	write: func(ctx context.Context, tx *tx, _, idea int64, p page) error {
		return exec(ctx, tx, `update idea_index set words = cast(cast($2 as text) as tsvector) where idea_id = $1`, idea, p.tsvector())
	},
	match: func(w wanted) string {
		marks := "'" + strings.Join(w.marks, "' & '") + "'"
		if len(w.words)+len(w.pairs) == 0 {
			return marks
		}
		return "(" + w.tsquery() + ") & " + marks
	},
	rank: func(w wanted) string { return w.tsquery() },
	find: `select idea_id, doc, -ts_rank('{0.05, 0.1, 0.2, 1.0}', words, cast(cast($2 as text) as tsquery), 1) from (
		select idea_id, doc, words from idea_index x where words @@ cast(cast($1 as text) as tsquery) and {where} order by doc desc limit $3) h order by doc desc`,
}

func folded(words []vntext.Word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.Folded + " ")
	}
	return b.String()
}

func toned(words []vntext.Word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.Tone + " ")
	}
	return b.String()
}

// fts5 writes the words as a question to FTS5. They hold letters and numbers only, so quotes are enough.
func (w wanted) fts5() string {
	terms := make([]string, len(w.words))
	for i, word := range w.words {
		terms[i] = word.Folded
		if w.exact {
			terms[i] = word.Tone
		}
	}
	columns, goesOn := "{title body} : ", ""
	if w.exact {
		columns = "exact : "
	}
	if w.prefix {
		goesOn = " *"
	}
	switch {
	case w.pairs != nil:
		return columns + `("` + strings.Join(w.pairs, `" OR "`) + `")`
	case w.phrase:
		return columns + `("` + strings.Join(terms, " ") + `"` + goesOn + ")"
	}
	return columns + `("` + strings.Join(terms, `" AND "`) + `"` + goesOn + ")"
}

// tsquery writes the words as a question to PostgreSQL.
func (w wanted) tsquery() string {
	terms := make([]string, len(w.words))
	for i, word := range w.words {
		terms[i] = "'" + word.Folded + "'"
		if w.exact {
			terms[i] = "'=" + word.Tone + "'"
		}
	}
	if last := len(terms) - 1; last >= 0 && w.prefix {
		terms[last] += ":*"
	}
	switch {
	case w.pairs != nil:
		return "'" + strings.ReplaceAll(strings.Join(w.pairs, "' | '"), " ", "' <-> '") + "'"
	case w.phrase:
		return strings.Join(terms, " <-> ")
	}
	return strings.Join(terms, " & ")
}

// tsvector writes a page as PostgreSQL keeps it: each word where it stands, "=" before the one with accents,
// weight A in the title and D elsewhere. It keeps positions up to 16,383, and 256 of them for each word.
func (p page) tsvector() string {
	var b strings.Builder
	at := 1
	put := func(words []vntext.Word, weight string) {
		for _, w := range words {
			pos := strconv.Itoa(min(at, 16383))
			fmt.Fprintf(&b, "'%s':%s%s '=%s':%s%s ", w.Folded, pos, weight, w.Tone, pos, weight)
			at++
		}
		at++ // no phrase goes over the end
	}
	put(p.title, "A")
	put(p.body, "")
	for _, m := range p.marks {
		fmt.Fprintf(&b, "'%s' ", m)
	}
	return b.String()
}

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

func markUnit(id int64) string { return "_u-" + strconv.FormatInt(id, 10) }
func markYear(year int) string { return "_y-" + strconv.Itoa(year) }

// markField makes a mark of a field's key, which comes back from outside in a button.
func markField(key string) string {
	return "_f-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return -1
	}, strings.ToLower(key))
}

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
	title  bool       // all of them in the title
	prefix bool       // the last word may be the beginning of one
	exact  bool       // accents must be the same
	phrase bool       // the words must follow each other
	pairs  []string   // instead of words: pairs of folded words that follow each other, of which one is enough
	marks  [][]string // one of each
}

// fits tells whether an idea fits as the databases would: its words stand in two lines, between spaces.
func (h hit) fits(w wanted) bool {
	text := h.folded
	if w.exact {
		text = h.toned
	}
	if title, _, _ := strings.Cut(text, "\n"); w.title {
		text = title
	}
	terms := w.terms()
	if w.phrase {
		return strings.Contains(text, " "+strings.Join(terms, " ")+" ")
	}
	for _, t := range terms {
		if !strings.Contains(text, " "+t+" ") {
			return false
		}
	}
	return true
}

// terms is the words in the form in which they are compared.
func (w wanted) terms() []string {
	terms := make([]string, len(w.words))
	for i, word := range w.words {
		if terms[i] = word.Folded; w.exact {
			terms[i] = word.Tone
		}
	}
	return terms
}

// fullText is what the two databases do differently. Both are given words that Go made: neither knows
// Vietnamese, and neither reads anything into what people type.
type fullText struct {
	write  func(ctx context.Context, tx *tx, doc int64, idea int64, p page) error
	byDoc  bool                 // write needs the idea's number in the index
	match  func(w wanted) []any // the question in the database's words: the arguments before the last one
	newest string               // select what matches: idea, doc, no score, no words; so many, the last argument, newest first
	texts  string               // the same with the words
	ranked string               // the same with a score, less for what fits better
	settle string               // to be run after much was written
}

// fts5 is SQLite's full text: https://sqlite.org/fts5.html
var fts5 = fullText{
	byDoc: true,
	write: func(ctx context.Context, tx *tx, doc, _ int64, p page) error {
		return exec(ctx, tx, `insert or replace into idea_words(rowid, title, body, title_exact, body_exact, marks) values ($1, $2, $3, $4, $5, $6)`,
			doc, folded(p.title), folded(p.body), toned(p.title), toned(p.body), strings.Join(p.marks, " "))
	},
	match: func(w wanted) []any {
		terms := make([]string, 0, len(w.marks)+1)
		if len(w.words)+len(w.pairs) > 0 {
			terms = append(terms, w.fts5())
		}
		for _, marks := range w.marks {
			terms = append(terms, `marks : ("`+strings.Join(marks, `" OR "`)+`")`)
		}
		return []any{strings.Join(terms, " AND ")}
	},
	newest: `select x.idea_id, x.doc, 0, '', '' from idea_words join idea_index x on x.doc = idea_words.rowid
		where idea_words match $1 order by idea_words.rowid desc limit $2`,
	texts: `select x.idea_id, x.doc, 0, x.folded, x.toned from idea_words join idea_index x on x.doc = idea_words.rowid
		where idea_words match $1 order by idea_words.rowid desc limit $2`,
	ranked: `select x.idea_id, x.doc, bm25(idea_words, 6.0, 1.0, 0.0, 0.0, 0.0), '', '' from idea_words join idea_index x on x.doc = idea_words.rowid
		where idea_words match $1 order by idea_words.rowid desc limit $2`,
	settle: `insert into idea_words(idea_words) values ('optimize')`,
}

// tsvector is PostgreSQL's: https://www.postgresql.org/docs/current/datatype-textsearch.html
var tsvector = fullText{
	write: func(ctx context.Context, tx *tx, _, idea int64, p page) error {
		return exec(ctx, tx, `update idea_index set words = cast(cast($2 as text) as tsvector) where idea_id = $1`, idea, p.tsvector())
	},
	match: func(w wanted) []any { return []any{w.tsquery(" <-> "), w.loosely().tsquery(" & ")} },
	newest: reached + `select x.idea_id, x.doc, 0, '', '' from reached r join idea_index x on x.idea_id = r.idea_id
		order by x.doc desc, x.idea_id desc limit $3`,
	texts: reached + `select x.idea_id, x.doc, 0, x.folded, x.toned from reached r join idea_index x on x.idea_id = r.idea_id
		order by x.doc desc, x.idea_id desc limit $3`,
	ranked: reached + `select x.idea_id, x.doc, -ts_rank(x.words, cast(cast($1 as text) as tsquery), 1), '', '' from reached r join idea_index x on x.idea_id = r.idea_id
		order by x.doc desc, x.idea_id desc limit $3`,
	settle: `analyze idea_index`,
}

// reached finds the newest $3 that match $1 in a time that does not depend on what PostgreSQL believes about the words.
// To look at a page costs it much more than it reckons with (20 µs, for the words lie apart from the row), so that
// left alone it walks through everything backwards for words that are rare. Here it looks first at the newest few,
// where as many as a page shows of common words are found at once; if those do not do, it takes from the index the newest that have all the
// words ($2: $1 without order and place, which the index answers alone) and looks at so many of these. That the words
// come from a subselect, and the order from a sum, keeps it from planning otherwise.
const reached = `with near as materialized (
		select idea_id from (select idea_id, doc, words from idea_index order by doc desc limit case when $3 < 100 then 500 else 0 end) n
		where words @@ (select cast(cast($1 as text) as tsquery)) order by doc desc limit cast($3 as bigint)),
	far as materialized (
		select idea_id from (select idea_id, doc + 0 as place, words from idea_index
			where (select count(*) from near) < $3 and words @@ (select cast(cast($2 as text) as tsquery)) order by place desc limit 2000) c
		where cast($1 as text) = cast($2 as text) or words @@ (select cast(cast($1 as text) as tsquery)) order by place desc limit $3),
	reached as (select idea_id from near union select idea_id from far)
	`

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
	terms, goesOn := w.terms(), ""
	if w.prefix {
		goesOn = " *"
	}
	columns := w.columns() + " : "
	switch {
	case w.pairs != nil:
		return columns + `("` + strings.Join(w.pairs, `" OR "`) + `")`
	case w.phrase:
		return columns + `("` + strings.Join(terms, " ") + `"` + goesOn + ")"
	}
	return columns + `("` + strings.Join(terms, `" AND "`) + `"` + goesOn + ")"
}

func (w wanted) columns() string {
	switch {
	case w.title && w.exact:
		return "title_exact"
	case w.title:
		return "title"
	case w.exact:
		return "{title_exact body_exact}"
	}
	return "{title body}"
}

// loosely is the question without order and place.
func (w wanted) loosely() wanted {
	w.phrase, w.title = false, false
	return w
}

// tsquery writes the question to PostgreSQL, with what stands between the words of a pair.
func (w wanted) tsquery(between string) string {
	terms := make([]string, 0, len(w.marks)+1)
	if len(w.words)+len(w.pairs) > 0 {
		terms = append(terms, "("+w.tswords(between)+")")
	}
	for _, marks := range w.marks {
		terms = append(terms, "('"+strings.Join(marks, "' | '")+"')")
	}
	return strings.Join(terms, " & ")
}

func (w wanted) tswords(between string) string {
	terms, before := w.terms(), "'"
	if w.exact {
		before = "'="
	}
	for i := range terms {
		terms[i] = before + terms[i] + "'"
	}
	if last := len(terms) - 1; last >= 0 && w.prefix {
		terms[last] += ":*"
	}
	if w.title {
		for i := range terms {
			terms[i] += ":A"
		}
	}
	switch {
	case w.pairs != nil:
		return "'" + strings.ReplaceAll(strings.Join(w.pairs, "' | '"), " ", "'"+between+"'") + "'"
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

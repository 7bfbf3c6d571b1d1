package storage

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

func savePaper(ctx context.Context, tx *tx, e sangkien.PaperSaved) error {
	p := e.Paper
	if e.Sheet != p.ID {
		if err := exec(ctx, tx, `delete from attachments where idea_id = $1 and exists (select 1 from attachments where idea_id = $2)`, p.ID, e.Sheet); err != nil {
			return err
		}
		if err := exec(ctx, tx, `update attachments set idea_id = $1 where idea_id = $2`, p.ID, e.Sheet); err != nil {
			return err
		}
	}
	ok, err := changed(tx.ExecContext(ctx, `insert into papers(id, title, number, date, issuer, link, folded, at, unit_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $10)
		on conflict (id) do update set title = excluded.title, number = excluded.number, date = excluded.date, issuer = excluded.issuer,
			link = excluded.link, folded = excluded.folded, at = excluded.at, removed = 0 where papers.removed = 0 and papers.at = $9 or papers.removed = 1 and $9 = 0`,
		p.ID, p.Title, p.Number, p.Date, p.Issuer, p.Link, paperWords(p), ms(e.At), ms(e.Earlier.At), p.Unit))
	return mustChange(ok, err, "document %d was changed or removed meanwhile", p.ID)
}

// paperWords is what a document is found by: folded words with a space before each, the date as people write it too.
func paperWords(p sangkien.Paper) string {
	words := []string{p.Title, p.Number, p.Issuer, p.Date}
	if d, err := vntext.ParseDate(p.Date, vntext.Date{Year: 9999}); err == nil {
		words = append(words, d.Display())
	}
	whole := vntext.Fold(strings.Join(words, " "))
	apart := strings.FieldsFunc(whole, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return " " + whole + " " + strings.Join(apart, " ")
}

// maxPaperWords is how many words of a search are looked at.
const maxPaperWords = 8

// Papers lists documents of the library that have words that begin with each of these in their title, number, issuer
// or date, accents or not; those with the very accents that were typed first, then the newest. No words find all. A
// library has hundreds of documents: they are read through.
func (s *Store) Papers(ctx context.Context, words string, offset, limit int) ([]sangkien.Paper, error) {
	where, args := `removed = 0`, []any{limit, offset}
	for _, w := range strings.Fields(vntext.Fold(words))[:min(maxPaperWords, len(strings.Fields(vntext.Fold(words))))] {
		args = append(args, "% "+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(w)+"%")
		where += ` and folded like $` + strconv.Itoa(len(args)) + ` escape '\'`
	}
	order := ` order by date desc, id desc limit $1 offset $2`
	accented := slices.DeleteFunc(vntext.Words(words), func(w vntext.Word) bool { return !w.Accented() })
	if len(accented) == 0 {
		return s.papers(ctx, where+order, args...)
	}
	args[0], args[1] = mostPapers, 0
	all, err := s.papers(ctx, where+order, args...)
	slices.SortStableFunc(all, func(a, b sangkien.Paper) int { return lacking(a, accented) - lacking(b, accented) })
	all = all[min(offset, len(all)):]
	return all[:min(limit, len(all))], err
}

// mostPapers is how many documents that fit are put into order.
const mostPapers = 1000

// lacking counts the words that a document has with other accents only.
func lacking(p sangkien.Paper, accented []vntext.Word) int {
	n, has := 0, vntext.Words(strings.Join([]string{p.Title, p.Number, p.Issuer}, " "))
	for _, w := range accented {
		if !slices.ContainsFunc(has, func(h vntext.Word) bool { return h.Tone == w.Tone }) {
			n++
		}
	}
	return n
}

// Paper loads a document of the library with its files. It returns ENOTFOUND for one that is not there any more.
func (s *Store) Paper(ctx context.Context, id int64) (sangkien.Paper, error) {
	all, err := s.papers(ctx, `removed = 0 and id = $1`, id)
	if err == nil && len(all) == 0 {
		err = sangkien.Errorf(sangkien.ENOTFOUND, "there is no document %d", id)
	}
	if err != nil {
		return sangkien.Paper{}, err
	}
	p := all[0]
	p.Files, err = s.attachmentsOf(ctx, id)
	return p, err
}

func (s *Store) papers(ctx context.Context, where string, args ...any) ([]sangkien.Paper, error) {
	var all []sangkien.Paper
	err := s.each(ctx, func(scan func(...any) error) error {
		var p sangkien.Paper
		var t int64
		err := scan(&p.ID, &p.Title, &p.Number, &p.Date, &p.Issuer, &p.Link, &t, &p.Unit)
		p.At = at(t)
		all = append(all, p)
		return err
	}, `select id, title, number, date, issuer, link, at, unit_id from papers where `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	return all, nil
}

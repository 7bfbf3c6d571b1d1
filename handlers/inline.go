package handlers

import (
	"context"
	"fmt"
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

const (
	perInline  = 10  // how many ideas an answer offers at once
	sharedText = 600 // how much of an answer is shared, in characters; the code leads to the rest
)

// Inline finds recognised ideas to share in another chat: the newest when nothing is typed. It asks nobody who
// they are, so it tells nothing that is not everyone's to read.
func (d *Dispatcher) Inline(ctx context.Context, q sangkien.InlineQuery) (sangkien.InlineAnswer, error) {
	answer := sangkien.InlineAnswer{Language: q.Language}
	page, err := strconv.Atoi(q.Offset)
	if err != nil || page < 0 || page >= maxPages {
		page = 0
	}
	ideas, more, err := d.Store.Search(ctx, sangkien.Query{Words: vntext.Clean(q.Text), Offset: page * perInline, Limit: perInline})
	if err != nil {
		return answer, fmt.Errorf("answer an inline query: %w", err)
	}
	t := &turn{ctx: ctx, d: d, lang: q.Language, now: d.Now()}
	for _, i := range ideas {
		a, err := t.article(i)
		if err != nil {
			return answer, err
		}
		answer.Articles = append(answer.Articles, a)
	}
	if more && page+1 < maxPages {
		answer.Next = strconv.Itoa(page + 1)
	}
	return answer, nil
}

func (t *turn) article(i sangkien.Idea) (sangkien.Article, error) {
	text, err := t.publicLines(i, sharedText)
	if err != nil {
		return sangkien.Article{}, err
	}
	units, err := t.d.catalogue.units(t.ctx)
	text = append(text, sangkien.Say("inline.more", sangkien.With("code", i.Code)))
	return sangkien.Article{ID: i.Code, Title: vntext.Truncate(i.Title(), 100), Text: text,
		About: []sangkien.Line{sangkien.Say("inline.about", sangkien.With("code", i.Code), sangkien.With("unit", unitOf(units, i)))}}, err
}

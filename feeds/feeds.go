// Package feeds reads news off an organisation's website, RSS or Atom, as plain text. It imports the root only; the
// client that it asks through decides where it may go.
package feeds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	sangkien "github.com/sangkien/sangkien"
)

// Limits of one reading.
const (
	maxBytes = 5 << 20
	maxItems = 50
	timeout  = 15 * time.Second
)

// Result is what one reading brought.
type Result struct {
	Items          []sangkien.FeedItem // the newest first; none when nothing changed
	ETag, Modified string
	Unchanged      bool
}

// Reader reads feeds.
type Reader struct{ client *http.Client }

// New returns a reader that asks through the client.
func New(c *http.Client) *Reader { return &Reader{client: c} }

// Read asks for a feed, unless it is what it was. An error is a sentence without the address.
func (r *Reader) Read(ctx context.Context, f sangkien.Feed) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, http.NoBody)
	if err != nil {
		return Result{}, fmt.Errorf("read a feed: %w", bare(err))
	}
	req.Header.Set("User-Agent", "sangkien (news reader)")
	req.Header.Set("Accept", "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5")
	if f.ETag != "" {
		req.Header.Set("If-None-Match", f.ETag)
	}
	if f.Modified != "" {
		req.Header.Set("If-Modified-Since", f.Modified)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return Result{}, fmt.Errorf("read a feed: %w", bare(err))
	}
	defer func() { _ = resp.Body.Close() }() // it was read, or is not wanted
	switch resp.StatusCode {
	case http.StatusNotModified:
		return Result{Unchanged: true}, nil
	case http.StatusOK:
	default:
		return Result{}, fmt.Errorf("read a feed: HTTP %d", resp.StatusCode)
	}
	items, err := Parse(resp.Body)
	return Result{Items: items, ETag: resp.Header.Get("ETag"), Modified: resp.Header.Get("Last-Modified")}, err
}

// bare takes the address out of an error: it may hold a key.
func bare(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

// errTooLarge says that a feed is larger than news is.
var errTooLarge = fmt.Errorf("the feed has more than %d bytes", maxBytes)

// Parse reads a feed of at most 5 MB and returns at most its first 50 items.
func Parse(r io.Reader) ([]sangkien.FeedItem, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read a feed: %w", bare(err))
	}
	if len(data) > maxBytes {
		return nil, errTooLarge
	}
	feed, err := gofeed.NewParser().ParseString(string(data))
	if err != nil {
		return nil, fmt.Errorf("understand a feed: %w", err)
	}
	var items []sangkien.FeedItem
	for _, i := range feed.Items[:min(maxItems, len(feed.Items))] {
		items = append(items, item(i))
	}
	return items, nil
}

func item(i *gofeed.Item) sangkien.FeedItem {
	out := sangkien.FeedItem{GUID: strings.TrimSpace(i.GUID), Title: Plain(i.Title), Text: Plain(i.Description), Link: strings.TrimSpace(i.Link)}
	if out.GUID == "" {
		out.GUID = out.Link
	}
	if out.Text == "" {
		out.Text = Plain(i.Content)
	}
	switch {
	case i.PublishedParsed != nil:
		out.Published = i.PublishedParsed.UTC()
	case i.UpdatedParsed != nil:
		out.Published = i.UpdatedParsed.UTC()
	}
	return out
}

// blocks end a line; what is in hidden is no text.
var (
	blocks = map[string]bool{"p": true, "br": true, "div": true, "li": true, "tr": true, "h1": true, "h2": true, "h3": true, "h4": true, "blockquote": true}
	hidden = map[string]bool{"script": true, "style": true, "noscript": true, "iframe": true, "template": true}
)

// Plain is the text of HTML: paragraphs are lines, pictures, scripts and styles are nothing.
func Plain(markup string) string {
	var b strings.Builder
	deep := 0
	for z := html.NewTokenizer(strings.NewReader(markup)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return lines(b.String())
		case html.TextToken:
			if deep == 0 {
				b.WriteString(strings.ReplaceAll(string(z.Text()), "\n", " "))
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			if hidden[string(name)] {
				deep++
			}
			if blocks[string(name)] {
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if hidden[string(name)] && deep > 0 {
				deep--
			}
			if blocks[string(name)] {
				b.WriteByte('\n')
			}
		case html.SelfClosingTagToken:
			if name, _ := z.TagName(); blocks[string(name)] {
				b.WriteByte('\n')
			}
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

// lines leaves out empty lines and folds white space.
func lines(s string) string {
	var out []string
	for l := range strings.SplitSeq(s, "\n") {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

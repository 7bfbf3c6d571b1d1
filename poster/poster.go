package poster

import (
	"bytes"
	"fmt"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/text/unicode/norm"
)

// Poster is a page of A4 that brings people who walk by into a chat. Texts may be long; they get smaller, then wrap.
type Poster struct {
	Organisation string
	Call         string // the largest line: what people are asked to do
	Title        string // of the campaign
	Deadline     string // may be empty
	Steps        []string
	Codes        []Code // one to three
	Ask          string // whom to ask; may be empty
}

// Code is one QR code on a poster.
type Code struct {
	Name    string // of the channel, above it
	Content string // what a phone reads
	Below   string // may be empty
}

// MaxCodes is how many codes fit beside each other.
const MaxCodes = 3

// All measures are millimetres, all font sizes points.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	margin     = 16.0 // printers of offices leave 5 mm white
	inner      = pageWidth - 2*margin
	gap        = 8.0
	perPoint   = 0.3528 // mm
	leading    = 1.22
	largest    = 78.0 // of a code
	smallest   = 46.0 // a phone at arm's length reads it
	bullet     = 10.0
	between    = 5.0 // steps
)

// page is a poster being drawn. boxes is where something stands, for the tests.
type page struct {
	pdf   *fpdf.Fpdf
	boxes []box
}

type box struct {
	what       string
	x, y, w, h float64
}

// PDF draws the poster: one page, all of it vectors, with the letters that it uses embedded.
func (p Poster) PDF() ([]byte, error) {
	g, err := p.draw()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := g.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write the poster: %w", err)
	}
	return out.Bytes(), nil
}

func (p Poster) draw() (*page, error) {
	if len(p.Codes) == 0 || len(p.Codes) > MaxCodes {
		return nil, fmt.Errorf("a poster has 1 to %d codes, not %d", MaxCodes, len(p.Codes))
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes("sans", "", liberationsansregular.TTF)
	pdf.AddUTF8FontFromBytes("sans", "B", liberationsansbold.TTF)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetTitle(norm.NFC.String(p.Title), true)
	pdf.AddPage()
	g := &page{pdf: pdf}
	y := p.head(g)
	bottom := p.foot(g)
	y = p.steps(g, y, p.stepSize(g, bottom-y))
	if err := p.codes(g, y, bottom); err != nil {
		return nil, err
	}
	if err := pdf.Error(); err != nil {
		return nil, fmt.Errorf("draw the poster: %w", err)
	}
	return g, nil
}

// head is who calls for what, and until when, in a frame of colour. It returns where it ends.
func (p Poster) head(g *page) float64 {
	organisation := g.fit(p.Organisation, "B", inner, 17, 10, 3)
	call := g.fit(p.Call, "B", inner, 31, 25, 1)
	if len(g.wrap(p.Call, "B", 25, inner).text) > 1 {
		call = g.fit(p.Call, "B", inner, 28, 18, 2)
	}
	title := g.fit(p.Title, "B", inner, 26, 12, 4)
	deadline := g.fit(p.Deadline, "B", inner, 17, 12, 2)
	band := 9 + organisation.height() + 4 + call.height() + 8
	g.pdf.SetFillColor(158, 27, 33)
	g.pdf.Rect(0, 0, pageWidth, band, "F")
	g.pdf.SetTextColor(255, 255, 255)
	y := g.centred(organisation, 9, "organisation") + 4
	g.centred(call, y, "call")
	g.pdf.SetTextColor(158, 27, 33)
	y = g.centred(title, band+7, "title")
	g.pdf.SetTextColor(20, 20, 20)
	if p.Deadline != "" {
		y = g.centred(deadline, y+3, "deadline")
	}
	return y + gap
}

// foot is whom to ask, above the lower edge. It returns where it begins.
func (p Poster) foot(g *page) float64 {
	if p.Ask == "" {
		return pageHeight - margin
	}
	ask := g.fit(p.Ask, "", inner, 14, 10, 4)
	y := pageHeight - margin - ask.height()
	g.pdf.SetTextColor(20, 20, 20)
	g.centred(ask, y, "ask")
	g.pdf.SetDrawColor(158, 27, 33)
	g.pdf.SetLineWidth(0.6)
	g.pdf.Line(margin, y-4, pageWidth-margin, y-4)
	return y - 4 - 5
}

// stepSize is the largest size of the steps that leaves room for codes as wide as their column.
func (p Poster) stepSize(g *page, room float64) float64 {
	const captions = 20
	size := 20.0
	for ; size > 12; size-- {
		used := gap
		for _, s := range p.Steps {
			used += max(g.step(s, size).height(), bullet) + between
		}
		if used+captions+min(largest, p.column()) <= room {
			break
		}
	}
	return size
}

func (g *page) step(text string, size float64) lines {
	return g.fit(text, "", inner-bullet-5, size, min(size, 11), 3)
}

// column is how wide each code with its captions is.
func (p Poster) column() float64 {
	n := float64(len(p.Codes))
	return (inner - (n-1)*gap) / n
}

// steps is how to take part, each with its number in a circle.
func (p Poster) steps(g *page, y, size float64) float64 {
	for i, s := range p.Steps {
		text := g.step(s, size)
		height := max(text.height(), bullet)
		g.pdf.SetFillColor(158, 27, 33)
		g.pdf.Circle(margin+bullet/2, y+height/2, bullet/2, "F")
		g.pdf.SetTextColor(255, 255, 255)
		number := g.fit(strconv.Itoa(i+1), "B", bullet, 15, 15, 1)
		g.text(number, margin+(bullet-number.width())/2, y+(height-number.height())/2, "number")
		g.pdf.SetTextColor(20, 20, 20)
		y = g.text(text, margin+bullet+5, y+(height-text.height())/2, "step") + (height-text.height())/2 + between
	}
	return y + gap - between
}

// codes draws the codes beside each other, as large as there is room for, in the middle of what is left.
func (p Poster) codes(g *page, top, bottom float64) error {
	column := p.column()
	names, below := make([]lines, len(p.Codes)), make([]lines, len(p.Codes))
	var above, under float64
	for i, c := range p.Codes {
		names[i], below[i] = g.fit(c.Name, "B", column, 19, 11, 2), g.fit(c.Below, "", column, 13, 8, 3)
		above, under = max(above, names[i].height()+2), max(under, below[i].height()+2)
	}
	side := min(largest, column, bottom-top-above-under)
	if side < smallest {
		return fmt.Errorf("the texts leave %.0f mm for a code, and %.0f are needed to read it: make them shorter", max(0, side), smallest)
	}
	y := top + (bottom-top-above-under-side)/2
	for i, c := range p.Codes {
		x := margin + float64(i)*(column+gap) + (column-side)/2
		middle := x + side/2
		g.text(names[i], middle-names[i].width()/2, y+above-2-names[i].height(), "name")
		if err := g.code(c.Content, x, y+above, side); err != nil {
			return err
		}
		g.text(below[i], middle-below[i].width()/2, y+above+side+2, "below")
	}
	return nil
}

// code draws a QR code with its border. Modules beside each other are one rectangle, a hair higher than they are, so that no screen shows
// a white line between rows.
func (g *page) code(content string, x, y, side float64) error {
	rows, err := grid(content)
	if err != nil {
		return err
	}
	g.boxes = append(g.boxes, box{"code", x, y, side, side})
	module := side / float64(len(rows)+2*quiet)
	g.pdf.SetFillColor(0, 0, 0)
	for r, row := range rows {
		for from := 0; from < len(row); {
			to := from
			for to < len(row) && row[to] {
				to++
			}
			if to > from {
				g.pdf.Rect(x+float64(from+quiet)*module, y+float64(r+quiet)*module, float64(to-from)*module, module+0.02, "F")
			}
			from = max(to, from) + 1
		}
	}
	return nil
}

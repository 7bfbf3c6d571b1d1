package poster

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// lines is a text that was fitted: its lines, and how they are set.
type lines struct {
	style string
	size  float64 // points
	text  []string
	wide  []float64 // of each line
	torn  bool      // a word had to be broken
}

func (l lines) height() float64 { return float64(len(l.text)) * l.size * perPoint * leading }

func (l lines) width() float64 {
	most := 0.0
	for _, w := range l.wide {
		most = max(most, w)
	}
	return most
}

// fit sets a text in at most so many lines of a width, as large as it goes from one size down to another without breaking a word. What
// does not fit even then ends in an ellipsis: cut, and seen to be cut.
func (g *page) fit(text, style string, width, from, to float64, most int) lines {
	text = norm.NFC.String(strings.Join(strings.Fields(text), " "))
	if text == "" {
		return lines{style: style, size: to}
	}
	size := from
	for {
		l := g.wrap(text, style, size, width)
		if len(l.text) <= most && !l.torn {
			return g.balance(text, l, width)
		}
		if size-0.5 < to {
			return g.cut(l, width, most)
		}
		size -= 0.5
	}
}

// balance narrows lines as long as they stay as many, so that no word is left alone on the last.
func (g *page) balance(text string, l lines, width float64) lines {
	for len(l.text) > 1 {
		width -= 2
		narrower := g.wrap(text, l.style, l.size, width)
		if len(narrower.text) > len(l.text) || narrower.torn {
			return l
		}
		l = narrower
	}
	return l
}

// cut keeps the first lines and ends them in an ellipsis, where there are more.
func (g *page) cut(l lines, width float64, most int) lines {
	if len(l.text) <= most {
		return l
	}
	l.text, l.wide = l.text[:most], l.wide[:most]
	last := []rune(l.text[most-1])
	for len(last) > 0 && g.pdf.GetStringWidth(string(last)+"…") > width {
		last = last[:len(last)-1]
	}
	l.text[most-1] = strings.TrimRight(string(last), " ,.;") + "…"
	l.wide[most-1] = g.pdf.GetStringWidth(l.text[most-1])
	return l
}

// wrap breaks a text between words; a word that is wider than the width, within it.
func (g *page) wrap(text, style string, size, width float64) lines {
	g.pdf.SetFont("sans", style, size)
	l := lines{style: style, size: size}
	add := func(s string) { l.text, l.wide = append(l.text, s), append(l.wide, g.pdf.GetStringWidth(s)) }
	line := ""
	for _, word := range strings.Fields(text) {
		if joined := strings.TrimSpace(line + " " + word); g.pdf.GetStringWidth(joined) <= width {
			line = joined
			continue
		}
		if line != "" {
			add(line)
		}
		for g.pdf.GetStringWidth(word) > width {
			n := g.head(word, width)
			l.torn = true
			add(word[:n])
			word = word[n:]
		}
		line = word
	}
	if line != "" {
		add(line)
	}
	return l
}

// head is how many bytes of a word fit into the width, at least one letter.
func (g *page) head(word string, width float64) int {
	n := 0
	for i, r := range word {
		end := i + len(string(r))
		if n > 0 && g.pdf.GetStringWidth(word[:end]) > width {
			break
		}
		n = end
	}
	return n
}

// centred writes lines in the middle of the page and returns where they end.
func (g *page) centred(l lines, y float64, what string) float64 {
	return g.set(l, y, what, func(w float64) float64 { return (pageWidth - w) / 2 })
}

// text writes lines, each in the middle of the widest when there are several under a code, else from the left.
func (g *page) text(l lines, x, y float64, what string) float64 {
	middle := what == "below" || what == "name"
	return g.set(l, y, what, func(w float64) float64 {
		if middle {
			return x + (l.width()-w)/2
		}
		return x
	})
}

func (g *page) set(l lines, y float64, what string, left func(width float64) float64) float64 {
	height := l.size * perPoint * leading
	g.pdf.SetFont("sans", l.style, l.size)
	for i, t := range l.text {
		x := left(l.wide[i])
		g.boxes = append(g.boxes, box{what, x, y, l.wide[i], height})
		g.pdf.Text(x, y+l.size*perPoint*0.98, t)
		y += height
	}
	return y
}

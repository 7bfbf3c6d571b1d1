// Package chart draws figures as pictures that a phone can read: bars that begin at 0, each with its number, in
// letters that Vietnamese needs. It imports none of our packages and knows no words: titles and labels are
// handed to it.
package chart

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/go-analyze/charts"
)

// Bars is a chart of horizontal bars: a group for each label, in it a bar for each series.
type Bars struct {
	Title  string
	Labels []string // from top to bottom; at most MaxLabels
	Series []Series
}

// Series is one kind of figure.
type Series struct {
	Name   string
	Values []int // by label, 0 or more
}

// MaxLabels is how many groups a phone can show.
const MaxLabels = 12

const (
	width     = 720 // pixels: a phone's width at twice its density
	perBar    = 26
	perGroup  = 28
	around    = 150
	fontSize  = 15
	titleSize = 20
)

// PNG draws the chart. It is width pixels wide and as high as it has bars; of a few dozen kB.
func (b Bars) PNG() ([]byte, error) {
	if len(b.Labels) == 0 || len(b.Labels) > MaxLabels || len(b.Series) == 0 {
		return nil, fmt.Errorf("a chart of %d labels and %d series", len(b.Labels), len(b.Series))
	}
	values, names := make([][]float64, len(b.Series)), make([]string, len(b.Series))
	for i, s := range b.Series {
		if len(s.Values) != len(b.Labels) {
			return nil, fmt.Errorf("series %q has %d values for %d labels", s.Name, len(s.Values), len(b.Labels))
		}
		names[i] = s.Name
		for _, v := range s.Values {
			values[i] = append(values[i], float64(v))
		}
		slices.Reverse(values[i]) // the library draws from below
	}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width,
		Height: around + len(b.Labels)*(len(b.Series)*perBar+perGroup)})
	if err := p.BarChart(b.option(values, names)); err != nil {
		return nil, fmt.Errorf("draw the chart: %w", err)
	}
	data, err := p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("write the chart: %w", err)
	}
	return data, nil
}

func (b Bars) option(values [][]float64, names []string) charts.BarChartOption {
	o := charts.NewBarChartOptionWithData(values)
	o.Horizontal = true
	o.Padding = charts.NewBox(24, 20, 40, 20)
	o.Title.Text, o.Title.FontStyle.FontSize = b.Title, titleSize
	o.Legend.SeriesNames = names
	o.Legend.FontStyle.FontSize = fontSize
	o.Legend.Offset = charts.OffsetStr{Left: charts.PositionLeft, Top: "44"}
	labels := slices.Clone(b.Labels)
	slices.Reverse(labels)
	o.CategoryAxis.Labels, o.CategoryAxis.LabelFontStyle.FontSize = labels, fontSize
	// An axis that does not begin at 0 makes small differences look large. It is not shown: each bar has its number,
	// and the library puts those of the axis beside their lines.
	o.ValueAxis = append(o.ValueAxis[:0], charts.ValueAxisOption{Min: charts.Ptr(0.0), Show: charts.Ptr(false)})
	for i := range o.SeriesList {
		o.SeriesList[i].Label = charts.SeriesLabel{Show: charts.Ptr(true), ValueFormatter: whole, FontStyle: charts.FontStyle{FontSize: fontSize}}
	}
	return o
}

func whole(v float64) string {
	if v != float64(int(v)) {
		return ""
	}
	return strconv.Itoa(int(v))
}

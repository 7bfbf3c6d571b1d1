package vntext

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Date is a day, a month or a year: people remember "2/2026" or "2025". Month and Day are 0 when unknown.
type Date struct{ Year, Month, Day int }

// Why a date is not taken.
var (
	ErrNoDate   = errors.New("not a date")
	ErrNoSuch   = errors.New("there is no such day")
	ErrInFuture = errors.New("the date is in the future")
	ErrPast     = errors.New("the date is over")
)

var (
	isoDate = regexp.MustCompile(`^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$`)
	dmy     = regexp.MustCompile(`^(?:(?:(\d{1,2})[/.\- ])?(\d{1,2})[/.\- ])?(\d{4}|\d{2})$`)
	// A day and a month alone: the next such day.
	dayMonth = regexp.MustCompile(`^(?:ngay )?(\d{1,2})[/.\-](\d{1,2})$`)
	words    = regexp.MustCompile(`\b(ngay|thang|nam)\b`)
)

// ParseDate reads a date as people type it: "8/7/2026", "2/2026", "tháng 2 năm 2026", "2025", "hôm nay",
// "năm ngoái", "tháng 2 năm nay", "2/26". The day comes before the month, always. today is the day of the asking and the latest
// date that is taken. It returns ErrNoDate, ErrNoSuch or ErrInFuture.
func ParseDate(s string, today Date) (Date, error) {
	folded := Fold(s)
	if d, ok := relative(folded, today); ok {
		return d, nil
	}
	for name, year := range map[string]int{"nam nay": today.Year, "nam ngoai": today.Year - 1, "nam truoc": today.Year - 1} {
		if rest, ok := strings.CutSuffix(folded, name); ok { // "tháng 2 năm nay"
			folded = rest + strconv.Itoa(year)
		}
	}
	d, err := numeric(folded)
	if err != nil {
		return Date{}, err
	}
	if d.after(today) {
		return Date{}, ErrInFuture
	}
	return d, nil
}

// ParseDay reads a day to come as people type it: "5/12/2026", "hôm nay", "ngày mai", "ngày kia", "5/12", which is the
// next such day. today is the earliest day that is taken. It returns ErrNoDate, also for a month or a year, ErrNoSuch or
// ErrPast.
func ParseDay(s string, today Date) (Date, error) {
	folded := strings.TrimSpace(Fold(s))
	t := time.Date(today.Year, time.Month(today.Month), today.Day, 0, 0, 0, 0, time.UTC)
	for i, names := range [][]string{{"hom nay", "nay"}, {"ngay mai", "mai"}, {"ngay kia", "kia", "mot"}} {
		if slices.Contains(names, folded) {
			t = t.AddDate(0, 0, i)
			return Date{t.Year(), int(t.Month()), t.Day()}, nil
		}
	}
	if m := dayMonth.FindStringSubmatch(folded); m != nil {
		for year := today.Year; year <= today.Year+8; year++ { // 29/2 comes again within eight years
			if d, err := date(strconv.Itoa(year), m[2], m[1]); err == nil && !today.after(d) {
				return d, nil
			}
		}
		return Date{}, ErrNoSuch
	}
	d, err := numeric(folded)
	switch {
	case err != nil:
		return Date{}, err
	case d.Day == 0:
		return Date{}, ErrNoDate
	case today.after(d):
		return Date{}, ErrPast
	}
	return d, nil
}

func relative(s string, today Date) (Date, bool) {
	t := time.Date(today.Year, time.Month(today.Month), today.Day, 0, 0, 0, 0, time.UTC)
	switch s {
	case "hom nay":
		return today, true
	case "hom qua":
		t = t.AddDate(0, 0, -1)
		return Date{t.Year(), int(t.Month()), t.Day()}, true
	case "thang nay":
		return Date{today.Year, today.Month, 0}, true
	case "thang truoc":
		t = t.AddDate(0, 0, -today.Day)
		return Date{t.Year(), int(t.Month()), 0}, true
	case "nam nay":
		return Date{Year: today.Year}, true
	case "nam ngoai", "nam truoc":
		return Date{Year: today.Year - 1}, true
	}
	return Date{}, false
}

func numeric(s string) (Date, error) {
	s = strings.Join(strings.Fields(words.ReplaceAllString(s, " ")), " ")
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return date(m[1], m[2], m[3])
	}
	m := dmy.FindStringSubmatch(s)
	if m == nil || len(m[3]) == 2 && m[2] == "" || len(m[3]) == 2 && m[1] == "" && number(m[3]) <= 12 {
		return Date{}, ErrNoDate // "8/7" may be a day
	}
	if len(m[3]) == 2 {
		m[3] = "20" + m[3]
	}
	return date(m[3], m[2], m[1])
}

func date(year, month, day string) (Date, error) {
	d := Date{number(year), number(month), number(day)}
	t := time.Date(d.Year, time.Month(max(d.Month, 1)), max(d.Day, 1), 0, 0, 0, 0, time.UTC)
	same := t.Year() == d.Year && int(t.Month()) == max(d.Month, 1) && t.Day() == max(d.Day, 1)
	zero := month != "" && d.Month == 0 || day != "" && d.Day == 0
	if !same || zero || d.Year < 1900 {
		return Date{}, ErrNoSuch
	}
	return d, nil
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // the expressions let digits through only; "" is 0
	return n
}

// after compares what both dates know: "2026" is not after "8/7/2026".
func (d Date) after(o Date) bool {
	if d.Year != o.Year {
		return d.Year > o.Year
	}
	if d.Month == 0 || o.Month == 0 || d.Month != o.Month {
		return d.Month != 0 && o.Month != 0 && d.Month > o.Month
	}
	return d.Day != 0 && o.Day != 0 && d.Day > o.Day
}

// String is the stored form: "2026", "2026-02" or "2026-07-08".
func (d Date) String() string {
	switch {
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Display is the form that people read: "2026", "2/2026" or "8/7/2026".
func (d Date) Display() string {
	switch {
	case d.Month == 0:
		return strconv.Itoa(d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%d/%d", d.Month, d.Year)
	}
	return fmt.Sprintf("%d/%d/%d", d.Day, d.Month, d.Year)
}

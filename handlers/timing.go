package handlers

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

var (
	clockWords  = regexp.MustCompile(`(?i)(?:lúc|luc|at)?\s*\b(\d{1,2})\s*(?::|h|giờ|gio|g)\s*(\d{2})?(?:[^\p{L}\d]|$)`)
	offsetWords = regexp.MustCompile(`^(\d{1,3}) (?:ngay|days?) (truoc|sau|before|after) (.+)$`)
	dayWords    = regexp.MustCompile(`\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b`)
	weekDays    = [][]string{{"chu nhat", "sunday"}, {"thu hai", "thu 2", "monday"}, {"thu ba", "thu 3", "tuesday"}, {"thu tu", "thu 4", "wednesday"},
		{"thu nam", "thu 5", "thursday"}, {"thu sau", "thu 6", "friday"}, {"thu bay", "thu 7", "saturday"}}
	stepWords = []struct {
		key   string
		words []string
	}{{sangkien.StepResults, []string{"cong bo", "ket qua", "results"}}, {sangkien.StepCloses, []string{"han nop", "het han", "dong", "clos", "deadline"}}, {sangkien.StepOpens, []string{"mo nhan", "khai mac", "phat dong", "open"}}}
)

// readTiming reads when to remind, in simple words: "5 ngày trước hạn nộp lúc 8:00", "thứ hai hằng tuần 7h30",
// "hằng ngày", "30/10/2026 8:00", or a cron expression. Without a time of day it is 8 o'clock. It returns EINVALID
// for what it cannot read.
func readTiming(text string, c sangkien.Campaign, next sangkien.NextTime, now time.Time) (sangkien.Timing, error) {
	text = strings.TrimSpace(text)
	if _, err := next(text, now); err == nil && len(strings.Fields(text)) == 5 {
		return sangkien.Timing{Cron: text}, nil
	}
	hour, minute := 8, 0
	if dayWords.MatchString(text) {
		hour, minute = readClock(dayWords.ReplaceAllString(text, " "), hour, minute)
		day, ok := readDay(text, now.Location())
		at := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, now.Location())
		if !ok || hour > 23 || minute > 59 || !at.After(now) {
			return sangkien.Timing{}, sangkien.Errorf(sangkien.EINVALID, "%q is no time to come", text)
		}
		return sangkien.Timing{At: at}, nil
	}
	hour, minute = readClock(text, hour, minute)
	if hour > 23 || minute > 59 {
		return sangkien.Timing{}, sangkien.Errorf(sangkien.EINVALID, "%q has no time of day", text)
	}
	words := strings.Join(strings.Fields(vntext.Fold(clockWords.ReplaceAllString(text, " "))), " ")
	if m := offsetWords.FindStringSubmatch(words); m != nil {
		return readOffset(m, c, fmt.Sprintf("%02d:%02d", hour, minute))
	}
	if strings.HasPrefix(words, "hang ngay") || strings.HasPrefix(words, "moi ngay") || words == "daily" || words == "every day" {
		return sangkien.Timing{Cron: fmt.Sprintf("%d %d * * *", minute, hour)}, nil
	}
	for day, names := range weekDays {
		for _, name := range names {
			if strings.Contains(words, name) {
				return sangkien.Timing{Cron: fmt.Sprintf("%d %d * * %d", minute, hour, day)}, nil
			}
		}
	}
	return sangkien.Timing{}, sangkien.Errorf(sangkien.EINVALID, "%q says no time", text)
}

// readDay reads a full date, "30/10/2026".
func readDay(text string, zone *time.Location) (time.Time, bool) {
	d := dayWords.FindStringSubmatch(text)
	if d == nil {
		return time.Time{}, false
	}
	day, err := time.ParseInLocation("2/1/2006", d[1]+"/"+d[2]+"/"+d[3], zone)
	return day, err == nil
}

func readClock(text string, hour, minute int) (h, m int) {
	found := clockWords.FindStringSubmatch(text)
	if found == nil {
		return hour, minute
	}
	h, _ = strconv.Atoi(found[1]) // digits
	m, _ = strconv.Atoi(found[2])
	return h, m
}

// readOffset reads so many days before or after a step.
func readOffset(m []string, c sangkien.Campaign, clock string) (sangkien.Timing, error) {
	days, err := strconv.Atoi(m[1])
	if err != nil {
		return sangkien.Timing{}, sangkien.Errorf(sangkien.EINVALID, "%q is no number of days", m[1])
	}
	if m[2] == "sau" || m[2] == "after" {
		days = -days
	}
	for _, s := range c.Steps {
		if name := vntext.Fold(s.Name.VI); strings.Contains(m[3], name) || strings.Contains(name, m[3]) {
			return sangkien.Timing{Step: s.Key, Days: days, Clock: clock}, nil
		}
	}
	for _, s := range stepWords {
		for _, w := range s.words {
			if strings.Contains(m[3], w) {
				return sangkien.Timing{Step: s.key, Days: days, Clock: clock}, nil
			}
		}
	}
	if m[3] == "han" {
		return sangkien.Timing{Step: sangkien.StepCloses, Days: days, Clock: clock}, nil
	}
	return sangkien.Timing{}, sangkien.Errorf(sangkien.EINVALID, "%q is no step", m[3])
}

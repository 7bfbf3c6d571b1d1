package handlers

import (
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/scheduler"
)

func TestReadTiming(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.FixedZone("+07", 7*3600))
	c := sangkien.Campaign{Steps: []sangkien.Step{{Key: "council", Name: sangkien.Text{VI: "Họp Hội đồng thẩm định"}}}}
	for text, want := range map[string]sangkien.Timing{
		"5 ngày trước hạn nộp lúc 8:00":             {Step: sangkien.StepCloses, Days: 5, Clock: "08:00"},
		"5 ngay truoc han nop luc 7h30":             {Step: sangkien.StepCloses, Days: 5, Clock: "07:30"},
		"10 ngày trước hạn":                         {Step: sangkien.StepCloses, Days: 10, Clock: "08:00"},
		"2 ngày sau khi mở nhận, 9 giờ":             {Step: sangkien.StepOpens, Days: -2, Clock: "09:00"},
		"1 ngày trước ngày công bố kết quả lúc 16h": {Step: sangkien.StepResults, Days: 1, Clock: "16:00"},
		"3 ngày trước họp hội đồng":                 {Step: "council", Days: 3, Clock: "08:00"},
		"thứ hai hằng tuần lúc 7h30":                {Cron: "30 7 * * 1"},
		"Chủ nhật 9:15":                             {Cron: "15 9 * * 0"},
		"hằng ngày":                                 {Cron: "0 8 * * *"},
		"0 8 * * 1,4":                               {Cron: "0 8 * * 1,4"},
		"5 days before closing at 8:00":             {Step: sangkien.StepCloses, Days: 5, Clock: "08:00"},
		"every monday at 7:30":                      {Cron: "30 7 * * 1"},
		"30/11/2026 9:00":                           {At: time.Date(2026, 11, 30, 9, 0, 0, 0, now.Location())},
		"lúc 14h ngày 1-12-2026":                    {At: time.Date(2026, 12, 1, 14, 0, 0, 0, now.Location())},
	} {
		if got, err := readTiming(text, c, scheduler.NextTime, now); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "lúc nào cũng được", "30/11/2025", "31/02/2027", "5 ngày trước Tết", "hằng ngày lúc 25:00", "0 99 * * *"} {
		if got, err := readTiming(text, c, scheduler.NextTime, now); sangkien.CodeOf(err) != sangkien.EINVALID {
			t.Errorf("%q was read as %+v, %v", text, got, err)
		}
	}
}

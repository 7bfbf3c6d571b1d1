package sangkien_test

import (
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/seed"
)

// TestEntryTellsNothingConfidential: of a complete dossier, searching and the public learn what describes the
// idea, and nothing of the rest.
func TestEntryTellsNothingConfidential(t *testing.T) {
	t.Parallel()
	form := seed.Campaign(time.Time{}).Form
	i := sangkien.Idea{Code: "SK-2026-00007", UnitText: "Xã Ba Bể", Answers: sangkien.Answers{
		"field": {Value: "sanxuat"}, "title": {Value: "Lò sấy"}, "problem": {Value: "mưa nhiều"}, "solution": {Value: "xây lò"},
		"benefit": {Value: "miến khô"}, "stage": {Value: "trial"}, "when": {Value: "2025-02"}, "place": {Value: "thôn Nà Làng"},
		"authors": {Value: `[{"name":"Hà Thị Ôn"}]`}, "secret": {Value: "men bí truyền"}, "more_a": {Value: "bổ sung"}}}
	e := i.Entry(form)
	if e.Title != "Lò sấy" || e.Field != "sanxuat" || e.Year != 2026 {
		t.Errorf("%+v", e)
	}
	for _, word := range []string{"mưa nhiều", "xây lò", "miến khô", "Sản xuất, chế biến", "Xã Ba Bể", "SK-2026-00007"} {
		if !strings.Contains(e.Text, word) {
			t.Errorf("%q is not found by", word)
		}
	}
	for _, word := range []string{"bí truyền", "Nà Làng", "Hà Thị Ôn", "bổ sung", "2025"} {
		if strings.Contains(e.Text, word) {
			t.Errorf("%q is told", word)
		}
	}
	var keys []string
	for _, q := range form.Public(i.Answers) {
		keys = append(keys, q.Key)
	}
	if got := strings.Join(keys, " "); got != "field title problem solution benefit stage" {
		t.Errorf("public are %s", got)
	}
}

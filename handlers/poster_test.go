package handlers_test

import (
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/handlers"
)

// TestCampaignPayload: what stands on a poster fits into a link, or the poster is not made.
func TestCampaignPayload(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("a", 48)
	for _, c := range []struct {
		slug string
		unit int64
		want string
	}{
		{"doan-ket", 1906, "c-doan-ket_1gy"}, {"doan-ket", 0, "c-doan-ket"}, {longest, 1<<63 - 1, "c-" + longest + "_1y2p0ij32e8e7"},
		{longest + "a", 1<<63 - 1, ""}, {"có dấu", 0, ""}, {"a.b", 0, ""},
	} {
		got, err := handlers.CampaignPayload(c.slug, c.unit)
		if got != c.want || len(got) > 64 || (c.want == "") != (sangkien.CodeOf(err) == sangkien.EINVALID) {
			t.Errorf("%q, %d: %q, %v", c.slug, c.unit, got, err)
		}
	}
	for code, want := range map[string]string{"01906": "tham gia 01906", "": "", "TN-1": ""} {
		if got := handlers.JoinWords(sangkien.Unit{Code: code}); got != want {
			t.Errorf("%q: %q", code, got)
		}
	}
}

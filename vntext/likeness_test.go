package vntext

import (
	"slices"
	"testing"
)

func TestPairs(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"Máy tách hạt, HẠT ngô": {"may tach", "tach hat", "hat hat", "hat ngo"},
		"của và được để":        nil,
		"máy sấy; MÁY SẤY":      {"may say", "say may"},
		"sấy":                   nil,
		"":                      nil,
	} {
		if got := Pairs(in); !slices.Equal(got, want) {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestLikeness(t *testing.T) {
	t.Parallel()
	a, b := Pairs("máy tách hạt ngô nhỏ"), Pairs("Máy tách hạt đậu xanh")
	if got := Likeness(a, b, 1); got < 0.4 || got > 0.8 {
		t.Errorf("two that share the beginning: %v", got)
	}
	if got := Likeness(a, a, 100); got > 0.1 {
		t.Errorf("few words prove little: %v", got)
	}
	if got := Likeness(nil, a, 1); got != 0 {
		t.Errorf("nothing is like nothing: %v", got)
	}
}

package sangkien

import (
	"math"
	"testing"
)

func TestPressFitsAndReturns(t *testing.T) {
	t.Parallel()
	p := Press{Verb: "a", Idea: math.MaxInt64, Question: "confidential", Revision: 1 << 40, Value: "QUY_TRINH_SX"}
	s, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := ParsePress(s); !ok || got != p {
		t.Errorf("ParsePress(%q) = %+v, %v", s, got, ok)
	}
	for _, bad := range []Press{{Verb: "a", Value: "x.y"}, {Verb: "a", Value: string(make([]byte, 70))}} {
		if _, err := bad.Encode(); CodeOf(err) != EINVALID {
			t.Errorf("Encode(%+v) = %v, want EINVALID", bad, err)
		}
	}
}

// FuzzParsePress: what is accepted is exactly what Encode would have written.
func FuzzParsePress(f *testing.F) {
	f.Add("a.zz.title.1.x")
	f.Add("....")
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := ParsePress(s)
		if !ok {
			return
		}
		if back, err := p.Encode(); err == nil && back != s {
			t.Errorf("%q reads as %+v, which writes %q", s, p, back)
		}
	})
}

package webchat

import (
	"fmt"
	"testing"
)

// TestPaceKnowsNetworks: the addresses of one household are one, those of a crowd are not all remembered.
func TestPaceKnowsNetworks(t *testing.T) {
	t.Parallel()
	p, taken := newPace(), 0
	for i := range 2 * addressBurst {
		if p.newVisitor(fmt.Sprintf("[2001:db8::%x]:9", i)) {
			taken++
		}
	}
	if taken < addressBurst || taken > addressBurst+5 {
		t.Errorf("%d visitors of one network were taken, want %d", taken, addressBurst)
	}
	for i := range mostSeen + 10 {
		if !p.newVisitor(fmt.Sprintf("10.%d.%d.%d:9", i>>16, i>>8&255, i&255)) {
			t.Fatalf("visitor %d was refused", i)
		}
	}
	if len(p.seen) > mostSeen {
		t.Errorf("%d are remembered", len(p.seen))
	}
}

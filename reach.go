package sangkien

import (
	"slices"
	"time"
)

// Platforms is what the platforms of the deployment let us send to many. The zero value is those that always do.
type Platforms struct {
	Windows  map[string]Windows // by channel; one that always lets us write has none
	Template string             // channel of the accounts that are phone numbers, where templates are sent; "" where not
	Zone     *time.Location     // of the deployment
}

// Limited lists the channels on which people cannot always be written to, in order.
func (p Platforms) Limited() []string {
	var all []string
	for name, w := range p.Windows {
		if w.Interaction > 0 {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// ToMany is WayTo for a message to many, at now or, where it is night, in the morning: until then it waits.
func (p Platforms) ToMany(contacts []Contact, phone bool, now time.Time) (way Way, to Address, reason Barred) {
	if p.Zone != nil {
		now = now.In(p.Zone)
	}
	if len(contacts) > 0 {
		now = p.Windows[contacts[0].Address.Channel].Morning(now)
	}
	return WayTo(contacts, p.Windows, phone && p.Template != "", WritePromotion, now)
}

package sangkien

import "time"

// Unit is a node of the organisation tree. Provinces merge and communes change: units are data with
// dates, and an idea keeps the unit as it was on the day.
type Unit struct {
	ID        int64     `json:"id"`
	Code      string    `json:"code,omitempty"` // official code, unique when present
	Kind      string    `json:"kind"`           // province, commune, hamlet, agency, school, enterprise, …
	Name      string    `json:"name"`
	Parent    int64     `json:"parent,omitempty"` // 0 for a root
	Aliases   []string  `json:"aliases,omitempty"`
	ValidFrom time.Time `json:"valid_from,omitzero"` // zero: always was
	ValidTo   time.Time `json:"valid_to,omitzero"`   // exclusive; zero: still is
	Successor int64     `json:"successor,omitempty"` // the unit that took its place, 0 for none
}

// ValidAt tells whether the unit exists at t.
func (u Unit) ValidAt(t time.Time) bool {
	return !t.Before(u.ValidFrom) && (u.ValidTo.IsZero() || t.Before(u.ValidTo))
}

// Save is the change that stores the unit.
func (u Unit) Save() UnitSaved { return UnitSaved{Unit: u} }

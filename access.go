package sangkien

// Action is something that a person does, as far as it depends on who they are. The set is closed; rules has
// a rule for each.
type Action string

const (
	ActTakePart   Action = "take_part"   // what everyone may: write, read what is public, see to one's own data
	ActOwnIdea    Action = "own_idea"    // read, change, submit, withdraw one's own idea
	ActReadPublic Action = "read_public" // read a recognised idea, without what is confidential
	ActOpenDesk   Action = "open_desk"   // see the lists of the organiser's desk
	ActReadIdea   Action = "read_idea"   // read a submitted idea in full, with what is confidential
	ActHandle     Action = "handle"      // receive, ask for a supplement, forward
	ActDecide     Action = "decide"      // recognise, not recognise, exclude, release, take back
	ActAssist     Action = "assist"      // file an idea for someone without a phone
	ActDocuments  Action = "documents"   // add to the library of official documents
	ActLetters    Action = "letters"     // read and answer letters to the editorial board
	ActBroadcast  Action = "broadcast"   // write to the members of a unit, see how it goes, stop it
	ActCampaign   Action = "campaign"    // see and change the calendar and the reminders of a campaign
	ActData       Action = "data"        // see to requests about personal data
	ActStaff      Action = "staff"       // see who holds which role
	ActGrant      Action = "grant"       // give a role, or take it away
	ActAudit      Action = "audit"       // read the record of changes
)

// Actions lists every action.
func Actions() []Action {
	return []Action{ActTakePart, ActOwnIdea, ActReadPublic, ActOpenDesk, ActReadIdea, ActHandle, ActDecide, ActAssist,
		ActDocuments, ActLetters, ActBroadcast, ActCampaign, ActData, ActStaff, ActGrant, ActAudit}
}

// Object is what an action is about, as far as a rule depends on it. The zero Object asks whether the action
// is possible at all.
type Object struct {
	Author int64 // who owns it; 0 for no one
	By     int64 // who wrote it down for the owner; 0 for no one
	Unit   int64 // where it belongs; 0 for none of the list
	State  State // of an idea
	Any    bool  // no thing in particular: somewhere is enough
}

// Anything is the object of a question such as "may they open the desk at all".
func Anything() Object { return Object{Any: true} }

// Object is the idea as a rule sees it.
func (i Idea) Object() Object {
	return Object{Author: i.Author, By: i.EnteredBy, Unit: i.Unit, State: i.State}
}

// Viewer is a person with what is needed to tell what they may do. It is made anew for each turn: a role that
// was taken away is gone at once.
type Viewer struct {
	Member Member
	Tree   *Tree
}

// May is the one function that decides whether a person may do something. What is not listed is forbidden.
func (v Viewer) May(a Action, o Object) bool {
	if v.Member.ID == 0 {
		return false
	}
	switch a {
	case ActTakePart:
		return true
	case ActOwnIdea:
		// Who wrote it down for someone goes on with it, so long as they may do such things.
		return o.Any || o.Author == v.Member.ID || o.By == v.Member.ID && v.covers(Anything(), RoleOrganiser, RoleAdmin)
	case ActReadPublic:
		return o.Any || o.State == Recognised
	case ActOpenDesk, ActAssist, ActDocuments, ActLetters, ActBroadcast, ActCampaign:
		return v.covers(o, RoleOrganiser, RoleAdmin)
	case ActReadIdea:
		return o.State != Draft && v.covers(o, RoleOrganiser, RoleAdmin)
	case ActHandle, ActDecide:
		// Nobody sees to their own idea.
		return o.State != Draft && o.Author != v.Member.ID && v.covers(o, RoleOrganiser, RoleAdmin)
	case ActData, ActStaff, ActGrant, ActAudit:
		return v.covers(o, RoleAdmin)
	}
	return false
}

// covers tells whether one of the roles reaches to where the object belongs.
func (v Viewer) covers(o Object, roles ...Role) bool {
	for _, g := range v.Member.Roles {
		for _, r := range roles {
			if g.Role == r && (o.Any || v.Tree.Within(o.Unit, g.Unit)) {
				return true
			}
		}
	}
	return false
}

// Scope is the units whose ideas a list may show: May for many at once, for SQL to apply.
type Scope struct {
	All   bool
	Units []int64
}

// Scope returns what the person sees at the organiser's desk.
func (v Viewer) Scope() Scope {
	var s Scope
	for _, g := range v.Member.Roles {
		if g.Role != RoleOrganiser && g.Role != RoleAdmin {
			continue
		}
		if g.Unit == 0 {
			return Scope{All: true}
		}
		s.Units = append(s.Units, v.Tree.Under(g.Unit)...)
	}
	return s
}

// desk is the unit for which staff do what belongs to no unit by itself: the first that they hold a role over, 0 when
// they hold one over the whole organisation.
func (v Viewer) desk() int64 {
	unit := int64(-1)
	for _, g := range v.Member.Roles {
		switch {
		case g.Role != RoleOrganiser && g.Role != RoleAdmin:
		case g.Unit == 0:
			return 0
		case unit < 0:
			unit = g.Unit
		}
	}
	return max(0, unit)
}

// None tells that there is nothing to see.
func (s Scope) None() bool { return !s.All && len(s.Units) == 0 }

// Tally is how many ideas of a unit are in a state.
type Tally struct {
	Unit  int64
	State State
	Count int
}

// Letters adds up the letters that the person may answer.
func (v Viewer) Letters(all []Tally) int {
	n := 0
	for _, t := range all {
		if v.May(ActLetters, Object{Unit: t.Unit}) {
			n += t.Count
		}
	}
	return n
}

// Requests leaves those requests about personal data that the person sees to, in their order.
func (v Viewer) Requests(all []DataRequest) []DataRequest {
	var mine []DataRequest
	for _, q := range all {
		if v.May(ActData, q.Object()) {
			mine = append(mine, q)
		}
	}
	return mine
}

// Count adds up what the person sees at the desk, by state.
func (v Viewer) Count(all []Tally) map[State]int {
	counts := map[State]int{}
	for _, t := range all {
		if v.May(ActReadIdea, Object{Unit: t.Unit, State: t.State}) {
			counts[t.State] += t.Count
		}
	}
	return counts
}

package handlers

import sangkien "github.com/sangkien/sangkien"

// Ability is a row of the tables of commands, buttons and sheets, for tests that go through all of them.
type Ability struct {
	Name      string
	Needs     sangkien.Action
	AboutIdea bool
}

// VerbTable lists the buttons.
func VerbTable() []Ability {
	var all []Ability
	for _, v := range verbs() {
		all = append(all, Ability{v.name, v.needs, v.about == aboutIdea})
	}
	return all
}

// SheetTable lists the sheets.
func SheetTable() []Ability {
	var all []Ability
	for _, k := range sheetKinds() {
		all = append(all, Ability{k.name, k.needs, k.about == aboutIdea})
	}
	return all
}

// LinkCodeIn reads a code to link accounts.
func LinkCodeIn(text string) (string, bool) { return linkCode(text) }

package storage

import (
	"encoding/json"
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

// inScope is the condition that the column is a unit of the scope in the argument with the number: the value of
// scopeArg. It has one text for each database and number, so that statements stay prepared.
func (d dialect) inScope(column, arg string) string {
	return "(" + arg + " = '*' or " + column + " in (" + strings.ReplaceAll(d.jsonNumbers, "?", arg) + "))"
}

// scopeArg is a scope as the argument of inScope.
func scopeArg(s sangkien.Scope) string {
	if s.All {
		return "*"
	}
	data, err := json.Marshal(s.Units)
	if err != nil || s.Units == nil {
		return "[]" // numbers always marshal
	}
	return string(data)
}

package handlers

import (
	sangkien "github.com/sangkien/sangkien"
)

// lookUp answers a code that was typed. It is an address, not a key: what someone may not see and what does not
// exist are answered by the same question to the store and in the same words.
func (t *turn) lookUp(code string) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	id, err := t.d.Store.FindCode(t.ctx, code, t.chat.Member.ID, v.Scope())
	if err != nil {
		return outcome{}, err
	}
	if id == 0 {
		return t.stay(t.sayKey("code.unknown", sangkien.With("code", code))), nil
	}
	i, err := t.loadIdea(id)
	switch {
	case sangkien.CodeOf(err) == sangkien.ENOTFOUND:
	case err != nil:
		return outcome{}, err
	case v.May(sangkien.ActOwnIdea, i.Object()):
		return t.show(i)
	case v.May(sangkien.ActReadIdea, i.Object()):
		return t.deskIdea(i)
	case v.May(sangkien.ActReadPublic, i.Object()):
		return t.pressedPublic(sangkien.Press{})
	}
	return t.stay(t.sayKey("code.unknown", sangkien.With("code", code))), nil
}

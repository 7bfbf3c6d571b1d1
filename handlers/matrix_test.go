package handlers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/storage"
)

// dry is a store that notes what would be committed and writes nothing.
type dry struct {
	*storage.Store
	last sangkien.Commit
}

func (d *dry) Commit(_ context.Context, c sangkien.Commit) (sangkien.Facts, error) {
	d.last = c
	return sangkien.Facts{}, nil
}

// secret is the title of every idea of the matrix: whoever may not see one must not read it.
const secret = "Bí mật của tác giả"

// matrix is the people and ideas that every command and every button is tried with.
type matrix struct {
	*scene
	viewers []string // names of users, each with the role of its name
	ideas   []sangkien.Idea
	dry     *handlers.Dispatcher // on the store that writes nothing
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{scene: newScene(t)}
	roles := map[string]struct {
		role sangkien.Role
		over string
	}{
		"commune": {sangkien.RoleOrganiser, "1906"}, "province": {sangkien.RoleOrganiser, "19"}, "former": {sangkien.RoleOrganiser, "6"},
		"appraiser": {sangkien.RoleAppraiser, "0"}, "local admin": {sangkien.RoleAdmin, "1906"}, "admin": {sangkien.RoleAdmin, "0"},
	}
	for _, user := range []string{"author", "member", "commune", "province", "former", "appraiser", "local admin", "admin"} {
		m.user = user
		m.do("/start")
		if r, ok := roles[user]; ok {
			m.grant(user, r.role, r.over)
		}
		m.viewers = append(m.viewers, user)
	}
	for _, unit := range []string{"1906", "1840"} {
		for _, state := range sangkien.States() {
			m.ideas = append(m.ideas, m.ideaIn(unit, state))
		}
	}
	return m
}

// ideaIn makes an idea of the author and walks it to a state by the moves of its life.
func (m *matrix) ideaIn(unit string, state sangkien.State) sangkien.Idea {
	m.t.Helper()
	id := m.draft("author", unit, secret)
	ways := map[sangkien.State][]sangkien.State{
		sangkien.Submitted: {}, sangkien.Received: {sangkien.Received}, sangkien.NeedsSupplement: {sangkien.NeedsSupplement},
		sangkien.UnderAppraisal: {sangkien.Received, sangkien.UnderAppraisal}, sangkien.Withdrawn: {sangkien.Withdrawn},
	}
	for _, outcome := range sangkien.Outcomes() {
		ways[outcome] = []sangkien.State{sangkien.Received, sangkien.UnderAppraisal, outcome}
	}
	if state != sangkien.Draft {
		for _, to := range append([]sangkien.State{sangkien.Submitted}, ways[state]...) {
			m.move(id, to)
		}
	}
	idea, err := m.store.Idea(m.t.Context(), id)
	if err != nil || idea.State != state {
		m.t.Fatal(idea.State, err)
	}
	return idea
}

// viewer is a user as the rule sees them.
func (m *matrix) viewer(user string) sangkien.Viewer {
	m.t.Helper()
	chat, err := m.store.Chat(m.t.Context(), sangkien.Address{Channel: "test", Bot: "b", Chat: user}, sangkien.Sender{ID: user})
	if err != nil {
		m.t.Fatal(err)
	}
	return sangkien.Viewer{Member: chat.Member, Tree: sangkien.NewTree(seed.Units())}
}

// try gives an update of a user to a dispatcher that writes nothing.
func (m *matrix) try(store *dry, user string, u sangkien.Update) sangkien.Commit {
	m.t.Helper()
	m.updates++
	u.Key, u.Address = fmt.Sprint("try", m.updates), sangkien.Address{Channel: "test", Bot: "b", Chat: user}
	u.From = sangkien.Sender{ID: user}
	store.last = sangkien.Commit{}
	if m.dry == nil {
		m.dry = m.dispatcher(store)
	}
	if err := m.dry.Handle(m.t.Context(), u); err != nil {
		m.t.Fatalf("%s: %+v: %v", user, u, err)
	}
	return store.last
}

// refused tells whether a commit says no, changes nothing and gives nothing away.
func refused(c sangkien.Commit) bool {
	if len(c.Effects) > 0 || len(c.Replies) != 1 || len(c.Replies[0].Lines) != 1 {
		return false
	}
	said := c.Replies[0].Lines[0]
	return (said.Key == "access.denied" || said.Key == "idea.gone") && len(said.Args) == 0 && !strings.Contains(fmt.Sprint(c), secret)
}

// harmless tells whether a commit keeps to what the viewer may know and do of an idea, whatever the tables say.
func harmless(v sangkien.Viewer, i sangkien.Idea, c sangkien.Commit) error {
	knows := i.State == sangkien.Recognised || v.May(sangkien.ActOwnIdea, i.Object()) || v.May(sangkien.ActReadIdea, i.Object())
	if said := fmt.Sprint(c); !knows && (strings.Contains(said, secret) || i.Code != "" && strings.Contains(said, i.Code)) {
		return fmt.Errorf("it gives the idea away: %s", said)
	}
	acts := v.May(sangkien.ActOwnIdea, i.Object()) || v.May(sangkien.ActHandle, i.Object())
	for _, e := range c.Effects {
		if said := fmt.Sprintf("%+v", e); !acts && strings.Contains(said, fmt.Sprint(i.ID)) {
			return fmt.Errorf("it changes something: %s", said)
		}
	}
	return nil
}

// TestMatrix tries every command and every button as everyone on an idea of each unit and state, and holds what
// happens to the one rule. It is made from the tables: what stands in them is tested.
func TestMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	store := &dry{Store: m.store}
	values := map[string]string{"dk": "submitted-0", "dd": "recognised", "sr": "organiser-" + "1gy", "l": "en", "con": "news-yes", "pr": "name", "mute": "news", "unmute": "news"}
	tried, allowed := 0, 0
	check := func(what string, may bool, c sangkien.Commit) {
		t.Helper()
		tried++
		if may {
			allowed++
		}
		if refused(c) == may {
			t.Errorf("%s: may %v, and got %v with %v", what, may, c.Replies, c.Effects)
		}
	}
	for _, user := range m.viewers {
		v := m.viewer(user)
		for _, c := range handlers.Commands() {
			got := m.try(store, user, sangkien.Update{Kind: sangkien.UpdateText, Text: "/" + c.Name})
			check(user+": /"+c.Name, v.May(c.Needs, sangkien.Anything()), got)
		}
		for _, a := range handlers.VerbTable() {
			ideas := m.ideas
			if !a.AboutIdea {
				ideas = ideas[:1]
			}
			for _, i := range ideas {
				object := sangkien.Anything()
				if a.AboutIdea {
					object = i.Object()
				}
				p, err := sangkien.Press{Verb: a.Name, Idea: i.ID, Value: values[a.Name]}.Encode()
				if err != nil {
					t.Fatal(err)
				}
				got := m.try(store, user, sangkien.Update{Kind: sangkien.UpdatePress, Press: p, MessageID: "b"})
				if err := harmless(v, i, got); a.AboutIdea && err != nil {
					t.Errorf("%s: button %s: %v", user, a.Name, err)
				}
				check(fmt.Sprintf("%s: button %s on an idea of unit %d that is %s", user, a.Name, i.Unit, i.State), v.May(a.Needs, object), got)
			}
		}
	}
	if tried < 2000 || allowed < 300 {
		t.Errorf("only %d tried and %d allowed: does the matrix still reach everything?", tried, allowed)
	}
	t.Logf("%d combinations, %d allowed", tried, allowed)
}

// TestEveryAbilityNamesItsAction: a command, button or sheet without a known action does not pass.
func TestEveryAbilityNamesItsAction(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, a := range slices.Concat(handlers.VerbTable(), handlers.SheetTable()) {
		if !slices.Contains(sangkien.Actions(), a.Needs) {
			t.Errorf("%s needs %q, which is no action", a.Name, a.Needs)
		}
	}
	for _, c := range handlers.Commands() {
		if !slices.Contains(sangkien.Actions(), c.Needs) {
			t.Errorf("/%s needs %q, which is no action", c.Name, c.Needs)
		}
	}
	for _, a := range handlers.VerbTable() {
		if seen[a.Name] || slices.Contains(dialog.Verbs(), a.Name) || a.Name == dialog.VerbCommand {
			t.Errorf("the verb %s stands for two things", a.Name)
		}
		seen[a.Name] = true
	}
	forms := seed.Sheets()
	for _, a := range handlers.SheetTable() {
		if err := forms[a.Name].Check(); err != nil {
			t.Errorf("sheet %s: %v", a.Name, err)
		}
	}
}

// TestSheetsAreTheirOwners: nobody goes on with someone else's sheet, or with one for which they lost the right.
func TestSheetsAreTheirOwners(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	var submitted sangkien.Idea
	for _, i := range m.ideas {
		if i.State == sangkien.Submitted && i.Unit == 1906 {
			submitted = i
		}
	}
	m.user = "commune"
	m.do("/hoso")
	m.do("[1 chờ tiếp nhận]")
	m.do("[1. " + submitted.Code + "]")
	m.do("[Yêu cầu bổ sung]")
	m.do("Cho xem ảnh máy")
	admin, commune := m.viewer("admin"), m.viewer("commune")
	revoked, err := admin.Revoke(commune.Member, commune.Member.Roles[0], m.now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.store.Commit(t.Context(), sangkien.Commit{Key: "revoke", At: m.now, Effects: []sangkien.Effect{revoked}}); err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{"7 ngày", "gửi", "/hoso"} {
		m.do(input)
	}
	if after, err := m.store.Idea(t.Context(), submitted.ID); err != nil || after.State != sangkien.Submitted {
		t.Errorf("after the role was taken away the idea became %s, %v", after.State, err)
	}
}

// TestMenus: the menu of members is short and has what they look for; that of staff has their work first.
func TestMenus(t *testing.T) {
	t.Parallel()
	names := func(who sangkien.MenuFor) string {
		var all []string
		for _, c := range handlers.MenuOf(who) {
			all = append(all, c.Name)
		}
		return strings.Join(all, " ")
	}
	if got := names(sangkien.MenuMember); got != "gui cuatoi tracuu caidat lienhe tin trogiup" {
		t.Errorf("members: %s", got)
	}
	if got := names(sangkien.MenuStaff); got != "yeucau bantin hopthu hoso dotphatdong quantri gui cuatoi tracuu caidat lienhe tin trogiup" {
		t.Errorf("staff: %s", got)
	}
}

// TestPapersAreNotForgedAway: the buttons of a document of the whole organisation do nothing for staff of a commune.
func TestPapersAreNotForgedAway(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.user = "commune"
	s.do("/start")
	s.grant("commune", sangkien.RoleOrganiser, "1906")
	s.paper("Quyết định của tỉnh")
	papers, err := s.store.Papers(t.Context(), "", 0, 10)
	if err != nil || len(papers) != 1 {
		t.Fatal(papers, err)
	}
	for _, verb := range []string{"ve", "vr", "vry"} {
		press, err := sangkien.Press{Verb: verb, Idea: papers[0].ID}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s.updates++
		said := s.handle(sangkien.Update{Key: fmt.Sprint("forged", s.updates), Kind: sangkien.UpdatePress, Press: press, MessageID: "b",
			Address: sangkien.Address{Channel: "test", Bot: "b", Chat: "commune"}, From: sangkien.Sender{ID: "commune"}})
		if !strings.Contains(said, "của đơn vị khác") {
			t.Errorf("%s: %s", verb, said)
		}
	}
	if left, err := s.store.Papers(t.Context(), "", 0, 10); err != nil || len(left) != 1 {
		t.Errorf("left: %+v, %v", left, err)
	}
}

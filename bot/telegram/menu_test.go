package telegram

import (
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

// TestSetMenu: staff see their commands in their own chat, and nobody else does; who lost the role sees them no more.
func TestSetMenu(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *Config) {
		c.Menus = []Menu{{Commands: []MenuCommand{{"gui", "Gửi"}}}, {Commands: []MenuCommand{{"hoso", "Hồ sơ"}}, For: sangkien.MenuStaff},
			{Language: "en", Commands: []MenuCommand{{"desk", "Desk"}}, For: sangkien.MenuStaff}}
	})
	r.setMenus(t.Context())
	r.SetMenu(t.Context(), r.address(), sangkien.MenuStaff)
	r.SetMenu(t.Context(), r.address(), sangkien.MenuMember)
	set, gone := r.server.Calls("setMyCommands"), r.server.Calls("deleteMyCommands")
	if len(set) != 3 || len(gone) != 2 {
		t.Fatalf("%d menus set, %d deleted", len(set), len(gone))
	}
	if !strings.Contains(set[0].Params["commands"], "gui") || !strings.Contains(set[0].Params["scope"], "all_private_chats") {
		t.Errorf("%+v", set[0])
	}
	for _, c := range append(set[1:], gone...) {
		if c.Params["scope"] != `{"type":"chat","chat_id":7}` || strings.Contains(c.Params["commands"], "gui") {
			t.Errorf("%+v", c)
		}
	}
}

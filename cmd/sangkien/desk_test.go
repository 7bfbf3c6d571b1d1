package main

import (
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
)

// TestDeskInTheBrowser: the first administrator takes the role, sees the demonstration's ideas at the desk of a
// phone's size, receives one, asks for the results and sees the picture, and takes their own data along.
func TestDeskInTheBrowser(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	d := demo{store: r.store, now: time.Now().In(r.config.zone), staff: sangkien.Viewer{Member: sangkien.Member{ID: newID(), Roles: []sangkien.Grant{{Role: sangkien.RoleOrganiser}}}}}
	if err := d.fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	hello, err := r.hello(t.Context(), strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(hello, "/chat#start=")
	code, _, _ = strings.Cut(code, "\n")
	p := testkit.OpenPage(t, r.url+"/chat#start="+code)
	p.AwaitText("Họ và tên của anh/chị là gì?")
	p.Type("Nông Thị Hằng")
	p.Press("Về bàn làm việc")
	p.AwaitText("Hồ sơ trong phạm vi")
	p.Picture("desk-1-overview.png")
	p.Press("2 chờ tiếp nhận")
	p.AwaitText("trang 1")
	p.Picture("desk-2-list.png")
	p.Eval(`[...document.querySelectorAll('.latest button')][0].click()`)
	p.AwaitText("Tác giả:")
	p.Picture("desk-3-idea.png")
	p.Press("Tiếp nhận")
	p.AwaitText("Bấm nhầm thì hoàn tác")
	p.Type("ket qua")
	p.AwaitText("Được công nhận: 5")
	p.Await("the picture of the results", `[...document.querySelectorAll('.file img')].some(i => i.complete && i.naturalWidth === 720)`)
	p.Picture("desk-4-results.png")
	p.Press("Theo đơn vị")
	p.AwaitText("theo đơn vị hiện nay")
	p.Await("the picture by unit", `[...document.querySelectorAll('.file img')].filter(i => i.complete && i.naturalWidth === 720).length === 2`)
	p.Picture("desk-4-units.png")
	p.Type("van ban")
	p.AwaitText("464/MTTQ-BTT")
	p.Picture("desk-5-library.png")
	p.Type("du lieu cua toi")
	p.AwaitText("Dữ liệu của anh/chị đang được lưu")
	p.Press("Lấy dữ liệu về")
	p.Await("both files", `document.querySelectorAll('a.file[download]').length === 2`)
	p.Picture("desk-6-data.png")
	p.Eval(`fetch(document.querySelector('a.file[download$=".json"]').href).then(r => r.json()).then(d => { document.title = d.name })`)
	p.Await("the file of one's data to be one's own", `document.title === 'Nông Thị Hằng'`)
}

package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/vntext"
)

// tell writes an answer over that of a draft.
func (s *scene) tell(id int64, key, value string) {
	s.t.Helper()
	given := sangkien.AnswerGiven{Idea: id, Question: key, Answer: sangkien.Answer{Value: value}, At: s.now}
	if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: fmt.Sprint("tell", id, key), At: s.now, Effects: []sangkien.Effect{given}}); err != nil {
		s.t.Fatal(err)
	}
}

// TestSimilarIdeasAreNamed holds drafts beside the recognised ideas of the demonstration: one that was told anew
// is recognised as such, whatever its accents; one that only sounds like it is not.
func TestSimilarIdeasAreNamed(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, user := range []string{"author", "reader"} {
		s.user = user
		s.do("/start")
	}
	titles := map[string]string{}
	for n, i := range seed.Ideas() {
		id := s.draft("author", "1906", i.Answers["title"].Value)
		s.tell(id, "solution", i.Answers["solution"].Value)
		s.submit(id)
		for _, to := range []sangkien.State{sangkien.Received, sangkien.UnderAppraisal, sangkien.Recognised} {
			s.move(id, to)
		}
		titles[i.Answers["title"].Value] = fmt.Sprintf("SK-2026-%05d", n+1)
	}
	for _, c := range []struct{ title, solution, like string }{
		{"May tach bap bang dong co xe may cu", "dung dong co xe wave cu gan vao khung sat, ong thep han rang so le de tach hat ngo, hat roi xuong bat", "May tach hat ngo"},
		{"Dùng động cơ xe máy tách hạt ngô", "lấy động cơ xe máy hỏng hàn khung sắt làm trống tách", "May tach hat ngo"},
		{"U phan tu than ngo va ba dong rieng", "bam than ngo, tron voi ba dong va phan trau, tuoi che pham vi sinh, u bat 35 ngay", "Ủ phân vi sinh"},
		{"Nhà phơi miến bằng màng nhà kính", "dựng khung thép, lợp màng nhà kính, giàn phơi quay 5 tầng, quạt đối lưu", "Nhà phơi miến"},
		{"Thẻ tranh song ngữ Tày Việt cho trẻ mầm non", "vẽ thẻ tranh, mặt sau ghi tiếng Việt và tiếng Tày", "Bộ thẻ tranh"},
		{"Đổi rác lấy cây giống", "gom vỏ chai, giấy vụn, bán lấy tiền giúp học sinh nghèo", "🌱"},
		{"bọc quả hồng không hạt", "tỉa cành, bọc quả bằng túi giấy theo lịch", "Bọc quả"},
		{"Guồng nước đưa nước lên ruộng bậc thang", "làm guồng nước tự chế bằng tre", "Guồng nước"},
		{"Nuôi gà thả đồi", "làm chuồng bằng tre, thả gà trên đồi, cho ăn ngô và giun quế", ""},
		{"Câu lạc bộ đọc sách ở nhà văn hoá thôn", "mỗi tối thứ bảy các cháu đến nhà văn hoá đọc sách, người lớn kể chuyện", ""},
		{"Quản lý công văn bằng bảng tính", "nhập công văn đến, công văn đi vào bảng tính, lọc theo hạn", ""},
		{"Trồng dong riềng trên đất dốc", "trồng xen ngô, bón phân chuồng, vun gốc hai lần", ""},
		{"Nhóm Zalo của chi hội phụ nữ", "lập nhóm zalo, đăng tin họp, nhắc đóng hội phí", ""},
		{"Máy băm chuối nuôi lợn", "dùng động cơ điện cũ, lưỡi dao hàn vào trục, cho thân chuối vào phễu", ""},
		{"Hệ thống tưới nhỏ giọt cho rau", "đi ống nhựa, đục lỗ, hẹn giờ bơm", ""},
		{"Sáng kiến mới", "làm như đã nói", ""},
		{"\" OR '", "); drop table ideas; --", ""},
		{strings.Repeat("máy ", 60), strings.Repeat("rất dài ", 1200), ""},
	} {
		id := s.draft("reader", "1906", c.title)
		s.tell(id, "solution", c.solution)
		press, err := sangkien.Press{Verb: "go", Idea: id}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s.updates++
		said := s.handle(sangkien.Update{Key: fmt.Sprint("go", id), Kind: sangkien.UpdatePress, Press: press, MessageID: "b",
			Address: sangkien.Address{Channel: "test", Bot: "b", Chat: "reader"}, From: sangkien.Sender{ID: "reader"}})
		var named []string
		for title, code := range titles {
			if strings.Contains(said, "“"+title+"”, mã "+code) {
				named = append(named, title)
			}
		}
		if !strings.Contains(said, "Mời anh/chị xem lại") {
			t.Fatalf("%s: %s", c.title, said)
		}
		switch {
		case c.like == "" && len(named) > 0:
			t.Errorf("%q is told to be like %q", c.title, named)
		case c.like != "" && (len(named) != 1 || !strings.HasPrefix(vntext.Fold(named[0]), vntext.Fold(c.like))):
			t.Errorf("%q is told to be like %q", c.title, named)
		}
		s.do("/huy")
		s.do("[Để lại, làm sau]")
	}
}

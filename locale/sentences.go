package locale

import sangkien "github.com/sangkien/sangkien"

// sentences is every sentence, by key. Group by the file that says it.
var sentences = map[string]sangkien.Text{
	"mend.blank": {VI: "Hệ thống chưa thấy chữ nào trong tin nhắn. Mời anh/chị gõ câu trả lời.", EN: "There are no words in that message. Please type your answer."},
}

package locale

import sangkien "github.com/sangkien/sangkien"

// topicSentences is about what members hear of us unasked.
var topicSentences = map[string]sangkien.Text{
	"button.mute":           {VI: "Tắt thông báo", EN: "Mute"},
	"button.unmute":         {VI: "Nhận lại thông báo", EN: "Unmute"},
	"button.open_link":      {VI: "Xem thêm", EN: "Read more"},
	"topic.name_news":       {VI: "tin tức phong trào", EN: "news of the movement"},
	"topic.name_reminders":  {VI: "nhắc việc", EN: "reminders"},
	"topic.name_results":    {VI: "kết quả công nhận", EN: "what was recognised"},
	"topic.title_news":      {VI: "Tin tức", EN: "News"},
	"topic.title_reminders": {VI: "Nhắc hạn", EN: "Reminders"},
	"topic.title_results":   {VI: "Kết quả", EN: "Results"},
	"topic.off": {VI: "Đã tắt thông báo: {topic}. Việc về hồ sơ của anh/chị vẫn được báo như thường. Muốn nhận lại, bấm nút dưới đây lúc nào cũng được.",
		EN: "Muted: {topic}. You will still hear about your own ideas. To have it back, press the button below at any time."},
	"topic.on": {VI: "Đã bật lại thông báo: {topic}. Mỗi ngày nhiều nhất một tin.", EN: "You will hear of it again: {topic}. At most one message a day."},
}

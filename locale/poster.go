package locale

import sangkien "github.com/sangkien/sangkien"

// posterSentences is what stands on a poster, and what is said to who comes from one.
var posterSentences = map[string]sangkien.Text{
	"poster.call":       {VI: "Mời bà con gửi ý tưởng, sáng kiến", EN: "Send us your ideas"},
	"poster.deadline":   {VI: "Nhận đến {at}", EN: "Open until {at}"},
	"poster.scan":       {VI: "Mở Zalo hoặc máy ảnh trên điện thoại, đưa vào mã dưới đây.", EN: "Open the camera of your phone and point it at a code below."},
	"poster.write":      {VI: "Bấm “Gửi ý tưởng”, trả lời vài câu. Viết không dấu, nói hay chụp ảnh đều được.", EN: "Press “Submit an idea” and answer a few questions, in words, by voice or with photos."},
	"poster.follow":     {VI: "Nhận mã hồ sơ. Có tin mới, bà con được báo ngay trong tin nhắn.", EN: "You get a code, and a message as soon as there is news."},
	"poster.ask":        {VI: "Cần hỏi thêm: {contact}", EN: "Questions? Ask {contact}"},
	"poster.send":       {VI: "Quét xong, nhắn: {words}", EN: "Then send: {words}"},
	"poster.open":       {VI: "hoặc mở {link}", EN: "or open {link}"},
	"poster.web":        {VI: "Trang web", EN: "Web"},
	"poster.other_unit": {VI: "Mã này của {unit}. Đơn vị của anh/chị vẫn là {mine}; muốn đổi, anh/chị vào cài đặt.", EN: "This code is of {unit}. Your unit stays {mine}; you can change it in the settings."},
	"unit.offer":        {VI: "Theo mã đã quét: *{unit}*. Đúng thì bấm nút; không đúng thì gõ tên đơn vị khác.", EN: "The code that you scanned says *{unit}*. Press the button if that is right, or type another name."},
	"button.offer_unit": {VI: "Đúng, {unit}", EN: "Yes, {unit}"},
}

package locale

import sangkien "github.com/sangkien/sangkien"

// searchSentences is what is said about looking for ideas.
var searchSentences = map[string]sangkien.Text{
	"command.tracuu": {VI: "Tìm sáng kiến đã công nhận", EN: "Find recognised ideas"},

	"search.ask":            {VI: "Anh/chị muốn tìm gì? Gõ vài từ, không cần dấu, hoặc gõ mã hồ sơ.\nVí dụ: may say mien", EN: "What are you looking for? Type a few words, without accents if you like, or a code.\nFor example: may say mien"},
	"search.ask_form":       {VI: "Muốn tìm ngay lúc này, anh/chị gõ /tracuu kèm từ cần tìm, ví dụ: /tracuu may say. Câu đang hỏi vẫn ở đây:", EN: "To search right now type /search with the words, for example: /search may say. This is where you are:"},
	"search.old":            {VI: "Nút này thuộc lần tìm trước. Anh/chị gõ lại từ cần tìm.", EN: "That button belongs to an earlier search. Please type the words again."},
	"search.head":           {VI: "*Tìm “{words}”*, trang {page}", EN: "*“{words}”*, page {page}"},
	"search.newest":         {VI: "*Mới nhất*, trang {page}", EN: "*Newest*, page {page}"},
	"search.only":           {VI: "Chỉ gồm: {what}", EN: "Only: {what}"},
	"search.idea":           {VI: "{i}. “{title}”\n    {code}, {unit|summary.none}", EN: "{i}. “{title}”\n    {code}, {unit|summary.none}"},
	"search.idea_state":     {VI: "{i}. “{title}”: {state}\n    {code}, {unit|summary.none}", EN: "{i}. “{title}”: {state}\n    {code}, {unit|summary.none}"},
	"search.none":           {VI: "Chưa tìm thấy sáng kiến nào có “{words}”. Anh/chị thử gõ ít từ hơn, hoặc từ khác gần nghĩa.", EN: "Nothing was found for “{words}”. Try fewer words, or others that mean the same."},
	"search.none_at_all":    {VI: "Ở đây chưa có sáng kiến nào được công nhận.", EN: "There are no recognised ideas here yet."},
	"search.which_field":    {VI: "Anh/chị xem lĩnh vực nào?", EN: "Which field?"},
	"search.which_year":     {VI: "Anh/chị xem năm nào?", EN: "Which year?"},
	"search.which_unit":     {VI: "Anh/chị xem đơn vị nào? Bấm một nút, hoặc gõ tên đơn vị, không cần dấu.", EN: "Which unit? Press a button, or type its name, without accents if you like."},
	"search.which_of_units": {VI: "Anh/chị chọn đúng đơn vị giúp:", EN: "Which of these?"},
	"similar.head":          {VI: "Đã có sáng kiến được công nhận gần giống:", EN: "These recognised ideas are much like yours:"},
	"similar.idea":          {VI: "• “{title}”, mã {code}", EN: "• “{title}”, {code}"},
	"similar.ask":           {VI: "Nếu của anh/chị khác, bấm *Khác ở chỗ nào?* hoặc gõ số {n} để kể thêm. Không kể vẫn gửi được.", EN: "If yours is different press *What is different?* or type {n} to tell how. You can submit without it."},
	"button.different":      {VI: "{name}?", EN: "{name}?"},
	"button.similar":        {VI: "Đọc {code}", EN: "Read {code}"},
	"inline.about":          {VI: "{code}, {unit|summary.none}", EN: "{code}, {unit|summary.none}"},
	"inline.more":           {VI: "Muốn đọc đủ, nhắn riêng cho hệ thống mã {code}.", EN: "To read it all, send the code {code} to the bot in private."},
	"button.search":         {VI: "Tra cứu", EN: "Search"},
	"button.search_back":    {VI: "Về kết quả tìm", EN: "Back to the search"},
	"button.search_newest":  {VI: "Xem sáng kiến mới nhất", EN: "See the newest"},
	"button.search_field":   {VI: "Theo lĩnh vực", EN: "By field"},
	"button.search_year":    {VI: "Theo năm", EN: "By year"},
	"button.search_unit":    {VI: "Theo đơn vị", EN: "By unit"},
	"button.search_order":   {VI: "Mới nhất trước", EN: "Newest first"},
	"button.search_all":     {VI: "Tất cả", EN: "All"},
}

package locale

import sangkien "github.com/sangkien/sangkien"

// newsSentences is what is said about news, how often one hears of it, and its sending.
var newsSentences = map[string]sangkien.Text{
	"command.tin":    {VI: "Tin tức của phong trào", EN: "News of the movement"},
	"command.bantin": {VI: "Viết tin, xem các đợt gửi", EN: "Write news, see what is being sent"},

	"news.head":      {VI: "*Tin mới nhất ở trên:*", EN: "*News, the newest first:*"},
	"news.one":       {VI: "{i}. {title} ({at})", EN: "{i}. {title} ({at})"},
	"news.none":      {VI: "Chưa có tin nào. Có tin mới, hệ thống gửi ngay tại đây nếu anh/chị đồng ý nhận tin.", EN: "There is no news yet. It will be sent here if you agreed to news."},
	"news.view":      {VI: "*{title}*\n{sender|sender.board}, {at}", EN: "*{title}*\n{sender|sender.board}, {at}"},
	"news.gone":      {VI: "Tin này không còn nữa.", EN: "This news is not there any more."},
	"news.asks":      {VI: "Có {n} tin mới từ trang web chờ anh/chị duyệt trước khi gửi.", EN: "{n} news from the website wait for your approval before they are sent."},
	"news.waits":     {VI: "Tin lấy từ trang web, đang chờ duyệt: chưa ai nhận được.", EN: "From the website, waiting for approval: nobody has it yet."},
	"news.replaced":  {VI: "Tin này đã được thay bằng bản đính chính.", EN: "This was replaced by a correction."},
	"news.dropped":   {VI: "Tin này đã được gỡ.", EN: "This was taken down."},
	"news.drop_ask":  {VI: "Gỡ tin “{title}” khỏi mục tin? Tin đã gửi vẫn nằm trong máy bà con; muốn báo lại thì bấm *Đính chính* ở tin.", EN: "Take “{title}” out of the archive? Messages that were sent stay with people; to tell them something else, correct it."},
	"news.drop_done": {VI: "Đã gỡ tin “{title}”.", EN: "“{title}” is taken down."},
	"news.refused":   {VI: "Đã bỏ tin “{title}”, không gửi cho ai.", EN: "“{title}” is refused and sent to nobody."},
	"news.published": {VI: "Đã duyệt tin “{title}”. Hệ thống bắt đầu gửi.", EN: "“{title}” is approved and on its way."},
	"sender.board":   {VI: "Ban biên tập", EN: "Editorial board"},

	"topics.head":  {VI: "*Nhận tin thế nào?*", EN: "*How often do you hear from us?*"},
	"topics.off":   {VI: "Anh/chị đang không nhận tin nào. Việc về hồ sơ của anh/chị vẫn được báo.", EN: "You get no news now. You still hear of your own ideas."},
	"topics.one":   {VI: "• {topic}: {often}", EN: "• {topic}: {often}"},
	"topics.set":   {VI: "Đã đổi.", EN: "Changed."},
	"often.once":   {VI: "có là báo ngay", EN: "at once"},
	"often.daily":  {VI: "mỗi ngày một lần, 8 giờ sáng", EN: "once a day, at 8:00"},
	"often.weekly": {VI: "mỗi tuần một lần, sáng thứ Hai", EN: "once a week, on Monday morning"},
	"often.never":  {VI: "không nhận", EN: "never"},

	"digest.title": {VI: "Tin trong ngày", EN: "Today's news"},
	"digest.week":  {VI: "Tin trong tuần", EN: "This week's news"},

	"bulletin.correct":    {VI: "Anh/chị viết bản đính chính: bản cũ được thay, và những người nhận tin cũ nhận bản này.", EN: "You write a correction: it replaces the news, and goes to the same people."},
	"bulletin.past":       {VI: "Ngày gửi đã qua, hoặc chưa đủ ngày, tháng, năm. Anh/chị sửa câu *Ngày gửi*.", EN: "That day is over, or is no full date. Please change the answer *Day*."},
	"bulletin.not_yours":  {VI: "Anh/chị gửi tin được cho đơn vị mình phụ trách và các đơn vị dưới. Anh/chị sửa câu *Đơn vị*.", EN: "You can write to your own unit and those below it. Please change the answer *Unit*."},
	"bulletin.no_unit":    {VI: "Đơn vị này chưa có trong danh sách. Anh/chị sửa câu *Đơn vị*, chọn một đơn vị trong danh sách.", EN: "This unit is not in the list. Please change the answer *Unit* and choose one of the list."},
	"bulletin.file_waits": {VI: "Ảnh đang được tải về. Anh/chị đợi vài giây rồi bấm *Xem trước* lại.", EN: "The photo is being copied. Please wait a few seconds and press *Preview* again."},
	"bulletin.preview":    {VI: "*Trên là tin như bà con sẽ thấy.*\nSẽ gửi cho {n} người, bắt đầu lúc {at}.", EN: "*Above is the message as people will see it.*\nIt goes to {n} people, from {at}."},
	"bulletin.second":     {VI: "Trên {n} người thì cần một cán bộ khác duyệt.", EN: "Above {n} people someone else must approve it."},
	"bulletin.tested":     {VI: "Đã gửi thử, chỉ mình anh/chị nhận được.", EN: "Sent to you only, as a test."},
	"bulletin.waits":      {VI: "Tin “{title}” chờ một cán bộ khác duyệt. Duyệt xong, hệ thống gửi và báo anh/chị.", EN: "“{title}” waits for someone else's approval. Then it is sent, and you are told."},

	"message.title":  {VI: "*{title}*", EN: "*{title}*"},
	"message.sender": {VI: "— {sender}", EN: "— {sender}"},

	"button.news":          {VI: "Xem tin", EN: "News"},
	"button.read_news":     {VI: "{i}. {title}", EN: "{i}. {title}"},
	"button.open_news":     {VI: "Quay lại tin", EN: "Back to the news"},
	"button.topics":        {VI: "Cách nhận tin", EN: "How often I hear"},
	"button.often_once":    {VI: "{topic}: báo ngay", EN: "{topic}: at once"},
	"button.often_daily":   {VI: "{topic}: mỗi ngày", EN: "{topic}: daily"},
	"button.often_weekly":  {VI: "{topic}: mỗi tuần", EN: "{topic}: weekly"},
	"button.often_never":   {VI: "{topic}: không nhận", EN: "{topic}: never"},
	"button.write_news":    {VI: "Viết tin", EN: "Write news"},
	"button.correct_news":  {VI: "Đính chính", EN: "Correct it"},
	"button.drop_news":     {VI: "Gỡ tin", EN: "Take it down"},
	"button.drop_news_yes": {VI: "Gỡ tin", EN: "Take it down"},
	"button.publish_news":  {VI: "Duyệt và gửi", EN: "Approve and send"},
	"button.refuse_news":   {VI: "Bỏ tin này", EN: "Refuse it"},
	"button.send_news":     {VI: "Gửi cho {n} người", EN: "Send to {n} people"},
	"button.test_news":     {VI: "Gửi thử cho tôi", EN: "Send it to me only"},
	"button.change_news":   {VI: "Sửa lại", EN: "Change it"},
}

package locale

import sangkien "github.com/sangkien/sangkien"

// staffSentences is what those hear who give roles, and those who get them.
var staffSentences = map[string]sangkien.Text{
	"command.quantri": {VI: "Ai giữ vai trò gì; mời cán bộ", EN: "Who holds which role; invite staff"},

	"role.admin":     {VI: "quản trị", EN: "administrator"},
	"role.organiser": {VI: "cán bộ phụ trách", EN: "organiser"},
	"role.appraiser": {VI: "thẩm định", EN: "appraiser"},

	"staff.head":       {VI: "*Cán bộ và vai trò:*", EN: "*Staff and their roles:*"},
	"staff.one":        {VI: "{i}. {name}: {role}, {unit}", EN: "{i}. {name}: {role}, {unit}"},
	"staff.more":       {VI: "Danh sách còn dài hơn; dùng lệnh máy chủ để xem hết.", EN: "There are more; use the command line of the server to see all."},
	"staff.everywhere": {VI: "mọi đơn vị", EN: "everywhere"},
	"staff.unnamed":    {VI: "chưa có tên", EN: "no name yet"},
	"staff.no_unit":    {VI: "Đơn vị này chưa có trong danh sách nên chưa mời được. Gõ /quantri để mời lại và chọn đơn vị trong danh sách.", EN: "This unit is not in the list, so nobody was invited. Type /admin to try again with a unit of the list."},
	"staff.invited":    {VI: "Lời mời vai trò *{role}*, {unit}. Chuyển cho đúng một người; dùng một lần, trong 30 phút. Người nhận gõ mã này vào khung chat:\n*{code}*", EN: "Invitation to the role *{role}*, {unit}. Pass it to one person; it works once, within 30 minutes. They type this code in the chat:\n*{code}*"},
	"staff.link":       {VI: "Hoặc mở: {link}", EN: "Or open: {link}"},
	"staff.ask":        {VI: "Thu hồi vai trò *{role}* ({unit}) của {name}? Có hiệu lực ngay.", EN: "Take the role *{role}* ({unit}) away from {name}? It takes effect at once."},
	"staff.revoked":    {VI: "Đã thu hồi. {name} không dùng được vai trò này nữa.", EN: "Done. {name} no longer holds the role."},
	"staff.lost":       {VI: "Vai trò {role} của anh/chị đã được thu hồi. Cần hỏi thêm, anh/chị gõ /lienhe.", EN: "Your role as {role} has been taken back. Type /contact if you have questions."},
	"staff.joined":     {VI: "{name} vừa nhận vai trò anh/chị mời. Nếu không đúng người, gõ /quantri để thu hồi.", EN: "{name} has just accepted the role that you offered. If it is the wrong person, type /admin to take it back."},

	"assist.head":       {VI: "Anh/chị viết giúp một người không dùng điện thoại. Trước hết là người đó và sự đồng ý của họ.", EN: "You write for someone without a phone. First who they are, and that they agree."},
	"assist.begin":      {VI: "Đã ghi sự đồng ý của {name}. Bây giờ đến ý tưởng của {name}:", EN: "The consent of {name} is noted. Now the idea of {name}:"},
	"assist.no_consent": {VI: "Chưa có sự đồng ý nên chưa lưu gì. Khi người đó đồng ý, anh/chị gõ /hoso để nhập hộ.", EN: "There is no consent, so nothing was stored. Type /desk once they agree."},
	"assist.elsewhere":  {VI: "Đơn vị này ngoài phạm vi của anh/chị. Anh/chị sửa câu *Đơn vị*, hoặc bấm *Bỏ* và chuyển cho cán bộ nơi đó.", EN: "This unit is not within yours. Change the answer *Unit*, or press *Drop it* and pass it on to staff there."},
	"assist.for":        {VI: "Anh/chị nhập hộ {name}. Có tin mới, nhờ anh/chị báo lại cho {name}.", EN: "You wrote this for {name}. Please pass news on to {name}."},
	"button.assist":     {VI: "Nhập hộ người khác", EN: "Write for someone"},

	"button.invite":          {VI: "Mời cán bộ", EN: "Invite someone"},
	"button.copy_invitation": {VI: "Chép mã mời", EN: "Copy the code"},
	"button.staff":           {VI: "Về danh sách cán bộ", EN: "To the list of staff"},
	"button.revoke":          {VI: "Thu hồi {i}", EN: "Take back {i}"},
	"button.revoke_yes":      {VI: "Thu hồi", EN: "Take it back"},
	"button.submit_more":     {VI: "Gửi bổ sung", EN: "Send the supplement"},
}

package locale

import sangkien "github.com/sangkien/sangkien"

// importSentences is what whoever reads a list in is told.
var importSentences = map[string]sangkien.Text{
	"import.column":    {VI: "Cột “{as}” hiểu là: {name}", EN: "Column “{as}” is: {name}"},
	"import.plan":      {VI: "{rows} dòng; {n} mục mới hoặc thay đổi.", EN: "{rows} rows; {n} things are new or changed."},
	"import.dry":       {VI: "Chưa ghi gì.", EN: "Nothing was written."},
	"import.done":      {VI: "Đã nhập {n} mục. Muốn bỏ: sangkien import undo {hash}", EN: "{n} things are imported. To take them back: sangkien import undo {hash}"},
	"import.already":   {VI: "Tệp này đã nhập rồi, không có gì thay đổi. Muốn bỏ: sangkien import undo {hash}", EN: "This file was imported already; nothing changed. To take it back: sangkien import undo {hash}"},
	"import.undone":    {VI: "Đã bỏ {n} mục.", EN: "{n} things were taken back."},
	"import.invited":   {VI: "Mỗi mã dùng một lần, trong 30 phút. Hệ thống không lưu tên trong danh sách này. Muốn bỏ: sangkien import undo {hash}", EN: "Each code works once, within 30 minutes. No name of this list is kept. To take them back: sangkien import undo {hash}"},
	"import.uninvited": {VI: "Các lời mời chưa dùng không còn hiệu lực. Vai trò đã nhận thì thu hồi trong /quantri.", EN: "Invitations that were not used are void. Roles that were accepted are taken back in /admin."},
	"import.problem":   {VI: "Dòng {row}, cột “{column}”: {what}", EN: "Row {row}, column “{column}”: {what}"},
	"import.nothing":   {VI: "Có {n} chỗ cần sửa nên chưa nhập gì. Sửa trong tệp rồi chạy lại.", EN: "{n} things are to be mended, so nothing was imported. Mend the file and try again."},

	"import.large":      {VI: "Tệp lớn hơn 50 MB. Chia nhỏ rồi nhập từng phần.", EN: "The file is larger than 50 MB. Please split it."},
	"import.empty":      {VI: "Tệp rỗng.", EN: "The file is empty."},
	"import.old_excel":  {VI: "Tệp Excel đời cũ (.xls) hoặc có mật khẩu. Mở bằng Excel, bỏ mật khẩu, lưu thành .xlsx rồi nhập lại.", EN: "An old Excel file (.xls), or one with a password. Open it in Excel, take the password off, save it as .xlsx."},
	"import.encoding":   {VI: "Chữ trong tệp không phải Unicode (có thể là TCVN3, VNI). Mở bằng Excel, lưu thành .xlsx, hoặc chuyển mã sang UTF-8 rồi nhập lại.", EN: "The letters are not Unicode (TCVN3 or VNI perhaps). Save it as .xlsx in Excel, or convert it to UTF-8."},
	"import.begun":      {VI: "Chưa nhập hết. Chạy lại lệnh này để làm tiếp, hoặc bỏ phần đã nhập: sangkien import undo {hash}", EN: "Not all of it is imported. Run this again to go on, or take back what is there: sangkien import undo {hash}"},
	"import.quotes":     {VI: "Dòng {row}: dấu ngoặc kép (\") mở mà không đóng, hoặc nằm giữa ô. Mở bằng Excel, lưu lại thành .xlsx, hoặc bỏ dấu đó.", EN: "Row {row}: a quotation mark that is not closed, or in the middle of a cell. Open the list in Excel and save it as .xlsx, or take the mark out."},
	"import.broken":     {VI: "Tệp bị hỏng, không đọc được. Mở bằng Excel, lưu lại thành .xlsx rồi nhập lại.", EN: "The file is damaged. Open it in Excel and save it as .xlsx again."},
	"import.bomb":       {VI: "Tệp này bung ra quá lớn nên không mở, có thể là tệp phá hoại.", EN: "This file unpacks to far too much and is not opened; it may be made to do harm."},
	"import.no_sheet":   {VI: "Tệp Excel không có trang nào.", EN: "The Excel file has no sheet."},
	"import.cell":       {VI: "Dòng {row} có ô quá dài.", EN: "Row {row} has a cell that is too long."},
	"import.rows":       {VI: "Danh sách có hơn 100.000 dòng. Chia nhỏ rồi nhập từng phần.", EN: "The list has more than 100,000 rows. Please split it."},
	"import.no_heading": {VI: "Không thấy dòng tiêu đề trong 8 dòng đầu. Cần có cột: {columns}.", EN: "There is no heading in the first 8 lines. These columns are needed: {columns}."},

	"import.name":         {VI: "để trống hoặc quá dài, ghi lại giúp.", EN: "it is empty or too long."},
	"import.twice":        {VI: "trùng với dòng {row}, giữ một dòng.", EN: "the same as row {row}; keep one."},
	"import.unit_unknown": {VI: "không có đơn vị “{value}”. Ghi đúng mã hoặc tên, hoặc nhập đơn vị đó trước.", EN: "there is no unit “{value}”. Write its code or name, or import it first."},
	"import.unit_twice":   {VI: "có nhiều đơn vị tên “{value}”, ghi mã thay cho tên.", EN: "there are several units “{value}”; write the code."},
	"import.self":         {VI: "đơn vị không thể là cấp trên của chính nó.", EN: "a unit cannot be above itself."},
	"import.date":         {VI: "“{value}” không phải ngày. Ghi như 30/6/2025.", EN: "“{value}” is no date. Write 30/6/2025."},
	"import.year":         {VI: "“{value}” không phải năm. Ghi bốn chữ số, như 2022.", EN: "“{value}” is no year. Write four digits, like 2022."},
	"import.code":         {VI: "“{value}” không phải mã hồ sơ. Ghi như SK-2022-00031, hoặc để trống để hệ thống đánh số.", EN: "“{value}” is no code. Write SK-2022-00031, or leave it empty."},
	"import.code_taken":   {VI: "mã {value} đã có trong hệ thống.", EN: "the code {value} exists already."},
	"import.result":       {VI: "“{value}” chưa rõ. Ghi: được công nhận, không công nhận, hoặc không xét.", EN: "“{value}” is not clear. Write: recognised, not recognised or excluded."},
	"import.yes_no":       {VI: "“{value}” chưa rõ. Ghi: có hoặc không.", EN: "“{value}” is not clear. Write yes or no."},
	"import.field":        {VI: "không có lĩnh vực “{value}”. Ghi đúng tên lĩnh vực, hoặc để trống.", EN: "there is no field “{value}”. Write one of the campaign, or leave it empty."},
	"import.role":         {VI: "“{value}” chưa rõ. Ghi: cán bộ phụ trách hoặc thẩm định.", EN: "“{value}” is not clear. Write organiser or appraiser."},
	"import.link":         {VI: "“{value}” không phải đường dẫn. Bắt đầu bằng https://.", EN: "“{value}” is no link. It begins with https://."},
}

package locale

import sangkien "github.com/sangkien/sangkien"

// resultsSentences is what is said about the figures of a campaign and its recognised ideas.
var resultsSentences = map[string]sangkien.Text{
	"command.ketqua": {VI: "Kết quả, ý tưởng được công nhận", EN: "Results and recognised ideas"},

	"results.head":              {VI: "*Kết quả: {campaign}*", EN: "*Results: {campaign}*"},
	"results.submitted":         {VI: "Đã nhận: *{n}* ý tưởng", EN: "Received: *{n}* ideas"},
	"results.waiting":           {VI: "Chờ xét: {n}", EN: "Waiting: {n}"},
	"results.appraised":         {VI: "Đang thẩm định: {n}", EN: "Under appraisal: {n}"},
	"results.recognised":        {VI: "Được công nhận: *{n}*", EN: "Recognised: *{n}*"},
	"results.not_recognised":    {VI: "Chưa được công nhận: {n}", EN: "Not recognised: {n}"},
	"results.excluded":          {VI: "Không xét vì cấp trên đã công nhận: {n}", EN: "Not considered, recognised at a higher level: {n}"},
	"results.share":             {VI: "• {name}: {n} ý tưởng, công nhận {recognised}", EN: "• {name}: {n} received, {recognised} recognised"},
	"results.share_other":       {VI: "• Đơn vị ngoài danh sách: {n} ý tưởng, công nhận {recognised}", EN: "• Units that are not in the list: {n} received, {recognised} recognised"},
	"results.by_unit":           {VI: "*{campaign}: theo đơn vị hiện nay*", EN: "*{campaign}: by the units of today*"},
	"results.unit":              {VI: "*{name}*: {n} ý tưởng, công nhận {recognised}", EN: "*{name}*: {n} received, {recognised} recognised"},
	"results.share_own":         {VI: "• Trực tiếp tại {name}: {n} ý tưởng, công nhận {recognised}", EN: "• Directly at {name}: {n} received, {recognised} recognised"},
	"results.by_year":           {VI: "*{campaign}: theo năm*", EN: "*{campaign}: by year*"},
	"results.list":              {VI: "*{campaign}: được công nhận*, trang {page}", EN: "*{campaign}: recognised*, page {page}"},
	"results.picture":           {VI: "Biểu đồ theo lĩnh vực: {campaign}", EN: "By field: {campaign}"},
	"results.picture_units":     {VI: "Biểu đồ theo đơn vị: {campaign}", EN: "By unit: {campaign}"},
	"results.picture_years":     {VI: "Biểu đồ theo năm: {campaign}", EN: "By year: {campaign}"},
	"results.legend_received":   {VI: "Đã nhận", EN: "Received"},
	"results.legend_recognised": {VI: "Được công nhận", EN: "Recognised"},
	"results.legend_other":      {VI: "Ngoài danh sách", EN: "Not in the list"},
	"results.which":             {VI: "Anh/chị xem kết quả đợt nào?", EN: "Which campaign's results?"},

	"public.unit":   {VI: "{unit|summary.none}, năm {year}", EN: "{unit|summary.none}, {year}"},
	"public.author": {VI: "Tác giả: {name}", EN: "Author: {name}"},
	"public.answer": {VI: "*{name}*\n{value}", EN: "*{name}*\n{value}"},

	"button.recognised":      {VI: "Xem {n} ý tưởng được công nhận", EN: "See {n} recognised ideas"},
	"button.by_unit":         {VI: "Theo đơn vị", EN: "By unit"},
	"button.by_year":         {VI: "Theo năm", EN: "By year"},
	"button.other_campaigns": {VI: "Đợt khác", EN: "Other campaigns"},
	"button.unit_above":      {VI: "Lên một cấp", EN: "One level up"},
	"button.figures":         {VI: "Về số liệu chung", EN: "Back to the figures"},
	"button.results":         {VI: "Kết quả", EN: "Results"},
}

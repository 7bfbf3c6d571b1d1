// Package backup keeps all of the product in one file, and brings it back. The file is a tar that any computer can
// open: each table as JSON lines, each attachment as it is, and a manifest with the SHA-256 of every part. Each part
// is compressed by itself, so that damage stays in one part and can be named.
//
// It imports nothing of ours: rows come from and go to what is handed to it; storage has both.
package backup

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// Snapshot is all rows of one moment; storage has one.
type Snapshot interface {
	Level() int64
	Database() string
	Tables() []string
	Sequences(ctx context.Context) (map[string]int64, error)
	WriteTable(ctx context.Context, name string, w io.Writer) (rows int64, err error)
	Close() error // it may be closed again
}

// Loader takes the rows in; storage has one.
type Loader interface {
	ReadTable(ctx context.Context, name string, r io.Reader) error
	SetSequences(ctx context.Context, last map[string]int64) error
}

// format is the version of the file's shape. Others are refused.
const format = 1

// Names of the parts that are not data.
const (
	readmeName   = "README.txt"
	manifestName = "manifest.json"
	sealName     = "manifest.sha256"
)

// Manifest says what a backup holds.
type Manifest struct {
	Format    int              `json:"format"`
	Made      time.Time        `json:"made"`
	Database  string           `json:"database"` // it came from; it can be restored to either
	Level     int64            `json:"level"`    // newest migration
	Parts     []Part           `json:"parts"`
	Sequences map[string]int64 `json:"sequences,omitempty"`
	Content   string           `json:"content"` // over all rows and attachments: equal for equal content
}

// Part is one table or attachment.
type Part struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"` // as it lies in the file
	Rows    int64  `json:"rows,omitempty"`
	Content string `json:"content"` // unpacked
}

// Holds lists the tables that are not empty, with their rows, and the attachments with their size.
func (m Manifest) Holds() string {
	var all []string
	var bytes int64
	for _, p := range m.Parts {
		if table, ok := tableOf(p.Name); ok && p.Rows > 0 {
			all = append(all, fmt.Sprintf("%s %d", table, p.Rows))
		} else if strings.HasPrefix(p.Name, "attachments/") {
			bytes += p.Size
		}
	}
	return strings.Join(append(all, fmt.Sprintf("attachments %d (%.1f MB)", m.Attachments(), float64(bytes)/(1<<20))), ", ")
}

// Rows is how many rows there are in all tables.
func (m Manifest) Rows() (n int64) {
	for _, p := range m.Parts {
		n += p.Rows
	}
	return n
}

// Attachments is how many attachments there are.
func (m Manifest) Attachments() (n int) {
	for _, p := range m.Parts {
		if strings.HasPrefix(p.Name, "attachments/") {
			n++
		}
	}
	return n
}

// partName is what a part may be called. Nothing else is ever written to a disk.
var partName = regexp.MustCompile(`^(tables/[a-z0-9_]{1,63}\.jsonl\.gz|attachments/(made|[0-9a-f]{2})/[0-9a-f]{64})$`)

func tablePart(table string) string { return "tables/" + table + ".jsonl.gz" }

// tableOf is the table of a part, if it is one.
func tableOf(part string) (string, bool) {
	name, ok := strings.CutPrefix(part, "tables/")
	return strings.TrimSuffix(name, ".jsonl.gz"), ok
}

// Damaged says which parts of a backup are not what was written.
type Damaged struct {
	File  string
	Parts []string // each with what is wrong
}

// Error names the damaged parts.
func (d *Damaged) Error() string {
	const most = 5
	shown := d.Parts
	if len(shown) > most {
		shown = append(shown[:most:most], fmt.Sprintf("and %d more", len(d.Parts)-most))
	}
	return fmt.Sprintf("%s is damaged and was not used: %s", d.File, strings.Join(shown, "; "))
}

const readme = `Đây là bản sao lưu của hệ thống Sáng Kiến, có dữ liệu cá nhân: cất giữ cẩn thận.
Khôi phục:  sangkien restore TÊN-TỆP      Kiểm tra:  sangkien restore TÊN-TỆP --check

This is a backup of Sáng Kiến. It holds personal data: keep it safe.
Restore:  sangkien restore FILE           Check:  sangkien restore FILE --check

tables/*.jsonl.gz  the rows, a JSON array on each line; the first line names the columns
attachments/       the files, each named by the SHA-256 of its bytes
manifest.json      what is in here, with the SHA-256 of every part
`

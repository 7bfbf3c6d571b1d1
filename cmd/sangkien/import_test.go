package main

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

func listOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var undoShape = regexp.MustCompile(`import undo ([0-9a-f]{16})`)

// TestImport reads lists in, twice, with mistakes, and takes them back.
func TestImport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	expect := func(want, wrong string, args ...string) string {
		t.Helper()
		out, err := command(t, dir, args...)
		if !strings.Contains(out, want) || (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%v: %s, %v", args, out, err)
		}
		if m := undoShape.FindStringSubmatch(out); m != nil {
			return m[1]
		}
		return ""
	}
	units := listOf(t, "DANH SÁCH\nMã;Tên đơn vị;Cấp trên\n19;Tỉnh Thái Nguyên;\n01906;Xã Ba Bể;19\n")
	expect("Chưa ghi gì", "", "import", "units", units, "--dry-run")
	batch := expect("Đã nhập 2 mục", "", "import", "units", units)
	expect("đã nhập rồi", "", "import", "units", units)
	expect("Dòng 3, cột “Cấp trên”: không có đơn vị “88”", "Có 1 chỗ cần sửa", "import", "units", listOf(t, "Mã;Tên;Cấp trên\n02;Xã B;19\n03;Xã C;88\n"))
	expect("", "Unicode", "import", "units", listOf(t, "M\xe3;T\xean\n"))
	ideas := listOf(t, "Tên sáng kiến;Năm;Mã hồ sơ;Đơn vị;Kết quả;Tác giả;Công bố tên\nBếp ít củi;2022;SK-2022-00031;Xã Ba Bể;đạt;Nông Văn A;có\nGùi nhựa;2022;;Thôn Xa;;Bàn Thị B;không\n")
	past := expect("Đã nhập 2 mục", "", "import", "ideas", ideas)
	expect("đã nhập rồi", "", "import", "ideas", ideas)
	expect("SK-2022-00032", "", "export", "ideas")
	expect("", "in use", "import", "undo", batch)
	expect("Đã bỏ 2 mục", "", "import", "undo", past)
	expect("Đã bỏ 2 mục", "", "import", "undo", batch)
	expect("", "no list", "import", "undo", batch)
	expect("Đã nhập 2 mục", "", "import", "units", units)
	expect("Đã nhập 2 mục", "", "import", "ideas", ideas)
	staff := listOf(t, "Họ và tên;Đơn vị;Vai trò\nNông Thị Hằng;Xã Ba Bể;thẩm định\nMa Văn Tú;Xã Ba Bể;\n")
	expect("Chưa ghi gì", "", "import", "members", staff, "--dry-run")
	invited := expect("moi-", "", "import", "members", staff)
	if again := expect("moi-", "", "import", "members", staff); again == invited || invited == "" {
		t.Errorf("invited as %q, then as %q", invited, again)
	}
	expect("không còn hiệu lực", "", "import", "undo", invited)
	expect("", "no list", "import", "undo", invited)
	expect("Vai trò”: “vua” chưa rõ", "chưa nhập gì", "import", "members", listOf(t, "Họ và tên;Đơn vị;Vai trò\nA;Xã Ba Bể;vua\n"))
	papers := listOf(t, "Số ký hiệu;Trích yếu;Ngày ban hành;Đường dẫn\n464/MTTQ-BTT;Phát động phong trào;8/7/2020;https://mattran.example.vn/464\n")
	expect("Đã nhập 1 mục", "", "import", "documents", papers)
	expect("không phải đường dẫn", "chưa nhập gì", "import", "documents", listOf(t, "Trích yếu;Đường dẫn\nAbcdef;javascript:x\n"))
	expect("holds", "", "audit", "verify")
}

// TestImportLargeList measures 100,000 units, with SANGKIEN_BENCH=1.
func TestImportLargeList(t *testing.T) {
	if os.Getenv("SANGKIEN_BENCH") == "" {
		t.Skip("a measurement: SANGKIEN_BENCH=1 runs it")
	}
	var b strings.Builder
	b.WriteString("Mã;Tên đơn vị;Cấp trên\n1;Tỉnh Một;\n")
	for n := range 99_998 {
		fmt.Fprintf(&b, "%d;Xã %d;1\n", n+2, n)
	}
	began := time.Now()
	if out, err := command(t, t.TempDir(), "import", "units", listOf(t, b.String())); err != nil || !strings.Contains(out, "Đã nhập 99999 mục") {
		t.Fatalf("%s, %v", out, err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("99,999 units in %.1f s, %d MB taken from the system", time.Since(began).Seconds(), m.Sys>>20)
}

// TestImportIsCutOff: an import that is killed again and again goes on where it stopped, makes everything once, and can be
// taken back, also while it is under way.
func TestImportIsCutOff(t *testing.T) {
	t.Parallel()
	const rows = 6000
	for kind, list := range map[string]func(b *strings.Builder, n int){
		"units":     func(b *strings.Builder, n int) { fmt.Fprintf(b, "%d;Xã %d;\n", n+2, n) },
		"ideas":     func(b *strings.Builder, n int) { fmt.Fprintf(b, "Ý tưởng %d;2022;SK-2022-%05d\n", n, n+1) },
		"documents": func(b *strings.Builder, n int) { fmt.Fprintf(b, "%d/MTTQ;Phát động phong trào\n", n) },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var b strings.Builder
			b.WriteString(map[string]string{"units": "Mã;Tên đơn vị;Cấp trên\n", "ideas": "Tên sáng kiến;Năm;Mã hồ sơ\n", "documents": "Số ký hiệu;Trích yếu\n"}[kind])
			for n := range rows {
				list(&b, n)
			}
			file, env := listOf(t, b.String()), []string{"SANGKIEN_DATA_DIR=" + dir}
			if out, err := command(t, dir, "migrate"); err != nil {
				t.Fatal(out, err)
			}
			db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sangkien.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			query := map[string]string{"units": `select count(*) from units`, "ideas": `select count(*) from ideas`, "documents": `select count(*) from papers where removed = 0`}[kind]
			count := func() (n int) {
				t.Helper()
				if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			cut := func(from int) (now int) { // kills an import when it has made some more
				cmd := exec.CommandContext(t.Context(), buildBinary(t), "import", kind, file)
				cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				for now = from; now == from; now = count() {
					time.Sleep(time.Millisecond)
				}
				_ = cmd.Process.Kill()
				_ = cmd.Wait() // it was killed
				return count()
			}
			begun := cut(0)
			again := begun
			if begun < rows {
				again = cut(begun)
			}
			if begun == rows || again < begun {
				t.Errorf("cut off after %d, then %d of %d", begun, again, rows)
			}
			out, err := binaryRun(t, env, "import", kind, file)
			if err != nil || !undoShape.MatchString(out) || count() != rows {
				t.Fatalf("%d are there: %s, %v", count(), out, err)
			}
			hash := undoShape.FindStringSubmatch(out)[1]
			undo := func() {
				t.Helper()
				if out, err := binaryRun(t, env, "import", "undo", hash); err != nil || count() != 0 {
					t.Fatalf("%d are left: %s, %v", count(), out, err)
				}
			}
			undo()
			if now := cut(0); now == 0 {
				t.Fatal("nothing was made")
			}
			undo()
			if out, err := binaryRun(t, env, "import", kind, file); err != nil || count() != rows {
				t.Errorf("after it was taken back: %s, %v", out, err)
			}
		})
	}
}

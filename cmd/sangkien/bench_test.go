package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sangkien/sangkien/testkit"
)

// TestBench measures the product beside a floor that does only what any such server must, in the same run on
// the same machine (make bench). It fails when a goal of BENCHMARKS.md is missed by far, so that a change that
// makes it slow is seen.
func TestBench(t *testing.T) {
	if os.Getenv("SANGKIEN_BENCH") == "" {
		t.Skip("measured by make bench")
	}
	fmt.Printf("machine: %d cores, %s, %s\n", runtime.NumCPU(), cpuModel(), runtime.Version())
	for _, database := range []string{"sqlite", "postgres"} {
		for _, shared := range []bool{false, true} {
			name := "floor, a commit each, " + database
			if shared {
				name = "floor, shared commits, " + database
			}
			measure(t, name, 100, func(t *testing.T, platform string) *process { return floorProcess(t, database, shared, platform) })
		}
		measure(t, "sangkien, Redis, "+database, 100, func(t *testing.T, platform string) *process { return productProcess(t, database, platform) })
		measure(t, "sangkien, Redis, "+database, 200, func(t *testing.T, platform string) *process { return productProcess(t, database, platform) })
	}
	measureMemory(t)
	measureStart(t)
}

func cpuModel() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, _ := strings.Cut(string(data), "model name")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimLeft(line, "\t: ")
}

const benchToken = "77:bench-token"

func productProcess(t *testing.T, database, platform string) *process {
	t.Helper()
	dir := t.TempDir()
	env := []string{"SANGKIEN_DATA_DIR=" + dir, "SANGKIEN_TELEGRAM_TOKEN=" + benchToken, "SANGKIEN_TELEGRAM_API_URL=" + platform,
		"SANGKIEN_TELEGRAM_MODE=webhook", "SANGKIEN_TELEGRAM_WEBHOOK_SECRET=bench", "SANGKIEN_TELEGRAM_RATE=1000000", "SANGKIEN_LOG_LEVEL=error", "SANGKIEN_REDIS_URL=" + testkit.Redis(t)}
	if database == "postgres" {
		env = append(env, "SANGKIEN_DATABASE_URL="+testkit.Postgres(t))
	}
	p := newProcess(t, env...)
	p.env = append(p.env, "SANGKIEN_PUBLIC_URL=http://"+p.addr)
	p.start()
	p.ready(t)
	return p
}

// floorProcess is this test binary again, as the floor.
func floorProcess(t *testing.T, database string, shared bool, platform string) *process {
	t.Helper()
	address := "sqlite:" + filepath.Join(t.TempDir(), "floor.db")
	if database == "postgres" {
		address = testkit.Postgres(t)
	}
	p := newProcess(t, "SANGKIEN_FLOOR="+address, "SANGKIEN_FLOOR_SHARED="+strconv.FormatBool(shared), "SANGKIEN_REDIS_URL="+testkit.Redis(t), "SANGKIEN_TELEGRAM_API_URL="+platform)
	p.cmd = exec.Command(os.Args[0], "-test.run=^TestFloor$")
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.ready(t)
	return p
}

// crowd is the load: people who post updates and wait for the answer.
type crowd struct {
	client  *http.Client
	targets []string                    // any of them is posted to
	gate    func(context.Context) error // waits before each update; nil: not at all
	server  *httptest.Server
	mu      sync.Mutex
	waiting map[string]chan benchReply // by chat
	took    []time.Duration
}

type benchReply struct {
	id   int64
	text string
	rows [][]struct {
		Text string `json:"text"`
		Data string `json:"callback_data"`
	}
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{waiting: map[string]chan benchReply{}, client: &http.Client{Transport: &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 512}}}
	var ids atomic.Int64
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasSuffix(r.URL.Path, "/sendMessage") {
			_, _ = io.WriteString(w, `{"ok":true,"result":true}`)
			return
		}
		reply := benchReply{id: ids.Add(1), text: r.FormValue("text")}
		var k struct {
			Rows json.RawMessage `json:"inline_keyboard"`
		}
		_ = json.Unmarshal([]byte(r.FormValue("reply_markup")), &k)
		_ = json.Unmarshal(k.Rows, &reply.rows)
		fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d}}`, reply.id)
		c.mu.Lock()
		ch := c.waiting[r.FormValue("chat_id")]
		c.mu.Unlock()
		if ch != nil {
			ch <- reply
		}
	}))
	t.Cleanup(c.server.Close)
	return c
}

// post delivers one update as Telegram's webhook does and waits for the reply.
func (c *crowd) post(chat, update string, replies chan benchReply) (benchReply, error) {
	if c.gate != nil {
		if err := c.gate(context.Background()); err != nil {
			return benchReply{}, err
		}
	}
	begun := time.Now()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.targets[rand.IntN(len(c.targets))], strings.NewReader(update))
	if err != nil {
		return benchReply{}, err
	}
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", "bench")
	resp, err := c.client.Do(r)
	if err != nil {
		return benchReply{}, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return benchReply{}, fmt.Errorf("status %d", resp.StatusCode)
	}
	select {
	case reply := <-replies:
		took := time.Since(begun)
		c.mu.Lock()
		c.took = append(c.took, took)
		c.mu.Unlock()
		return reply, nil
	case <-time.After(20 * time.Second):
		return benchReply{}, fmt.Errorf("chat %s waited in vain for the answer to %s", chat, update)
	}
}

// benchScript is one member's whole way: what to type, or "[label]" to press.
var benchScript = []string{"/start", "[Gửi ý tưởng]", "[Đồng ý]", "[Không đồng ý]", "[Đồng ý]", "Hà Thị Ôn", "Thôn Nà Làng", "[Khác]",
	"Máy tách hạt ngô chạy bằng động cơ xe máy cũ", "Tách bằng tay cả tháng không hết ngô", "[Xong]", "Lấy động cơ xe máy cũ, hàn khung sắt, làm trống tách", "xong",
	"Một ngày bằng mười ngày công", "[Xong]", "[Đã áp dụng]", "2/2026", "thôn Nà Làng", "[Chỉ một mình tôi]", "[Bỏ qua]", "[Bỏ qua]", "[Gửi ý tưởng]"}

var benchUpdate atomic.Int64

// walk is one new member's submission, of the first steps (0: all).
func (c *crowd) walk(chat string, steps int) error {
	replies := make(chan benchReply, 4)
	c.mu.Lock()
	c.waiting[chat] = replies
	c.mu.Unlock()
	var last benchReply
	script := benchScript
	if steps > 0 {
		script = script[:steps]
	}
	for _, step := range script {
		u := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"from":{"id":%s,"first_name":"Ôn"},"chat":{"id":%s,"type":"private"},"text":%q}}`,
			benchUpdate.Add(1), benchUpdate.Add(1), chat, chat, step)
		if step[0] == '[' {
			data := "?"
			for _, b := range slices.Concat(last.rows...) {
				if b.Text == strings.Trim(step, "[]") {
					data = b.Data
				}
			}
			u = fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"%d","from":{"id":%s,"first_name":"Ôn"},"data":%q,"message":{"message_id":%d,"date":1,"chat":{"id":%s,"type":"private"}}}}`,
				benchUpdate.Add(1), benchUpdate.Add(1), chat, data, last.id, chat)
		}
		var err error
		if last, err = c.post(chat, u, replies); err != nil {
			return err
		}
	}
	c.mu.Lock()
	delete(c.waiting, chat)
	c.mu.Unlock()
	if steps == 0 && !strings.Contains(last.text, "SK-") && !strings.Contains(last.text, "floor") {
		return fmt.Errorf("chat %s was told at the end: %s", chat, last.text)
	}
	return nil
}

const benchFor = 10 * time.Second

// measure lets so many members submit at once for a while and prints what it cost.
func measure(t *testing.T, name string, members int, begin func(t *testing.T, platform string) *process) {
	t.Run(name, func(t *testing.T) {
		c := newCrowd(t)
		p := begin(t, c.server.URL)
		c.targets = []string{"http://" + p.addr + "/webhooks/telegram"}
		cpu := cpuTime(t, p)
		took := c.submit(t, members)
		n := len(c.took)
		slices.Sort(c.took)
		fmt.Printf("| %s | %d | %.0f | %.2f | %.1f | %.1f | %d |\n", name, members, float64(n)/took.Seconds(),
			float64((cpuTime(t, p)-cpu).Microseconds())/1000/float64(n), ms(c.took[n/2]), ms(c.took[n*99/100]), peakMB(t, p))
	})
}

// submit lets so many members submit at once for a while and returns how long it took.
func (c *crowd) submit(t *testing.T, members int) time.Duration {
	begun := time.Now()
	var all sync.WaitGroup
	var next atomic.Int64
	for range members {
		all.Go(func() {
			for time.Since(begun) < benchFor {
				if err := c.walk(strconv.FormatInt(1000+next.Add(1), 10), 0); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(begun)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpuTime is what a process has used; the kernel counts in hundredths of a second.
func cpuTime(t *testing.T, p *process) time.Duration {
	t.Helper()
	return cpuOf(t, p.cmd.Process.Pid)
}

func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if os.IsNotExist(err) {
		return 0 // it has just ended
	}
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

func peakMB(t *testing.T, p *process) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	kb, _ := strconv.Atoi(strings.Fields(rest)[0])
	return kb / 1024
}

// measureMemory leaves 10,000 conversations open in the middle of the form.
func measureMemory(t *testing.T) {
	t.Run("10,000 open conversations", func(t *testing.T) {
		c := newCrowd(t)
		p := productProcess(t, "sqlite", c.server.URL)
		c.targets = []string{"http://" + p.addr + "/webhooks/telegram"}
		var all sync.WaitGroup
		var next atomic.Int64
		for range 100 {
			all.Go(func() {
				for n := next.Add(1); n <= 10_000; n = next.Add(1) {
					if err := c.walk(strconv.FormatInt(1000+n, 10), 9); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		fmt.Printf("peak memory with 10,000 open conversations: %d MB\n", peakMB(t, p))
		if mb := peakMB(t, p); mb > 120 {
			t.Errorf("%d MB", mb)
		}
	})
}

// measureStart is the time from starting the process, on a fresh folder, to the first answer.
func measureStart(t *testing.T) {
	t.Run("start", func(t *testing.T) {
		c := newCrowd(t)
		buildBinary(t)
		p := newProcess(t, "SANGKIEN_DATA_DIR="+t.TempDir(), "SANGKIEN_TELEGRAM_TOKEN="+benchToken, "SANGKIEN_TELEGRAM_API_URL="+c.server.URL,
			"SANGKIEN_TELEGRAM_MODE=webhook", "SANGKIEN_TELEGRAM_WEBHOOK_SECRET=bench")
		p.env = append(p.env, "SANGKIEN_PUBLIC_URL=http://"+p.addr)
		c.targets = []string{"http://" + p.addr + "/webhooks/telegram"}
		begun := time.Now()
		p.start()
		for time.Since(begun) < 10*time.Second {
			if err := c.walk("5", 1); err == nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		took := time.Since(begun)
		fmt.Printf("start to first answer on an empty folder: %d ms\n", took.Milliseconds())
		if took > time.Second {
			t.Errorf("%v", took)
		}
	})
}

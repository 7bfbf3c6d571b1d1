package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// traceCollector takes OTLP over HTTP, strictly: what is no protobuf of the standard, or is more than that, is a fault.
type traceCollector struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	spans  []seenSpan
	raw    strings.Builder // all that was exported, as JSON
	auth   string
	answer int // instead of 200
	calls  int
}

// seenSpan is a span with the process that told of it.
type seenSpan struct {
	*tracepb.Span
	instance string
}

func newTraceCollector(t *testing.T) *traceCollector {
	t.Helper()
	c := &traceCollector{t: t}
	c.Server = httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(c.Close)
	return c
}

func (c *traceCollector) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // a process that was killed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls++; c.answer != 0 {
		w.WriteHeader(c.answer)
		return
	}
	var got tracepb.TracesData // on the wire the same as ExportTraceServiceRequest, which drags gRPC in
	if err := proto.Unmarshal(body, &got); err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.t.Errorf("%s %s of %q: %v", r.Method, r.URL.Path, r.Header.Get("Content-Type"), err)
	}
	if unknown(got.ProtoReflect()) {
		c.t.Error("there is more in it than the standard knows")
	}
	c.auth = r.Header.Get("Authorization")
	c.raw.WriteString(protojson.Format(&got))
	for _, resource := range got.GetResourceSpans() {
		instance := ""
		for _, a := range resource.GetResource().GetAttributes() {
			if a.GetKey() == "service.instance.id" {
				instance = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				if len(s.GetTraceId()) != 16 || len(s.GetSpanId()) != 8 || s.GetName() == "" || s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() {
					c.t.Errorf("no span of the standard: %v", s)
				}
				c.spans = append(c.spans, seenSpan{s, instance})
			}
		}
	}
}

func unknown(m protoreflect.Message) (found bool) {
	found = len(m.GetUnknown()) > 0
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Kind() == protoreflect.MessageKind:
			for i := range v.List().Len() {
				found = found || unknown(v.List().Get(i).Message())
			}
		case f.Kind() == protoreflect.MessageKind && !f.IsMap():
			found = found || unknown(v.Message())
		}
		return true
	})
	return found
}

// traces are the spans by trace.
func (c *traceCollector) traces() map[string][]seenSpan {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string][]seenSpan{}
	for _, s := range c.spans {
		all[string(s.GetTraceId())] = append(all[string(s.GetTraceId())], s)
	}
	return all
}

func (c *traceCollector) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.String()
}

// tracedTo is the standard variables that send traces to an address, soon.
func tracedTo(address string) []string {
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + address, "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20" + collectorKey,
		"OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_SERVICE_NAME=sangkien-test", "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test"}
}

const collectorKey = "collector-secret-0005"

// told is the text of an attribute, or the texts of it joined.
func (s seenSpan) told(key string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == key {
			var all []string
			for _, v := range a.GetValue().GetArrayValue().GetValues() {
				all = append(all, v.GetStringValue())
			}
			return a.GetValue().GetStringValue() + strings.Join(all, " ")
		}
	}
	return ""
}

// pathOf is the names of a span and of those that it is a part of, the outermost first; "?" where one is missing.
func pathOf(in []seenSpan, s seenSpan) string {
	if len(s.GetParentSpanId()) == 0 {
		return s.GetName()
	}
	i := slices.IndexFunc(in, func(p seenSpan) bool { return string(p.GetSpanId()) == string(s.GetParentSpanId()) })
	if i < 0 {
		return "? / " + s.GetName()
	}
	return pathOf(in, in[i]) + " / " + s.GetName()
}

// TestTraceOfAnIdea: the built program sends what it does to a collector; the update with which an idea is submitted is
// one trace, from the webhook to the message that was sent, its parts in their places. Nothing of it tells a secret,
// what members typed, who they are, or where they chat.
func TestTraceOfAnIdea(t *testing.T) {
	t.Parallel()
	collector, server := newTraceCollector(t), telegramtest.New(t)
	p := newProcess(t, append(tracedTo(collector.URL), "SANGKIEN_DATA_DIR="+t.TempDir(), "SANGKIEN_TELEGRAM_TOKEN="+server.Token, "SANGKIEN_TELEGRAM_API_URL="+server.URL,
		"SANGKIEN_TELEGRAM_MODE=webhook", "SANGKIEN_TELEGRAM_WEBHOOK_SECRET="+hookToken, "SANGKIEN_LOG_FORMAT=json", "SANGKIEN_LOG_LEVEL=debug", "SANGKIEN_TELEGRAM_RATE=1000",
		"SANGKIEN_REDIS_URL=redis://127.0.0.1:1/0")...) // nobody is there: something is logged
	p.env = append(p.env, "SANGKIEN_PUBLIC_URL=http://"+p.addr)
	p.start()
	p.ready(t)
	const person = 7318264509
	m := &chaosMember{burst: 2, n: 1, chat: telegramChat{server.Chat(person)}, submitted: map[string]sangkien.Answers{}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	m.chat.send("/start")
	if err := m.submit(ctx, 1); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGTERM)
	if err := p.await(); err != nil {
		t.Errorf("it ended with %v: %s", err, p.log)
	}
	paths, kinds := map[string]int{}, map[string]int{}
	for _, spans := range collector.traces() {
		submitted := slices.ContainsFunc(spans, func(s seenSpan) bool { return strings.Contains(s.told("sangkien.effects"), "IdeaMoved") })
		for _, s := range spans {
			at := pathOf(spans, s)
			if kinds[at]++; submitted {
				paths[at]++
			}
			if strings.Contains(at, "?") {
				t.Errorf("%s is a part of nothing", at)
			}
		}
	}
	const root = "receive telegram"
	for _, want := range []string{root, root + " / inbox", root + " / handle", root + " / handle / load", root + " / handle / decide",
		root + " / handle / session load", root + " / handle / session save", root + " / handle / read", root + " / handle / commit", root + " / handle / commit / transaction",
		root + " / handle / commit / claim", root + " / handle / commit / deliver telegram", root + " / handle / commit / deliver telegram / pace",
		root + " / handle / commit / deliver telegram / telegram sendMessage"} {
		if paths[want] == 0 && (!strings.Contains(want, "session") || kinds[want] == 0) {
			t.Errorf("the trace of the idea has no %q: %v", want, paths)
		}
	}
	if paths[root] != 1 {
		t.Errorf("%d updates in the trace of the idea", paths[root])
	}
	if collector.auth != "Bearer "+collectorKey {
		t.Errorf("shown was %q", collector.auth)
	}
	lines, placed := 0, 0
	for line := range strings.Lines(p.log.String()[strings.Index(p.log.String(), "{"):]) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err == nil {
			if lines++; record["trace_id"] != nil {
				placed++
			}
		} else if !strings.HasPrefix(line, " ") && strings.TrimSpace(line) != "" && !strings.Contains(line, "/ ") {
			t.Errorf("no JSON: %s", line)
		}
	}
	if lines == 0 || placed == 0 {
		t.Errorf("%d lines of JSON, %d with a trace: %s", lines, placed, p.log)
	}
	exported := collector.text()
	for _, want := range []string{"sangkien-test", "deployment.environment.name", `"sangkien.says"`, "submitted"} {
		if !strings.Contains(exported, want) {
			t.Errorf("%q is not exported", want)
		}
	}
	words := []string{"Ý tưởng", "khó khăn", "cách làm", "lợi ích", "nhà 1-1", "7318264509", server.Token, server.Token[strings.Index(server.Token, ":")+1:], hookToken, collectorKey}
	for _, word := range words {
		if strings.Contains(exported, word) {
			t.Errorf("%q was exported: %s", word, around(exported, word))
		}
		if log := p.log.String(); strings.Contains(log, word) {
			t.Errorf("%q was logged: %s", word, around(log, word))
		}
	}
}

func around(text, word string) string {
	i := strings.Index(text, word)
	return text[max(0, i-200):min(len(text), i+200)]
}

// TestTraceGoesOnInAnotherProcess: the process that committed a reply ends before the platform takes it; the message
// that the next one sends is a part of the same trace.
func TestTraceGoesOnInAnotherProcess(t *testing.T) {
	t.Parallel()
	collector, server := newTraceCollector(t), telegramtest.New(t)
	p := newProcess(t, append(tracedTo(collector.URL), "SANGKIEN_DATA_DIR="+t.TempDir(), "SANGKIEN_TELEGRAM_TOKEN="+server.Token, "SANGKIEN_TELEGRAM_API_URL="+server.URL)...)
	p.start()
	p.ready(t)
	bad := telegramtest.BadGateway()
	bad.Method = "sendMessage"
	server.Inject(bad)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	chat := server.Chat(7)
	chat.Send("/trogiup")
	if err := server.WaitCount(ctx, "sendMessage", 1); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGTERM)
	if err := p.await(); err != nil {
		t.Error(err)
	}
	server.Heal()
	p.start()
	if _, err := chat.Next(ctx); err != nil {
		t.Fatal(err)
	}
	p.ready(t)
	p.signal(syscall.SIGTERM)
	if err := p.await(); err != nil {
		t.Error(err)
	}
	for _, spans := range collector.traces() {
		received, sent, tried := "", "", 0
		for _, s := range spans {
			switch {
			case s.GetName() == "receive telegram":
				received = s.instance
			case s.GetName() == "deliver telegram" && s.told("sangkien.outcome") == "sent":
				sent = s.instance
			case s.GetName() == "deliver telegram":
				tried++
			}
		}
		if received != "" && sent != "" && received != sent && tried > 0 {
			return
		}
	}
	t.Errorf("no trace goes on in the second process: %s", collector.text())
}

// TestCollectorCostsNobody: whatever is wrong with the collector, members submit ideas, it is said once, and the
// process ends in time.
func TestCollectorCostsNobody(t *testing.T) {
	t.Parallel()
	collector := newTraceCollector(t)
	refusing := newTraceCollector(t)
	refusing.answer = http.StatusForbidden
	busy := newTraceCollector(t)
	busy.answer = http.StatusServiceUnavailable
	hole, down := testkit.NewProxy(t, collector.URL), testkit.NewProxy(t, collector.URL)
	hole.BlackHole()
	down.Refuse()
	for name, env := range map[string][]string{
		"refuses":             tracedTo(refusing.URL),
		"is busy":             append(tracedTo(busy.URL), "OTEL_EXPORTER_OTLP_TIMEOUT=400"),
		"is down":             append(tracedTo("http://"+down.Host()), "OTEL_EXPORTER_OTLP_TIMEOUT=400"),
		"answers nobody":      append(tracedTo("http://"+hole.Host()), "OTEL_EXPORTER_OTLP_TIMEOUT=400", "OTEL_EXPORTER_OTLP_COMPRESSION=gzip"),
		"answers nobody ever": append(tracedTo("http://"+hole.Host()), "OTEL_BSP_MAX_QUEUE_SIZE=16"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := telegramtest.New(t)
			p := newProcess(t, append(env, "SANGKIEN_DATA_DIR="+t.TempDir(), "SANGKIEN_TELEGRAM_TOKEN="+server.Token, "SANGKIEN_TELEGRAM_API_URL="+server.URL)...)
			p.start()
			p.ready(t)
			m := &chaosMember{burst: 2, n: 1, chat: telegramChat{server.Chat(1)}, submitted: map[string]sangkien.Answers{}}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			m.chat.send("/start")
			if err := m.submit(ctx, 1); err != nil {
				t.Fatal(err)
			}
			const said = "traces: the collector takes none"
			if name != "answers nobody ever" {
				testkit.WaitFor(t, func() error {
					if !strings.Contains(p.log.String(), said) {
						return fmt.Errorf("nothing is said: %s", p.log)
					}
					return nil
				})
			}
			begun := time.Now()
			p.signal(syscall.SIGTERM)
			if err := p.await(); err != nil {
				t.Error(err)
			}
			if took := time.Since(begun); took > stopWithin {
				t.Errorf("it ended after %v", took)
			}
			if log := p.log.String(); strings.Count(log, `"traces: `) != 1 || strings.Contains(log, collectorKey) {
				t.Errorf("said %d times: %s", strings.Count(log, `"traces: `), log)
			}
		})
	}
}

// TestWithoutTracesNothingRuns: nothing of it works where the standard variables ask for nothing, and what is asked of
// the store and of the outbox allocates nothing for it.
func TestWithoutTracesNothingRuns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  []string
		runs bool
	}{
		"not asked for": {},
		"disabled":      {env: append(tracedTo("http://127.0.0.1:1"), "OTEL_SDK_DISABLED=true")},
		"no exporter":   {env: append(tracedTo("http://127.0.0.1:1"), "OTEL_TRACES_EXPORTER=none")},
		"asked for":     {env: tracedTo("http://127.0.0.1:1"), runs: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProcess(t, append(c.env, "SANGKIEN_DATA_DIR="+t.TempDir())...)
			p.start()
			p.ready(t)
			p.signal(syscall.SIGQUIT) // Go prints every goroutine
			_ = p.await()
			stacks := p.log.String()
			if runs := strings.Contains(stacks, "opentelemetry"); !strings.Contains(stacks, "goroutine ") || runs != c.runs {
				t.Errorf("runs: %t\n%s", runs, stacks)
			}
		})
	}
}

// TestProxiesMaySayWhatTheyTrace: what a request says to be a part of is believed from a proxy of ours, and from nobody
// else.
func TestProxiesMaySayWhatTheyTrace(t *testing.T) {
	t.Parallel()
	const trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for proxies, believed := range map[string]bool{"": false, "10.0.0.0/8": false, "127.0.0.1": true} {
		t.Run(proxies, func(t *testing.T) {
			t.Parallel()
			collector := newTraceCollector(t)
			r := start(t, func(c *Config) {
				c.TrustedProxies = proxies
				c.tracing = &tracing{endpoint: collector.URL + "/v1/traces", timeout: time.Second}
			})
			req, err := http.NewRequest(http.MethodPost, r.url+"/chat/api/send", strings.NewReader(`{"key":"key-00001","text":"chào"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Traceparent", parent)
			resp, err := http.DefaultClient.Do(req)
			if err != nil || resp.StatusCode != http.StatusNoContent {
				t.Fatal(resp, err)
			}
			r.stop()
			found := false
			for id, spans := range collector.traces() {
				for _, s := range spans {
					if s.GetName() == "receive web" {
						found = true
						if got := fmt.Sprintf("%x", id) == trace; got != believed {
							t.Errorf("in the stranger's trace: %t", got)
						}
					}
				}
			}
			if !found {
				t.Errorf("no update was traced: %s", collector.text())
			}
		})
	}
}

// TestTracesAreConfiguredByTheStandard reads its variables, and refuses what cannot work in words that tell no secret.
func TestTracesAreConfiguredByTheStandard(t *testing.T) {
	t.Parallel()
	read := func(pairs ...string) (*tracing, error) {
		env := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			env["OTEL_"+pairs[i]] = pairs[i+1]
		}
		return readTracing(func(name string) string { return env[name] })
	}
	for name, c := range map[string]struct {
		env      []string
		endpoint string // "" for off
	}{
		"nothing":        {},
		"for all":        {[]string{"EXPORTER_OTLP_ENDPOINT", "http://c:4318"}, "http://c:4318/v1/traces"},
		"with a path":    {[]string{"EXPORTER_OTLP_ENDPOINT", "https://c/otlp/"}, "https://c/otlp/v1/traces"},
		"for traces":     {[]string{"EXPORTER_OTLP_ENDPOINT", "http://a", "EXPORTER_OTLP_TRACES_ENDPOINT", "http://b/x"}, "http://b/x"},
		"by name":        {[]string{"TRACES_EXPORTER", "otlp"}, "http://localhost:4318/v1/traces"},
		"none":           {[]string{"TRACES_EXPORTER", "none", "EXPORTER_OTLP_ENDPOINT", "http://c"}, ""},
		"disabled":       {[]string{"SDK_DISABLED", "TRUE", "EXPORTER_OTLP_ENDPOINT", "http://c"}, ""},
		"another signal": {[]string{"EXPORTER_OTLP_METRICS_ENDPOINT", "http://c"}, ""},
	} {
		got, err := read(c.env...)
		if err != nil || (got != nil) != (c.endpoint != "") || got != nil && got.endpoint != c.endpoint {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	on := []string{"EXPORTER_OTLP_ENDPOINT", "http://c"}
	for _, bad := range [][]string{{"TRACES_EXPORTER", "console"}, {"EXPORTER_OTLP_PROTOCOL", "grpc"}, {"TRACES_SAMPLER", "sometimes"},
		{"EXPORTER_OTLP_ENDPOINT", "u:" + collectorKey + "@c:4317"}, {"EXPORTER_OTLP_HEADERS", collectorKey}, {"EXPORTER_OTLP_HEADERS", "a=%zz" + collectorKey},
		{"EXPORTER_OTLP_TIMEOUT", "5s"}, {"EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem"}} {
		if got, err := read(append(slices.Clone(on), bad...)...); err == nil || strings.Contains(err.Error(), collectorKey) || !strings.Contains(err.Error(), "OTEL_") {
			t.Errorf("%v: %+v, %v", bad, got, err)
		}
	}
	if _, err := read(append(on, "TRACES_SAMPLER", "traceidratio", "TRACES_SAMPLER_ARG", "7")...); err == nil {
		t.Error("a share of 7 is taken")
	}
	got, err := read(append(on, "EXPORTER_OTLP_HEADERS", "authorization=Bearer%20"+collectorKey+", x-org = 7")...)
	if err != nil || got.headers["Authorization"] != "Bearer "+collectorKey || got.headers["X-Org"] != "7" || !slices.Contains(got.secrets(), collectorKey) {
		t.Errorf("%+v, %v", got, err)
	}
}

package zalooa

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/zalooatest"
)

// TestForgedEventsStoreNothing: whatever is not exactly what Zalo signed is refused before anyone hears of it.
func TestForgedEventsStoreNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{}, nil)
	h := r.Webhook(r.receive)
	r.server.User(1).Write("Máy tách hạt ngô")
	raw := r.server.Raw()[0]
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	stamp := body["timestamp"].(string)
	good := zalooatest.Sign(raw, stamp)
	flip := func(i int) []byte {
		c := bytes.Clone(raw)
		c[i] ^= 1
		return c
	}
	pretty, err := json.MarshalIndent(body, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	reordered := []byte(`{"event_name":"user_send_text",` + strings.Replace(string(raw[1:]), `"event_name":"user_send_text",`, "", 1))
	if bytes.Equal(reordered, raw) || !json.Valid(reordered) {
		t.Fatalf("nothing was reordered: %s", reordered)
	}
	type forged struct {
		raw       []byte
		signature string
	}
	cases := map[string]forged{
		"no header":         {raw, ""},
		"another header":    {raw, "sha256=" + good[4:]},
		"no mac":            {raw, good[4:]},
		"short":             {raw, good[:len(good)-2]},
		"long":              {raw, good + "00"},
		"no hex":            {raw, "mac=" + strings.Repeat("z", 64)},
		"wrong":             {raw, "mac=" + strings.Repeat("0", 64)},
		"re-encoded":        {pretty, good},
		"reordered":         {reordered, good},
		"cut":               {raw[:len(raw)-1], good},
		"longer":            {append(bytes.Clone(raw), ' '), good},
		"no timestamp":      {[]byte(`{"event_name":"follow"}`), zalooatest.Sign([]byte(`{"event_name":"follow"}`), "")},
		"no JSON":           {[]byte("hello"), zalooatest.Sign([]byte("hello"), "")},
		"empty":             {nil, zalooatest.Sign(nil, "")},
		"too large":         {bytes.Repeat([]byte("a"), maxEvent+1), good},
		"of another secret": {raw, "mac=" + strings.Repeat("ab", 32)},
	}
	for i := range raw {
		cases["byte "+string(rune('0'+i))] = forged{flip(i), good}
	}
	for name, c := range cases {
		if status := post(h, c.raw, c.signature); status/100 != 4 {
			t.Errorf("%s: %d", name, status)
		}
	}
	r.clock.add(r.config.Limits.Window() + time.Millisecond)
	if status := post(h, raw, good); status != http.StatusUnauthorized {
		t.Errorf("replayed after the window: %d", status)
	}
	r.clock.add(-r.config.Limits.Window() - early - 2*time.Millisecond)
	if status := post(h, raw, good); status != http.StatusUnauthorized {
		t.Errorf("from the future: %d", status)
	}
	if got := r.updates(); len(got) != 0 {
		t.Fatalf("%d updates came through: %+v", len(got), got)
	}
	r.clock.add(early)
	for range 3 {
		if status := post(h, raw, good); status != http.StatusOK {
			t.Errorf("the genuine one: %d", status)
		}
	}
	if got := r.updates(); len(got) != 1 || got[0].Text != "Máy tách hạt ngô" {
		t.Errorf("the genuine one three times: %+v", got)
	}
}

// TestForgedEventsCostLittle: the median of refusals, with bodies as large as they are read at all.
func TestForgedEventsCostLittle(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{}, nil)
	h := r.Webhook(r.receive)
	large := []byte(`{"timestamp":"1","message":{"text":"` + strings.Repeat("a", 4000) + `"}}`)
	for name, signature := range map[string]string{"missing": "", "wrong": "mac=" + strings.Repeat("0", 64)} {
		var took []time.Duration
		for range 501 {
			begun := time.Now()
			post(h, large, signature)
			took = append(took, time.Since(begun))
		}
		slices.Sort(took)
		t.Logf("%s signature: median %v, 99 of 100 below %v", name, took[250], took[495])
		if took[250] > time.Millisecond {
			t.Errorf("a call with a %s signature costs %v", name, took[250])
		}
	}
}

// TestSlowStores: Zalo gets an answer within its 2 s whatever the stores do, and what was not committed in time comes
// again and acts once.
func TestSlowStores(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{WebhookTimeout: 2 * time.Second, WebhookRetry: 10 * time.Millisecond}, nil)
	r.hold = make(chan struct{})
	r.server.Webhook(r.hook.URL)
	begun := time.Now()
	r.server.User(1).Write("chậm")
	r.server.AwaitAnswers(t, 1)
	if took := time.Since(begun); took < time.Second || took > 2500*time.Millisecond { // 2 s, and half a second for a busy machine
		t.Errorf("answered after %v", took)
	}
	close(r.hold)
	answers := r.server.AwaitTaken(t)
	if n := len(answers[0]); answers[0][0] != http.StatusServiceUnavailable || answers[0][n-1] != http.StatusOK {
		t.Errorf("answered with %v", answers[0])
	}
	if got := r.updates(); len(got) != 1 {
		t.Errorf("acted %d times", len(got))
	}
}

func TestStoresDown(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalooatest.Options{WebhookRetry: time.Millisecond}, nil)
	r.fail = 3
	r.server.Webhook(r.hook.URL)
	u := r.server.User(1)
	u.Write("một")
	u.Follow()
	u.Message("user_seen_message", nil)
	r.server.Event(map[string]any{"app_id": zalooatest.AppID, "event_name": "oa_send_text", "timestamp": strconv.FormatInt(r.clock.Now().UnixMilli(), 10),
		"sender": map[string]any{"id": zalooatest.OAID}, "recipient": map[string]any{"id": u.ID}, "message": map[string]any{"msg_id": "e", "text": "của mình"}})
	failed := 0
	for _, answers := range r.server.AwaitTaken(t) {
		failed += len(answers) - 1
	}
	if failed != 3 {
		t.Errorf("%d answers were not 200", failed)
	}
	var kinds []string
	for _, got := range r.updates() {
		kinds = append(kinds, string(got.Kind))
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []string{string(sangkien.UpdateText), string(sangkien.UpdateUnblocked)}) {
		t.Errorf("came through: %v", kinds)
	}
}

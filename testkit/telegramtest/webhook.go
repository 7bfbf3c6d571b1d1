package telegramtest

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// webhook is where updates are pushed to. See https://core.telegram.org/bots/api#setwebhook.
type webhook struct {
	url, secret string
	client      *http.Client
	slots       chan struct{} // max_connections
	ctx         context.Context
	cancel      context.CancelFunc
	lanes       map[string][]*update // a lane is here while one of its updates is delivered
	lastError   string
}

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func (s *Server) setWebhook(p map[string]string) (any, error) {
	u, err := url.Parse(p["url"])
	if err != nil || p["url"] != "" && u.Host == "" {
		return nil, refusal("bad webhook: invalid URL")
	}
	if u.Scheme == "http" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
		return nil, refusal("bad webhook: An HTTPS URL must be provided for webhook")
	}
	if p["secret_token"] != "" && !secretForm.MatchString(p["secret_token"]) {
		return nil, refusal("secret token contains unallowed characters")
	}
	allowed, err := readAllowed(p["allowed_updates"])
	if err != nil && p["url"] != "" {
		s.violate("setWebhook: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.allowed = allowed
	}
	if s.hook != nil && s.hook.url == p["url"] && s.hook.secret == p["secret_token"] && cap(s.hook.slots) == s.connections(p) && p["drop_pending_updates"] != "true" {
		return true, nil // "Webhook is already set": what is being delivered goes on
	}
	s.dropWebhook(p)
	if p["url"] == "" {
		return true, nil
	}
	s.terminate("terminated by setWebhook request")
	s.hook = s.newWebhook(p)
	for _, u := range s.updates {
		if !u.done {
			s.dispatch(s.hook, u)
		}
	}
	return true, nil
}

// connections is how many deliveries are under way at most.
func (s *Server) connections(p map[string]string) int {
	asked, _ := strconv.Atoi(p["max_connections"])
	return cmp.Or(s.opts.WebhookConnections, cmp.Or(min(asked, 100), 40))
}

func (s *Server) newWebhook(p map[string]string) *webhook {
	connections := s.connections(p)
	h := &webhook{url: p["url"], secret: p["secret_token"], slots: make(chan struct{}, connections), lanes: map[string][]*update{}}
	h.ctx, h.cancel = context.WithCancel(s.ctx)
	h.client = &http.Client{
		Timeout:       s.opts.WebhookTimeout,
		Transport:     &http.Transport{MaxIdleConnsPerHost: connections, MaxIdleConns: connections},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return h
}

func (s *Server) deleteWebhook(p map[string]string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropWebhook(p)
	return true, nil
}

// dropWebhook ends the deliveries; what was not taken waits for whoever asks next.
func (s *Server) dropWebhook(p map[string]string) {
	if s.hook != nil {
		s.hook.cancel()
		s.hook = nil
	}
	if p["drop_pending_updates"] == "true" {
		for _, u := range s.updates {
			s.finish(u)
		}
		s.compact()
	}
}

func (s *Server) getWebhookInfo() (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info := map[string]any{"url": "", "has_custom_certificate": false, "pending_update_count": s.waiting}
	if s.hook != nil {
		info["url"] = s.hook.url
		if s.hook.lastError != "" {
			info["last_error_date"], info["last_error_message"] = time.Now().Unix(), s.hook.lastError
		}
	}
	return info, nil
}

// dispatch puts an update into its lane: one of a lane is on its way at a time, lanes go side by side. Messages
// are in the lane of their chat and presses in that of the user, so a press may overtake a message. Callers
// hold the lock.
func (s *Server) dispatch(h *webhook, u *update) {
	lane, running := h.lanes[u.lane]
	h.lanes[u.lane] = append(lane, u)
	if !running {
		s.work.Add(1)
		go func() { defer s.work.Done(); s.runLane(h, u.lane) }()
	}
}

func (s *Server) runLane(h *webhook, name string) {
	for {
		s.mu.Lock()
		lane := h.lanes[name]
		if len(lane) == 0 || h.ctx.Err() != nil {
			delete(h.lanes, name)
			s.mu.Unlock()
			return
		}
		u := lane[0]
		h.lanes[name] = lane[1:]
		s.mu.Unlock()
		s.deliver(h, u)
	}
}

// deliver sends an update as often as it needs, at the same time, each until it is taken.
func (s *Server) deliver(h *webhook, u *update) {
	taken := make([]bool, u.times)
	var others sync.WaitGroup
	for i := 1; i < u.times; i++ {
		others.Go(func() { taken[i] = s.push(h, u) })
	}
	taken[0] = s.push(h, u)
	others.Wait()
	if slices.Contains(taken, false) {
		return // the webhook is gone: the update waits for the next one
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finish(u)
	s.compact()
	if after := s.again(); after > 0 {
		s.late++
		s.work.Add(1)
		go func() { defer s.work.Done(); s.straggle(h, u, after) }()
	}
	announce(&s.changed)
}

// straggle delivers an update once more, long after it was taken and beside those that came after it.
func (s *Server) straggle(h *webhook, u *update, after time.Duration) {
	select {
	case <-time.After(after):
		s.push(h, u)
	case <-h.ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late--
	announce(&s.changed)
}

// push sends an update until the bot answers 2xx: the second time at once, then with growing waits, or after
// the time that the bot asks for.
func (s *Server) push(h *webhook, u *update) bool {
	wait := s.opts.WebhookRetry
	for attempt := 0; ; attempt++ {
		again, err := s.post(h, u)
		if err == "" {
			return true
		}
		s.mu.Lock()
		h.lastError = err
		s.mu.Unlock()
		if attempt > 0 && again == 0 {
			again, wait = wait, min(2*wait, s.opts.WebhookRetryMax)
		}
		select {
		case <-time.After(min(again, s.opts.WebhookRetryMax)):
		case <-h.ctx.Done():
			return false
		}
	}
}

func (s *Server) post(h *webhook, u *update) (again time.Duration, failure string) {
	select {
	case h.slots <- struct{}{}:
	case <-h.ctx.Done():
		return 0, "ended"
	}
	defer func() { <-h.slots }()
	req, err := http.NewRequestWithContext(h.ctx, http.MethodPost, h.url, bytes.NewReader(u.raw))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	s.mu.Lock()
	s.deliveries++
	s.mu.Unlock()
	resp, err := h.client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode/100 != 2 {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return time.Duration(seconds) * time.Second, "Wrong response from the webhook: " + resp.Status
	}
	return 0, ""
}

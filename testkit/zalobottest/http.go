package zalobottest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// failure is an answer that is not ok. Its HTTP status is 200, as the platform does it.
type failure struct {
	code        int
	description string
}

func (e failure) Error() string { return e.description }

func refuse(format string, args ...any) error {
	return failure{code: http.StatusBadRequest, description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

// Fault is how the next calls go wrong.
type Fault struct {
	Method string // "" means every method but getUpdates
	Times  int    // calls that it befalls; 0 means one, less means every one until Heal

	Delay time.Duration // before anything else
	// Late lets the call take effect before it goes wrong: the bot cannot tell it from one that did not.
	Late bool
	// Cut hangs up without an answer. Otherwise Code is answered in the envelope, or Status with Body.
	Cut         bool
	Code        int
	Description string
	Status      int
	Body        string
}

// Inject makes the next calls that it fits go wrong.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// Heal takes all faults away.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) faultFor(method string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method == method || f.Method == "" && method != "getUpdates" {
			found := *f
			if f.Times--; f.Times == 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
			return found, true
		}
	}
	return Fault{}, false
}

func (f Fault) answer(w http.ResponseWriter) {
	switch {
	case f.Cut:
		panic(http.ErrAbortHandler)
	case f.Code != 0:
		writeJSON(w, map[string]any{"ok": false, "error_code": f.Code, "description": f.Description})
	default:
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body)
	}
}

func writeJSON(w http.ResponseWriter, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps of ours always marshal
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw)
}

// ServeHTTP is the side of the bot, /bot<token>/<method>, and of photos that members sent.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/photos/"); ok {
		s.servePhoto(w, name)
		return
	}
	rest, isBot := strings.CutPrefix(r.URL.Path, "/bot")
	token, method, _ := strings.Cut(rest, "/")
	switch {
	case !isBot:
		http.NotFound(w, r)
	case token != s.Token:
		writeJSON(w, map[string]any{"ok": false, "error_code": http.StatusUnauthorized, "description": "Unauthorized"})
	default:
		s.serveMethod(w, r, method)
	}
}

func (s *Server) serveMethod(w http.ResponseWriter, r *http.Request, method string) {
	params, err := s.params(r, method)
	s.mu.Lock()
	s.counts[method]++
	s.announce()
	s.mu.Unlock()
	f, broken := s.faultFor(method)
	if broken && f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return
		}
	}
	wrong := broken && (f.Cut || f.Code != 0 || f.Status != 0)
	if wrong && !f.Late {
		f.answer(w)
		return
	}
	var result any
	if err == nil {
		result, err = s.call(r, method, params)
	}
	if method == "getUpdates" {
		defer s.endPoll(err)
	}
	switch fail, known := err.(failure); { //nolint:errorlint // made here, never wrapped
	case wrong:
		f.answer(w)
	case err == nil:
		writeJSON(w, map[string]any{"ok": true, "result": result})
		_ = http.NewResponseController(w).Flush()
	case known:
		writeJSON(w, map[string]any{"ok": false, "error_code": fail.code, "description": fail.description})
	}
}

// allowed is what each method takes; all are strings.
var allowed = map[string][]string{
	"getMe": {}, "getUpdates": {"timeout"}, "setWebhook": {"url", "secret_token"}, "deleteWebhook": {}, "getWebhookInfo": {},
	"sendMessage": {"chat_id", "text"}, "sendPhoto": {"chat_id", "photo", "caption"}, "sendSticker": {"chat_id", "sticker"}, "sendChatAction": {"chat_id", "action"},
}

// params reads a request and notes what the documentation does not allow.
func (s *Server) params(r *http.Request, method string) (map[string]string, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, refuse("the request was cut off")
	}
	names, known := allowed[method]
	s.mu.Lock()
	defer s.mu.Unlock()
	if !known {
		s.violate("there is no method %s", method)
		return nil, failure{code: http.StatusNotFound, description: "Not Found"}
	}
	var object map[string]any
	if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || json.Unmarshal(body, &object) != nil {
		s.violate("%s: not a POST of a JSON object", method)
		return nil, refuse("JSON is expected")
	}
	params := map[string]string{}
	for name, value := range object {
		text, isText := value.(string)
		if !isText || !slices.Contains(names, name) {
			s.violate("%s: parameter %s = %v", method, name, value)
			return nil, refuse("parameter %s", name)
		}
		params[name] = text
	}
	return params, nil
}

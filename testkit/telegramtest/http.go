package telegramtest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// apiFailure is an answer that is not ok. The HTTP status is the error code, as the real server does it.
type apiFailure struct {
	code        int
	description string
	retryAfter  int
	migrateTo   int64
}

func (e apiFailure) Error() string { return e.description }

func (e apiFailure) write(w http.ResponseWriter) {
	body := map[string]any{"ok": false, "error_code": e.code, "description": e.description}
	parameters := map[string]any{}
	if e.retryAfter > 0 {
		parameters["retry_after"] = e.retryAfter
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	if e.migrateTo != 0 {
		parameters["migrate_to_chat_id"] = e.migrateTo
	}
	if len(parameters) > 0 {
		body["parameters"] = parameters
	}
	writeJSON(w, e.code, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps of ours always marshal
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

// ServeHTTP is the side of the bot: /bot<token>/<method> and /file/bot<token>/<path>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if file, ok := strings.CutPrefix(r.URL.Path, "/file/bot"+s.Token+"/"); ok {
		s.serveFile(w, file)
		return
	}
	rest, isBot := strings.CutPrefix(r.URL.Path, "/bot")
	token, method, _ := strings.Cut(rest, "/")
	switch _, known := s.spec.methods[method]; {
	case !isBot:
		apiFailure{code: http.StatusNotFound, description: "Not Found"}.write(w)
	case token != s.Token:
		apiFailure{code: http.StatusUnauthorized, description: "Unauthorized"}.write(w)
	case !known:
		s.violate("there is no method %s", method)
		apiFailure{code: http.StatusNotFound, description: "Not Found: method not found"}.write(w)
	default:
		s.serveMethod(w, r, method)
	}
}

func (s *Server) serveMethod(w http.ResponseWriter, r *http.Request, method string) {
	params, uploads, err := readParams(r)
	for field, u := range uploads {
		params[field] = s.keepUpload(u)
	}
	if err != nil { // the bot died while it wrote
		apiFailure{code: http.StatusBadRequest, description: "Bad Request: " + err.Error()}.write(w)
		return
	}
	s.note(method, params)
	chat, _ := strconv.ParseInt(params["chat_id"], 10, 64)
	f, broken := s.faultFor(method, chat)
	if broken && !s.sleep(r.Context(), f.Delay) {
		return
	}
	goesWrong := broken && (f.Cut || f.Status != 0)
	if goesWrong && !f.Late {
		f.answer(w)
		return
	}
	result, err := s.checked(r.Context(), method, params)
	if goesWrong {
		f.answer(w)
		return
	}
	writeResult(w, result, err)
}

func writeResult(w http.ResponseWriter, result any, err error) {
	var failure apiFailure
	switch {
	case err == nil:
		writeJSON(w, http.StatusOK, map[string]any{"ok": true, "result": result})
	case errors.As(err, &failure):
		failure.write(w)
	default:
		apiFailure{code: http.StatusBadRequest, description: err.Error()}.write(w)
	}
}

// checked does what a request asks for, if it keeps to the spec.
func (s *Server) checked(ctx context.Context, method string, params map[string]string) (any, error) {
	missing, faults := s.spec.check(method, params)
	for _, f := range faults {
		s.violate("%s: %s", method, f)
	}
	if missing != "" {
		return nil, refusal("parameter \"" + missing + "\" is required")
	}
	result, err := s.call(ctx, method, params)
	var r refusal
	if errors.As(err, &r) {
		s.violate("%s: %s", method, r)
	}
	return result, err
}

func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// note counts a call and keeps it among the last ones of its method.
func (s *Server) note(method string, params map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[method]++
	calls := s.calls[method]
	if keep := cmp.Or(s.opts.Keep, 100); len(calls) >= keep {
		calls = calls[len(calls)-keep+1:]
	}
	s.calls[method] = append(calls, Call{Method: method, Params: maps.Clone(params)})
	announce(&s.changed)
}

// readParams reads the four ways in which parameters may come.
func readParams(r *http.Request) (map[string]string, map[string]Upload, error) {
	params := map[string]string{}
	set := func(v url.Values) {
		for name, values := range v {
			params[name] = values[0]
		}
	}
	set(r.URL.Query())
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch kind {
	case "application/json":
		return params, nil, readJSON(r.Body, params)
	case "multipart/form-data":
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			return nil, nil, fmt.Errorf("read the form: %w", err)
		}
		set(r.MultipartForm.Value)
		uploads, err := readUploads(r)
		return params, uploads, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, nil, fmt.Errorf("read the request: %w", err)
	}
	v, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, nil, fmt.Errorf("read the form: %w", err)
	}
	set(v)
	return params, nil, nil
}

// readJSON reads parameters out of an object: strings as they are, everything else as JSON.
func readJSON(body io.Reader, params map[string]string) error {
	var object map[string]json.RawMessage
	if err := json.NewDecoder(body).Decode(&object); err != nil {
		return fmt.Errorf("read the object: %w", err)
	}
	for name, raw := range object {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			text = string(raw)
		}
		params[name] = text
	}
	return nil
}

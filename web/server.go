// Package web is the HTTP server: the chat page with its static files, health, metrics, and whatever handlers
// are given to it by path. It knows no platform and no handler of updates.
package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"path"
	"time"
)

//go:embed static
var static embed.FS

// Config is what a server is made of.
type Config struct {
	Handlers map[string]http.Handler         // by pattern of http.ServeMux
	Ready    func(ctx context.Context) error // nil: the stores answer and the channels run
	Limits   map[string]Limit                // by path, where a request may bring more than usual
	Proxies  Proxies                         // who may say on whose behalf it asks
	Logger   *slog.Logger
}

// New returns the handler of everything that the program serves.
func New(c Config) http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range c.Handlers {
		mux.Handle(pattern, h)
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/chat", http.StatusFound))
	mux.HandleFunc("GET /chat", file("static/chat.html"))
	mux.HandleFunc("GET /chat/static/{name}", func(w http.ResponseWriter, r *http.Request) {
		file("static/"+path.Base(r.PathValue("name")))(w, r)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, c) })
	return secured(known(c.Proxies, limited(mux, c.Limits)))
}

func ready(w http.ResponseWriter, r *http.Request, c Config) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if err := c.Ready(ctx); err != nil {
		c.Logger.Warn("not ready", "error", err)
		say(w, http.StatusServiceUnavailable, "not ready")
		return
	}
	say(w, http.StatusOK, "ready")
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text) // who asked may be gone
}

// file serves one embedded file, which a browser keeps until it changes.
func file(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := static.ReadFile(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		sum := sha256.Sum256(data)
		w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
	}
}

// secured adds the headers that keep a page from being framed, sniffed or made to run what is not ours.
func secured(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		next.ServeHTTP(w, r)
	})
}

// Serve serves on l until ctx ends, then lets requests end for a while. Streams of events end with ctx.
func Serve(ctx context.Context, l net.Listener, h http.Handler, logger *slog.Logger) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		done <- s.Shutdown(grace)
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve http: %w", err)
	}
	return <-done
}

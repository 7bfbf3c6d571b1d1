package main

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/sangkien/sangkien/bot"
)

// private lets only those in who bring the token. Without a token it lets in who asks from this machine itself: a
// request that a proxy on this machine hands on comes from outside, and the headers that proxies add tell so.
func private(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowed := fromHere(r)
		if token != "" {
			given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			allowed = ok && bot.SameSecret(given, token)
		}
		if !allowed {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "only from this machine, or with the token in SANGKIEN_METRICS_TOKEN", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func fromHere(r *http.Request) bool {
	for _, h := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

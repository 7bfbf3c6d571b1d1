package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

type healthCmd struct{}

// Run asks the serve that runs on this machine whether it is ready, and ends with 1 if not: for images that have no shell.
func (healthCmd) Run(ctx context.Context, c *Config, s *streams) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(c.HTTPAddr)
	if err != nil {
		return fmt.Errorf("read SANGKIEN_HTTP_ADDR: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", http.NoBody)
	if err != nil {
		return fmt.Errorf("ask whether it is ready: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 4 * time.Second} // no proxy: it is this machine
	resp, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("sangkien serve does not answer: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // only its status counts
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("sangkien serve is not ready: status %d", resp.StatusCode)
	}
	fmt.Fprintln(s.out, "ready")
	return nil
}

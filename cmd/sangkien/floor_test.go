package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// TestFloor is no test but the floor of the benchmark, run as a process of its own: for each update one HTTP
// request in, two round trips to Redis, one durable commit, one HTTP request out. It keeps nothing, checks
// nothing and understands nothing.
func TestFloor(t *testing.T) {
	address := os.Getenv("SANGKIEN_FLOOR")
	if address == "" {
		t.Skip("started by TestBench")
	}
	commit := floorCommits(t, address, os.Getenv("SANGKIEN_FLOOR_SHARED") == "true")
	o, err := goredis.ParseURL(os.Getenv("SANGKIEN_REDIS_URL"))
	if err != nil {
		t.Fatal(err)
	}
	state := goredis.NewClient(o)
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: 128, MaxIdleConnsPerHost: 128}}
	send := os.Getenv("SANGKIEN_TELEGRAM_API_URL") + "/botfloor/sendMessage"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /webhooks/telegram", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, chat, _ := strings.Cut(string(body), `"from":{"id":`)
		chat, _, _ = strings.Cut(chat, ",")
		err := state.Get(r.Context(), chat).Err()
		if err == nil || errors.Is(err, goredis.Nil) {
			err = commit(string(body))
		}
		if err == nil {
			err = state.Set(r.Context(), chat, body, 0).Err()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		go func() {
			resp, err := client.PostForm(send, url.Values{"chat_id": {chat}, "text": {"floor"}})
			if err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		}()
	})
	s := &http.Server{Addr: os.Getenv("SANGKIEN_HTTP_ADDR"), Handler: mux, ReadHeaderTimeout: time.Minute}
	t.Fatal(s.ListenAndServe())
}

// floorCommits returns what makes one update durable: in a transaction of its own, or with those ready together.
func floorCommits(t *testing.T, address string, shared bool) func(string) error {
	t.Helper()
	driver, source := "pgx", address
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	if driver == "sqlite" {
		db.SetMaxOpenConns(1)
	} else {
		db.SetMaxOpenConns(16)
		db.SetMaxIdleConns(16)
	}
	if _, err := db.Exec(`create table floor(body text)`); err != nil {
		t.Fatal(err)
	}
	one := func(bodies ...string) error {
		tx, err := db.BeginTx(context.Background(), nil)
		if err != nil {
			return err
		}
		for _, b := range bodies {
			if _, err := tx.Exec(`insert into floor(body) values ($1)`, b); err != nil {
				_ = tx.Rollback()
				return fmt.Errorf("insert: %w", err)
			}
		}
		return tx.Commit()
	}
	if !shared {
		return func(body string) error { return one(body) }
	}
	type job struct {
		body string
		done chan error
	}
	jobs := make(chan job)
	for range 2 {
		go func() {
			for first := range jobs {
				group := []job{first}
				bodies := []string{first.body}
				for more := true; more && len(group) < 64; {
					select {
					case j := <-jobs:
						group, bodies = append(group, j), append(bodies, j.body)
					default:
						more = false
					}
				}
				err := one(bodies...)
				for _, j := range group {
					j.done <- err
				}
			}
		}()
	}
	return func(body string) error {
		j := job{body, make(chan error, 1)}
		jobs <- j
		return <-j.done
	}
}

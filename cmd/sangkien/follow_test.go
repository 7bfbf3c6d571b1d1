package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/sangkien/sangkien/testkit"
)

// TestPageHearsOtherProcesses: a page that is open at one process shows what another process says in its chat.
func TestPageHearsOtherProcesses(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	address, data := testkit.Postgres(t), t.TempDir()
	var group [2]*process
	for i := range group {
		group[i] = newProcess(t, "SANGKIEN_DATABASE_URL="+address, "SANGKIEN_DATA_DIR="+data)
		group[i].start()
		group[i].ready(t)
	}
	page := openVisitor(ctx, t, group[0].addr)
	page.url = "http://" + group[1].addr + "/chat/api/" // its messages reach the other one, which answers first
	page.say(t, "/start", http.StatusNoContent)
	page.until(t, "Kính chào")
	for range 5 {
		begun := time.Now()
		page.say(t, "/trogiup", http.StatusNoContent)
		page.until(t, "/gui")
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("the page heard of it after %v", took)
		}
	}
}

package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

// TestForgedResults: whatever a button of the results carries, figures of a campaign come back, or a list.
func TestForgedResults(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.user = "1"
	s.do("/start")
	s.submit(s.draft("1", "1906", "Máy tách hạt ngô"))
	const figures, units, years = "*Kết quả: ", "theo đơn vị hiện nay", "theo năm"
	for value, want := range map[string]string{
		"s-1-0": figures, "u-1-0": units, "u-1-0-0": units, "u-1-0-j": units, "y-1-0-0": years, // of today, and of before units had a place
		"u-1-0-zzzz": units, "u-1-1000000-j": units, "l-1-1000000-0": figures, // no such unit, no such page
		"": figures, "x-1-0-0": figures, "u-1--1-0": figures, "u-1-0-0-0": figures, "u-2-0-0": figures, "u-1-1000001-0": figures,
		"u-1-0-zzzzzzzzzzzzzzzz": figures, "u-zzzzzzzzzzzzzzzz-0-0": figures, "u-1-99999999999999999999-0": figures, "u-1-0-": figures,
		"u-1-0-1f4": figures, // a unit with no idea
	} {
		p, err := sangkien.Press{Verb: "kq", Revision: 1, Value: value}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s.updates++
		got := s.handle(sangkien.Update{Key: fmt.Sprint("forged:", s.updates), At: s.now, Kind: sangkien.UpdatePress, Press: p, MessageID: "b",
			Address: sangkien.Address{Channel: "test", Bot: "b", Chat: "1"}, From: sangkien.Sender{ID: "1"}})
		if !strings.Contains(got, want) {
			t.Errorf("%q was answered %q", value, got)
		}
	}
}

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestUnknownSettings: a setting that is typed wrongly is named, with the one that was meant; those of others are not.
func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&cli{}, kong.Vars{"audience": audienceHelp, "version": ""})
	if err != nil {
		t.Fatal(err)
	}
	got := unknownSettings([]string{"PATH=/bin", "SANGKIEN_TELEGRAM_TOKEN=1:a", "SANGKIEN_TELEGRAM_TOKEN_FILE=/x", "SANGKIEN_LANG=vi", "SANGKIEN_ZALO_OA_OA_SECRET_FILE=/x", "SANGKIEN_PORT=tcp://10.0.0.1:80",
		"SANGKIEN_PORT_8080_TCP_ADDR=10.0.0.1", "SANGKIEN_SERVICE_HOST=10.0.0.1", "SANGKIEN_TEST_REQUIRE=redis",
		"SANGKIEN_TELEGRAM_TOKN=1:secret", "SANGKIEN_TELEGRM_TOKEN_FILE=/x", "SANGKIEN_PUBLICURL=https://x", "SANGKIEN_DATADIR=/x", "SANGKIEN_COLOUR=red"}, parser.Model)
	var said []string
	for _, u := range got {
		said = append(said, u.name+u.perhaps("→"))
	}
	want := "SANGKIEN_COLOUR SANGKIEN_DATADIR→SANGKIEN_DATA_DIR SANGKIEN_PUBLICURL→SANGKIEN_PUBLIC_URL SANGKIEN_TELEGRAM_TOKN→SANGKIEN_TELEGRAM_TOKEN SANGKIEN_TELEGRM_TOKEN_FILE→SANGKIEN_TELEGRAM_TOKEN"
	if fmt.Sprint(strings.Join(said, " ")) != want {
		t.Errorf("%s\ninstead of %s", strings.Join(said, " "), want)
	}
}

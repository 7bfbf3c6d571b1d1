// Command sangkien runs campaigns for initiatives and new ideas in chat. `sangkien serve` runs everything.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the image has no zone files

	"github.com/alecthomas/kong"
)

// cli is the commands and, for all of them, the configuration.
type cli struct {
	Config

	Serve   serveCmd   `cmd:"" help:"Run everything: web chat, channels, scheduler, senders."`
	Migrate migrateCmd `cmd:"" help:"Bring the database to this version's schema, and check that it is durable."`
	Export  exportCmd  `cmd:"" help:"Export data."`
	Import  importCmd  `cmd:"" help:"Read lists in: units, staff, ideas of earlier years, documents."`
	Invite  inviteCmd  `cmd:"" help:"Print a one-time invitation to a role."`
	Audit   auditCmd   `cmd:"" help:"The record of changes."`
	Demo    demoCmd    `cmd:"" help:"Fill a fresh data folder with fictional units, members and ideas."`
	Backup  backupCmd  `cmd:"" help:"Back everything up into one file, also while serve runs, and verify it."`
	Restore restoreCmd `cmd:"" help:"Restore a backup, or check it."`
	Doctor  doctorCmd  `cmd:"" help:"Check the configuration; each finding comes with its remedy."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "sangkien:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the deferred stop was called
	}
}

// run is main without the process: tests call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if err := readSecretFiles(os.LookupEnv, os.Setenv); err != nil {
		return err
	}
	var c cli
	exited := false
	parser, err := kong.New(&c, kong.Name("sangkien"), kong.Writers(stdout, stderr),
		kong.Description("Chatbot server for campaigns of initiatives and new ideas."),
		kong.UsageOnError(), kong.Exit(func(int) { exited = true }), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&streams{stdout, stderr}))
	if err != nil {
		return fmt.Errorf("read the commands: %w", err)
	}
	command, err := parser.Parse(args)
	if exited {
		return nil // help was printed
	}
	redact := newRedactor(&c.Config)
	if err != nil {
		return redact.err(err)
	}
	if err := c.check(); err != nil {
		return redact.err(err)
	}
	c.stderr = stderr
	return redact.err(command.Run(&c.Config))
}

// streams is where a command writes.
type streams struct{ out, err io.Writer }

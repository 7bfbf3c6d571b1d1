// Command sangkien runs campaigns for initiatives and new ideas in chat. `sangkien serve` runs everything.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the image has no zone files

	"github.com/alecthomas/kong"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage/redis"
)

// cli is the commands and, for all of them, the configuration.
type cli struct {
	Config
	Version kong.VersionFlag `help:"Print which version this is, and end."`

	Serve     serveCmd     `cmd:"" help:"Run everything: web chat, channels, scheduler, senders."`
	Migrate   migrateCmd   `cmd:"" help:"Bring the database to this version's schema, and check that it is durable."`
	Export    exportCmd    `cmd:"" help:"Export data."`
	Import    importCmd    `cmd:"" help:"Read lists in: units, staff, ideas of earlier years, documents."`
	Invite    inviteCmd    `cmd:"" help:"Print a one-time invitation to a role."`
	Feed      feedCmd      `cmd:"" help:"Read news from a website: add, list, remove."`
	QR        qrCmd        `cmd:"" name:"qr" help:"Make QR codes and a poster that open a campaign with the unit filled in."`
	Broadcast broadcastCmd `cmd:"" help:"Write to many, and steer what is being sent."`
	Zalo      zaloCmd      `cmd:"" help:"The Zalo Official Account."`
	Audit     auditCmd     `cmd:"" help:"The record of changes."`
	Reminders remindersCmd `cmd:"" help:"The reminders of campaigns."`
	Demo      demoCmd      `cmd:"" help:"Fill a fresh data folder with fictional units, members and ideas."`
	Backup    backupCmd    `cmd:"" help:"Back everything up into one file, also while serve runs, and verify it."`
	Restore   restoreCmd   `cmd:"" help:"Restore a backup, or check it."`
	Health    healthCmd    `cmd:"" help:"Ask the running serve whether it is ready; ends with 1 if not."`
	Doctor    doctorCmd    `cmd:"" help:"Check the configuration; each finding comes with its remedy."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runIn(ctx, os.Args[1:], &streams{out: os.Stdout, err: os.Stderr, in: os.Stdin, process: true}); err != nil {
		fmt.Fprintln(os.Stderr, "sangkien:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the deferred stop was called
	}
}

// run is main without the process: tests call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return runIn(ctx, args, &streams{out: stdout, err: stderr, in: os.Stdin})
}

func runIn(ctx context.Context, args []string, s *streams) error {
	if err := readSecretFiles(os.LookupEnv, os.Setenv); err != nil {
		return mend(err)
	}
	var c cli
	exited := false
	parser, err := kong.New(&c, kong.Name("sangkien"), kong.Writers(s.out, s.err),
		kong.Description("Chatbot server for campaigns of initiatives and new ideas."),
		kong.UsageOnError(), kong.Exit(func(int) { exited = true }), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s), kong.Vars{"audience": audienceHelp, "version": versionLine()})
	if err != nil {
		return fmt.Errorf("read the commands: %w", err)
	}
	command, err := parser.Parse(args)
	if exited {
		return nil // help was printed
	}
	if err != nil {
		return c.redactor().error(err)
	}
	if c.tracing, err = readTracing(os.Getenv); err != nil {
		return c.redactor().error(mend(err))
	}
	if err := c.check(); err != nil {
		return c.redactor().error(mend(err))
	}
	c.stderr, c.unknown = s.err, unknownSettings(os.Environ(), parser.Model)
	if s.process {
		redis.LogTo(c.logger(s))
	}
	return c.redactor().error(c.fullDisk(command.Run(&c.Config)))
}

// mend says what to do about an error of a setting, which names it.
func mend(err error) error {
	return fmt.Errorf("%w\nSửa biến nêu trên rồi chạy lại. / Mend the setting that is named and start again", err)
}

// fullDisk says what to do when a command failed because there is no room.
func (c *Config) fullDisk(err error) error {
	if !errors.Is(err, syscall.ENOSPC) && sangkien.CodeOf(err) != sangkien.ENOSPACE {
		return err
	}
	return fmt.Errorf("%w\nỔ đĩa đầy. Chuyển bớt bản sao lưu cũ hay tệp khác sang nơi khác rồi chạy lại; những gì đã nhận vẫn còn. "+
		"The disk is full: move old backups or other files elsewhere and start again; all that was received is still there. (%s)", err, c.DataDir)
}

// streams is where a command writes, and reads what a person answers.
type streams struct {
	out, err io.Writer
	in       io.Reader
	process  bool // whether these are the process' own: what a library has one of for all may be led to them
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sangkien/sangkien/scheduler"
)

// Processes on several machines share their data folder: a member's photo is fetched by one of them and shown by another.
// The folder has a name of its own, and who shares it holds the lease of the folder together. Where it is held under
// another name, two machines keep photos apart.
const folderLease = "data folder"

// folderFor is how long a machine that was taken away is remembered.
const folderFor = 5 * time.Minute

var errOtherFolder = errors.New("another process keeps members' files in a data folder of its own, so each shows only what it has fetched itself: let all machines share one folder (docs/install.md, section 7)")

// folderName is the name of a data folder, made by who comes first. Who comes may have another's process id: in containers
// everybody is the first process.
func folderName(dir string) (string, error) {
	path := filepath.Join(dir, "folder-name")
	if data, err := os.ReadFile(path); err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	own, err := os.CreateTemp(dir, "new-folder-name-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(own.Name()) }() // only a second name of what is kept
	_, err = own.WriteString(randomName() + "\n")
	if err = errors.Join(err, own.Sync(), own.Close()); err != nil {
		return "", err
	}
	// Whole, or not at all; it fails where another process was first.
	if err := os.Link(own.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	data, err := os.ReadFile(path)
	return strings.TrimSpace(string(data)), err
}

// leases is what storage has.
type leases interface {
	Lease(ctx context.Context, name, by string, d time.Duration) (held bool, err error)
}

// shares returns errOtherFolder where another process has another data folder.
func shares(ctx context.Context, store leases, dir string) error {
	name, err := folderName(dir)
	if err != nil {
		return fmt.Errorf("name the data folder: %w", err)
	}
	held, err := store.Lease(ctx, folderLease, name, folderFor)
	if err == nil && !held {
		return errOtherFolder
	}
	return err
}

// shareFolder looks every minute whether all processes have one data folder; the log and the metric of failing tasks say
// when they have not.
func (a *app) shareFolder() scheduler.Task {
	return scheduler.Task{Name: "shared folder", Spec: "* * * * *", Do: func(ctx context.Context, _ time.Time) error {
		return shares(ctx, a.store, a.config.DataDir)
	}}
}

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	sangkien "github.com/sangkien/sangkien"
)

// What the machine should have. Backups are verified beside the data, so that there must be room for a copy.
const (
	littleDisk = 2 << 30
	noDisk     = 200 << 20
	fewFiles   = 4096
)

func machineChecks() []check {
	return []check{
		{"settings", func(f *facts) (finding, bool) {
			var names []string
			for _, u := range f.config.unknown {
				names = append(names, u.name+u.perhaps(" → "))
			}
			if len(names) > 0 {
				return found(bad, "doctor.settings_unknown", sangkien.With("names", strings.Join(names, ", "))), true
			}
			return found(well, "doctor.settings"), true
		}},
		{"folder", func(f *facts) (finding, bool) {
			if f.folderErr != nil {
				return found(bad, "doctor.folder_bad", sangkien.With("path", f.config.DataDir), why(f.folderErr)), true
			}
			return found(well, "doctor.folder", sangkien.With("path", absolute(f.config.DataDir))), true
		}},
		{"folder rights", func(f *facts) (finding, bool) {
			if f.folderMode&0o077 != 0 {
				return found(note, "doctor.rights_open", sangkien.With("path", absolute(f.config.DataDir))), f.folderErr == nil
			}
			return found(well, "doctor.rights"), f.folderErr == nil
		}},
		{"disk", func(f *facts) (finding, bool) {
			mb := sangkien.With("mb", fmt.Sprint(f.free>>20))
			switch {
			case f.free < noDisk:
				return found(bad, "doctor.disk_full", mb), f.folderErr == nil
			case f.free < littleDisk:
				return found(note, "doctor.disk_low", mb), true
			}
			return found(well, "doctor.disk", mb), true
		}},
		{"address", func(f *facts) (finding, bool) {
			addr := sangkien.With("addr", f.config.HTTPAddr)
			switch {
			case errors.Is(f.listenErr, syscall.EADDRINUSE):
				return found(note, "doctor.address_taken", addr), true
			case f.listenErr != nil:
				return found(bad, "doctor.address_bad", addr, why(f.listenErr)), true
			}
			return found(well, "doctor.address", addr), true
		}},
		{"open files", func(f *facts) (finding, bool) {
			n := count(int(f.openFiles)) //nolint:gosec // a limit to be shown
			if f.openFiles < fewFiles {
				return found(note, "doctor.files_few", n), true
			}
			return found(well, "doctor.files", n), true
		}},
		{"time zone", func(f *facts) (finding, bool) {
			_, offset := f.now.In(f.config.zone).Zone()
			args := []sangkien.Arg{sangkien.With("zone", f.config.Timezone), sangkien.WithTime("now", f.now)}
			if offset != 7*3600 {
				return found(note, "doctor.zone_other", args...), true
			}
			return found(well, "doctor.zone", args...), true
		}},
		{"public address", func(f *facts) (finding, bool) {
			url := sangkien.With("url", f.config.PublicURL)
			switch {
			case f.config.PublicURL == "":
				return found(note, "doctor.public_none"), true
			case !strings.HasPrefix(f.config.PublicURL, "https://"):
				return found(note, "doctor.public_http", url), true
			}
			return found(well, "doctor.public", url), true
		}},
		{"secrets", func(f *facts) (finding, bool) { return judgeSecrets(f), true }},
	}
}

// judgeSecrets looks at where the secrets are kept, and who can read them.
func judgeSecrets(f *facts) finding {
	var bare, open []string
	for name, mode := range f.secret {
		switch {
		case mode == 0:
			bare = append(bare, name)
		case mode&0o077 != 0:
			open = append(open, name)
		}
	}
	slices.Sort(bare)
	slices.Sort(open)
	switch {
	case open != nil:
		return found(note, "doctor.secret_open", sangkien.With("names", strings.Join(open, ", ")))
	case bare != nil:
		return found(note, "doctor.secret_bare", sangkien.With("names", strings.Join(bare, ", ")))
	}
	return found(well, "doctor.secret")
}

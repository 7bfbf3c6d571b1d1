package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// makeFolder makes a folder, and those above it that are missing. When it returns, a power cut cannot take them: the name
// of a folder lies in the folder above, and whatever is made safe in it is lost with its name.
func makeFolder(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	var missing []string
	for at := dir; !there(at); at = filepath.Dir(at) {
		missing = append(missing, at)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if len(missing) == 0 { // who made it may not have come to this yet, or was killed before
		if err = syncDir(filepath.Dir(dir)); errors.Is(err, fs.ErrPermission) {
			return nil // whoever gave us a folder may keep what is above to himself
		}
	}
	for _, made := range missing {
		err = errors.Join(err, syncDir(filepath.Dir(made)))
	}
	return err
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil || filepath.Dir(path) == path
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

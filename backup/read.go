package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Check reads a whole backup and compares every part with the manifest. It returns a *Damaged that names the parts
// that are not what was written.
func Check(path string) (Manifest, error) {
	var m Manifest
	found, manifest, seal, err := parts(path)
	if err != nil {
		return m, err
	}
	hashed := sha256.Sum256(manifest)
	switch {
	case manifest == nil:
		return m, &Damaged{path, []string{manifestName + " is missing: the file ends too early"}}
	case string(seal) != hex.EncodeToString(hashed[:]):
		return m, &Damaged{path, []string{manifestName + " is not what was written"}}
	}
	if err := json.Unmarshal(manifest, &m); err != nil {
		return m, &Damaged{path, []string{manifestName + " cannot be read"}}
	}
	if m.Format != format {
		return m, fmt.Errorf("%s is a backup of format %d; this version reads format %d", path, m.Format, format)
	}
	return m, compare(path, m, found)
}

// compare names what is not as the manifest says.
func compare(path string, m Manifest, found map[string]string) error {
	var wrong []string
	for _, p := range m.Parts {
		switch got, ok := found[p.Name]; {
		case !ok:
			wrong = append(wrong, p.Name+" is missing")
		case got != p.SHA256:
			wrong = append(wrong, p.Name+" is not what was written")
		}
		delete(found, p.Name)
	}
	for name := range found {
		wrong = append(wrong, fmt.Sprintf("%q does not belong there", name))
	}
	if wrong == nil && contentOf(m.Parts) != m.Content {
		wrong = append(wrong, manifestName+" contradicts itself")
	}
	if wrong != nil {
		return &Damaged{path, wrong}
	}
	return nil
}

// parts reads through the file: the hash of each part, the manifest and its seal.
func parts(path string) (found map[string]string, manifest, seal []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open the backup: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	found = map[string]string{}
	last := "its beginning"
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found, manifest, seal, nil
		}
		if err != nil {
			return nil, nil, nil, &Damaged{path, []string{"what follows " + last + " cannot be read"}}
		}
		last = fmt.Sprintf("%q", h.Name)
		sum := sha256.New()
		switch _, twice := found[h.Name]; {
		case h.Typeflag != tar.TypeReg || twice || h.Name != readmeName && h.Name != manifestName && h.Name != sealName && !partName.MatchString(h.Name):
			return nil, nil, nil, &Damaged{path, []string{last + " does not belong there"}}
		case h.Name == manifestName:
			manifest, err = io.ReadAll(r)
		case h.Name == sealName:
			seal, err = io.ReadAll(r)
		default:
			_, err = io.Copy(sum, r)
			found[h.Name] = hex.EncodeToString(sum.Sum(nil))
		}
		if err != nil {
			return nil, nil, nil, &Damaged{path, []string{last + " ends too early"}}
		}
	}
}

// Extract brings the rows of a checked backup to the loader and its attachments into the folder, which may hold
// others. Whoever calls it commits the loader afterwards.
func Extract(ctx context.Context, path string, m Manifest, to Loader, attachments string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	if err := os.MkdirAll(attachments, 0o700); err != nil {
		return fmt.Errorf("make the folder for attachments: %w", err)
	}
	root, err := os.OpenRoot(attachments) // nothing can be written outside of it
	if err != nil {
		return fmt.Errorf("open the folder for attachments: %w", err)
	}
	defer func() { _ = root.Close() }() // only a handle
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return errors.Join(to.SetSequences(ctx, m.Sequences), syncTree(attachments))
		}
		if err != nil {
			return fmt.Errorf("read the backup: %w", err)
		}
		if !partName.MatchString(h.Name) {
			continue // what is not data
		}
		if err := extract(ctx, h.Name, r, to, root); err != nil {
			return fmt.Errorf("restore %s: %w", h.Name, err)
		}
	}
}

func extract(ctx context.Context, name string, r io.Reader, to Loader, root *os.Root) error {
	table, ok := tableOf(name)
	if !ok {
		return keep(root, strings.TrimPrefix(name, "attachments/"), r)
	}
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	return errors.Join(to.ReadTable(ctx, table, unpacked), unpacked.Close())
}

// keep writes an attachment, unless it is there: its name is the hash of its bytes.
func keep(root *os.Root, name string, r io.Reader) error {
	dir, base := filepath.Split(filepath.FromSlash(name))
	if err := root.MkdirAll(filepath.Clean(dir), 0o700); err != nil {
		return err
	}
	temp := dir + "restoring-" + base[:16]
	f, err := root.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	content := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, content), r)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, root.Remove(temp))
	}
	if sum(content) != base {
		return errors.Join(fmt.Errorf("its bytes are not those of its name"), root.Remove(temp))
	}
	return root.Rename(temp, dir+base)
}

// syncTree brings the names in a folder and in those in it to the disk.
func syncTree(dir string) error {
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return SyncDir(path)
	})
	return errors.Join(err, SyncDir(filepath.Dir(dir)))
}

// ContentOf is the hash over the content that a snapshot and a folder have now, to compare with that of a manifest
// whose attachments should be there. Attachments that it does not name are passed over.
func ContentOf(ctx context.Context, snap Snapshot, m Manifest, attachments string) (string, error) {
	var now []Part
	for _, table := range snap.Tables() {
		content := sha256.New()
		if _, err := snap.WriteTable(ctx, table, content); err != nil {
			return "", err
		}
		now = append(now, Part{Name: tablePart(table), Content: sum(content)})
	}
	for _, p := range m.Parts {
		name, ok := strings.CutPrefix(p.Name, "attachments/")
		if !ok {
			continue
		}
		content, err := hashOf(filepath.Join(attachments, filepath.FromSlash(name)))
		if err != nil {
			return "", err
		}
		now = append(now, Part{Name: p.Name, Content: content})
	}
	return contentOf(now), nil
}

func hashOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	content := sha256.New()
	_, err = io.Copy(content, f)
	return sum(content), errors.Join(err, f.Close())
}

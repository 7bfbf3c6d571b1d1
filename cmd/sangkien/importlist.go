package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/importing"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/storage"
)

// listFile is a list that is read in, CSV or XLSX.
type listFile struct {
	File   string `arg:"" type:"existingfile" help:"CSV or XLSX."`
	DryRun bool   `help:"Say what would happen, and write nothing."`
}

// list is a list that is being read in.
type list struct {
	listFile
	kind  string
	hash  string
	store *storage.Store
	say   *locale.Speaker
	out   io.Writer
	zone  *time.Location
}

// read opens a list and finds its columns. It prints how the heading was understood.
func (f listFile) read(kind string, columns []importing.Column, c *Config, s *streams, store *storage.Store) (*list, []importing.Record, error) {
	l := &list{listFile: f, kind: kind, store: store, say: locale.NewSpeaker(c.zone), out: s.out, zone: c.zone}
	data, err := os.ReadFile(f.File)
	if err != nil {
		return nil, nil, fmt.Errorf("read the list: %w", err)
	}
	l.hash = hashOf(kind, string(data))
	rows, err := importing.Read(data)
	if err != nil {
		return nil, nil, l.refused(err)
	}
	records, found, err := importing.Records(rows, columns)
	if err != nil {
		return nil, nil, l.refused(err)
	}
	for _, column := range columns {
		if as, ok := found[column.Key]; ok {
			l.tell("import.column", sangkien.With("name", column.Names[0]), sangkien.With("as", as))
		}
	}
	return l, records, nil
}

// hashOf is the number by which a list is taken back.
func hashOf(kind, data string) string {
	sum := sha256.Sum256([]byte(kind + ":" + data))
	return hex.EncodeToString(sum[:8])
}

func (l *list) tell(key string, args ...sangkien.Arg) {
	fmt.Fprintln(l.out, l.say.Say(sangkien.Say(key, args...), sangkien.Vietnamese))
}

// refused puts a refusal into words.
func (l *list) refused(err error) error {
	var r *importing.Refusal
	if errors.As(err, &r) {
		return errors.New(l.say.Say(r.Line, sangkien.Vietnamese).String())
	}
	return err
}

// maxProblems is how many problems are printed.
const maxProblems = 100

// problems prints what is wrong, all of it; then nothing is imported.
func (l *list) problems(all []importing.Problem) error {
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b importing.Problem) int { return a.Row - b.Row })
	for _, p := range all[:min(maxProblems, len(all))] {
		what := l.say.Say(p.Line, sangkien.Vietnamese).String()
		l.tell("import.problem", sangkien.With("row", strconv.Itoa(p.Row)), sangkien.With("column", p.Column), sangkien.With("what", what))
	}
	return errors.New(l.say.Say(sangkien.Say("import.nothing", sangkien.With("n", strconv.Itoa(len(all)))), sangkien.Vietnamese).String())
}

// perCommit is how many things are written at once: more would keep members waiting.
const perCommit = 500

// write imports the things of a list, once. What was cut off goes on where it stopped.
func (l *list) write(ctx context.Context, items []sangkien.BatchItem, effects [][]sangkien.Effect) error {
	if _, err := l.store.Import(ctx, l.hash); err == nil {
		l.tell("import.already", sangkien.With("hash", l.hash))
		return nil
	} else if sangkien.CodeOf(err) != sangkien.ENOTFOUND {
		return err
	}
	if l.DryRun || len(items) == 0 {
		l.tell("import.dry")
		return nil
	}
	round, err := l.store.ImportRound(ctx, l.hash)
	if err != nil {
		return err
	}
	n := 0
	for chunk := range slices.Chunk(effects, perCommit) {
		if err := l.commit(ctx, round, n, slices.Concat(chunk...)...); err != nil {
			return err
		}
		n++
	}
	batch := sangkien.Batch{Hash: l.hash, Kind: l.kind, Items: items, At: time.Now()}
	if err := l.commit(ctx, round, -1, batch.Note()); err != nil {
		return err
	}
	l.tell("import.done", sangkien.With("n", strconv.Itoa(len(items))), sangkien.With("hash", l.hash))
	return nil
}

func (l *list) commit(ctx context.Context, round int64, n int, effects ...sangkien.Effect) error {
	_, err := l.store.Commit(ctx, sangkien.Commit{Key: fmt.Sprintf("import:%s:%d:%d", l.hash, round, n), At: time.Now(), Effects: effects})
	return err
}

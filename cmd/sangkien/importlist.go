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

// write imports the things of a list, once. What was cut off goes on where it stopped: what is to be made is noted first.
func (l *list) write(ctx context.Context, items []sangkien.BatchItem, effects [][]sangkien.Effect) error {
	batch, err := l.store.Import(ctx, l.hash)
	switch {
	case err == nil && !batch.UnderWay:
		l.tell("import.already", sangkien.With("hash", l.hash))
		return nil
	case err != nil && sangkien.CodeOf(err) != sangkien.ENOTFOUND:
		return err
	case l.DryRun || len(items) == 0 && !batch.UnderWay:
		l.tell("import.dry")
		return nil
	}
	if err := l.all(ctx, &batch, items, effects); err != nil {
		return fmt.Errorf("%w\n%s", err, l.say.Say(sangkien.Say("import.begun", sangkien.With("hash", l.hash)), sangkien.Vietnamese))
	}
	l.tell("import.done", sangkien.With("n", strconv.Itoa(len(batch.Items))), sangkien.With("hash", l.hash))
	return nil
}

func (l *list) all(ctx context.Context, batch *sangkien.Batch, items []sangkien.BatchItem, effects [][]sangkien.Effect) error {
	round, err := l.store.ImportRound(ctx, l.hash)
	if err != nil {
		return err
	}
	batch.Hash, batch.Kind, batch.At = l.hash, l.kind, time.Now()
	batch.Add(items)
	if err := l.commit(ctx, fmt.Sprint(round, ":begun:", batch.At.UnixNano()), batch.Begin()); err != nil {
		return err
	}
	for n := 0; n < len(items); n += perCommit {
		end := min(n+perCommit, len(items))
		var objects []byte // the key is what is written: a list that goes on begins elsewhere
		for _, i := range items[n:end] {
			objects = append(append(objects, i.Object...), '\n')
		}
		if err := l.commit(ctx, fmt.Sprint(round, ":", hashOf(l.kind, string(objects))), slices.Concat(effects[n:end]...)...); err != nil {
			return err
		}
	}
	return l.commit(ctx, fmt.Sprint(round, ":done"), batch.Note())
}

func (l *list) commit(ctx context.Context, key string, effects ...sangkien.Effect) error {
	_, err := l.store.Commit(ctx, sangkien.Commit{Key: "import:" + l.hash + ":" + key, At: time.Now(), Effects: effects})
	return err
}

package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/powercut"
)

// TestPowerCut: whenever the power goes, and whatever the disk kept of what it had not been told to make safe, what was
// confirmed is there and nothing is there by half (docs/decisions/0022-power-cut.md). SANGKIEN_POWERCUTS sets how many
// times the power goes, SANGKIEN_POWERCUT_SEED where.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	cuts, seed := setting(t, "SANGKIEN_POWERCUTS", 20), setting(t, "SANGKIEN_POWERCUT_SEED", rand.Int64N(1<<32))
	r := cutPower(t, "full", cuts, uint64(seed), func(cutsMade) bool { return true })
	for _, l := range r.lost {
		t.Errorf("seed %d: %s", seed, l)
	}
	if r.checked == 0 {
		t.Error("nothing was looked for")
	}
	t.Logf("%d cuts, %d confirmed things looked for, %d lost (seed %d)", r.cuts, r.checked, len(r.lost), seed)
}

// TestPowerCutIsSeen: the same with synchronous=NORMAL, as most programs use SQLite, loses what was confirmed. A test
// that does not see that would see nothing.
func TestPowerCutIsSeen(t *testing.T) {
	t.Parallel()
	cuts, seed := setting(t, "SANGKIEN_POWERCUTS", 100), setting(t, "SANGKIEN_POWERCUT_SEED", rand.Int64N(1<<32))
	all := os.Getenv("SANGKIEN_POWERCUTS") != ""
	r := cutPower(t, "normal", cuts, uint64(seed), func(r cutsMade) bool { return all || len(r.lost) == 0 })
	if len(r.lost) == 0 {
		t.Fatalf("seed %d: %d cuts without fsync lost nothing of %d", seed, r.cuts, r.checked)
	}
	t.Logf("synchronous=NORMAL: %d cuts, %d confirmed things looked for, %d lost (seed %d), such as: %s", r.cuts, r.checked, len(r.lost), seed, r.lost[0])
}

// TestSamePhotoThroughAPowerCut: of those who send the same photo at once, nobody hears that it is kept before it is safe,
// also who comes second.
func TestSamePhotoThroughAPowerCut(t *testing.T) {
	t.Parallel()
	root := powercut.Folder(t)
	recording := powercut.Record(t, root, working(t, "photos", root))
	kept := 0
	for i, at := range append(recording.AfterSaid(), recording.AfterSaid()...) {
		left := powercut.Folder(t)
		cut, err := recording.Cut(at, rand.New(rand.NewPCG(0, uint64(i))), left)
		if err != nil {
			t.Fatal(err)
		}
		files, err := OpenFiles(filepath.Join(left, "data", "attachments"))
		if err != nil {
			t.Fatal(err)
		}
		l := &loss{}
		for _, line := range cut.Said {
			if words := strings.Fields(line); len(words) == 3 && words[1] == "kept" {
				l.checked++
				l.file(files, words[2])
			}
		}
		kept = max(kept, l.checked)
		for _, what := range l.what {
			t.Errorf("cut before step %d, left %s: %s", cut.At, cut.How, what)
		}
	}
	if kept != 5 {
		t.Errorf("%d photos were kept", kept)
	}
}

// working is the command that does the work of TestPowerCutWork in a folder.
func working(t *testing.T, how, root string) *osexec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.CommandContext(t.Context(), exe, "-test.run", "^TestPowerCutWork$")
	cmd.Env = append(os.Environ(), "SANGKIEN_POWERCUT_WORK="+how, "SANGKIEN_POWERCUT_ROOT="+root)
	return cmd
}

func setting(t *testing.T, name string, usual int64) int64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(name, err)
	}
	return n
}

// cutsMade is what came of cuts.
type cutsMade struct {
	cuts, checked int      // checked: confirmed things that were looked for
	lost          []string // or there by half
}

// cutPower records a process that works, and cuts its power as long as goOn says so, every second time right after it
// confirmed something.
func cutPower(t *testing.T, how string, cuts int64, seed uint64, goOn func(cutsMade) bool) (r cutsMade) {
	t.Helper()
	root := powercut.Folder(t)
	recording := powercut.Record(t, root, working(t, how, root))
	said := recording.AfterSaid()
	var mu sync.Mutex
	var hands sync.WaitGroup
	next := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		r.cuts++
		return uint64(r.cuts - 1), int64(r.cuts) <= cuts && goOn(r)
	}
	for range 2 {
		hands.Go(func() {
			for i, ok := next(); ok; i, ok = next() {
				dice := rand.New(rand.NewPCG(seed, i))
				at := dice.IntN(recording.Steps() + 1)
				if i%2 == 0 {
					at = said[dice.IntN(len(said))]
				}
				l, cut := cutOnce(t, recording, at, dice)
				mu.Lock()
				r.checked += l.checked
				for _, what := range l.what {
					r.lost = append(r.lost, fmt.Sprintf("cut %d before step %d of %d (%s), %d changes not safe, left %s: %s", i, cut.At, recording.Steps(), cut.Next, cut.Left, cut.How, what))
				}
				mu.Unlock()
			}
		})
	}
	hands.Wait()
	r.cuts -= 2 // each hand asked once in vain
	return r
}

func cutOnce(t *testing.T, recording *powercut.Recording, at int, dice *rand.Rand) (*loss, powercut.Cut) {
	left, l := powercut.Folder(t), &loss{}
	cut, err := recording.Cut(at, dice, left)
	if err != nil {
		l.note("%v", err)
		return l, cut
	}
	l.look(t.Context(), filepath.Join(left, "data"), cut.Said)
	if err := os.RemoveAll(left); err != nil {
		l.note("%v", err)
	}
	return l, cut
}

// TestPowerCutWork is the process whose power is cut: four people who write at once, with photos and the spool, and a
// restart in the middle. It says what was confirmed.
func TestPowerCutWork(t *testing.T) {
	how, root := os.Getenv("SANGKIEN_POWERCUT_WORK"), os.Getenv("SANGKIEN_POWERCUT_ROOT")
	if root == "" {
		t.Skip("run by TestPowerCut")
	}
	data := filepath.Join(root, "data")
	if how == "photos" {
		keepPhotos(t, filepath.Join(data, "attachments"))
		return
	}
	ideas := 3 // of each in each turn
	if os.Getenv("SANGKIEN_POWERCUTS") != "" {
		ideas = 6
	}
	for turn := range 2 {
		s, err := openFor(t.Context(), how, filepath.Join(data, "sangkien.db"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := OpenFiles(filepath.Join(data, "attachments"))
		if err != nil {
			t.Fatal(err)
		}
		spool, err := OpenSpool(filepath.Join(data, "spool"))
		if err != nil {
			t.Fatal(err)
		}
		if turn == 0 {
			world(t, s)
		}
		var people sync.WaitGroup
		for person := range 4 {
			people.Go(func() {
				for i := range ideas {
					if err := oneIdea(t.Context(), s, files, spool, int64(100+turn*50+person*10+i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		people.Wait()
		if err := errors.Join(spool.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	}
}

// keepPhotos keeps photos that are there already, in folders and under names that nobody made safe: whoever put them
// there has not come to that yet, or was killed.
func keepPhotos(t *testing.T, dir string) {
	files, err := OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(5) {
		sum := sha256.Sum256(photo(i))
		path := files.path(hex.EncodeToString(sum[:]))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write(photo(i))
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			t.Fatal(err)
		}
		file, err := files.Put(t.Context(), "ảnh.png", bytes.NewReader(photo(i)))
		if err != nil || file.Hash != hex.EncodeToString(sum[:]) {
			t.Fatal(file, err)
		}
		say("kept", file.Hash)
	}
}

// openFor opens the store as the product does, or with synchronous=NORMAL, which the product refuses. Checkpoints
// come more often than usual, so that there are some.
func openFor(ctx context.Context, how, path string) (*Store, error) {
	s, err := Open(ctx, "sqlite:"+path)
	if err != nil {
		return nil, err
	}
	if how == "normal" {
		if err := s.Close(); err != nil {
			return nil, err
		}
		if s, err = connectSQLite(path); err != nil {
			return nil, err
		}
		if _, err := s.write.ExecContext(ctx, "pragma synchronous=normal"); err != nil {
			return nil, err
		}
		if err := s.startWriters(ctx); err != nil {
			return nil, err
		}
	}
	return s, s.apart(ctx, func(ctx context.Context, tx *tx) error {
		var pages int
		return tx.QueryRowContext(ctx, "pragma wal_autocheckpoint=50").Scan(&pages)
	})
}

// oneIdea is one idea from the spool to its number.
func oneIdea(ctx context.Context, s *Store, files *Files, spool *Spool, idea int64) error {
	entry, err := spool.Put(fmt.Appendf(nil, "update of %d", idea))
	if err != nil {
		return err
	}
	say("spooled", idea)
	file, err := files.Put(ctx, "ảnh.png", bytes.NewReader(photo(idea%10)))
	if err != nil {
		return err
	}
	begin := sangkien.Commit{Key: fmt.Sprint("begin", idea), At: now, Effects: []sangkien.Effect{
		sangkien.IdeaBegun{Idea: idea, Campaign: 5, FormVersion: 1, Author: 1, At: now},
		sangkien.AnswerGiven{Idea: idea, Question: "title", Answer: sangkien.Answer{Value: title(idea)}, At: now},
		sangkien.AttachmentAdded{Attachment: sangkien.NewAttachment(idea, idea, "photos", file, now)}}}
	if _, err := s.Commit(ctx, begin); err != nil {
		return err
	}
	say("begun", idea)
	facts, err := s.Commit(ctx, submitting(idea))
	if err != nil {
		return err
	}
	say("submitted", idea, facts.Codes[idea])
	say("finishing", idea)
	return spool.Done(entry)
}

func submitting(idea int64) sangkien.Commit {
	to := sangkien.Address{Channel: "test", Chat: fmt.Sprint(idea)}
	return sangkien.Commit{Key: fmt.Sprint("submit", idea), At: now, Effects: []sangkien.Effect{submit(idea)},
		Replies: []sangkien.Reply{{To: to, Idea: idea, Lines: []sangkien.Line{sangkien.Say("submitted")}}}}
}

func say(words ...any) { fmt.Println(append([]any{"said"}, words...)...) }

func title(idea int64) string {
	return strings.Repeat(fmt.Sprint("Máy tách hạt ngô ", idea, ". "), 200)
}

// photo is the same for all who send their idea of a number: two may keep it at once.
func photo(seed int64) []byte {
	dice := rand.New(rand.NewPCG(uint64(seed), 1))
	img := image.NewGray(image.Rect(0, 0, 100, 60))
	for i := range img.Pix {
		img.Pix[i] = byte(dice.Uint32())
	}
	img.Set(0, 0, color.Black)
	var b bytes.Buffer
	_ = png.Encode(&b, img) // into memory
	return b.Bytes()
}

// loss is what is not as it should be after a power cut.
type loss struct {
	what    []string
	checked int
}

func (l *loss) note(format string, args ...any) {
	l.what = append(l.what, fmt.Sprintf(format, args...))
}

// look opens what is left as a restart does, looks for everything that was said, and goes on working.
func (l *loss) look(ctx context.Context, data string, said []string) {
	s, err := Open(ctx, "sqlite:"+filepath.Join(data, "sangkien.db"))
	if err != nil {
		l.note("the store does not open: %v", err)
		return
	}
	defer func() {
		if err := s.Close(); err != nil {
			l.note("%v", err)
		}
	}()
	l.said(ctx, s, filepath.Join(data, "spool"), said)
	ideas := l.halves(ctx, s, filepath.Join(data, "attachments"))
	if len(ideas) > 0 {
		l.goesOn(ctx, s)
	}
	var verdict string
	if err := s.row(ctx, "pragma integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		l.note("integrity_check: %s, %v", verdict, err)
	}
	if _, err := s.VerifyAudit(ctx); err != nil {
		l.note("%v", err)
	}
}

// said looks for what was confirmed.
func (l *loss) said(ctx context.Context, s *Store, dir string, said []string) {
	waiting := map[string]bool{}
	for _, line := range said {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "said" {
			continue // of the testing package
		}
		l.checked++
		id, _ := strconv.ParseInt(words[2], 10, 64)
		idea, err := s.Idea(ctx, id)
		switch words[1] {
		case "spooled", "finishing":
			l.checked--
			waiting[fmt.Sprint("update of ", id)] = words[1] == "spooled"
		case "begun":
			if err != nil || idea.Answers["title"].Value != title(id) {
				l.note("draft %d was confirmed: %+v, %v", id, idea.ID, err)
			}
		case "submitted":
			if err != nil || idea.State != sangkien.Submitted || idea.Code != words[3] {
				l.note("idea %d was confirmed as %s: it is %s %q, %v", id, words[3], idea.State, idea.Code, err)
			}
		}
	}
	l.spooled(dir, waiting)
}

// spooled looks for what was kept in the spool and is not finished.
func (l *loss) spooled(dir string, waiting map[string]bool) {
	spool, err := OpenSpool(dir)
	if err != nil {
		l.note("%v", err)
		return
	}
	entries, err := spool.Waiting()
	if err = errors.Join(err, spool.Close()); err != nil {
		l.note("%v", err)
	}
	for _, unfinished := range waiting {
		l.checked += flag(unfinished)
	}
	for _, e := range entries {
		if !strings.HasPrefix(string(e.Data), "update of ") {
			l.note("the spool has %q", e.Data)
		}
		delete(waiting, string(e.Data))
	}
	for update, unfinished := range waiting {
		if unfinished {
			l.note("%s was confirmed and is not in the spool", update)
		}
	}
}

// halves looks at everything that is there, said or not, and returns the ideas.
func (l *loss) halves(ctx context.Context, s *Store, dir string) (ideas []int64) {
	files, err := OpenFiles(dir)
	if err != nil {
		l.note("%v", err)
		return nil
	}
	var submitted []string
	err = s.each(ctx, func(scan func(...any) error) error {
		var id int64
		var code string
		var begun, sent, answers, photos, moves, replies int
		if err := scan(&id, &code, &begun, &sent, &answers, &photos, &moves, &replies); err != nil {
			return err
		}
		if code != "" {
			submitted = append(submitted, code)
		}
		if n := min(len(code), 1); id != 10 && (begun != 1 || answers != 1 || photos != 1 || sent != n || moves != n || replies != n) {
			l.note("idea %d %q by half: begun %d, answers %d, photos %d, submitted %d, moves %d, replies %d", id, code, begun, answers, photos, sent, moves, replies)
		}
		ideas = append(ideas, id)
		return nil
	}, `select id, coalesce(code, ''), (select count(*) from updates where key = 'begin' || i.id), (select count(*) from updates where key = 'submit' || i.id),
		(select count(*) from answers where idea_id = i.id), (select count(*) from attachments where idea_id = i.id), (select count(*) from idea_moves where idea_id = i.id),
		(select count(*) from outbox where address = 'test::' || i.id and instr(data, i.code) > 0) from ideas i order by code`)
	if err != nil {
		l.note("%v", err)
	}
	for i, code := range submitted {
		if want := fmt.Sprintf("SK-2026-%05d", i+1); code != want {
			l.note("the codes have %s where %s should be", code, want)
		}
	}
	hashes, err := s.fileHashes(ctx)
	if err != nil {
		l.note("%v", err)
	}
	for hash := range hashes {
		l.checked++
		l.file(files, hash)
	}
	return ideas
}

func (l *loss) file(files *Files, hash string) {
	f, err := files.Open(hash)
	if err != nil {
		l.note("%v", err)
		return
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != hash {
		l.note("file %s has %d other bytes, %v", hash, len(data), err)
	}
}

// goesOn submits one idea more.
func (l *loss) goesOn(ctx context.Context, s *Store) {
	facts, err := s.Commit(ctx, submitting(10))
	if err != nil || facts.Codes[10] == "" {
		l.note("the next idea: %+v, %v", facts, err)
	}
}

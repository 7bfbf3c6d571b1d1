package handlers_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/storage"
)

var placeholder = regexp.MustCompile(`\{[a-z_.|]+\}`)

// explained is where organisers read which placeholders the words of a reminder may have.
var explained = regexp.MustCompile(`(Lời hiện nay: .*|Viết như nói với một người.*)`)

var invitationCode = regexp.MustCompile(`moi-[a-z2-7]{26}`)

var linkCode = regexp.MustCompile(`noi( [2-9b-v]{5}){3}`)

// address is where a user writes: "5" on the channel of the tests, "web/5" on another.
func address(user string) sangkien.Address {
	if channel, chat, ok := strings.Cut(user, "/"); ok {
		return sangkien.Address{Channel: channel, Bot: "b", Chat: chat}
	}
	return sangkien.Address{Channel: "test", Bot: "b", Chat: user}
}

func userOf(a sangkien.Address) string {
	if a.Channel == "test" {
		return a.Chat
	}
	return a.Channel + "/" + a.Chat
}

var update = flag.Bool("update", false, "write what is said into the transcripts")

// TestTranscripts replays recorded conversations against a real SQLite and compares every word. A transcript:
//
//	> what the member types          > [label]   presses the newest button with the label
//	< what is said                   > [label] N presses it on the Nth newest message that has it
//	> !photo, !voice, !album 3, !sticker           > ~ new words   edits the member's last text
//	@user 2, @user web/2 (on another channel)   > @code (the last code to link accounts)
//	@role 2 organiser 19   @draft 1 1906 Title   @submitted 1 1906 Title   @appraised 1 1906 Title   @recognised 1 1906 Title   @unit 30001 1906 Name (below 1906)   @paper Title   @forget (sessions are lost)   @later 72h   @again (the last update is delivered once more)
//	@minute (the scheduler runs)   @broadcast 1 text   @start (due broadcasts are begun)   @send (and sent)
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := replay(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// scene is one conversation under way.
type scene struct {
	t        *testing.T
	store    *storage.Store
	sessions *forgetful
	d        *handlers.Dispatcher
	say      *locale.Speaker
	now      time.Time
	user     string
	updates  int
	pictures *storage.Files
	last     sangkien.Update
	shown    map[string][]bot.Message // by user
	ids      int64
	code     string         // to link accounts: the last that anyone was shown
	planned  map[int64]bool // broadcasts that were written down
}

type forgetful struct{ kept map[string]sangkien.Session }

func (f *forgetful) Load(_ context.Context, a sangkien.Address) (sangkien.Session, error) {
	return f.kept[a.String()], nil
}

func (f *forgetful) Delete(_ context.Context, a sangkien.Address) error {
	delete(f.kept, a.String())
	return nil
}

func (f *forgetful) Save(_ context.Context, a sangkien.Address, s sangkien.Session) error {
	f.kept[a.String()] = s
	return nil
}

func newScene(t *testing.T) *scene {
	t.Helper()
	store, err := storage.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	zone := time.FixedZone("+07", 7*3600)
	pictures, err := storage.OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, pictures: pictures, store: store, sessions: &forgetful{map[string]sangkien.Session{}}, say: locale.NewSpeaker(zone),
		now: time.Date(2026, 11, 24, 8, 0, 0, 0, zone), user: "1", shown: map[string][]bot.Message{}, planned: map[int64]bool{}}
	s.d = s.dispatcher(store)
	campaign, err := seed.Campaign(s.now.Add(-time.Hour)).Save()
	if err != nil {
		t.Fatal(err)
	}
	effects := []sangkien.Effect{campaign}
	for _, r := range seed.Reminders(campaign.Campaign.ID, func() int64 { s.ids += 16; return 1<<40 + s.ids }, s.now) {
		saved, err := r.Save(s.now)
		if err != nil {
			t.Fatal(err)
		}
		effects = append(effects, saved)
	}
	s.ids = 0
	for _, u := range seed.Units() {
		effects = append(effects, u.Save())
	}
	if _, err := store.Commit(t.Context(), sangkien.Commit{Key: "seed", At: s.now, Effects: effects}); err != nil {
		t.Fatal(err)
	}
	return s
}

// dispatcher is one of the scene's clock and sessions on a store.
func (s *scene) dispatcher(store handlers.Store) *handlers.Dispatcher {
	return handlers.New(handlers.Config{Store: store, Sessions: s.sessions, Profile: seed.Profile(), Sheets: seed.Sheets(), Patience: time.Minute,
		Now: func() time.Time { return s.now }, NewID: func() int64 { s.ids += 16; return s.ids },
		NextTime: scheduler.NextTime, Approval: 1, Pace: map[string]float64{"test": 30}, Report: func(ctx context.Context, _ sangkien.Broadcast) (sangkien.File, error) {
			return s.pictures.PutOurs(ctx, "nguoi-nhan.csv", "text/csv", sangkien.Document, []byte("x"))
		},
		Pictures: s.pictures, PetitionURL: "https://pakn.mattranso.vn", Words: func(l sangkien.Line, lang sangkien.Language) string { return s.say.Say(l, lang).String() },
		NewToken: func() string { // the digits of the last id as letters
			return strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprintf("%026d", s.ids))
		}})
}

func replay(t *testing.T, script string) string {
	t.Helper()
	s := newScene(t)
	var out strings.Builder
	for _, line := range strings.Split(strings.TrimRight(script, "\n"), "\n") {
		if strings.HasPrefix(line, "<") || strings.HasPrefix(line, "  ") {
			continue // written anew below
		}
		out.WriteString(line + "\n")
		switch {
		case strings.HasPrefix(line, "> "):
			out.WriteString(s.do(line[2:]))
		case strings.HasPrefix(line, "@"):
			out.WriteString(s.direct(strings.Fields(line[1:])))
		}
	}
	return out.String()
}

func (s *scene) direct(words []string) string {
	switch words[0] {
	case "user":
		s.user = words[1]
	case "forget":
		clear(s.sessions.kept)
	case "again":
		return s.handle(s.last)
	case "later":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.now = s.now.Add(d)
		return s.replies()
	case "minute":
		return s.minute()
	case "draft":
		s.draft(words[1], words[2], strings.Join(words[3:], " "))
	case "broadcast":
		s.updates++
		b := sangkien.Broadcast{Topic: sangkien.TopicNews, Text: sangkien.Text{VI: strings.Join(words[2:], " ")}, Offers: []string{"gui"}, Link: "https://tin.example.vn/1"}
		to := sangkien.Recipient{To: sangkien.Address{Channel: "test", Bot: "b", Chat: words[1]}, Name: "*Bà* Ôn"}
		if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: fmt.Sprint("broadcast", s.updates), At: s.now, Replies: []sangkien.Reply{b.Message(to)}}); err != nil {
			s.t.Fatal(err)
		}
		return s.replies()
	case "submitted":
		s.submit(s.draft(words[1], words[2], strings.Join(words[3:], " ")))
	case "appraised", "recognised":
		id := s.draft(words[1], words[2], strings.Join(words[3:], " "))
		s.submit(id)
		s.move(id, sangkien.Received)
		s.move(id, sangkien.UnderAppraisal)
		if words[0] == "recognised" {
			s.move(id, sangkien.Recognised)
		}
	case "paper":
		s.paper(strings.Join(words[1:], " "))
	case "unit":
		s.unit(words[1], words[2], strings.Join(words[3:], " "))
	case "role":
		s.grant(words[1], sangkien.Role(words[2]), words[3])
	case "start":
		s.startDue()
	case "send":
		return s.send()
	default:
		s.t.Fatalf("unknown direction %v", words)
	}
	return ""
}

// minute lets the scheduler do its work and writes down what it plans to send, and what else waits to be sent.
func (s *scene) minute() string {
	newID := func() int64 { s.ids += 16; return s.ids }
	for _, task := range []scheduler.Task{scheduler.Remind(s.store, newID), scheduler.RemindAuthors(s.store, newID)} {
		if err := task.Do(s.t.Context(), s.now); err != nil {
			s.t.Fatal(err)
		}
	}
	planned, err := s.store.BroadcastsIn(s.t.Context(), sangkien.BroadcastDue)
	if err != nil {
		s.t.Fatal(err)
	}
	var out strings.Builder
	for _, b := range planned {
		if s.planned[b.ID] {
			continue
		}
		s.planned[b.ID] = true
		fmt.Fprintf(&out, "< (%s, to %s, units %v without %v, %d by name, at %s) %s\n", b.Topic, b.Audience.Status, b.Audience.Units, b.Audience.Except,
			len(b.Audience.Members), b.Start.In(s.now.Location()).Format("15:04 02/01/2006"), b.Text.VI)
	}
	return out.String()
}

// draft gives a user who wrote before a name, a unit and a draft that only needs to be submitted.
func (s *scene) draft(user, unit, title string) int64 {
	a := address(user)
	chat, err := s.store.Chat(s.t.Context(), a, sangkien.Sender{ID: address(user).Chat})
	if err != nil || chat.Member.ID == 0 {
		s.t.Fatal("nobody to give a draft to", err)
	}
	id, err := strconv.ParseInt(unit, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := s.store.Units(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	units, campaigns := dialog.NewUnits(all, s.now), []sangkien.Campaign(nil)
	if campaigns, err = s.store.Campaigns(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	answers := maps.Clone(seed.Ideas()[0].Answers)
	answers["title"] = sangkien.Answer{Value: title}
	s.updates++
	s.ids += 16
	effects, err := dialog.Fill(dialog.Turn{Campaign: campaigns[0], Chat: chat, Update: sangkien.Update{Address: a}, Now: s.now, Language: sangkien.Vietnamese},
		seed.Profile(), s.ids, sangkien.Answers{"process": {Value: "yes"}, "publish": {Value: "yes"}, "news": {Value: "no"},
			dialog.KeyName: {Value: "Hà Thị Ôn " + user}, dialog.KeyUnit: {Value: units.Name(id), Unit: id}}, answers)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: fmt.Sprint("draft", s.updates), At: s.now, Effects: effects[:len(effects)-1]}); err != nil {
		s.t.Fatal(err)
	}
	return s.ids
}

// unit puts a unit below another, from the day before on.
func (s *scene) unit(id, parent, name string) {
	of, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	above, err := strconv.ParseInt(parent, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	u := sangkien.Unit{ID: of, Kind: "school", Name: name, Parent: above}
	if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: "unit" + id, At: s.now, Effects: []sangkien.Effect{u.Save()}}); err != nil {
		s.t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute) // by then the dispatcher has read it
}

// paper puts a document into the library.
func (s *scene) paper(title string) {
	s.ids += 16
	p := sangkien.Paper{ID: s.ids, Title: title}
	admin := sangkien.Viewer{Member: sangkien.Member{ID: 1 << 60, Roles: []sangkien.Grant{{Role: sangkien.RoleAdmin}}}}
	saved, err := p.Save(sangkien.Sheet{ID: p.ID}, sangkien.Paper{}, admin, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: fmt.Sprint("paper", s.ids), At: s.now, Effects: []sangkien.Effect{saved}}); err != nil {
		s.t.Fatal(err)
	}
}

// submit moves a draft on, without a word to anyone.
func (s *scene) submit(id int64) { s.move(id, sangkien.Submitted) }

// invitation is the last code that anyone was shown.
func (s *scene) invitation() string {
	code := ""
	for _, user := range []string{"7", "9"} {
		for _, m := range s.shown[user] {
			if found := invitationCode.FindString(m.Text.String()); found != "" {
				code = found
			}
		}
	}
	return code
}

// move brings an idea to a state as an administrator does, or its author where only they may; nobody is told.
func (s *scene) move(id int64, to sangkien.State) {
	s.t.Helper()
	idea, err := s.store.Idea(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	moved, err := idea.Move(to, sangkien.Viewer{Member: sangkien.Member{ID: 1 << 60, Roles: []sangkien.Grant{{Role: sangkien.RoleAdmin}}}}, "", s.now)
	if err != nil {
		moved, err = idea.Move(to, sangkien.Viewer{Member: sangkien.Member{ID: idea.Author}}, "", s.now)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.updates++
	if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: fmt.Sprint("move", s.updates), At: s.now, Effects: []sangkien.Effect{moved}}); err != nil {
		s.t.Fatal(err)
	}
}

// grant gives a role to a user who wrote before, by an invitation.
func (s *scene) grant(user string, role sangkien.Role, over string) {
	unit, err := strconv.ParseInt(over, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	a := address(user)
	chat, err := s.store.Chat(s.t.Context(), a, sangkien.Sender{ID: address(user).Chat})
	if err != nil || chat.Member.ID == 0 {
		s.t.Fatal("nobody to give a role to", err)
	}
	s.updates++
	token := fmt.Sprint("token", s.updates)
	if _, err := s.store.Commit(s.t.Context(), sangkien.Commit{Key: token, At: s.now, Effects: []sangkien.Effect{
		sangkien.Issue(token, sangkien.Grant{Role: role, Unit: unit}, s.now), chat.Member.Accept(token, s.now)}}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) do(input string) string {
	s.updates++
	u := sangkien.Update{Key: "test:" + strconv.Itoa(s.updates), At: s.now, Address: address(s.user),
		From: sangkien.Sender{ID: address(s.user).Chat, Name: "Hà Thị Ôn"}, Kind: sangkien.UpdateText, Text: strings.ReplaceAll(input, `\n`, "\n"), MessageID: "m" + strconv.Itoa(s.updates)}
	switch {
	case strings.HasPrefix(input, "["):
		u.Kind, u.Text = sangkien.UpdatePress, ""
		u.Press, u.MessageID = s.findIn(input)
	case strings.HasPrefix(input, "~ "):
		u.Kind, u.Text, u.MessageID = sangkien.UpdateEdited, input[2:], s.last.MessageID
	case input == "@invitation":
		u.Text = s.invitation()
	case strings.HasPrefix(input, "@code"):
		u.Text = s.code + strings.TrimPrefix(input, "@code")
	case strings.HasPrefix(input, "!"):
		return s.files(u, strings.Fields(input[1:]))
	}
	return s.handle(u)
}

// files sends one file, or the parts of an album one after the other.
func (s *scene) files(u sangkien.Update, words []string) string {
	u.Text = ""
	kind := map[string]sangkien.AttachmentKind{"photo": sangkien.Photo, "album": sangkien.Photo, "voice": sangkien.Voice}[words[0]]
	if kind == "" {
		u.Kind = sangkien.UpdateUnknown
		return s.handle(u)
	}
	u.Kind = sangkien.UpdateFile
	n := 1
	if words[0] == "album" {
		n, _ = strconv.Atoi(words[1])
		u.Album = "a"
	} else if len(words) > 1 {
		u.Text = strings.Join(words[1:], " ")
	}
	for i := range n {
		u.Files = []sangkien.File{{Ref: fmt.Sprint("f", i), Kind: kind}}
		u.Key = fmt.Sprint("test:", s.updates, ".", i)
		if err := s.d.Handle(s.t.Context(), u); err != nil {
			s.t.Fatal(err)
		}
	}
	return s.replies()
}

func (s *scene) find(input string) string {
	data, _ := s.findIn(input)
	return data
}

// findIn returns the data of "[label]" and its message, the newest that has it, or "[label] 2" the one before.
func (s *scene) findIn(input string) (data, message string) {
	label, rest, _ := strings.Cut(input[1:], "]")
	skip := 1
	if n, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil {
		skip = n
	}
	shown := s.shown[s.user]
	for i := len(shown) - 1; i >= 0; i-- {
		for _, row := range shown[i].Buttons {
			for _, b := range row {
				if b.Label != label {
					continue
				}
				if skip--; skip == 0 {
					return b.Data, "b" + strconv.Itoa(i)
				}
			}
		}
	}
	s.t.Fatalf("no button %q was shown; the last message: %+v", input, shown[max(0, len(shown)-1):])
	return "", ""
}

func (s *scene) handle(u sangkien.Update) string {
	if u.Kind == sangkien.UpdateText {
		s.last = u
	}
	if err := s.d.Handle(s.t.Context(), u); err != nil {
		s.t.Fatal(err)
	}
	return s.replies()
}

// replies takes what waits to be said out of the outbox, puts it into words and checks what every reply promises.
func (s *scene) replies() string {
	var out strings.Builder
	for {
		claimed, err := s.store.Claim(s.t.Context(), "t", []string{"test", "web", "telegram"}, 100, s.now.Add(2*time.Second), time.Hour)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(claimed) == 0 {
			return out.String()
		}
		for _, d := range claimed {
			for _, m := range bot.Render(d.Reply, s.say, bot.Limits{Text: 4096, Buttons: 90, Row: 3, Copy: true}) {
				if d.Reply.File != nil {
					out.WriteString("< (" + string(d.Reply.File.Kind) + " " + d.Reply.File.Name + ")\n")
				}
				to := userOf(d.Reply.To)
				s.shown[to] = append(s.shown[to], m)
				if code := linkCode.FindString(m.Text.String()); code != "" {
					s.code = code
				}
				if to != s.user {
					out.WriteString("< @" + to + ":\n")
				}
				if len(d.Reply.Lines) > 0 {
					out.WriteString(written(m))
				}
				s.check(d.Reply, m)
			}
			if _, err := s.store.Finish(s.t.Context(), "t", []sangkien.DeliveryResult{{ID: d.ID, State: sangkien.DeliverySent}}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

func (s *scene) check(r sangkien.Reply, m bot.Message) {
	for _, l := range r.Lines {
		if l.Key != "" && !locale.Has(l.Key) {
			s.t.Errorf("no sentence %q", l.Key)
		}
	}
	if placeholder.MatchString(strings.ReplaceAll(explained.ReplaceAllString(m.Text.String(), ""), sangkien.NamePlaceholder, "")) {
		s.t.Errorf("a placeholder is left in %q", m.Text)
	}
	for _, row := range m.Buttons {
		for _, b := range row {
			if len(b.Data) > 64 || b.Label == "" || strings.HasPrefix(b.Label, "button.") {
				s.t.Errorf("button %+v", b)
			}
		}
	}
}

func written(m bot.Message) string {
	var text strings.Builder
	for _, span := range m.Text {
		if span.Bold {
			text.WriteString("*" + span.Text + "*")
		} else {
			text.WriteString(span.Text)
		}
	}
	out := "< " + strings.ReplaceAll(text.String(), "\n", "\n  ") + "\n"
	for _, row := range m.Buttons {
		out += "  "
		for _, b := range row {
			out += " [" + b.Label + "]"
		}
		out += "\n"
	}
	return out
}

package locale

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// TestLanguagesSayTheSame: every sentence is there in both languages, with the same placeholders, and short.
func TestLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	for key, s := range sentences {
		vi, en := placeholder.FindAllString(s.VI, -1), placeholder.FindAllString(s.EN, -1)
		slices.Sort(vi)
		slices.Sort(en)
		if s.VI == "" || s.EN == "" || !slices.Equal(vi, en) {
			t.Errorf("%s: %v in Vietnamese, %v in English", key, vi, en)
		}
		if strings.Count(s.VI, "*")%2 != 0 || strings.Count(s.EN, "*")%2 != 0 {
			t.Errorf("%s: a * is not closed", key)
		}
		if n := len([]rune(s.VI)); n > 400 {
			t.Errorf("%s has %d characters", key, n)
		}
		if strings.HasPrefix(key, "button.") && len([]rune(s.VI)) > 32 {
			t.Errorf("%s does not fit on a button", key)
		}
	}
}

// TestSentencesAreNamedOnce: of two of one name the first would never be said.
func TestSentencesAreNamedOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, g := range groups() {
		for key := range g {
			if seen[key] {
				t.Errorf("%s is there twice", key)
			}
			seen[key] = true
		}
	}
}

// TestEveryKeyInUseHasASentence reads the packages that name sentences, and finds those that nobody names.
func TestEveryKeyInUseHasASentence(t *testing.T) {
	t.Parallel()
	named := map[string]bool{}
	for _, dir := range []string{"../dialog", "../handlers", "../bot", "../bot/webchat", "../locale", "../scheduler", "../importing", "../cmd/sangkien"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range files {
			if !strings.HasSuffix(name, "_test.go") {
				collectStrings(t, name, named)
			}
		}
	}
	for key := range sentences {
		prefix := key[:strings.LastIndexByte(key, '.')+1]
		suffix := key[strings.LastIndexByte(key, '_')+1:]
		made := named[prefix] || named[strings.TrimSuffix(key, "_"+suffix)] || named[strings.TrimSuffix(key, suffix)] || named["."+suffix] || strings.HasPrefix(key, "button.") && named["button."] ||
			strings.HasPrefix(key, "settings.") && named["settings."]
		if !named[key] && !made {
			t.Errorf("nobody says %s", key)
		}
	}
	shape := regexp.MustCompile(`^(mend|ask|more|files|summary|submit|press|edit|back|cancel|consent|button|unit|idle|welcome|resume|idea|mine|withdraw|help|stop|settings|error|group|invitation|campaign|command|file)\.[a-z_.]+[a-z]$`)
	for s := range named {
		if shape.MatchString(s) && !Has(s) {
			if _, err := os.Stat(s); err != nil && !strings.HasSuffix(s, ".go") {
				t.Errorf("%s is said and has no sentence", s)
			}
		}
	}
}

// collectStrings notes every string of a file; in this package only those that sentences name in {name|key}.
func collectStrings(t *testing.T, name string, named map[string]bool) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		s, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(name, "../locale") {
			named[s] = true
		}
		for _, p := range placeholder.FindAllString(s, -1) {
			if _, key, ok := strings.Cut(strings.Trim(p, "{}"), "|"); ok {
				named[key] = true
			}
		}
		return true
	})
}

func TestArgumentsAreNeverReadAsMarks(t *testing.T) {
	t.Parallel()
	s := NewSpeaker(time.FixedZone("+07", 7*3600))
	got := s.Say(sangkien.Say("text.bold", sangkien.With("text", "{code} *x* {")), sangkien.Vietnamese)
	if len(got) != 1 || !got[0].Bold || got[0].Text != "{code} *x* {" {
		t.Errorf("%+v", got)
	}
	at := time.Date(2026, 10, 30, 10, 0, 0, 0, time.UTC)
	if got := s.Say(sangkien.Say("submit.closed", sangkien.WithTime("closed", at)), sangkien.Vietnamese).String(); !strings.Contains(got, "17:00 ngày 30/10/2026") {
		t.Error(got)
	}
	if got := s.Say(sangkien.Say("no.such"), sangkien.English).String(); got != "no.such" {
		t.Error(got)
	}
}

// TestEveryChannelHasAName: who has linked accounts reads on which channel each is.
func TestEveryChannelHasAName(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../bot/*/channel.go")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	name := regexp.MustCompile(`(?m)^const Name = "(.+)"$`)
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if found := name.FindSubmatch(source); found == nil || !Has("channel."+string(found[1])) {
			t.Errorf("%s: %s has no sentence", f, found)
		}
	}
}

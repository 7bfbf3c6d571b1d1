package sangkien

import "testing"

func testForm() Form {
	t := Text{VI: "?"}
	stage := []Option{{Key: "idea", Label: t}, {Key: "applied", Label: t}}
	return Form{Version: 1, Questions: []Question{
		{Key: "title", Kind: KindShort, Text: t, Name: t},
		{Key: "stage", Kind: KindChoice, Text: t, Name: t, Options: stage},
		{Key: "since", Kind: KindDate, Text: t, Name: t, When: &When{Question: "stage", In: []string{"applied"}}},
		{Key: "files", Kind: KindFiles, Text: t, Name: t, Optional: true},
	}}
}

func TestFormStepsDoNotMoveWithAnswers(t *testing.T) {
	t.Parallel()
	f := testForm()
	for key, want := range map[string][2]int{"title": {1, 3}, "stage": {2, 3}, "since": {2, 3}, "files": {3, 3}, "no": {0, 0}} {
		if n, of := f.Step(key); n != want[0] || of != want[1] {
			t.Errorf("Step(%q) = %d/%d, want %v", key, n, of, want)
		}
	}
}

func TestFormPlace(t *testing.T) {
	t.Parallel()
	f := testForm()
	done := Answers{"title": {Value: "x"}, "stage": {Value: "idea"}, "files": {Skipped: true}}
	tests := []struct {
		name    string
		answers Answers
		asked   Asked
		mode    Mode
		q       string
		change  bool
	}{
		{"nothing answered", Answers{}, Asked{}, ModeAsk, "title", false},
		{"as asked", Answers{"title": {Value: "x"}}, Asked{Question: "stage", Mode: ModeAsk}, ModeAsk, "stage", false},
		{"hidden question is passed over", Answers{"title": {Value: "x"}, "stage": {Value: "idea"}}, Asked{Question: "since", Mode: ModeAsk}, ModeAsk, "files", false},
		{"a growing answer is still asked", Answers{"title": {Value: "x", Open: true}}, Asked{}, ModeAsk, "title", false},
		{"all answered", done, Asked{Mode: ModeSummary}, ModeSummary, "", false},
		{"changing one from the summary", done, Asked{Question: "title", Mode: ModeAsk}, ModeAsk, "title", true},
		{"question of another release", done, Asked{Question: "gone", Mode: ModeAsk}, ModeSummary, "", false},
	}
	for _, tt := range tests {
		if s := f.Place(tt.answers, tt.asked); s.Mode != tt.mode || s.Question != tt.q || s.Change != tt.change {
			t.Errorf("%s: Place = %+v", tt.name, s)
		}
	}
}

func TestFormCheck(t *testing.T) {
	t.Parallel()
	if err := testForm().Check(); err != nil {
		t.Fatal(err)
	}
	breaks := map[string]func(*Form){
		"no question":      func(f *Form) { f.Questions = nil },
		"bad key":          func(f *Form) { f.Questions[0].Key = "Tên" },
		"twice":            func(f *Form) { f.Questions[1].Key = "title" },
		"unknown kind":     func(f *Form) { f.Questions[0].Kind = "oracle" },
		"no options":       func(f *Form) { f.Questions[1].Options = nil },
		"depends on later": func(f *Form) { f.Questions[2].When.Question = "files" },
	}
	for name, spoil := range breaks {
		f := testForm()
		spoil(&f)
		if err := f.Check(); CodeOf(err) != EINVALID {
			t.Errorf("%s: Check = %v, want EINVALID", name, err)
		}
	}
}

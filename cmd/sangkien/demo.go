package main

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/storage"
)

type demoCmd struct{}

// Run fills a fresh database with fictional units, members, ideas and decisions and some documents, by the same
// effects as a conversation.
func (demoCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withStore(ctx, c, func(store *storage.Store) error { // nobody serves it meanwhile
		counts, err := store.Counts(ctx)
		if err != nil {
			return err
		}
		units, err := store.Units(ctx)
		if err != nil {
			return err
		}
		if counts.Members > 0 || len(units) > 0 {
			return fmt.Errorf("this database has members already, or units: what is invented would be among what is real. Choose a fresh folder with SANGKIEN_DATA_DIR")
		}
		if err := (&app{config: c, store: store}).firstCampaign(ctx); err != nil {
			return err
		}
		d := demo{store: store, now: time.Now().In(c.zone), staff: sangkien.Viewer{Member: sangkien.Member{ID: newID(), Roles: []sangkien.Grant{{Role: sangkien.RoleOrganiser}}}}}
		if err := d.fill(ctx); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "Filled with %d units, %d ideas, %d more of an earlier year, and %d documents. Now: sangkien serve\n",
			len(seed.Units()), len(seed.Ideas()), len(seed.Past()), len(seed.Papers()))
		return nil
	}, storage.Alone())
}

// demo fills a database.
type demo struct {
	store *storage.Store
	now   time.Time
	staff sangkien.Viewer // who saw to the ideas: nobody who could write
}

// demoUnits stores the units of the demonstration.
func demoUnits(ctx context.Context, store *storage.Store) error {
	var effects []sangkien.Effect
	for _, u := range seed.Units() {
		effects = append(effects, u.Save())
	}
	_, err := store.Commit(ctx, sangkien.Commit{Key: "demo:units", At: time.Now(), Effects: effects})
	return err
}

func (d demo) fill(ctx context.Context) error {
	if err := demoUnits(ctx, d.store); err != nil {
		return err
	}
	if err := d.calendar(ctx); err != nil {
		return err
	}
	var effects []sangkien.Effect
	for _, p := range seed.Papers() {
		p.ID = newID()
		saved, err := p.Save(sangkien.Sheet{ID: p.ID}, sangkien.Paper{}, d.staff, d.now)
		if err != nil {
			return fmt.Errorf("demo document %q: %w", p.Number, err)
		}
		effects = append(effects, saved)
	}
	if err := d.commit(ctx, "demo:papers", d.now, effects...); err != nil {
		return err
	}
	if err := d.campaigns(ctx); err != nil {
		return err
	}
	if err := d.news(ctx); err != nil {
		return err
	}
	for n, i := range seed.Ideas() {
		if err := d.idea(ctx, n, i); err != nil {
			return fmt.Errorf("demo idea %d: %w", n+1, err)
		}
	}
	return nil
}

// news fills the archive of news; nothing of it is sent.
func (d demo) news(ctx context.Context) error {
	var effects []sangkien.Effect
	for _, n := range seed.AllNews() {
		b := sangkien.Bulletin{ID: newID(), Title: n.Title, Text: n.Text, Sender: n.Sender}
		written, err := b.Import(true, d.now.AddDate(0, 0, -n.Days))
		if err != nil {
			return fmt.Errorf("demo news %q: %w", n.Title, err)
		}
		effects = append(effects, written)
	}
	return d.commit(ctx, "demo:news", d.now, effects...)
}

// campaigns stores a contest that is over, and a year of a province that was merged since, with its ideas.
func (d demo) campaigns(ctx context.Context) error {
	archive := seed.Archive(d.now.Location())
	var effects []sangkien.Effect
	for _, c := range []sangkien.Campaign{archive, seed.Contest(d.now)} {
		saved, err := c.Save()
		if err != nil {
			return err
		}
		effects = append(effects, saved)
	}
	for n, i := range seed.Past() {
		past := sangkien.PastIdea{Key: newID(), State: i.State, Unit: i.Unit, UnitText: "Tỉnh Bắc Kạn", Author: i.Author,
			At: archive.Opens.AddDate(0, 1, n), Answers: i.Answers}
		effects = append(effects, past.Import(archive)...)
	}
	return d.commit(ctx, "demo:campaigns", d.now, effects...)
}

// calendar gives the campaign its closing and further steps.
func (d demo) calendar(ctx context.Context) error {
	campaigns, err := d.store.Campaigns(ctx)
	if err != nil {
		return err
	}
	c := campaigns[0]
	saved, err := c.On(seed.DemoDates(c.Opens, d.now)).Save()
	if err != nil {
		return err
	}
	return d.commit(ctx, "demo:calendar", d.now, saved)
}

func (d demo) commit(ctx context.Context, key string, at time.Time, effects ...sangkien.Effect) error {
	_, err := d.store.Commit(ctx, sangkien.Commit{Key: key, At: at, Effects: effects})
	return err
}

// idea walks one fictional member through profile and form, submits, and brings the idea to where it stands.
func (d demo) idea(ctx context.Context, n int, i seed.Idea) error {
	at := d.now.Add(time.Duration(n-30) * 24 * time.Hour)
	campaign, err := d.campaignOf(ctx, i)
	if err != nil {
		return err
	}
	if !campaign.Closes.IsZero() && !at.Before(campaign.Closes) {
		at = campaign.Closes.AddDate(0, 0, -1)
	}
	units, err := d.store.Units(ctx)
	if err != nil {
		return err
	}
	u := sangkien.Update{Address: sangkien.Address{Channel: "demo", Bot: "0", Chat: fmt.Sprint(n)}, From: sangkien.Sender{ID: fmt.Sprint(n)}}
	joined, id := sangkien.Join(newID(), u, at), newID()
	turn := dialog.Turn{Campaign: campaign, Chat: sangkien.Chat{Member: sangkien.Member{ID: joined.Member, Language: sangkien.Vietnamese}}, Update: u, Now: at, Language: sangkien.Vietnamese}
	effects, err := dialog.Fill(turn, seed.Profile(), id, sangkien.Answers{
		"process": {Value: "yes"}, "publish": {Value: "yes"}, "news": {Value: "no"},
		dialog.KeyName: {Value: i.Author}, dialog.KeyUnit: {Value: dialog.NewUnits(units, at).Name(i.Unit), Unit: i.Unit}}, i.Answers)
	if err != nil {
		return err
	}
	if err := d.commit(ctx, fmt.Sprint("demo:", n), at, append([]sangkien.Effect{joined}, effects...)...); err != nil {
		return err
	}
	for step, to := range wayTo(i.State) {
		if err := d.move(ctx, id, to, i, at.Add(time.Duration(step+1)*24*time.Hour)); err != nil {
			return err
		}
	}
	return nil
}

func (d demo) campaignOf(ctx context.Context, i seed.Idea) (sangkien.Campaign, error) {
	campaigns, err := d.store.Campaigns(ctx)
	if err != nil {
		return sangkien.Campaign{}, err
	}
	for _, c := range campaigns {
		if c.Slug == i.Campaign || i.Campaign == "" && c.ID == 1 {
			return c, nil
		}
	}
	return sangkien.Campaign{}, fmt.Errorf("there is no campaign %q", i.Campaign)
}

// wayTo lists the moves that bring a submitted idea to a state.
func wayTo(state sangkien.State) []sangkien.State {
	switch {
	case state == sangkien.NeedsSupplement, state == sangkien.Received:
		return []sangkien.State{state}
	case state == sangkien.UnderAppraisal:
		return []sangkien.State{sangkien.Received, state}
	case state.Decided():
		return []sangkien.State{sangkien.Received, sangkien.UnderAppraisal, state}
	}
	return nil
}

func (d demo) move(ctx context.Context, id int64, to sangkien.State, i seed.Idea, at time.Time) error {
	idea, err := d.store.Idea(ctx, id)
	if err != nil {
		return err
	}
	var moved sangkien.IdeaMoved
	switch {
	case to.Decided():
		moved, err = idea.Decide(sangkien.Decision{Outcome: to, Reason: i.Reason, Number: i.Number}, d.staff, at)
	case to == sangkien.NeedsSupplement:
		moved, err = idea.AskSupplement(i.Reason, d.now.AddDate(0, 0, 7), d.staff, at)
	default:
		moved, err = idea.Move(to, d.staff, "", at)
	}
	if err != nil {
		return err
	}
	return d.commit(ctx, fmt.Sprint("demo:", id, to), at, moved)
}

package handlers

import (
	"context"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// catalogueAge is how old campaigns and units may be before they are read again. They change by the hand of
// an organiser, a few times a month; every update needs them.
const catalogueAge = 15 * time.Second

// catalogue keeps campaigns, forms and units in memory. A version of a form never changes once begun.
type catalogue struct {
	store Store
	now   func() time.Time

	mu        sync.Mutex
	read      time.Time
	campaigns []sangkien.Campaign
	list      []sangkien.Unit
	index     *dialog.Units
	every     *dialog.Units // of today and of before; made when first needed
	byUnit    *sangkien.Tree
	today     sangkien.Heirs
	forms     map[formKey]sangkien.Form
}

type formKey struct {
	campaign int64
	version  int
}

func newCatalogue(s Store, now func() time.Time) *catalogue {
	return &catalogue{store: s, now: now, forms: map[formKey]sangkien.Form{}}
}

// refresh reads campaigns and units if they are old. The caller holds the lock.
func (c *catalogue) refresh(ctx context.Context) error {
	now := c.now()
	if c.index != nil && now.Sub(c.read) < catalogueAge && !now.Before(c.read) {
		return nil
	}
	campaigns, err := c.store.Campaigns(ctx)
	if err != nil {
		return err
	}
	units, err := c.store.Units(ctx)
	if err != nil {
		return err
	}
	c.today, c.list, c.every = sangkien.NewHeirs(units), units, nil
	c.campaigns, c.index, c.byUnit, c.read = campaigns, dialog.NewUnits(units, now), sangkien.NewTree(units), now
	return nil
}

// open lists the campaigns that take ideas of a unit's members now, the one that opened last first. Of whom no unit
// is known, the latest closing of all is taken: it is looked at again when they submit.
func (c *catalogue) open(ctx context.Context, of sangkien.Member) ([]sangkien.Campaign, error) {
	all, err := c.all(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := c.tree(ctx)
	var open []sangkien.Campaign
	for _, campaign := range all {
		here := campaign.For(of.Unit, tree)
		if of.Unit == 0 && of.UnitText == "" {
			here = campaign.AtLatest()
		}
		if here.WindowAt(c.now()) == sangkien.Open {
			open = append(open, here)
		}
	}
	return open, err
}

// current is the campaign that opened last, open or not; zero when there is none at all.
func (c *catalogue) current(ctx context.Context) (sangkien.Campaign, error) {
	all, err := c.all(ctx)
	if err != nil || len(all) == 0 {
		return sangkien.Campaign{}, err
	}
	return all[0], nil
}

func (c *catalogue) all(ctx context.Context) ([]sangkien.Campaign, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.refresh(ctx)
	return c.campaigns, err
}

// campaign returns ENOTFOUND for an id that no campaign has.
func (c *catalogue) campaign(ctx context.Context, id int64) (sangkien.Campaign, error) {
	all, err := c.all(ctx)
	if err != nil {
		return sangkien.Campaign{}, err
	}
	for _, campaign := range all {
		if campaign.ID == id {
			return campaign, nil
		}
	}
	return sangkien.Campaign{}, sangkien.Errorf(sangkien.ENOTFOUND, "there is no campaign %d", id)
}

func (c *catalogue) units(ctx context.Context) (*dialog.Units, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.refresh(ctx)
	return c.index, err
}

// everyUnit finds units of today and of before.
func (c *catalogue) everyUnit(ctx context.Context) (*dialog.Units, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.refresh(ctx)
	if err == nil && c.every == nil {
		c.every = dialog.EveryUnit(c.list)
	}
	return c.every, err
}

func (c *catalogue) tree(ctx context.Context) (*sangkien.Tree, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.refresh(ctx)
	return c.byUnit, err
}

func (c *catalogue) heirs(ctx context.Context) (sangkien.Heirs, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.refresh(ctx)
	return c.today, err
}

func (c *catalogue) form(ctx context.Context, campaign int64, version int) (sangkien.Form, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := formKey{campaign, version}
	if f, ok := c.forms[key]; ok {
		return f, nil
	}
	f, err := c.store.Form(ctx, campaign, version)
	if err == nil {
		c.forms[key] = f
	}
	return f, err
}

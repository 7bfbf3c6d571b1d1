package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

func saveCampaign(ctx context.Context, tx *tx, c sangkien.Campaign) error {
	if err := c.Form.Check(); err != nil {
		return fmt.Errorf("form of campaign %q: %w", c.Slug, err)
	}
	data, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write campaign %q: %w", c.Slug, err)
	}
	form, err := json.Marshal(c.Form)
	if err != nil {
		return fmt.Errorf("write the form of campaign %q: %w", c.Slug, err)
	}
	err = exec(ctx, tx, `insert into campaigns(id, slug, opens_at, data) values ($1, $2, $3, $4)
		on conflict (id) do update set slug = excluded.slug, opens_at = excluded.opens_at, data = excluded.data`,
		c.ID, c.Slug, ms(c.Opens), string(data))
	if err != nil {
		return err
	}
	return exec(ctx, tx, `insert into forms(campaign_id, version, data) values ($1, $2, $3) on conflict do nothing`,
		c.ID, c.Form.Version, string(form))
}

// Campaigns lists all campaigns, the one that opened last first.
func (s *Store) Campaigns(ctx context.Context) ([]sangkien.Campaign, error) {
	var all []sangkien.Campaign
	err := s.each(ctx, func(scan func(...any) error) error {
		var data string
		if err := scan(&data); err != nil {
			return err
		}
		var c sangkien.Campaign
		err := json.Unmarshal([]byte(data), &c)
		all = append(all, c)
		return err
	}, `select data from campaigns order by opens_at desc, id desc`)
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	return all, nil
}

// Form loads one version of a campaign's form. It returns ENOTFOUND when there is none.
func (s *Store) Form(ctx context.Context, campaign int64, version int) (sangkien.Form, error) {
	var data string
	var f sangkien.Form
	err := s.row(ctx, `select data from forms where campaign_id = $1 and version = $2`, campaign, version).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return f, sangkien.Errorf(sangkien.ENOTFOUND, "campaign %d has no form of version %d", campaign, version)
	}
	if err != nil {
		return f, fmt.Errorf("load form %d of campaign %d: %w", version, campaign, err)
	}
	if err := json.Unmarshal([]byte(data), &f); err != nil {
		return f, fmt.Errorf("read form %d of campaign %d: %w", version, campaign, err)
	}
	return f, nil
}

func saveUnit(ctx context.Context, tx *tx, u sangkien.Unit) error {
	data, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("write unit %q: %w", u.Name, err)
	}
	return exec(ctx, tx, `insert into units(id, data) values ($1, $2) on conflict (id) do update set data = excluded.data`, u.ID, string(data))
}

// Units lists every unit, of today and of before.
func (s *Store) Units(ctx context.Context) ([]sangkien.Unit, error) {
	var all []sangkien.Unit
	err := s.each(ctx, func(scan func(...any) error) error {
		var data string
		if err := scan(&data); err != nil {
			return err
		}
		var u sangkien.Unit
		err := json.Unmarshal([]byte(data), &u)
		all = append(all, u)
		return err
	}, `select data from units order by id`)
	if err != nil {
		return nil, fmt.Errorf("list units: %w", err)
	}
	return all, nil
}

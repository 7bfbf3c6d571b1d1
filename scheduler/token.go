package scheduler

import (
	"context"
	"fmt"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Watchers is what telling administrators of a token needs; storage is one.
type Watchers interface {
	Token(ctx context.Context, name string) (sangkien.Token, error)
	Staff(context.Context) ([]sangkien.Member, error)
	Member(ctx context.Context, id int64) (sangkien.Member, error)
	Contacts(ctx context.Context, member int64, now time.Time) ([]sangkien.Contact, error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// WatchToken is the task that tells every administrator, in every chat of theirs, that a token cannot be renewed or
// used, and what to do: at once, by night too, and each day until it is mended.
func WatchToken(w Watchers, name string, wake func()) Task {
	return Task{Name: "token " + name, Spec: "* * * * *", Do: func(ctx context.Context, now time.Time) error {
		token, err := w.Token(ctx, name)
		if err != nil {
			return err
		}
		alarm := token.Alarm(now)
		if alarm == sangkien.TokenWell {
			return nil
		}
		staff, err := w.Staff(ctx)
		if err != nil {
			return err
		}
		for _, m := range staff {
			if !m.Has(sangkien.RoleAdmin) {
				continue
			}
			if err := tellToken(ctx, w, token, alarm, m, now); err != nil {
				return err
			}
		}
		wake()
		return nil
	}}
}

// tellToken writes the alarm to each chat of an administrator, but to those where it could not arrive.
func tellToken(ctx context.Context, w Watchers, token sangkien.Token, alarm sangkien.TokenAlarm, m sangkien.Member, now time.Time) error {
	contacts, err := w.Contacts(ctx, m.ID, now)
	if err != nil {
		return err
	}
	channel, _, _ := strings.Cut(token.Name, ":")
	for _, c := range contacts {
		if c.Address.Channel == channel && !now.Before(token.Expires) {
			continue
		}
		r := sangkien.Reply{To: c.Address, Language: m.Language, Replaces: "token " + token.Name,
			Lines: []sangkien.Line{sangkien.Say("token."+string(alarm), sangkien.WithTime("until", token.Expires))}}
		key := fmt.Sprintf("token:%s:%d:%s:%s:%s", token.Name, token.Version, alarm, now.Format(time.DateOnly), c.Address)
		if _, err := w.Commit(ctx, sangkien.Commit{Key: key, At: now, Replies: []sangkien.Reply{r}}); err != nil {
			return err
		}
	}
	return nil
}

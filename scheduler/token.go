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
	// AlarmToken notes since when there is an alarm, if it is still noted as before.
	AlarmToken(ctx context.Context, name string, before, since time.Time) error
}

// WatchToken is the task that tells every administrator, in every chat of theirs, that a token cannot be renewed or
// used, and what to do: at once, by night too, and each day until it is mended; then, once, that it is.
func WatchToken(w Watchers, name string, wake func()) Task {
	return Task{Name: "token " + name, Spec: "* * * * *", Do: func(ctx context.Context, now time.Time) error {
		token, err := w.Token(ctx, name)
		if err != nil {
			return err
		}
		alarm := token.Alarm(now)
		switch {
		case alarm == sangkien.TokenWell && token.Alarmed.IsZero():
			return nil
		case alarm == sangkien.TokenWell:
			key := fmt.Sprintf("token:%s:again:%d", token.Name, token.Alarmed.UnixMilli())
			if err := tellAdministrators(ctx, w, token, "token.again", key, now); err != nil {
				return err
			}
			wake()
			return w.AlarmToken(ctx, name, token.Alarmed, time.Time{})
		case token.Alarmed.IsZero(): // noted first: whoever is told must also hear the end of it
			if err := w.AlarmToken(ctx, name, time.Time{}, now); err != nil {
				return err
			}
		}
		key := fmt.Sprintf("token:%s:%d:%s:%s", token.Name, token.Version, alarm, now.Format(time.DateOnly))
		if err := tellAdministrators(ctx, w, token, "token."+string(alarm), key, now); err != nil {
			return err
		}
		wake()
		return nil
	}}
}

// tellAdministrators says a sentence in each chat of each of them, but where it could not arrive. What was said with
// the key is not said again.
func tellAdministrators(ctx context.Context, w Watchers, token sangkien.Token, sentence, key string, now time.Time) error {
	staff, err := w.Staff(ctx)
	if err != nil {
		return err
	}
	for _, m := range staff {
		if !m.Has(sangkien.RoleAdmin) {
			continue
		}
		if err := tellToken(ctx, w, token, sentence, key, m, now); err != nil {
			return err
		}
	}
	return nil
}

func tellToken(ctx context.Context, w Watchers, token sangkien.Token, sentence, key string, m sangkien.Member, now time.Time) error {
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
			Lines: []sangkien.Line{sangkien.Say(sentence, sangkien.WithTime("until", token.Expires))}}
		if _, err := w.Commit(ctx, sangkien.Commit{Key: key + ":" + c.Address.String(), At: now, Replies: []sangkien.Reply{r}}); err != nil {
			return err
		}
	}
	return nil
}

package bot

import (
	"context"
	"errors"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

// revision is the one message of a reply that stands in the place of an earlier one; nothing where the channel cannot
// change what it sent, or nothing was. A message that cannot be changed any more stays as it is.
func (o *Outbox) revision(d sangkien.Delivery, c Channel) []part {
	editor, can := c.(Editor)
	if !can || d.Edits == "" {
		return nil
	}
	messages := Render(d.Reply, o.say, c.Limits())
	return []part{func(ctx context.Context, to sangkien.Address) (string, error) {
		messages[0].Key = fmt.Sprintf("o%d.edit", d.ID)
		id, err := editor.Edit(ctx, to, d.Edits, messages[0])
		var se *SendError
		if errors.As(err, &se) && se.Kind == SendRefused {
			return d.Edits, nil
		}
		return id, err
	}}
}

package zalooa

import (
	"context"
	"io"
	"time"
)

// fetchTimeout is how long a download may take.
const fetchTimeout = 2 * time.Minute

// Fetch implements bot.FileSource. A reference is an address of Zalo's that expires. It came in a signed event, and yet
// it is opened like one from a stranger: https, and nothing that is not on the public network.
func (c *Channel) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	return c.files.Open(ctx, ref)
}

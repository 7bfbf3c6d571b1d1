package bot

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Uploads remembers under which name a platform keeps a file of ours; storage is one.
type Uploads interface {
	// Upload returns "" for a file that the platform does not have.
	Upload(ctx context.Context, to sangkien.Address, hash string) (ref string, err error)
	// KeepUpload notes a name; "" forgets it.
	KeepUpload(ctx context.Context, to sangkien.Address, hash, ref string, now time.Time) error
}

// Resender is a FileSender whose platform keeps what was sent and sends it again by a name: a picture for many is
// uploaded once.
type Resender interface {
	FileSender
	// SendNew is SendFile that also returns the name; "" when the platform told none.
	SendNew(ctx context.Context, to sangkien.Address, f sangkien.File, open func() (io.ReadCloser, error), caption Message) (messageID, ref string, err error)
	// SendKept sends what the platform keeps under a name of SendNew.
	SendKept(ctx context.Context, to sangkien.Address, f sangkien.File, ref string, caption Message) (messageID string, err error)
}

// uploader sends pictures of broadcasts. While one is being uploaded for the first time the others wait for its name.
type uploader struct {
	table Uploads
	mu    sync.Mutex
	busy  map[string]chan struct{} // by channel, bot and hash: who uploads is in it
}

func newUploader(table Uploads) *uploader {
	return &uploader{table: table, busy: map[string]chan struct{}{}}
}

// waitUpload is how long one waits for another's upload. A claim lasts for this wait, the wait for the pace and the slowest
// upload together.
const waitUpload = 30 * time.Second

func (u *uploader) turn(key string) chan struct{} {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.busy[key] == nil {
		u.busy[key] = make(chan struct{}, 1)
	}
	return u.busy[key]
}

// send sends by name what the platform has, and uploads what it has not, or no longer.
func (u *uploader) send(ctx context.Context, s Resender, to sangkien.Address, f sangkien.File, open func() (io.ReadCloser, error), caption Message) (string, error) {
	id, sent, err := u.sendKept(ctx, s, to, f, caption)
	if sent {
		return id, err
	}
	turn := u.turn(to.Channel + ":" + to.Bot + ":" + f.Hash)
	waited, cancel := context.WithTimeout(ctx, waitUpload)
	defer cancel()
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-waited.Done():
		return "", &SendError{Kind: SendRetry, Err: errors.New("the file is still being uploaded for another")}
	}
	if id, sent, err := u.sendKept(ctx, s, to, f, caption); sent { // by who was before us
		return id, err
	}
	id, ref, err := s.SendNew(ctx, to, f, open, caption)
	if err == nil && ref != "" {
		_ = u.table.KeepUpload(ctx, to, f.Hash, ref, time.Now()) // the next one uploads it again
	}
	return id, err
}

// sendKept sends by name; sent is false when the platform has no such file.
func (u *uploader) sendKept(ctx context.Context, s Resender, to sangkien.Address, f sangkien.File, caption Message) (id string, sent bool, err error) {
	ref, err := u.table.Upload(ctx, to, f.Hash)
	if err != nil || ref == "" {
		return "", false, nil //nolint:nilerr // then it is uploaded
	}
	id, err = s.SendKept(ctx, to, f, ref, caption)
	var se *SendError
	if errors.As(err, &se) && se.Kind == SendRefused {
		_ = u.table.KeepUpload(ctx, to, f.Hash, "", time.Now()) // it is tried once more, then
		return "", false, nil
	}
	return id, true, err
}

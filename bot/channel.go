// Package bot carries messages in and out. An adapter turns what happens on a platform into updates and hands
// them to the Inbox, which gives each chat one order and calls the handle function that it was given; the
// Outbox claims replies that were committed, puts them into words and sends them through the adapter.
// It knows neither what a message means nor SQL.
package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/locale"
)

// Channel is a platform on which people write to us. An adapter translates; it neither stores nor understands.
type Channel interface {
	// Name is the Channel of the addresses that it serves: "telegram", "web".
	Name() string
	// Limits says what the channel can show.
	Limits() Limits
	// Send shows one message and returns the platform's id for it. An error is a *SendError.
	// No platform here takes an idempotency key: after a lost connection the message may have arrived.
	Send(ctx context.Context, to sangkien.Address, m Message) (messageID string, err error)
}

// Runner is a channel that fetches or pushes by itself, such as a poll loop. Run returns when ctx ends,
// or with an error that no waiting will mend.
type Runner interface {
	Run(ctx context.Context, receive Receive) error
}

// FileSender is a channel that can send files.
type FileSender interface {
	// SendFile shows a file with the message as its caption, and returns the platform's id for it. The caption is
	// at most Limits.Caption long. open may be called more than once. An error is a *SendError.
	SendFile(ctx context.Context, to sangkien.Address, f sangkien.File, open func() (io.ReadCloser, error), caption Message) (messageID string, err error)
}

// Retirer is a channel that can take the buttons off a message that it sent. Best effort: a failure is not told.
type Retirer interface {
	Retire(ctx context.Context, to sangkien.Address, messageID string)
}

// Editor is a channel that can change a message that it sent. It returns the id of the message as it stands now; an
// error is a *SendError.
type Editor interface {
	Edit(ctx context.Context, to sangkien.Address, messageID string, m Message) (string, error)
}

// MenuSetter is a channel that lists commands, and in one chat others than in all. Best effort, as with Retirer.
type MenuSetter interface {
	SetMenu(ctx context.Context, to sangkien.Address, menu sangkien.MenuFor)
}

// FileSource is a channel that keeps members' files until we copy them.
type FileSource interface {
	// Fetch opens a file by the Ref of sangkien.File. The caller closes it and reads at most as much as it wants.
	// An error is a *SendError: Permanent when the file is gone or too large for the platform to give.
	Fetch(ctx context.Context, ref string) (io.ReadCloser, error)
}

// Receive takes an update in. It returns at once, having put the update behind the earlier ones of its chat;
// wait blocks until the update is finished. wait returning nil means that it is committed (or was, earlier)
// and the platform may be told "done"; an error means that it must be delivered again.
type Receive func(ctx context.Context, u sangkien.Update) (wait func() error)

// Limits is what a channel can show.
type Limits struct {
	Text    int  // most characters (code points) of a message; 0: no limit
	Caption int  // most characters under a file
	Buttons int  // most buttons of a message; 0: none, they become numbered lines
	Row     int  // most buttons in a row
	Copy    bool // has buttons that copy a text
	URL     bool // has buttons that open a page
	Counted bool // the platform counts what a person is sent: it is noted
	Words   bool // commands are words: people there know none with a slash. Where there are no buttons they always are

	PhotosOnly bool // of what members send besides words nothing else arrives
}

// Message is one message, in words, ready for any channel.
type Message struct {
	Text    locale.Text
	Buttons [][]Button // rows; at most Limits.Buttons
	Class   sangkien.ReplyClass
	Key     string // the same when it is sent again: whoever can keeps it from coming twice. "": it has none
}

// Button is a button in words. One of Data, URL and Copy is set.
type Button struct {
	Label string `json:"label"`
	Data  string `json:"data,omitempty"`
	URL   string `json:"url,omitempty"`
	Copy  string `json:"copy,omitempty"`
	Main  bool   `json:"main,omitempty"` // most people go on with it
}

// SendKind is what a failed send means. The set is closed.
type SendKind int

const (
	SendRetry       SendKind = iota // try again later: network, 5xx
	SendLimited                     // too fast: not before After
	SendUnreachable                 // the person blocked us or is gone: stop, keep the record
	SendMoved                       // the chat has another id now: MovedTo
	SendRefused                     // this message will never be taken
	SendFatal                       // nothing can be sent: the token is wrong
	SendUnknown                     // asked for and never answered: it may have arrived
	SendBarred                      // not now: the platform does not let us write to this person, see Barred
)

// SendError is why a message was not taken. Its text never holds a secret.
type SendError struct {
	Kind    SendKind
	After   time.Duration // for SendLimited
	Barred  sangkien.Barred
	Until   time.Time // for SendBarred: from when on it may be tried; zero: not before the person writes
	MovedTo string    // for SendMoved: the new chat id
	Err     error
}

func (e *SendError) Error() string { return fmt.Sprintf("send (%s): %v", e.Kind, e.Err) }
func (e *SendError) Unwrap() error { return e.Err }

// KindOf is the kind of what a channel returned; SendRetry for another error, and for none.
func KindOf(err error) SendKind {
	var se *SendError
	if errors.As(err, &se) {
		return se.Kind
	}
	return SendRetry
}

func (k SendKind) String() string {
	return [...]string{"retry", "limited", "unreachable", "moved", "refused", "fatal", "unknown", "barred"}[k]
}

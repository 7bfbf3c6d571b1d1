package sangkien

import "time"

// WebEntry is one line of a web chat, ours or the visitor's, kept so that a page that comes back shows it again.
type WebEntry struct {
	Seq  int64     // grows over all chats; 0 before it is stored
	Key  string    // unique in its chat: storing it twice keeps the first; "" for none
	Mine bool      // the visitor's
	Data string    // JSON in the words of the web chat
	At   time.Time // when it was stored
}

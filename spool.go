package sangkien

// Spooled is an update as its platform handed it over, kept until it is finished. It is for platforms that hand each
// over once and never again.
type Spooled struct {
	ID   string // of the entry, growing
	Data []byte // as the platform wrote it
}

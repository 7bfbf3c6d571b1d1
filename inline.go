package sangkien

// InlineQuery is what a person types behind the bot's name in another chat, to share something there. It is
// answered and forgotten: nothing is stored, and nobody becomes a member by it.
type InlineQuery struct {
	ID       string // the platform's, for the answer
	Text     string
	Offset   string // where the next page begins, as InlineAnswer.Next gave it; "" for the first
	Language Language
}

// InlineAnswer is one page of what can be shared.
type InlineAnswer struct {
	Language Language
	Articles []Article
	Next     string // offset of the next page; "" when this is the last
}

// Article is something to share. Whoever reads the chat may read all of it.
type Article struct {
	ID    string // unique in its answer, at most 64 bytes
	Title string
	About []Line // one or two lines to choose by
	Text  []Line // what is posted
}

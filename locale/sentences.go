package locale

import (
	"maps"

	sangkien "github.com/sangkien/sangkien"
)

// sentences is every sentence, by key, in the files of this package by who says them.
var sentences = collect(groups())

func groups() []map[string]sangkien.Text {
	return []map[string]sangkien.Text{formSentences, chatSentences, deskSentences, staffSentences, resultsSentences, dataSentences, librarySentences, newsSentences, campaignSentences, broadcastSentences, importSentences, searchSentences, linkSentences, posterSentences, topicSentences, doctorSentences}
}

func collect(groups []map[string]sangkien.Text) map[string]sangkien.Text {
	all := map[string]sangkien.Text{}
	for _, g := range groups {
		maps.Copy(all, g)
	}
	return all
}

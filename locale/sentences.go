package locale

import (
	"maps"

	sangkien "github.com/sangkien/sangkien"
)

// sentences is every sentence, by key, in the files of this package by who says them.
var sentences = collect(formSentences, chatSentences, deskSentences, staffSentences, resultsSentences, dataSentences, librarySentences, importSentences, searchSentences, doctorSentences)

func collect(groups ...map[string]sangkien.Text) map[string]sangkien.Text {
	all := map[string]sangkien.Text{}
	for _, g := range groups {
		maps.Copy(all, g)
	}
	return all
}

package sangkien

import (
	"net/url"
	"strings"
	"time"
)

// Paper is an official document of the library. Its ID is that of the sheet that it was entered as, so its file
// is the sheet's attachment.
type Paper struct {
	ID     int64        `json:"-"`
	Unit   int64        `json:"-"` // whose it is: who sees to that unit may change it; 0 for the whole organisation
	Title  string       `json:"title"`
	Number string       `json:"number"` // "464/MTTQ-BTT"
	Date   string       `json:"date"`   // a partial date in ISO form, "" when it is not known
	Issuer string       `json:"issuer"`
	Link   string       `json:"link"` // http or https, may be empty
	Files  []Attachment `json:"-"`
	At     time.Time    `json:"-"` // when it was stored last; another time than what who corrects it saw is a conflict
}

// The questions of a document's sheet.
const (
	PaperTitle  = "title"
	PaperNumber = "number"
	PaperDate   = "date"
	PaperIssuer = "issuer"
	PaperLink   = "link"
	PaperFile   = "file"
)

// PaperSaved stores a document of the library, over the earlier version.
type PaperSaved struct {
	Paper   Paper
	Earlier Paper // what it corrects; zero for a new one
	Sheet   int64 // whose files become the document's, in place of those that it had
	Actor   int64
	At      time.Time
}

// PaperRemoved takes a document out of the library. It stays in the database.
type PaperRemoved struct {
	Paper int64
	Actor int64
	At    time.Time
}

func (PaperSaved) effect()   {}
func (PaperRemoved) effect() {}

// Object is the document as a rule sees it.
func (p Paper) Object() Object { return Object{Unit: p.Unit} }

// Save is the change that stores a document as it was entered in a sheet, over the one that earlier is (the zero
// Paper for none). A new one is of where the actor is staff, a corrected one stays whose it was. It returns EFORBIDDEN when the actor may not, and EINVALID without a title or for a link that
// is not http or https.
func (p Paper) Save(s Sheet, earlier Paper, actor Viewer, now time.Time) (PaperSaved, error) {
	about := Anything()
	p.Unit = actor.desk()
	if earlier.ID != 0 {
		about, p.Unit = earlier.Object(), earlier.Unit
	}
	switch {
	case !actor.May(ActDocuments, about):
		return PaperSaved{}, Errorf(EFORBIDDEN, "member %d may not keep documents", actor.Member.ID)
	case p.Link != "" && !IsLink(p.Link):
		return PaperSaved{}, Errorf(EINVALID, "%q is no http or https address", p.Link)
	case strings.TrimSpace(p.Title) == "":
		return PaperSaved{}, Errorf(EINVALID, "the document has no title")
	}
	return PaperSaved{Paper: p, Earlier: earlier, Sheet: s.ID, Actor: actor.Member.ID, At: now}, nil
}

// Remove is the change that takes a document out of the library. It returns EFORBIDDEN when the actor may not.
func (p Paper) Remove(actor Viewer, now time.Time) (PaperRemoved, error) {
	if !actor.May(ActDocuments, p.Object()) {
		return PaperRemoved{}, Errorf(EFORBIDDEN, "member %d may not keep documents", actor.Member.ID)
	}
	return PaperRemoved{Paper: p.ID, Actor: actor.Member.ID, At: now}, nil
}

// IsLink tells whether s is an address that a browser may be sent to.
func IsLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// PaperOf reads a document from its sheet.
func PaperOf(s Sheet) Paper {
	value := func(key string) string { return s.Answers[key].Value }
	return Paper{ID: s.ID, Title: value(PaperTitle), Number: value(PaperNumber), Date: value(PaperDate), Issuer: value(PaperIssuer),
		Link: strings.TrimSpace(value(PaperLink)), Files: s.Attachments}
}

package bot

import (
	"errors"
	"net/url"
	"strings"
)

// Redactor takes a bot's token out of what is told to anyone: on these platforms it is part of every URL, and Go puts
// URLs into errors.
type Redactor struct{ hide *strings.Replacer }

// NewRedactor returns a redactor for a token of the form "<id>:<secret>".
func NewRedactor(token string) *Redactor {
	hide := []string{token, "<token>"}
	if _, half, _ := strings.Cut(token, ":"); len(half) >= 8 {
		hide = append(hide, half, "<token>") // however its colon was escaped
	}
	return &Redactor{hide: strings.NewReplacer(hide...)}
}

// Text returns s without the token.
func (r *Redactor) Text(s string) string { return r.hide.Replace(s) }

// Error returns err without the URL and the token. The cause stays reachable where it does not hold the token itself.
func (r *Redactor) Error(err error) error {
	for ue := (*url.Error)(nil); errors.As(err, &ue); {
		err = ue.Err
	}
	if text := r.Text(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return err
}

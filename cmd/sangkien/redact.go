package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"regexp"
	"strings"
)

// redactor takes secrets out of what is written for people: the second net, behind the places that handle secrets
// and take them out of their errors themselves.
type redactor struct{ replace *strings.Replacer }

// shapes are secrets that are known by how they look: bots' tokens, and passwords in addresses.
var (
	tokenLike    = regexp.MustCompile(`\d{5,}:[A-Za-z0-9_-]{20,}`)
	passwordLike = regexp.MustCompile(`://([^/\s:@]*):[^/\s@]+@`)
)

const hidden = "[hidden]"

// newRedactor knows the secrets of a configuration: every field whose variable is named after one, and the passwords in
// addresses. A field that is added is found by its name.
func newRedactor(c *Config) redactor {
	var pairs []string
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		name, value := v.Type().Field(i).Tag.Get("env"), v.Field(i)
		if value.Kind() != reflect.String || len(value.String()) < 4 {
			continue
		}
		secret := value.String()
		if strings.HasSuffix(name, "_URL") {
			secret = passwordOf(secret)
		} else if !strings.Contains(name, "TOKEN") && !strings.Contains(name, "SECRET") {
			continue
		}
		if secret != "" {
			pairs = append(pairs, secret, hidden, url.QueryEscape(secret), hidden, url.PathEscape(secret), hidden)
		}
	}
	return redactor{strings.NewReplacer(pairs...)}
}

// passwordOf is the password in an address, also in one that cannot be read otherwise.
func passwordOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	rest, _, _ = strings.Cut(rest, "/")
	i := strings.LastIndexByte(rest, '@')
	if i < 0 {
		return ""
	}
	_, password, _ := strings.Cut(rest[:i], ":")
	return password
}

// text takes secrets out of a text.
func (r redactor) text(s string) string {
	s = r.replace.Replace(s)
	s = tokenLike.ReplaceAllString(s, hidden)
	return passwordLike.ReplaceAllString(s, "://$1:"+hidden+"@")
}

// err is an error without secrets. What it was is not asked any more: it is about to be shown.
func (r redactor) err(err error) error {
	if err == nil {
		return nil
	}
	if clean := r.text(err.Error()); clean != err.Error() {
		return errors.New(clean)
	}
	return err
}

// attr is for slog's ReplaceAttr: it sees every message and every value of a record.
func (r redactor) attr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(r.text(a.Value.String()))
	case slog.KindAny:
		if _, level := a.Value.Any().(slog.Level); level {
			return a
		}
		a.Value = slog.StringValue(r.text(fmt.Sprintf("%+v", a.Value.Any())))
	}
	return a
}

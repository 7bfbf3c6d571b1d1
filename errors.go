package sangkien

import (
	"errors"
	"fmt"
)

// Code says what kind of failure an error is, for machines.
type Code string

const (
	EINVALID     Code = "invalid"     // the input breaks a rule; mend it
	ENOTFOUND    Code = "not_found"   // there is no such thing, or the asker may not see it
	EFORBIDDEN   Code = "forbidden"   // the actor may not do this
	ECONFLICT    Code = "conflict"    // the world changed since it was read: decide anew
	ENOSPACE     Code = "no_space"    // the disk is full: nothing can be kept until there is room, what is kept can be read
	EUNAVAILABLE Code = "unavailable" // a store does not answer: try again later
	EINTERNAL    Code = "internal"    // a defect of ours
)

// Error is the one error type of the domain: a code for machines, a message for operators, a cause.
type Error struct {
	Code    Code
	Message string
	Err     error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error with a code. A %w in format becomes the cause.
func Errorf(code Code, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Err: nil}
}

// CodeOf returns the code of the first *Error in err's chain, EINTERNAL when there is none, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return EINTERNAL
}

package feed

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// The kinds of what can be wrong with a feed. Every error of a poll wraps exactly one of them, except for
// the context's own error when the caller ended the poll.
var (
	ErrAddress     = errors.New("address")     // the configured URL is none of http or https
	ErrUnreachable = errors.New("unreachable") // DNS, connection, TLS, a broken answer
	ErrTimeout     = errors.New("timeout")     // nothing, or not all, within the time
	ErrStatus      = errors.New("status")      // an HTTP status other than 200 and 304
	ErrGone        = errors.New("gone")        // 410: no more polls
	ErrRedirect    = errors.New("redirect")    // too many, without a target, or from https to http
	ErrPrivate     = errors.New("private")     // leads to an address that is not public
	ErrNotFeed     = errors.New("not a feed")  // empty, a web page, something else
	ErrCutOff      = errors.New("cut off")     // ends in the middle
	ErrTooLarge    = errors.New("too large")   // more than 10 MiB
	ErrArchive     = errors.New("archive")     // what came cannot be kept: the archive's error is wrapped
	ErrMalformed   = errors.New("malformed")   // begins as a feed, but cannot be read
)

// Fault is one thing that went wrong with a feed or its hub.
type Fault struct {
	Kind       error         // a sentinel of this package or of the package that made the fault
	Text       string        // for the operator: what, and the remedy where there is one
	Cause      error         // nil where Text says it all
	URL        string        // without user info
	Status     int           // of HTTP, with ErrStatus and ErrGone
	RetryAfter time.Duration // the publisher's Retry-After
}

// NewFault makes a Fault. Its text is formatted as fmt.Sprintf does.
func NewFault(kind error, cause error, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Cause: cause, Text: fmt.Sprintf(format, args...)}
}

// WithURL names the address that the fault is about, unless it is named already.
func (f *Fault) WithURL(u *url.URL) *Fault {
	if f.URL == "" {
		f.URL = DisplayURL(u)
	}
	return f
}

func (f *Fault) Error() string {
	s := f.Text
	if f.URL != "" {
		s = f.URL + ": " + s
	}
	if f.Cause != nil {
		s += ": " + f.Cause.Error()
	}
	return s
}

func (f *Fault) Unwrap() []error { return []error{f.Kind, f.Cause} }

// FaultLabel is the stable name of what is wrong: while it stays the same the log is not told again.
func FaultLabel(err error) string {
	f, ok := errors.AsType[*Fault](err)
	switch {
	case err == nil:
		return ""
	case !ok:
		return "other"
	case f.Status != 0:
		return fmt.Sprintf("%v %d", f.Kind, f.Status)
	}
	return f.Kind.Error()
}

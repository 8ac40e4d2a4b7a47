package feed

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// The kinds of errors of a feed. Every error of a poll wraps exactly one kind, unless the poll failed because the
// caller's context ended.
var (
	ErrAddress     = errors.New("address")     // the configured URL is not http or https
	ErrUnreachable = errors.New("unreachable") // DNS, connection, TLS, an invalid response
	ErrTimeout     = errors.New("timeout")     // the response was not complete in time
	ErrStatus      = errors.New("status")      // an HTTP status other than 200 and 304
	ErrBlocked     = errors.New("blocked")     // a firewall or a bot challenge answered instead of the publisher
	ErrGone        = errors.New("gone")        // 410: polling stops
	ErrRedirect    = errors.New("redirect")    // too many redirects, one without a target, or one from https to http
	ErrPrivate     = errors.New("private")     // the address is not public
	ErrNotFeed     = errors.New("not a feed")  // the response is empty, a web page or another format
	ErrCutOff      = errors.New("cut off")     // the document ends in the middle
	ErrTooLarge    = errors.New("too large")   // the document has more than 10 MiB
	ErrArchive     = errors.New("archive")     // the archive cannot store the posts; the Fault also wraps the archive's error
	ErrMalformed   = errors.New("malformed")   // the document starts like a feed, but is invalid
)

// Fault is an error of a feed or its hub.
type Fault struct {
	Kind       error         // a sentinel error of this package or of the caller
	Text       string        // for the operator: the problem
	Remedy     string        // for the operator; "": the usual remedy of the kind, see [Remedy]
	Cause      error         // may be nil
	URL        string        // without user info
	Status     int           // HTTP status; set if Kind is ErrStatus, ErrBlocked or ErrGone
	RetryAfter time.Duration // the publisher's Retry-After
}

// NewFault returns a Fault. It formats the text like fmt.Sprintf.
func NewFault(kind error, cause error, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Cause: cause, Text: fmt.Sprintf(format, args...)}
}

// WithRemedy sets the remedy and returns f.
func (f *Fault) WithRemedy(remedy string) *Fault {
	f.Remedy = remedy
	return f
}

// WithURL sets the URL, unless it is set already, and returns f.
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

// FaultLabel returns a stable name for the kind of an error. The log reports a failing feed again only if the label
// changes.
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

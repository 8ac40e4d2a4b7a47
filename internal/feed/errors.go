package feed

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// The kinds of what can be wrong with a feed. Every error of Poll wraps exactly one of them, except for
// the context's own error when the caller ended the poll.
var (
	ErrAddress     = errors.New("address")     // the configured URL is none of http or https
	ErrUnreachable = errors.New("unreachable") // DNS, connection, TLS, a broken answer
	ErrTimeout     = errors.New("timeout")     // nothing, or not all, within Timeout
	ErrStatus      = errors.New("status")      // an HTTP status other than 200 and 304
	ErrGone        = errors.New("gone")        // 410: no more polls
	ErrRedirect    = errors.New("redirect")    // too many, without a target, or from https to http
	ErrPrivate     = errors.New("private")     // leads to an address that is not public
	ErrNotFeed     = errors.New("not a feed")  // empty, a web page, something else
	ErrCutOff      = errors.New("cut off")     // ends in the middle
	ErrTooLarge    = errors.New("too large")   // more than 10 MiB
	ErrKeeping     = errors.New("archive")     // what came cannot be kept: the archive's error is wrapped
	ErrMalformed   = errors.New("malformed")   // begins as a feed, but cannot be read
)

// fault is one thing that went wrong with a poll.
type fault struct {
	kind   error  // one of the above
	text   string // for the operator: what, and the remedy where there is one
	cause  error  // nil where text says it all
	url    string // without user info
	status int    // with ErrStatus and ErrGone
	after  time.Duration
}

func fail(kind error, cause error, format string, args ...any) *fault {
	return &fault{kind: kind, cause: cause, text: fmt.Sprintf(format, args...)}
}

// at names the address that the fault is about, unless it is named already.
func (f *fault) at(u *url.URL) *fault {
	if f.url == "" {
		f.url = display(u)
	}
	return f
}

func (f *fault) Error() string {
	s := f.text
	if f.url != "" {
		s = f.url + ": " + s
	}
	if f.cause != nil {
		s += ": " + f.cause.Error()
	}
	return s
}

func (f *fault) Unwrap() []error {
	if f.cause == nil {
		return []error{f.kind}
	}
	return []error{f.kind, f.cause}
}

// label is the stable name of what is wrong: while it stays the same the log is not told again.
func label(err error) string {
	f, ok := errors.AsType[*fault](err)
	switch {
	case err == nil:
		return ""
	case !ok:
		return "other"
	case f.status != 0:
		return fmt.Sprintf("%v %d", f.kind, f.status)
	}
	return f.kind.Error()
}

// display is an address without its user info, which may be a password or a token.
func display(u *url.URL) string {
	if u == nil {
		return ""
	}
	bare := *u
	bare.User = nil
	if bare.RawQuery != "" { // which may hold a key
		bare.RawQuery = "…"
	}
	return bare.String()
}

// statusFault explains an answer that is neither 200 nor 304.
func statusFault(resp *http.Response, now time.Time) *fault {
	code := resp.StatusCode
	f := fail(ErrStatus, nil, "answered %d %s", code, http.StatusText(code))
	f.status = code
	switch code {
	case http.StatusGone:
		f.kind = ErrGone
		f.text += "; the publisher has removed it for good: set another feed"
	case http.StatusNotFound:
		f.text += "; set the feed's own address"
	case http.StatusUnauthorized, http.StatusForbidden:
		f.text += "; the site does not let this service in"
	case http.StatusNotModified:
		f.text = "answered 304 Not Modified to a request that set no condition"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		f.after = retryAfter(resp.Header, now)
	}
	return f
}

package smapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"lastpost/internal/redact"
)

// Remedies for answers that are not Amazon's.
const (
	remedyBrokenAnswer = "Try again. If it stays, check the proxy between this machine and Amazon."
	remedyPage         = "A proxy or a portal between this machine and Amazon probably answered. " +
		"Check the network, and the variable HTTPS_PROXY."
)

// isPage reports whether an answer is an HTML page. SMAPI sends JSON only.
func isPage(a answer) bool {
	return strings.HasPrefix(strings.ToLower(a.header.Get("Content-Type")), "text/html") && len(a.body) > 0 ||
		bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
}

// pageFailure is the failure of a call that a page answered.
func (c *Client) pageFailure(k call, a answer) *failure {
	e := c.newError(k, a)
	e.Message = "the answer is an HTML page, which SMAPI never sends"
	if title := pageTitle(a.body); title != "" {
		e.Message += ": " + c.clean(title)
	}
	e.Remedy = remedyPage
	return &failure{err: e, status: a.status, sent: true, temporary: true, retryAfter: parseRetryAfter(a.header, time.Now())}
}

// pageTitle returns the title of a page, or "".
func pageTitle(page []byte) string {
	lower := bytes.ToLower(page[:min(len(page), 64<<10)])
	from := bytes.Index(lower, []byte("<title>"))
	if from < 0 || len(lower) != len(page[:min(len(page), 64<<10)]) {
		return ""
	}
	from += len("<title>")
	length := bytes.Index(lower[from:], []byte("</title>"))
	if length < 0 {
		return ""
	}
	return strings.Join(strings.Fields(string(page[from:from+length])), " ")
}

// refusal is the failure of a call that Amazon refused.
func (c *Client) refusal(k call, a answer) *failure {
	e := c.newError(k, a)
	switch {
	case isRedirect(a.status):
		e.Message = "the answer redirects to another address"
		if target, err := url.Parse(a.header.Get("Location")); err == nil && target.Host != "" {
			e.Message += " on " + c.clean(target.Host)
		}
		e.Remedy = "The access token is sent to one host only. Check the address of SMAPI, and the proxy between this machine and Amazon."
	case a.status/100 == 2:
		e.Message = "the answer has an unexpected form"
		e.Remedy = remedyBrokenAnswer
	}
	after := parseRetryAfter(a.header, time.Now())
	return &failure{err: e, status: a.status, sent: true, temporary: isTemporary(a.status), retryAfter: after}
}

// newError reads an error of Amazon. The answer can have any content.
func (c *Client) newError(k call, a answer) *Error {
	var wire struct {
		Code       any           `json:"code"`
		Message    any           `json:"message"`
		Violations []wireProblem `json:"violations"`
	}
	_ = json.Unmarshal(a.body, &wire) // what can be read of another document is enough
	e := &Error{Call: k.name, Method: k.method, Path: c.clean(k.path), Status: a.status, RequestID: c.clean(requestID(a.header))}
	e.Code, e.Message = c.clean(asText(wire.Code)), c.clean(asText(wire.Message))
	e.Violations = c.problems("", wire.Violations)
	if e.Message == "" && !json.Valid(a.body) && a.status >= 400 {
		e.Message = c.clean(string(a.body))
	}
	if e.Message == "" {
		e.Message = strings.ToLower(http.StatusText(a.status))
	}
	e.Remedy = remedyOfError(e)
	if after := parseRetryAfter(a.header, time.Now()); after > maxRetryAfter {
		e.Remedy = fmt.Sprintf("Amazon asks to wait for %s. Try again after that time.", after.Round(time.Minute))
	}
	return e
}

// requestID returns the id that Amazon's support needs.
func requestID(header http.Header) string {
	for _, name := range []string{"X-Amzn-Requestid", "X-Amzn-Request-Id", "X-Amz-Request-Id"} {
		if id := header.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// asText returns a JSON value of any type as text, because proxies send numbers as codes.
func asText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(value)
}

// maxMessage limits each text of an answer in an error, in bytes.
const maxMessage = 1000

// clean returns a text from an answer for an error: without secrets and control characters, and not too long.
func (c *Client) clean(text string) string {
	text = strings.Join(strings.Fields(printable(c.masks.text(text))), " ")
	return redact.Truncate(text, maxMessage)
}

// networkFailure is the failure of an exchange without a complete answer.
func (c *Client) networkFailure(parent context.Context, name string, err error, sent bool) *failure {
	if cause := context.Cause(parent); cause != nil {
		return &failure{err: fmt.Errorf("%s: %w", name, cause), sent: sent}
	}
	err = transportCause(err)
	permanent := isCertificateError(err)
	text := name + ": " + c.clean(err.Error())
	switch {
	case permanent:
		text += ". Amazon's certificate is not accepted. Check the clock of this machine, and the proxy between this machine and Amazon."
	case errors.Is(err, context.DeadlineExceeded):
		text = name + ": the server did not answer in time. Check the network of this machine, and try again."
	case errors.Is(err, syscall.ECONNREFUSED) || !sent:
		text += ". Check the network of this machine, and the variable HTTPS_PROXY."
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		text = name + ": the connection was cut during the answer. Check the network of this machine, and try again."
	default:
		text += ". The connection broke. Check the network of this machine, and try again."
	}
	return &failure{err: &networkError{text, err}, sent: sent, temporary: !permanent}
}

// isCertificateError reports whether a TLS certificate was refused. Another attempt cannot help.
func isCertificateError(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	return verification || authority || host
}

// transportCause returns the cause of an error of net/http, without the address. The address may be an upload URL.
func transportCause(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}

// A networkError has a text without secrets. Its cause can be compared, but not printed, because it may have a secret.
type networkError struct {
	text  string
	cause error
}

func (e *networkError) Error() string { return e.text }

// Is reports whether the cause is target.
func (e *networkError) Is(target error) bool { return errors.Is(e.cause, target) }

// As finds the first error of target's type in the cause.
func (e *networkError) As(target any) bool { return errors.As(e.cause, target) }

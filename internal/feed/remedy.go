package feed

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
)

// TriesAgain begins the remedies of errors that may end by themselves.
const TriesAgain = "the service tries again by itself; "

// Remedy returns what the operator can do about an error of a feed. It returns "" if err is not a *Fault, for example
// because the caller's context ended. The texts name the key feed of the configuration.
func Remedy(err error) string {
	f, ok := errors.AsType[*Fault](err)
	switch {
	case !ok:
		return ""
	case f.Remedy != "":
		return f.Remedy
	case errors.Is(f.Kind, ErrUnreachable):
		return connectionRemedy(f.Cause)
	case errors.Is(f.Kind, ErrStatus):
		return statusRemedy(f.Status)
	}
	return kindRemedy(f.Kind)
}

// kindRemedy returns the remedy for a kind whose faults have one remedy.
func kindRemedy(kind error) string {
	return map[error]string{
		ErrAddress: "set feed to an address that begins with https:// or http://",
		ErrTimeout: TriesAgain + "if this repeats, try the address on this machine with curl: the publisher is " +
			"slow, or a firewall drops the connection",
		ErrBlocked:  "let the feed's path pass in the publisher's firewall for this service's User-Agent, or ask the publisher",
		ErrGone:     "set feed to another feed of the blog; if this one is back, reload the configuration to poll it again",
		ErrRedirect: "set feed to the address that a browser shows after the redirects; if there is none, tell the publisher",
		ErrPrivate:  "only the host in feed may have a private address: if the address is right, set feed to it",
		ErrNotFeed:  "set feed to the feed's own address: in WordPress it is the blog's address with /feed/ at the end",
		ErrCutOff: TriesAgain + "if this repeats, open the feed in a browser: if it ends early there too, tell the " +
			"publisher",
		ErrTooLarge: "let the blog show fewer posts in its feed: 10 to 50 are usual",
		ErrArchive:  "check the free space and the permissions of data_dir",
		ErrMalformed: "check the feed with https://validator.w3.org/feed/ and tell the publisher: often a plugin or a theme of the blog " +
			"prints something into it",
	}[kind]
}

// statusRemedy returns the remedy for an HTTP status.
func statusRemedy(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "put the user and the password into feed by environment variables: https://${FEED_USER}:${FEED_PASSWORD}@HOST/PATH"
	case status == http.StatusForbidden:
		return "let the publisher's firewall pass the feed's path for this service's User-Agent, lastpost/VERSION"
	case status == http.StatusNotFound:
		return "set feed to the feed's own address: open the blog in a browser and look for its feed"
	case status == http.StatusTooManyRequests:
		return TriesAgain + "if this repeats, find out which other programs poll the feed from this machine's address"
	case status == http.StatusNotModified:
		return TriesAgain + "if this repeats, ask the publisher to purge the cache in front of the feed"
	case status >= http.StatusInternalServerError:
		return TriesAgain + "if this repeats, tell the publisher: the blog's server has a fault"
	}
	return "open the address in a browser: if the feed is not there, set feed to the feed's own address"
}

// connectionRemedy returns the remedy for a request without a response.
func connectionRemedy(cause error) string {
	failed, _ := errors.AsType[*net.OpError](cause)
	if failed != nil && failed.Op == "proxyconnect" {
		return "check the proxy that HTTP_PROXY or HTTPS_PROXY names"
	}
	if remedy := certificateRemedy(cause); remedy != "" {
		return remedy
	}
	lookup, isLookup := errors.AsType[*net.DNSError](cause)
	plain, isPlain := errors.AsType[tls.RecordHeaderError](cause)
	switch {
	case isLookup && lookup.IsNotFound:
		return "correct the host name in feed, or check the DNS records of the blog"
	case isLookup:
		return "check the DNS resolver of this machine, for example /etc/resolv.conf"
	case errors.Is(cause, syscall.ECONNREFUSED):
		return "check the host and the port in feed: no program answers there"
	case errors.Is(cause, syscall.ENETUNREACH), errors.Is(cause, syscall.EHOSTUNREACH):
		return "check the network of this machine: it has no route to this address, for example because it has no IPv6"
	case isPlain && string(plain.RecordHeader[:]) == "HTTP/":
		return "write http:// in feed, or correct the port: this port does not speak TLS"
	case isPlain, failed != nil && failed.Op == "remote error":
		return "check the host name and the port in feed: the server there refuses the TLS handshake"
	case errors.Is(cause, io.EOF), errors.Is(cause, io.ErrUnexpectedEOF), errors.Is(cause, syscall.ECONNRESET):
		return "try the address on this machine with curl: a firewall at the publisher may block this machine"
	}
	return "try the address on this machine with curl; if it works there, check HTTP_PROXY and HTTPS_PROXY of the service"
}

// certificateRemedy returns the remedy for a certificate that is not accepted, or "".
func certificateRemedy(cause error) string {
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](cause)
	_, wrongHost := errors.AsType[x509.HostnameError](cause)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](cause)
	switch {
	case isInvalid && invalid.Reason == x509.Expired:
		return "check the clock of this machine; if it is right, ask the publisher to renew the certificate"
	case wrongHost:
		return "use a host name of the certificate in feed, or ask the publisher for a certificate with this name"
	case unknown:
		return "ask the publisher to send the whole certificate chain; for a private CA, name its certificate with SSL_CERT_FILE"
	case isInvalid:
		return "ask the publisher for a valid certificate"
	}
	return ""
}

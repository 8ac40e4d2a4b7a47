// Package tlsproblem finds the reason why the OAuth server did not respond, above all why a TLS handshake with it failed.
package tlsproblem

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"lastpost/internal/redact"
)

// Kinds of a Fault.
const (
	Expired     = "expired"     // the certificate has ended
	Future      = "future"      // the certificate is not valid yet
	OtherName   = "name"        // the certificate is for other hosts
	SelfSigned  = "self-signed" // the certificate signed itself
	Incomplete  = "incomplete"  // the certificate of an issuer was not sent
	UnknownCA   = "unknown-ca"  // the chain ends at a root that is not trusted
	Certificate = "certificate" // another fault of the certificate
	Protocol    = "protocol"    // there is no common protocol version
	Suite       = "suite"       // there is no common cipher suite, or another parameter is refused
	Plain       = "plain"       // the server does not use TLS
)

// maxName limits the length of a name, in bytes.
const maxName = 100

// maxCertificateNames limits the names of a certificate in a Fault.
const maxCertificateNames = 5

// A Fault is the reason why a TLS handshake with the OAuth server failed. Its texts come from the server.
type Fault struct {
	Kind   string    `json:"kind"`
	Host   string    `json:"host,omitempty"`   // the host that the proxy called
	Names  []string  `json:"names,omitempty"`  // the hosts that the certificate names
	Issuer string    `json:"issuer,omitempty"` // of the last certificate that the server sent
	Sent   int       `json:"sent,omitempty"`   // number of certificates that the server sent
	From   time.Time `json:"from,omitzero"`    // start of the certificate's validity
	Until  time.Time `json:"until,omitzero"`   // end of the certificate's validity
}

// Find returns the reason why a handshake with host failed, or nil if the error has another cause. It decides
// by the types of the errors, because the texts of crypto/x509 change. Only alerts do not have an exported type.
func Find(err error, host string) *Fault {
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return certificateProblem(refused, host)
	}
	if isErrorType[tls.RecordHeaderError](err) {
		return &Fault{Kind: Plain, Host: host}
	}
	alert, text := false, ""
	if received, ok := errors.AsType[*net.OpError](err); ok && received.Op == "remote error" {
		alert, text = true, received.Err.Error()
	}
	for cause := err; cause != nil && !alert; cause = errors.Unwrap(cause) { // a version that the server chose, for example
		text = cause.Error()
		alert = strings.HasPrefix(text, "tls: ")
	}
	switch {
	case !alert:
		return nil
	case strings.Contains(text, "version"):
		return &Fault{Kind: Protocol, Host: host}
	}
	return &Fault{Kind: Suite, Host: host}
}

func certificateProblem(err *tls.CertificateVerificationError, host string) *Fault {
	p := &Fault{Kind: Certificate, Host: host, Sent: len(err.UnverifiedCertificates)}
	if p.Sent == 0 {
		return p
	}
	leaf, last := err.UnverifiedCertificates[0], err.UnverifiedCertificates[p.Sent-1]
	p.Names = certificateNames(leaf)
	p.Issuer = redact.Truncate(last.Issuer.String(), maxName)
	p.From, p.Until = leaf.NotBefore.UTC(), leaf.NotAfter.UTC()
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err.Err)
	switch {
	case isErrorType[x509.HostnameError](err.Err):
		p.Kind = OtherName
	case isInvalid && invalid.Reason == x509.Expired:
		p.Kind = expiryKind(invalid.Cert)
		if invalid.Cert != nil {
			p.From, p.Until = invalid.Cert.NotBefore.UTC(), invalid.Cert.NotAfter.UTC()
		}
	case !isErrorType[x509.UnknownAuthorityError](err.Err):
	case isSelfSigned(leaf):
		p.Kind = SelfSigned
	case isSelfSigned(last):
		p.Kind = UnknownCA
	default:
		p.Kind = Incomplete
	}
	return p
}

// expiryKind reports whether a certificate has ended or has not begun. A certificate that was valid in the last ten years
// and is not now has ended.
func expiryKind(c *x509.Certificate) string {
	if c != nil && time.Now().Before(c.NotBefore) {
		return Future
	}
	return Expired
}

func isSelfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject)
}

// certificateNames returns the first hosts that a certificate names.
func certificateNames(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, address := range c.IPAddresses {
		names = append(names, address.String())
	}
	if len(names) == 0 {
		names = []string{c.Subject.CommonName}
	}
	names = names[:min(len(names), maxCertificateNames)]
	for i := range names {
		names[i] = redact.Truncate(names[i], maxName)
	}
	return names
}

func isErrorType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

package handshake

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"lastpost/internal/faultlog"
)

// An Outcome says how a connection without a request is counted.
type Outcome int

// The outcomes.
const (
	Failed  Outcome = iota // a fault
	Probed                 // a port scanner, a health check or a monitor: it is counted, and is not a fault
	Ignored                // a CA's challenge, the service's own check, or a connection that this service closed
)

// An Attempt is a TLS connection that ended without a request.
type Attempt struct {
	Err       error         // of the handshake; if it succeeded, of the first read after it
	Succeeded bool          // the handshake succeeded
	Received  bool          // the client sent at least one byte
	Hello     *ClientHello  // nil: no whole ClientHello arrived
	Tail      Tail          // the last bytes that the client sent after its hello
	Timeout   time.Duration // of the handshake
	Now       time.Time
}

// Explain returns what happened. The fault is valid only if the outcome is Failed.
func (a Attempt) Explain() (faultlog.Fault, Outcome) {
	switch {
	case a.Hello != nil && slices.Contains(a.Hello.Protocols, "acme-tls/1"): // a CA checks a TLS-ALPN-01 challenge
		return faultlog.Fault{}, Ignored
	case a.Hello != nil && a.Hello.Refused != nil && a.Hello.ServerName == "localhost": // the service's own check
		return faultlog.Fault{}, Ignored
	case a.Succeeded:
		return a.explainSilence()
	case errors.Is(a.Err, net.ErrClosed): // too many connections, or a shutdown
		return faultlog.Fault{}, Ignored
	case !a.Received:
		return faultlog.Fault{}, Probed
	}
	return a.explainFailure(), Failed
}

// explainSilence is for a client that completed the handshake and sent no request. A monitor that reads the certificate does so
// too. Apache's HTTP client for Java, which Alexa uses, compares the name after the handshake.
func (a Attempt) explainSilence() (faultlog.Fault, Outcome) {
	if alert, ok := receivedAlert(a.Err); ok {
		return a.explainAlert(alert)
	}
	if reason := a.Hello.wrongName(); reason != "" && !errors.Is(a.Err, net.ErrClosed) {
		return faultlog.Fault{
			Kind:   "tls-wrong-name",
			Text:   "the client closed the connection after the TLS handshake, without a request: " + reason,
			Remedy: a.Hello.nameRemedy(),
		}, Failed
	}
	return faultlog.Fault{}, Probed
}

func (a Attempt) explainFailure() faultlog.Fault {
	alert, ok := receivedAlert(a.Err)
	if !ok {
		alert, ok = a.unencryptedAlert()
	}
	if ok {
		fault, _ := a.explainAlert(alert)
		return fault
	}
	record, ok := errors.AsType[tls.RecordHeaderError](a.Err)
	if ok && a.Hello == nil && !isTLSRecord(record.RecordHeader) {
		return explainRecord(record)
	}
	timeout, isNetwork := errors.AsType[net.Error](a.Err)
	switch {
	case isNetwork && timeout.Timeout():
		return a.explainTimeout()
	case errors.Is(a.Err, io.EOF), errors.Is(a.Err, io.ErrUnexpectedEOF), errors.Is(a.Err, syscall.ECONNRESET),
		errors.Is(a.Err, syscall.EPIPE):
		return a.explainClose()
	case a.Hello == nil:
		return unreadable(a.Err)
	}
	return a.explainOffer()
}

// isTLSRecord reports whether a header is one of TLS 1.0 or later. Go also refuses such a record if its length or type is wrong.
func isTLSRecord(header [5]byte) bool { return 20 <= header[0] && header[0] <= 23 && header[1] == 3 }

// explainRecord is for first bytes that are not a record of TLS.
func explainRecord(record tls.RecordHeaderError) faultlog.Fault {
	begin := string(record.RecordHeader[:])
	switch {
	case slices.Contains([]string{"GET /", "HEAD ", "POST ", "PUT /", "PATCH", "DELET", "OPTIO", "CONNE", "PRI *"}, begin):
		return faultlog.Fault{
			Kind: "tls-plain-http", Text: "TLS handshake failed: the client speaks HTTP without TLS",
			Remedy: "use https:// for the public port. If a proxy or load balancer sends the requests, let it speak TLS to this service, " +
				"or set tls.mode to off",
		}
	case begin == "PROXY" || begin == "\r\n\r\n\x00":
		return proxyProtocol("TLS handshake failed: ")
	case record.Conn == nil && record.RecordHeader[0] == 0x80: // the first byte of SSL 2.0
		return noSharedVersion("SSL 2.0")
	}
	return faultlog.Fault{
		Kind: "tls-not-tls", Text: "TLS handshake failed: the client does not speak TLS: it begins with " + strconv.Quote(begin),
		Remedy: "nothing, if a scanner does this now and then. Otherwise find the program that uses this port",
	}
}

func proxyProtocol(prefix string) faultlog.Fault {
	return faultlog.Fault{
		Kind: "tls-proxy-protocol", Text: prefix + "the client begins with the PROXY protocol, which this service does not read",
		Remedy: "switch the PROXY protocol off at the load balancer in front",
	}
}

// BeginBytes is the number of bytes that ExplainPlain needs.
const BeginBytes = 5

// ExplainPlain returns the fault of a client that does not speak HTTP to a listener without TLS, from its first bytes. ok is
// false if they are not a known mistake.
func ExplainPlain(begin []byte) (f faultlog.Fault, ok bool) {
	switch {
	case len(begin) < BeginBytes:
	case begin[0] == 22 && isTLSRecord([5]byte(begin)): // a hello
		return faultlog.Fault{
			Kind: "tls-to-plain-port", Text: "the client speaks TLS, but tls.mode is off: this port speaks plain HTTP",
			Remedy: "let the proxy in front forward with http://, or set tls.mode to files or acme",
		}, true
	case string(begin) == "PROXY" || string(begin) == "\r\n\r\n\x00":
		return proxyProtocol(""), true
	}
	return faultlog.Fault{}, false
}

func (a Attempt) explainTimeout() faultlog.Fault {
	fault := faultlog.Fault{
		Kind: "tls-timeout", Text: fmt.Sprintf("TLS handshake failed: the client did not finish its hello within %s", a.Timeout),
		Remedy: "nothing, if this is rare: scanners and slow networks cause it",
	}
	if a.Hello != nil {
		fault.Text = fmt.Sprintf("TLS handshake failed: the client did not answer the certificate within %s", a.Timeout)
		fault.Remedy = "nothing, if this is rare. Otherwise packets are lost on the way to the client: check the MTU of tunnels and " +
			"the firewalls"
	}
	return fault
}

func (a Attempt) explainClose() faultlog.Fault {
	fault := faultlog.Fault{
		Kind: "tls-closed", Text: "TLS handshake failed: the client closed the connection in the middle of its hello",
		Remedy: "nothing, if this is rare: scanners and broken connections cause it",
	}
	if a.Hello == nil {
		return fault
	}
	fault.Text = "TLS handshake failed: the client closed the connection after it received the certificate, without an alert"
	fault.Remedy = "nothing, if this is rare: scanners do it. Otherwise the client may not trust the certificate: run skill check --url"
	if reason := a.Hello.certificateFault(a.Now); reason.text != "" {
		fault.Text += ": " + reason.text
		fault.Remedy = reason.remedy
	}
	return fault
}

// explainOffer is for errors of Go that have no type. It compares the client's offer with the listener's.
func (a Attempt) explainOffer() faultlog.Fault {
	h := a.Hello
	switch {
	case h.Refused != nil:
		return faultlog.Fault{
			Kind: "tls-no-certificate", Text: "TLS handshake failed: there is no certificate for the client: " + quote(h.Refused.Error()),
			Remedy: `see the reason in the log ("certificate not issued") or in /readyz`,
		}
	case !slices.ContainsFunc(h.Versions, isSupportedVersion):
		return noSharedVersion(listNames(h.Versions, 0, tls.VersionName))
	case len(h.Protocols) > 0 && !slices.Contains(h.Protocols, "http/1.1"):
		return faultlog.Fault{
			Kind: "tls-no-shared-protocol",
			Text: "TLS handshake failed: no shared application protocol; the client offers " +
				listNames(h.Protocols, 0, strconv.Quote),
			Remedy: "let the client, or the proxy in front, use HTTP/1.1 as Alexa does",
		}
	case !slices.ContainsFunc(h.Suites, h.isUsable):
		return h.noSharedSuite()
	case !slices.ContainsFunc(h.Groups, isSupportedGroup):
		return faultlog.Fault{
			Kind: "tls-no-shared-group",
			Text: "TLS handshake failed: no shared group for the key exchange; the client offers " +
				listNames(h.Groups, 0, groupName),
			Remedy: "update the client. If it is Alexa's, please report this line: Java 8 offers P-256",
		}
	case len(h.Signatures) > 0 && !slices.ContainsFunc(h.Signatures, h.fitsKey):
		return h.noSharedSignature()
	}
	return unreadable(a.Err)
}

func noSharedVersion(offered string) faultlog.Fault {
	return faultlog.Fault{
		Kind: "tls-no-shared-version", Text: "TLS handshake failed: no shared protocol version; the client offers " + offered,
		Remedy: "update the client. If it is Alexa's, please report this line: Alexa is known to offer TLS 1.2",
	}
}

// noSharedSuite also names the type of the certificate's key if the client offers suites of the listener for the other type.
func (h *ClientHello) noSharedSuite() faultlog.Fault {
	offered := "; the client offers " + listNames(h.Suites, h.OmittedSuites, suiteName)
	fault := faultlog.Fault{
		Kind: "tls-no-shared-suite", Text: "TLS handshake failed: no shared cipher suite" + offered,
		Remedy: "update the client. If it is Alexa's, please report this line: Alexa is known to offer the suites of Java 8",
	}
	other := func(id uint16) bool { return findSuite(id) != nil && h.speaks(findSuite(id)) }
	if slices.ContainsFunc(h.Suites, other) {
		key, want := "RSA", "ECDSA"
		if h.hasECDSAKey() {
			key, want = want, key
		}
		fault.Text = fmt.Sprintf("TLS handshake failed: no shared cipher suite for the %s key of the certificate%s", key, offered)
		fault.Remedy = fmt.Sprintf("get a certificate with an %s key if this client must connect. Alexa offers suites for both", want)
	}
	return fault
}

// unreadable is for messages that break the protocol, and for errors that this package does not know.
func unreadable(err error) faultlog.Fault {
	return faultlog.Fault{
		Kind: "tls-malformed", Text: "TLS handshake failed: " + quote(err.Error()),
		Remedy: "nothing, if this is rare: scanners send such messages. Otherwise look for a device on the way that changes TLS",
	}
}

// quote quotes and shortens a text that may contain parts of the client's message.
func quote(text string) string {
	const limit = 300
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return strconv.Quote(text)
}

package handshake

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/faultlog"
)

// A reason is why a client may refuse the certificate.
type reason struct{ text, remedy string }

// explainAlert is for the client's alert. An alert about the certificate is explained with the certificate's own faults, because
// clients choose the alerts freely: Go sends bad_certificate and Java certificate_unknown for most faults.
func (a Attempt) explainAlert(alert tls.AlertError) (faultlog.Fault, Outcome) {
	name := describeAlert(alert)
	fault := faultlog.Fault{
		Kind: alertKind(alert), Text: "TLS handshake failed: the client sent the alert " + name, Remedy: alertRemedy(alert),
	}
	if alert == 90 && a.Succeeded { // the client only says goodbye
		return a.withoutAlert().explainSilence()
	}
	if isAboutCertificate(alert) {
		fault.Text = "TLS handshake failed: the client refuses the certificate with the alert " + name
		if why := a.Hello.certificateFault(a.Now); why.text != "" {
			fault.Text += ": " + why.text
			fault.Remedy = why.remedy
		}
	}
	return fault, Failed
}

func (a Attempt) withoutAlert() Attempt {
	a.Err = nil
	return a
}

func isAboutCertificate(alert tls.AlertError) bool {
	return 42 <= alert && alert <= 46 || alert == 48
}

// alertRemedy returns the remedy for an alert, if the certificate does not show a fault.
func alertRemedy(alert tls.AlertError) string {
	switch alert {
	case 42, 46, 48:
		return "use a certificate of a CA that Amazon trusts, send its full chain, and compare the certificate type in Amazon's " +
			"console: run skill check --url"
	case 43:
		return "get a certificate with an RSA key or a P-256 key for server authentication"
	case 44:
		return "get a new certificate: the CA has revoked this one"
	case 45:
		return "compare this machine's clock and the client's with the dates of the certificate"
	case 40, 70, 71:
		return "update the client: its own settings refuse TLS 1.2 and 1.3 as this service speaks them. If it is Alexa's, please report " +
			"this line"
	case 20, 51:
		return "check that tls.key_file belongs to tls.cert_file, and that no device on the way changes TLS"
	case 80:
		return "look at the client's log: the alert says that the client itself failed"
	}
	return "nothing, if this is rare. Otherwise look at the client's log"
}

// certificateFault returns the first fault of the certificate that Alexa's client could refuse.
func (h *ClientHello) certificateFault(now time.Time) reason {
	leaf := h.leaf()
	switch {
	case leaf == nil:
		return reason{}
	case now.After(leaf.NotAfter):
		return reason{"it expired on " + leaf.NotAfter.UTC().Format(time.DateOnly), "renew the certificate"}
	case now.Before(leaf.NotBefore):
		return reason{"it is valid from " + leaf.NotBefore.UTC().Format(time.RFC3339), "check this machine's clock, or wait"}
	case h.wrongName() != "":
		return reason{h.wrongName(), h.nameRemedy()}
	case bytes.Equal(leaf.RawIssuer, leaf.RawSubject):
		return reason{"the certificate is self-signed",
			"for development, upload the certificate in Amazon's console and choose the self-signed type. " +
				"Otherwise use tls.mode acme or a certificate of a CA that Amazon trusts"}
	case len(h.Certificate.Certificate) == 1:
		return reason{"the chain has only the server's certificate, without the intermediate",
			"send the full chain: in tls.cert_file, use fullchain.pem and not cert.pem"}
	}
	return reason{}
}

func (h *ClientHello) leaf() *x509.Certificate {
	if h == nil || h.Certificate == nil {
		return nil
	}
	return h.Certificate.Leaf
}

// wrongName returns why the certificate is not valid for the name that the client asked for, or "".
func (h *ClientHello) wrongName() string {
	leaf := h.leaf()
	if leaf == nil || h.ServerName == "" || leaf.VerifyHostname(h.ServerName) == nil {
		return ""
	}
	return fmt.Sprintf("it asks for %s, and the certificate is for %s", strconv.Quote(h.ServerName),
		listNames(leaf.DNSNames, 0, func(name string) string { return name }))
}

func (h *ClientHello) nameRemedy() string {
	name := h.ServerName
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		name = strconv.Quote(name)
	}
	return "get a certificate for " + name + ", or correct the host name of the endpoint in Amazon's console"
}

// hasECDSAKey reports whether the certificate needs suites for ECDSA. Those of Ed25519 are the same.
func (h *ClientHello) hasECDSAKey() bool {
	leaf := h.leaf()
	if leaf == nil {
		return false
	}
	switch leaf.PublicKey.(type) {
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}

// speaks reports whether a suite belongs to the version that Go chooses for the client.
func (h *ClientHello) speaks(suite *tls.CipherSuite) bool {
	version := uint16(tls.VersionTLS12)
	if slices.Contains(h.Versions, tls.VersionTLS13) {
		version = tls.VersionTLS13
	}
	return slices.Contains(suite.SupportedVersions, version)
}

// isUsable reports whether the listener can use a suite with its certificate.
func (h *ClientHello) isUsable(id uint16) bool {
	suite := findSuite(id)
	if suite == nil || !h.speaks(suite) {
		return false
	}
	isForECDSA, isForRSA := strings.Contains(suite.Name, "_ECDSA_"), strings.Contains(suite.Name, "_RSA_")
	return isForECDSA == isForRSA || isForECDSA == h.hasECDSAKey() // a suite of TLS 1.3 fits every key
}

package doctor

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/server"
	"lastpost/internal/skillpkg"
)

// checkCertificate checks the certificate of the public listener as Alexa does: dates, host and chain.
func checkCertificate(c *config.Config, now time.Time) []Finding {
	const name = "certificate"
	switch c.TLS.Mode {
	case config.TLSOff:
		return []Finding{{OK, name, "not checked: tls.mode is off, and the proxy has the certificate", ""}}
	case config.TLSSelfSigned:
		return []Finding{{Warn, name, "self-signed: Amazon accepts it only while the skill is in development",
			"choose \"I will upload a self-signed certificate\" in the console (SelfSigned in the manifest), or set tls.mode to acme or " +
				"files"}}
	case config.TLSACME:
		return checkACME(c, now)
	}
	certificate, err := server.LoadCertificate(c.TLS.CertFile, c.TLS.KeyFile)
	if errors.Is(err, fs.ErrPermission) {
		return []Finding{unreadable(name, err)}
	}
	if err != nil {
		return []Finding{{Fail, name, err.Error(), "set tls.cert_file and tls.key_file to a certificate and its key"}}
	}
	return presentedChain{
		leaf: certificate.Leaf(), intermediates: certificate.Intermediates(), host: c.PublicHost(), now: now,
		remedy: "put the intermediate certificates after the certificate in tls.cert_file, or get one from a CA that Amazon trusts",
	}.checkChain(name)
}

// checkACME checks the stored certificates of the CA. It does not contact the CA.
func checkACME(c *config.Config, now time.Time) (findings []Finding) {
	const name = "certificate"
	acme, err := assembly.NewACMEManager(c)
	if errors.Is(err, fs.ErrPermission) {
		return []Finding{unreadable(name, err)}
	}
	if err != nil {
		return []Finding{{Fail, name, err.Error(), ""}}
	}
	for _, domain := range acme.Domains {
		certificate, err := server.LoadCertificate(acme.CertificateFiles(domain))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			findings = append(findings, Finding{Warn, name, "none yet for " + domain,
				"the service requests it from the CA when it starts: it must be reachable at TCP port 443 of " + domain})
		case errors.Is(err, fs.ErrPermission):
			findings = append(findings, unreadable(name, err))
		case err != nil:
			findings = append(findings, Finding{Fail, name, err.Error(),
				"restart the service: it deletes the invalid certificate and requests a new one"})
		default:
			findings = append(findings, presentedChain{
				leaf: certificate.Leaf(), intermediates: certificate.Intermediates(), host: domain, now: now,
				remedy:      "set tls.directory to a CA that Amazon trusts: Amazon does not trust staging CAs",
				renewRemedy: "the service failed to renew it: see the reason in its log and in /readyz",
			}.checkChain(name)...)
		}
	}
	return findings
}

// expiresSoon returns the time before the expiry of a certificate when the check starts to warn. Clients of ACME renew
// earlier: when a third of the lifetime remains, for example 30 of 90 days, or 2 of 6.
func expiresSoon(leaf *x509.Certificate) time.Duration {
	return min(14*24*time.Hour, leaf.NotAfter.Sub(leaf.NotBefore)/4)
}

// A presentedChain is the certificate chain that a server presents, and the data to check it.
type presentedChain struct {
	leaf          *x509.Certificate
	intermediates []*x509.Certificate // in the order of the chain
	host          string              // the host that Alexa connects to; "": unknown
	roots         *x509.CertPool      // nil: the system's
	now           time.Time
	remedy        string // the remedy for an incomplete or untrusted chain
	renewRemedy   string // the remedy for an expiring certificate; "": "renew it"
}

// checkChain checks the chain as Alexa does: dates, host, root and type.
func (s presentedChain) checkChain(prefix string) []Finding {
	findings := []Finding{
		checkDates(prefix+" dates", s.leaf, s.now, cmp.Or(s.renewRemedy, "renew it")), checkHost(prefix+" host", s.leaf, s.host),
	}
	if isSelfSigned(s.leaf) {
		return append(findings, checkType(prefix+" type", s.leaf, s.host))
	}
	return append(findings, s.verifyChain(prefix+" path"), checkType(prefix+" type", s.leaf, s.host))
}

func checkDates(name string, leaf *x509.Certificate, now time.Time, remedy string) Finding {
	left := leaf.NotAfter.Sub(now)
	message := fmt.Sprintf("valid from %s to %s, %d days left", leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly),
		int(left.Hours()/24))
	switch {
	case now.Before(leaf.NotBefore):
		return Finding{Fail, name, message, "check the clock, or wait"}
	case left <= 0:
		return Finding{Fail, name, message, remedy}
	case left < expiresSoon(leaf):
		return Finding{Warn, name, message, remedy}
	}
	return Finding{OK, name, message, ""}
}

func checkHost(name string, leaf *x509.Certificate, host string) Finding {
	all := slices.Clone(leaf.DNSNames)
	for _, address := range leaf.IPAddresses {
		all = append(all, address.String())
	}
	names := cmp.Or(strings.Join(all, ", "), "none: the common name does not count")
	switch {
	case host == "":
		return Finding{Warn, name, "unknown: not compared with the certificate's names (" + names + ")",
			"set public_url to the public address of this service"}
	case leaf.VerifyHostname(host) != nil:
		return Finding{Fail, name, fmt.Sprintf("%s is not among its names (%s)", host, names), "get a certificate for " + host}
	}
	return Finding{OK, name, host, ""}
}

// verifyChain checks that the presented certificates form a certification path to a trusted root, because Alexa does not
// fetch missing certificates. It verifies for a time when the certificate is valid, because checkDates reports the dates.
func (s presentedChain) verifyChain(name string) Finding {
	intermediates := x509.NewCertPool()
	for _, cert := range s.intermediates {
		intermediates.AddCert(cert)
	}
	now := s.now
	if now.After(s.leaf.NotAfter) {
		now = s.leaf.NotAfter
	}
	if now.Before(s.leaf.NotBefore) {
		now = s.leaf.NotBefore
	}
	_, err := s.leaf.Verify(x509.VerifyOptions{Intermediates: intermediates, Roots: s.roots, CurrentTime: now})
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	_, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	switch {
	case isInvalid && invalid.Reason == x509.Expired && !invalid.Cert.Equal(s.leaf):
		return Finding{Fail, name, fmt.Sprintf("the certificate of %q, which comes after the first one, is valid from %s to %s",
			invalid.Cert.Subject, invalid.Cert.NotBefore.Format(time.DateOnly), invalid.Cert.NotAfter.Format(time.DateOnly)),
			"get the current intermediate certificates from the CA, or renew the certificate with its chain"}
	case isInvalid && invalid.Reason == x509.IncompatibleUsage:
		return Finding{Fail, name, "not for servers: its extended key usage does not have server authentication",
			"get a certificate for a TLS server"}
	case isUnknown:
		return Finding{Fail, name, s.describeGap(), s.remedy}
	case err != nil:
		return Finding{Fail, name, err.Error(), s.remedy}
	case s.leaf.PublicKeyAlgorithm == x509.Ed25519: // Java 8 does not have it, and no public CA issues it
		return Finding{Fail, name, "its key is of type Ed25519, which Alexa's clients do not support",
			"get a certificate with an RSA key of 2048 bits or a P-256 key"}
	}
	return Finding{OK, name, "ends at a root that this system trusts", ""}
}

// describeGap names the certificate whose issuer is missing in the chain, or did not sign it.
func (s presentedChain) describeGap() string {
	last := s.leaf
	for range s.intermediates {
		next := slices.IndexFunc(s.intermediates, func(cert *x509.Certificate) bool {
			return bytes.Equal(cert.RawSubject, last.RawIssuer) && !bytes.Equal(cert.Raw, last.Raw)
		})
		if next < 0 {
			break
		}
		if err := last.CheckSignatureFrom(s.intermediates[next]); err != nil {
			return fmt.Sprintf("the signature of %q by %q cannot be verified: %v", last.Subject, last.Issuer, err)
		}
		last = s.intermediates[next]
	}
	if isSelfSigned(last) {
		return fmt.Sprintf("ends at the root %q, which this system does not trust", last.Subject)
	}
	return fmt.Sprintf("incomplete: the certificate of %q, which issued %q, is missing, and this system does not trust it as a root",
		last.Issuer, last.Subject)
}

// isSelfSigned reports whether the certificate is signed by its own key.
func isSelfSigned(cert *x509.Certificate) bool {
	return skillpkg.ClassifyCertificate(cert, "") == skillpkg.SelfSigned
}

// checkType reports the certificate type to select in Amazon's console, and the name of this type in the skill's manifest.
// With a wrong type, every connection fails.
func checkType(name string, leaf *x509.Certificate, host string) Finding {
	t := skillpkg.ClassifyCertificate(leaf, host)
	choose := fmt.Sprintf("choose %s in Amazon's console (%s in the manifest)", t.ConsoleOption(), t)
	if t == skillpkg.SelfSigned {
		return Finding{Warn, name, "self-signed: " + choose,
			"this is only for a skill in development: get a certificate from a CA before you publish it"}
	}
	return Finding{OK, name, choose, ""}
}

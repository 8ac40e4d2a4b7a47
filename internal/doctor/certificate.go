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

// checkCertificate examines what the public listener would show, as Alexa does: its dates, its host, its way to a root.
func checkCertificate(c *config.Config, now time.Time) []Finding {
	const name = "certificate"
	switch c.TLS.Mode {
	case config.TLSOff:
		return []Finding{{OK, name, "none: tls.mode is off, and the proxy in front has its own", ""}}
	case config.TLSSelfSigned:
		return []Finding{{Warn, name, "self-signed: Amazon takes it for a skill in development, and for no published one",
			"choose \"I will upload a self-signed certificate\" in the console (SelfSigned in the manifest), or set tls.mode to acme or " +
				"files"}}
	case config.TLSACME:
		return checkACME(c, now)
	}
	certificate, err := server.LoadCertificate(c.TLS.CertFile, c.TLS.KeyFile)
	if err != nil {
		return []Finding{{Fail, name, err.Error(), "set tls.cert_file and tls.key_file to a certificate and its key"}}
	}
	return presentedChain{
		leaf: certificate.Leaf(), intermediates: certificate.Intermediates(), host: c.PublicHost(), now: now,
		remedy: "put the intermediate certificates after the certificate in tls.cert_file, or get one from a CA that Amazon trusts",
	}.checkChain(name)
}

// checkACME examines what the service keeps of the CA's certificates, and asks the CA for nothing.
func checkACME(c *config.Config, now time.Time) (findings []Finding) {
	const name = "certificate"
	acme, err := assembly.NewACMEManager(c)
	if err != nil {
		return []Finding{{Fail, name, err.Error(), ""}}
	}
	for _, domain := range acme.Domains {
		certificate, err := server.LoadCertificate(acme.CertificateFiles(domain))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			findings = append(findings, Finding{Warn, name, "none yet for " + domain,
				"the service gets it from the CA when it starts: TCP port 443 of " + domain + " must lead there"})
		case errors.Is(err, fs.ErrPermission):
			findings = append(findings, Finding{Warn, name, err.Error(), runAsServiceUser})
		case err != nil:
			findings = append(findings, Finding{Fail, name, err.Error(),
				"restart the service: what is of no use it removes, and gets another one"})
		default:
			findings = append(findings, presentedChain{
				leaf: certificate.Leaf(), intermediates: certificate.Intermediates(), host: domain, now: now,
				remedy:      "set tls.directory to a CA that Amazon trusts: those of a staging are trusted by nobody",
				renewRemedy: "the service renews it: see why not in its log, and in /readyz",
			}.checkChain(name)...)
		}
	}
	return findings
}

// expiresSoon is when a certificate that nobody renewed becomes worth a word: Let's Encrypt's clients renew at a third
// of 45 days and more.
const expiresSoon = 14 * 24 * time.Hour

// A shown is what a server shows of itself, and what it is judged by.
type presentedChain struct {
	leaf          *x509.Certificate
	intermediates []*x509.Certificate // as they were sent
	host          string              // that Alexa connects to; "": not known
	roots         *x509.CertPool      // nil: the system's
	now           time.Time
	remedy        string // for a chain that lacks something
	renewRemedy   string // the remedy for one that ends; "": to renew it
}

// checkChain judges as Alexa does: dates, host, the way to a root, and which type of certificate it is to her.
func (s presentedChain) checkChain(prefix string) []Finding {
	findings := []Finding{
		checkDates(prefix+" dates", s.leaf, s.now, cmp.Or(s.renewRemedy, "renew it")), checkHost(prefix+" host", s.leaf, s.host),
	}
	if isSelfSigned(s.leaf) {
		return append(findings, checkType(prefix+" type", s.leaf, s.host))
	}
	return append(findings, s.checkPath(prefix+" path"), checkType(prefix+" type", s.leaf, s.host))
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
	case left < expiresSoon:
		return Finding{Warn, name, message, remedy}
	}
	return Finding{OK, name, message, ""}
}

func checkHost(name string, leaf *x509.Certificate, host string) Finding {
	names := strings.Join(leaf.DNSNames, ", ")
	switch {
	case host == "":
		return Finding{Warn, name, "not compared with its names (" + names + ")", "set public_url to what the world calls this service"}
	case leaf.VerifyHostname(host) != nil:
		return Finding{Fail, name, fmt.Sprintf("%s is not among its names (%s)", host, names), "get a certificate for " + host}
	}
	return Finding{OK, name, host, ""}
}

// checkPath is built with what was sent and nothing else, as Alexa fetches no certificate that is missing. It is asked for a
// moment at which the certificate is valid, as its dates have a line of their own.
func (s presentedChain) checkPath(name string) Finding {
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
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
		return Finding{Fail, name, s.describeGap(), s.remedy}
	}
	if err != nil {
		return Finding{Fail, name, err.Error(), s.remedy}
	}
	return Finding{OK, name, "leads to a root that this system trusts", ""}
}

// describeGap says where the way to a root breaks off.
func (s presentedChain) describeGap() string {
	last := s.leaf
	for range s.intermediates {
		next := slices.IndexFunc(s.intermediates, func(cert *x509.Certificate) bool {
			return bytes.Equal(cert.RawSubject, last.RawIssuer) && !bytes.Equal(cert.Raw, last.Raw)
		})
		if next < 0 {
			break
		}
		last = s.intermediates[next]
	}
	if isSelfSigned(last) {
		return fmt.Sprintf("leads to the root %q, which this system does not trust", last.Subject)
	}
	return fmt.Sprintf("incomplete: the certificate of %q, which issued %q, is neither there nor a root that this system trusts",
		last.Issuer, last.Subject)
}

// isSelfSigned tells whether nobody but its owner vouches for a certificate.
func isSelfSigned(cert *x509.Certificate) bool {
	return skillpkg.ClassifyCertificate(cert, "") == skillpkg.SelfSigned
}

// checkType says what to choose in Amazon's console, and which word the skill's manifest has for it: a wrong choice makes
// every connection fail.
func checkType(name string, leaf *x509.Certificate, host string) Finding {
	t := skillpkg.ClassifyCertificate(leaf, host)
	choose := fmt.Sprintf("choose %s in Amazon's console (%s in the manifest)", t.ConsoleOption(), t)
	if t == skillpkg.SelfSigned {
		return Finding{Warn, name, "self-signed: " + choose,
			"that is for a skill in development alone: get a certificate of a CA before it is published"}
	}
	return Finding{OK, name, choose, ""}
}

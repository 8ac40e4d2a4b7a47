package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/server"
)

// expiresSoon is when a certificate that nobody renewed becomes worth a word: Let's Encrypt's clients renew at a third
// of 45 days and more.
const expiresSoon = 14 * 24 * time.Hour

// checkCertificate examines what the public listener would show, as Alexa does: its dates, its host, its way to a root.
func checkCertificate(c *config.Config, now time.Time) []finding {
	const name = "certificate"
	switch c.TLS.Mode {
	case config.TLSOff:
		return []finding{{good, name, "none: tls.mode is off, and the proxy in front has its own", ""}}
	case config.TLSSelfSigned:
		return []finding{{warn, name, "self-signed: Amazon takes it for a skill in development, and for no published one",
			"upload the certificate in the console, or set tls.mode to files"}}
	}
	if c.TLS.Mode == config.TLSACME {
		return checkACME(c, now)
	}
	certificate, err := server.LoadCertificate(c.TLS.CertFile, c.TLS.KeyFile)
	if err != nil {
		return []finding{{fail, name, err.Error(), "set tls.cert_file and tls.key_file to a certificate and its key"}}
	}
	leaf := certificate.Leaf()
	return []finding{
		checkDates(leaf, now, "renew it"), checkHost(leaf, hostOf(c)),
		checkPath(certificate, now, "put the intermediate certificates after the certificate in tls.cert_file, or get one from a CA that Amazon trusts"),
	}
}

// checkACME examines what the service keeps of the CA's certificates, and asks the CA for nothing.
func checkACME(c *config.Config, now time.Time) (findings []finding) {
	const name = "certificate"
	acme, err := newACME(c)
	if err != nil {
		return []finding{{fail, name, err.Error(), ""}}
	}
	for _, domain := range acme.Domains {
		certificate, err := acme.Kept(domain)
		if errors.Is(err, fs.ErrNotExist) {
			findings = append(findings, finding{warn, name, "none yet for " + domain, "the service gets it from the CA when it starts: TCP port 443 of " + domain + " must lead there"})
			continue
		}
		if errors.Is(err, fs.ErrPermission) {
			findings = append(findings, finding{warn, name, err.Error(), "run this as the service's user, or as root"})
			continue
		}
		if err != nil {
			findings = append(findings, finding{fail, name, err.Error(), "remove the folders named " + domain + " below " + acme.Dir + "/certificates, and reload the service"})
			continue
		}
		leaf := certificate.Leaf()
		findings = append(findings, checkDates(leaf, now, "the service renews it: see why not in its log, and in /readyz"), checkHost(leaf, domain),
			checkPath(certificate, now, "set tls.directory to a CA that Amazon trusts: those of a staging are trusted by nobody"))
	}
	return findings
}

func checkDates(leaf *x509.Certificate, now time.Time, remedy string) finding {
	const name = "certificate dates"
	left := leaf.NotAfter.Sub(now)
	message := fmt.Sprintf("valid from %s to %s, %d days left", leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly), int(left.Hours()/24))
	switch {
	case now.Before(leaf.NotBefore):
		return finding{fail, name, message, "check the clock, or wait"}
	case left <= 0:
		return finding{fail, name, message, remedy}
	case left < expiresSoon:
		return finding{warn, name, message, remedy}
	}
	return finding{good, name, message, ""}
}

func checkHost(leaf *x509.Certificate, host string) finding {
	const name = "certificate host"
	names := strings.Join(leaf.DNSNames, ", ")
	switch {
	case host == "":
		return finding{warn, name, "not compared with its names (" + names + ")", "set public_url to what the world calls this service"}
	case leaf.VerifyHostname(host) != nil:
		return finding{fail, name, fmt.Sprintf("%s is not among its names (%s)", host, names), "get a certificate for " + host}
	}
	return finding{good, name, host, ""}
}

// checkPath builds the path with what the file holds and nothing else, as a client does. It is asked for a moment at
// which the certificate is valid, as its dates have a line of their own.
func checkPath(certificate *server.Certificate, now time.Time, remedy string) finding {
	const name = "certificate path"
	intermediates := x509.NewCertPool()
	for _, cert := range certificate.Intermediates() {
		intermediates.AddCert(cert)
	}
	leaf := certificate.Leaf()
	if now.After(leaf.NotAfter) {
		now = leaf.NotAfter
	}
	if now.Before(leaf.NotBefore) {
		now = leaf.NotBefore
	}
	_, err := leaf.Verify(x509.VerifyOptions{Intermediates: intermediates, CurrentTime: now})
	if err != nil {
		return finding{fail, name, err.Error(), remedy}
	}
	return finding{good, name, "leads to a root that this system trusts", ""}
}

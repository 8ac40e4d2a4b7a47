package main

import (
	"crypto/x509"
	"fmt"
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
	certificate, err := server.LoadCertificate(c.TLS.CertFile, c.TLS.KeyFile)
	if err != nil {
		return []finding{{fail, name, err.Error(), "set tls.cert_file and tls.key_file to a certificate and its key"}}
	}
	leaf := certificate.Leaf()
	return []finding{checkDates(leaf, now), checkHost(leaf, hostOf(c)), checkPath(certificate, now)}
}

func checkDates(leaf *x509.Certificate, now time.Time) finding {
	const name = "certificate dates"
	left := leaf.NotAfter.Sub(now)
	message := fmt.Sprintf("valid from %s to %s, %d days left", leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly), int(left.Hours()/24))
	switch {
	case now.Before(leaf.NotBefore):
		return finding{fail, name, message, "check the clock, or wait"}
	case left <= 0:
		return finding{fail, name, message, "renew it"}
	case left < expiresSoon:
		return finding{warn, name, message, "renew it"}
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
func checkPath(certificate *server.Certificate, now time.Time) finding {
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
		return finding{fail, name, err.Error(), "put the intermediate certificates after the certificate in tls.cert_file, or get one from a CA that Amazon trusts"}
	}
	return finding{good, name, "leads to a root that this system trusts", ""}
}

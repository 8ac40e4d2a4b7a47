package doctor

import (
	"errors"
	"io/fs"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/server"
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
	return shown{
		leaf: certificate.Leaf(), others: certificate.Intermediates(), host: c.Host(), now: now,
		remedy: "put the intermediate certificates after the certificate in tls.cert_file, or get one from a CA that Amazon trusts",
	}.examine(name)
}

// checkACME examines what the service keeps of the CA's certificates, and asks the CA for nothing.
func checkACME(c *config.Config, now time.Time) (findings []Finding) {
	const name = "certificate"
	acme, err := assembly.NewACME(c)
	if err != nil {
		return []Finding{{Fail, name, err.Error(), ""}}
	}
	for _, domain := range acme.Domains {
		certificate, err := server.LoadCertificate(acme.Files(domain))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			findings = append(findings, Finding{Warn, name, "none yet for " + domain,
				"the service gets it from the CA when it starts: TCP port 443 of " + domain + " must lead there"})
		case errors.Is(err, fs.ErrPermission):
			findings = append(findings, Finding{Warn, name, err.Error(), asItsUser})
		case err != nil:
			findings = append(findings, Finding{Fail, name, err.Error(),
				"restart the service: what is of no use it removes, and gets another one"})
		default:
			findings = append(findings, shown{
				leaf: certificate.Leaf(), others: certificate.Intermediates(), host: domain, now: now,
				remedy: "set tls.directory to a CA that Amazon trusts: those of a staging are trusted by nobody",
				renew:  "the service renews it: see why not in its log, and in /readyz",
			}.examine(name)...)
		}
	}
	return findings
}

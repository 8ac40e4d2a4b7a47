package main

import (
	"time"

	"lastpost/internal/config"
	"lastpost/internal/server"
)

// checkCertificate examines what the public listener would show, as Alexa does: its dates, its host, its way to a root.
func checkCertificate(c *config.Config, now time.Time) []finding {
	const name = "certificate"
	switch c.TLS.Mode {
	case config.TLSOff:
		return []finding{{good, name, "none: tls.mode is off, and the proxy in front has its own", ""}}
	case config.TLSSelfSigned:
		return []finding{{warn, name, "self-signed: Amazon takes it for a skill in development, and for no published one",
			"choose \"I will upload a self-signed certificate\" in the console (SelfSigned in the manifest), or set tls.mode to acme or files"}}
	}
	certificate, err := server.LoadCertificate(c.TLS.CertFile, c.TLS.KeyFile)
	if err != nil {
		return []finding{{fail, name, err.Error(), "set tls.cert_file and tls.key_file to a certificate and its key"}}
	}
	return shown{
		leaf: certificate.Leaf(), others: certificate.Intermediates(), host: hostOf(c), now: now,
		remedy: "put the intermediate certificates after the certificate in tls.cert_file, or get one from a CA that Amazon trusts",
	}.examine(name)
}

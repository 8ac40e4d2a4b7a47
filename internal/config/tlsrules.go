package config

import (
	"net/url"
	"slices"
	"strings"
)

const localhost = "localhost"

// checkTLS applies the rules of the TLS mode, and refuses keys of other modes.
func (r *problemCollector) checkTLS(c *Config) {
	t := &c.TLS
	r.applyRule("tls.mode", checkOneOf(string(t.Mode), string(TLSACME), string(TLSFiles), string(TLSSelfSigned), string(TLSOff)))
	r.checkModeKeys(t)
	r.checkEach("tls.domains", t.Domains, checkDNSName)
	switch t.Mode {
	case TLSACME:
		r.checkACME(c)
	case TLSFiles:
		r.applyRule("tls.cert_file", messageIf(t.CertFile == "", "is missing: tls.mode files needs the certificate's PEM file"))
		r.applyRule("tls.key_file", messageIf(t.KeyFile == "", "is missing: tls.mode files needs the private key's PEM file"))
	case TLSSelfSigned:
		if len(t.Domains) == 0 {
			t.Domains = selfSignedNames(c.PublicURL)
		}
	}
}

// checkModeKeys refuses each key that belongs to other modes. It does nothing if the mode is invalid.
func (r *problemCollector) checkModeKeys(t *TLS) {
	if r.hasFault("tls.mode") {
		return
	}
	for _, key := range []struct{ name, value, modes string }{
		{"domains", strings.Join(t.Domains, " "), "acme and self-signed"},
		{"email", t.Email, "acme"},
		{"directory", t.Directory, "acme"},
		{"eab_key_id", t.EABKeyID, "acme"},
		{"eab_key_file", t.EABKeyFile, "acme"},
		{"http_listen", t.HTTPListen, "acme"},
		{"cert_file", t.CertFile, "files"},
		{"key_file", t.KeyFile, "files"},
	} {
		if !slices.Contains(strings.Fields(key.modes), string(t.Mode)) {
			r.applyRule("tls."+key.name, messageIf(key.value != "", "is for tls.mode "+key.modes+" only: remove it, or choose that mode"))
		}
	}
}

// checkACME applies the rules of mode acme.
func (r *problemCollector) checkACME(c *Config) {
	t := &c.TLS
	if len(t.Domains) == 0 {
		r.applyRule("tls.domains", "is missing: tls.mode acme needs the names of the certificate, for example [skill.example.com]")
	}
	for i, domain := range t.Domains {
		r.applyRule(itemPath("tls.domains", i), checkPublicName(domain))
	}
	if u, err := url.Parse(c.PublicURL); err == nil && u.Hostname() != "" && len(t.Domains) > 0 && !r.hasFault("public_url") {
		if !slices.ContainsFunc(t.Domains, func(d string) bool { return strings.EqualFold(d, u.Hostname()) }) {
			r.applyRule("public_url", "must be a host of tls.domains, or the certificate is not valid for it")
		}
	}
	r.applyRule("tls.email", checkEmail(t.Email))
	r.applyRule("tls.directory", checkDirectory(t.Directory))
	r.applyRule("tls.eab_key_id", messageIf(t.EABKeyID == "" && t.EABKeyFile != "", "is missing: tls.eab_key_file needs the id of its key"))
	r.applyRule("tls.eab_key_file", messageIf(t.EABKeyFile == "" && t.EABKeyID != "",
		"is missing: tls.eab_key_id needs the file of its key"))
	if t.HTTPListen == "" {
		return
	}
	r.applyRule("tls.http_listen", checkHostPort(t.HTTPListen))
	r.applyRule("tls.http_listen", checkPortsDiffer(c.Listen, t.HTTPListen, "listen and tls.http_listen"))
	r.applyRule("tls.http_listen", checkPortsDiffer(c.Admin.Listen, t.HTTPListen, "admin.listen and tls.http_listen"))
}

// selfSignedNames returns the default names of a self-signed certificate.
func selfSignedNames(publicURL string) []string {
	names := []string{localhost}
	if u, err := url.Parse(publicURL); err == nil && u.Hostname() != "" && u.Hostname() != localhost {
		names = append(names, u.Hostname())
	}
	return names
}

// checkProxy applies the rules of the trusted proxy. Without a proxy, an attacker could forge the client address in the
// header.
func (r *problemCollector) checkProxy(c *Config) {
	p := &c.Proxy
	if c.TLS.Mode != TLSOff && !r.hasFault("tls.mode") {
		const message = "is for tls.mode off only: without a proxy, any client could forge the header"
		r.applyRule("proxy.header", messageIf(p.Header != "", message))
		r.applyRule("proxy.trusted", messageIf(len(p.Trusted) > 0, message))
		return
	}
	r.applyRule("proxy.header", checkHeaderName(p.Header))
	r.applyRule("proxy.trusted", messageIf(p.Header == "" && len(p.Trusted) > 0,
		"requires proxy.header, the header that these proxies set"))
	r.checkEach("proxy.trusted", p.Trusted, checkTrustedProxy)
	if p.Header != "" && len(p.Trusted) == 0 {
		p.Trusted = []string{"127.0.0.0/8", "::1/128"}
	}
}

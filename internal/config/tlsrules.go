package config

import (
	"net/url"
	"slices"
	"strings"
)

const localhost = "localhost"

// tls applies the rules of the mode, and refuses what is another mode's.
func (r *report) tls(c *Config) {
	t := &c.TLS
	r.rule("tls.mode", oneOf(string(t.Mode), string(TLSACME), string(TLSFiles), string(TLSSelfSigned), string(TLSOff)))
	r.modes(t)
	r.each("tls.domains", t.Domains, dnsName)
	switch t.Mode {
	case TLSACME:
		r.acme(c)
	case TLSFiles:
		r.rule("tls.cert_file", wrong(t.CertFile == "", "is missing: tls.mode files needs the certificate's PEM file"))
		r.rule("tls.key_file", wrong(t.KeyFile == "", "is missing: tls.mode files needs the private key's PEM file"))
	case TLSSelfSigned:
		if len(t.Domains) == 0 {
			t.Domains = ownNames(c.PublicURL)
		}
	}
}

// modes refuses each key that is for other modes than the one that is chosen. Where none is, there is nothing to compare.
func (r *report) modes(t *TLS) {
	if r.faulty("tls.mode") {
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
			r.rule("tls."+key.name, wrong(key.value != "", "is for tls.mode "+key.modes+" only: remove it, or choose that mode"))
		}
	}
}

// acme applies the rules of a certificate that a CA is asked for.
func (r *report) acme(c *Config) {
	t := &c.TLS
	if len(t.Domains) == 0 {
		r.rule("tls.domains", "is missing: tls.mode acme needs the names of the certificate, for example [skill.example.com]")
	}
	for i, domain := range t.Domains {
		r.rule(item("tls.domains", i), publicName(domain))
	}
	if u, err := url.Parse(c.PublicURL); err == nil && u.Hostname() != "" && len(t.Domains) > 0 && !r.faulty("public_url") {
		if !slices.ContainsFunc(t.Domains, func(d string) bool { return strings.EqualFold(d, u.Hostname()) }) {
			r.rule("public_url", "must be a host of tls.domains, or the certificate would not be for it")
		}
	}
	r.rule("tls.email", email(t.Email))
	r.rule("tls.directory", directory(t.Directory))
	r.rule("tls.eab_key_id", wrong(t.EABKeyID == "" && t.EABKeyFile != "", "is missing: tls.eab_key_file needs the id of its key"))
	r.rule("tls.eab_key_file", wrong(t.EABKeyFile == "" && t.EABKeyID != "", "is missing: tls.eab_key_id needs the file of its key"))
	if t.HTTPListen == "" {
		return
	}
	r.rule("tls.http_listen", hostPort(t.HTTPListen))
	r.rule("tls.http_listen", samePort(c.Listen, t.HTTPListen, "listen and tls.http_listen"))
	r.rule("tls.http_listen", samePort(c.Admin.Listen, t.HTTPListen, "admin.listen and tls.http_listen"))
}

// ownNames are a self-signed certificate's names where none are given.
func ownNames(publicURL string) []string {
	names := []string{localhost}
	if u, err := url.Parse(publicURL); err == nil && u.Hostname() != "" && u.Hostname() != localhost {
		names = append(names, u.Hostname())
	}
	return names
}

// proxy applies the rules of what is believed of a proxy in front.
func (r *report) proxy(c *Config) {
	p := &c.Proxy
	if c.TLS.Mode != TLSOff && !r.faulty("tls.mode") {
		const message = "is for tls.mode off only: without a proxy in front anybody could write that header"
		r.rule("proxy.header", wrong(p.Header != "", message))
		r.rule("proxy.trusted", wrong(len(p.Trusted) > 0, message))
		return
	}
	r.rule("proxy.header", headerName(p.Header))
	r.rule("proxy.trusted", wrong(p.Header == "" && len(p.Trusted) > 0,
		"needs proxy.header, the header that these addresses are believed in"))
	r.each("proxy.trusted", p.Trusted, prefix)
	if p.Header != "" && len(p.Trusted) == 0 {
		p.Trusted = []string{"127.0.0.0/8", "::1/128"}
	}
}

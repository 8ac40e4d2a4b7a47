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
	seen := map[string]string{}
	for i, domain := range t.Domains {
		at := item("tls.domains", i)
		r.rule(at, dnsName(domain))
		r.unique(seen, at, strings.ToLower(domain), "remove one of the two")
	}
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
	for _, key := range []struct {
		name, value string
		modes       []TLSMode
	}{
		{"domains", strings.Join(t.Domains, " "), []TLSMode{TLSACME, TLSSelfSigned}},
		{"email", t.Email, []TLSMode{TLSACME}},
		{"directory", t.Directory, []TLSMode{TLSACME}},
		{"eab_key_id", t.EABKeyID, []TLSMode{TLSACME}},
		{"eab_key_file", t.EABKeyFile, []TLSMode{TLSACME}},
		{"http_listen", t.HTTPListen, []TLSMode{TLSACME}},
		{"cert_file", t.CertFile, []TLSMode{TLSFiles}},
		{"key_file", t.KeyFile, []TLSMode{TLSFiles}},
	} {
		if slices.Contains(key.modes, t.Mode) {
			continue
		}
		var names []string
		for _, mode := range key.modes {
			names = append(names, string(mode))
		}
		r.rule("tls."+key.name, wrong(key.value != "", "is for tls.mode "+strings.Join(names, " and ")+" only: remove it, or choose that mode"))
	}
}

// acme applies the rules of a certificate that a CA is asked for.
func (r *report) acme(c *Config) {
	t := &c.TLS
	if len(t.Domains) == 0 {
		r.rule("tls.domains", "is missing: tls.mode acme needs the names of the certificate, for example [skill.example.com]")
	}
	for i, domain := range t.Domains {
		if at := item("tls.domains", i); !r.faulty(at) {
			r.rule(at, publicName(domain))
		}
	}
	if u, err := url.Parse(c.PublicURL); err == nil && u.Hostname() != "" && len(t.Domains) > 0 && !r.faulty("public_url") {
		if !slices.ContainsFunc(t.Domains, func(d string) bool { return strings.EqualFold(d, u.Hostname()) }) {
			r.rule("public_url", "must be a host of tls.domains, or the certificate would not be for it")
		}
	}
	r.rule("tls.email", email(t.Email))
	r.rule("tls.directory", directory(t.Directory))
	if t.EABKeyFile != "" {
		r.rule("tls.eab_key_id", wrong(t.EABKeyID == "", "is missing: tls.eab_key_file needs the id of its key"))
	}
	if t.EABKeyID != "" {
		r.rule("tls.eab_key_file", wrong(t.EABKeyFile == "", "is missing: tls.eab_key_id needs the file of its key"))
	}
	if t.HTTPListen == "" {
		return
	}
	r.rule("tls.http_listen", hostPort(t.HTTPListen))
	r.rule("tls.http_listen", samePort(c.Listen, t.HTTPListen, "listen and tls.http_listen"))
	if c.Admin.Listen != "" {
		r.rule("tls.http_listen", samePort(c.Admin.Listen, t.HTTPListen, "admin.listen and tls.http_listen"))
	}
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
	if p.Header == "" {
		r.rule("proxy.trusted", wrong(len(p.Trusted) > 0, "needs proxy.header, the header that these addresses are believed in"))
	}
	seen := map[string]string{}
	for i, network := range p.Trusted {
		at := item("proxy.trusted", i)
		r.rule(at, prefix(network))
		r.unique(seen, at, network, "remove one of the two")
	}
	if p.Header != "" && len(p.Trusted) == 0 {
		p.Trusted = []string{"127.0.0.0/8", "::1/128"}
	}
}

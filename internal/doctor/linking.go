package doctor

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/config"
	"lastpost/internal/linkproxy"
	"lastpost/internal/server"
)

// checkLinking reports the addresses to enter in Amazon's console, and checks whether Amazon could reach the OAuth server.
func checkLinking(ctx context.Context, c *config.Config) (findings []Finding) {
	const name = "account linking"
	a := c.AccountLinking
	if !a.Enabled() {
		return nil
	}
	if authorize, token := c.LinkURLs(); authorize == "" {
		findings = append(findings, Finding{Warn, name, "the public address of this service is unknown", "set public_url"})
	} else {
		findings = append(findings, Finding{OK, name, "Authorization URI: " + authorize, ""},
			Finding{OK, name, "Access Token URI: " + token, ""})
	}
	findings = append(findings, checkLinkingCertificate(name, c.TLS)...)
	if a.Record == "full" {
		findings = append(findings, Finding{Warn, name, "passwords, codes and tokens are stored unmasked for " + a.RecordFor,
			"set account_linking.record to redacted if you do not need this"})
	}
	for _, endpoint := range []struct{ key, url string }{{"authorization_url", a.AuthorizationURL}, {"token_url", a.TokenURL}} {
		findings = append(findings, checkOAuthServer(ctx, name, endpoint.key, endpoint.url))
	}
	return findings
}

func checkOAuthServer(ctx context.Context, name, key, text string) Finding {
	u, err := url.Parse(text)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	if err := linkproxy.CheckReachable(ctx, u, nil); err != nil {
		return Finding{Fail, name, fmt.Sprintf("%s: %v", key, err),
			"Amazon cannot connect either: check that the OAuth server runs and sends its full certificate chain"}
	}
	if u.Port() != "" && u.Port() != "443" {
		return Finding{Warn, name, fmt.Sprintf("%s answers at port %s, which Amazon does not call", key, u.Port()),
			"let it answer at port 443 before you remove this proxy"}
	}
	return Finding{OK, name, fmt.Sprintf("%s: %s answers", key, u.Host), ""}
}

// checkLinkingCertificate checks whether Amazon's requirements for account linking allow the certificate of the Access
// Token URI. They are stricter than those for a skill's endpoint: self-signed certificates and Let's Encrypt are excluded.
func checkLinkingCertificate(name string, tls config.TLS) []Finding {
	selfSigned, letsEncrypt := tls.Mode == config.TLSSelfSigned, tls.Mode == config.TLSACME && isLetsEncrypt(tls.Directory)
	remedy := "if Amazon sends no token request, set tls.directory, tls.eab_key_id and tls.eab_key_file to another CA, such as Google " +
		"Trust Services or ZeroSSL"
	if tls.Mode == config.TLSFiles {
		certificate, err := server.LoadCertificate(tls.CertFile, tls.KeyFile)
		if err != nil {
			return nil // the check of the certificate reports it
		}
		selfSigned = isSelfSigned(certificate.Leaf())
		letsEncrypt = slices.Contains(certificate.Leaf().Issuer.Organization, "Let's Encrypt")
		remedy = "if Amazon sends no token request, get the certificate from another CA, such as Google Trust Services or ZeroSSL"
	}
	switch {
	case selfSigned:
		return []Finding{{Fail, name, "Amazon's servers refuse a self-signed certificate at the Access Token URI",
			"set tls.mode to files with a certificate of a CA that Amazon trusts, or to acme with tls.directory"}}
	case letsEncrypt:
		return []Finding{{Warn, name, "Amazon's requirements exclude certificates of Let's Encrypt at the Access Token URI; whether " +
			"Amazon enforces this is disputed", remedy}}
	}
	return nil
}

// isLetsEncrypt reports whether an ACME directory belongs to Let's Encrypt, which is the default.
func isLetsEncrypt(directory string) bool {
	u, err := url.Parse(directory)
	return directory == "" || err == nil && strings.HasSuffix("."+u.Hostname(), ".letsencrypt.org")
}

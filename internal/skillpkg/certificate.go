package skillpkg

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
)

// ParseCertificateType parses a type in any letter case. "" is valid and means that the configuration decides.
func ParseCertificateType(name string) (CertificateType, bool) {
	for _, t := range append(CertificateTypes(), "") {
		if strings.EqualFold(name, string(t)) {
			return t, true
		}
	}
	return "", false
}

// ClassifyCertificate returns the type by Amazon's rules: a host that only a wildcard name covers has the type
// Wildcard. If host is unknown, any name that is not a wildcard counts as the host.
func ClassifyCertificate(leaf *x509.Certificate, host string) CertificateType {
	isExact := func(name string) bool {
		return strings.EqualFold(name, host) || host == "" && !strings.HasPrefix(name, "*.")
	}
	switch {
	case isSelfSigned(leaf):
		return SelfSigned
	case len(leaf.DNSNames) > 0 && !slices.ContainsFunc(leaf.DNSNames, isExact):
		return Wildcard
	}
	return Trusted
}

// isSelfSigned reports whether a certificate is signed with its own key.
func isSelfSigned(cert *x509.Certificate) bool {
	return bytes.Equal(cert.RawIssuer, cert.RawSubject) &&
		cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil
}

// ConsoleOption returns the option for a type on the page "Endpoint" of Amazon's developer console.
func (t CertificateType) ConsoleOption() string {
	switch t {
	case Wildcard:
		return `"a sub-domain of a domain that has a wildcard certificate"`
	case SelfSigned:
		return `"I will upload a self-signed certificate"`
	}
	return `"a certificate from a trusted certificate authority"`
}

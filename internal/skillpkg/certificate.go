package skillpkg

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
)

// ParseCertificateType reads a type as it is typed, in whichever letter case; "" is none, and the configuration says.
func ParseCertificateType(name string) (CertificateType, bool) {
	for _, t := range append(CertificateTypes(), "") {
		if strings.EqualFold(name, string(t)) {
			return t, true
		}
	}
	return "", false
}

// ClassifyCertificate tells the types apart as Amazon does: a host that is only covered by a wildcard is a type of its own. Where the
// host is not known, any name will do that is no wildcard.
func ClassifyCertificate(leaf *x509.Certificate, host string) CertificateType {
	exact := func(name string) bool {
		return strings.EqualFold(name, host) || host == "" && !strings.HasPrefix(name, "*.")
	}
	switch {
	case isSelfSigned(leaf):
		return SelfSigned
	case len(leaf.DNSNames) > 0 && !slices.ContainsFunc(leaf.DNSNames, exact):
		return Wildcard
	}
	return Trusted
}

// isSelfSigned tells whether nobody but its owner vouches for a certificate.
func isSelfSigned(cert *x509.Certificate) bool {
	return bytes.Equal(cert.RawIssuer, cert.RawSubject) &&
		cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil
}

// ConsoleOption is what a type is called on the page "Endpoint" of Amazon's developer console.
func (t CertificateType) ConsoleOption() string {
	switch t {
	case Wildcard:
		return `"a sub-domain of a domain that has a wildcard certificate"`
	case SelfSigned:
		return `"I will upload a self-signed certificate"`
	}
	return `"a certificate from a trusted certificate authority"`
}

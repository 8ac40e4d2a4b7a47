package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"slices"
	"strings"

	"lastpost/internal/config"
	"lastpost/internal/skillpkg"
)

// certificateTypeNamed reads a type as it is typed, in whichever letter case; "" is none, and the configuration says.
func certificateTypeNamed(name string) (skillpkg.CertificateType, bool) {
	if name == "" {
		return "", true
	}
	for _, t := range skillpkg.CertificateTypes() {
		if strings.EqualFold(name, string(t)) {
			return t, true
		}
	}
	return "", false
}

// certificateType is what Amazon has to be told about the certificate that Alexa will see. What a proxy in front shows is
// not known here, and taken to be as most are. Where no host is known either, there is no endpoint to have a type.
func certificateType(c *config.Config) (skillpkg.CertificateType, error) {
	host := hostOf(c)
	switch {
	case c.TLS.Mode == config.TLSSelfSigned:
		return skillpkg.SelfSigned, nil
	case c.TLS.Mode == config.TLSFiles && host != "":
		leaf, err := readLeaf(c.TLS.CertFile)
		if err != nil {
			return "", fmt.Errorf("of which type the certificate is cannot be seen: %w; let this user read it, or give --certificate-type", err)
		}
		if leaf.VerifyHostname(host) != nil {
			return "", fmt.Errorf("%s is not among the names of the certificate (%s): get a certificate for %s", host, strings.Join(leaf.DNSNames, ", "), host)
		}
		return typeOfLeaf(leaf, host), nil
	}
	return skillpkg.Trusted, nil
}

// readLeaf reads the first certificate of a file. Its key is not needed, and need not be readable for whoever asks.
func readLeaf(file string) (*x509.Certificate, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, fmt.Errorf("%s has no certificate in it", file)
}

// typeOfLeaf tells the types apart as Amazon does: a host that is only covered by a wildcard is a type of its own. Where the
// host is not known, any name will do that is no wildcard.
func typeOfLeaf(leaf *x509.Certificate, host string) skillpkg.CertificateType {
	exact := func(name string) bool {
		return strings.EqualFold(name, host) || host == "" && !strings.HasPrefix(name, "*.")
	}
	switch {
	case selfSigned(leaf):
		return skillpkg.SelfSigned
	case len(leaf.DNSNames) > 0 && !slices.ContainsFunc(leaf.DNSNames, exact):
		return skillpkg.Wildcard
	}
	return skillpkg.Trusted
}

// inConsole is what a type is called on the page "Endpoint" of Amazon's developer console.
func inConsole(t skillpkg.CertificateType) string {
	switch t {
	case skillpkg.Wildcard:
		return `"a sub-domain of a domain that has a wildcard certificate"`
	case skillpkg.SelfSigned:
		return `"I will upload a self-signed certificate"`
	}
	return `"a certificate from a trusted certificate authority"`
}

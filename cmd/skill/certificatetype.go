package main

import (
	"bytes"
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
		return typeOfLeaf(leaf, host)
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

// typeOfLeaf tells the types apart as Amazon does: a host that is only covered by a wildcard is a type of its own.
func typeOfLeaf(leaf *x509.Certificate, host string) (skillpkg.CertificateType, error) {
	named := func(name string) bool { return strings.EqualFold(name, host) }
	switch {
	case leaf.VerifyHostname(host) != nil:
		return "", fmt.Errorf("%s is not among the names of the certificate (%s): get a certificate for %s", host, strings.Join(leaf.DNSNames, ", "), host)
	case bytes.Equal(leaf.RawIssuer, leaf.RawSubject) && leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil:
		return skillpkg.SelfSigned, nil
	case slices.ContainsFunc(leaf.DNSNames, named):
		return skillpkg.Trusted, nil
	}
	return skillpkg.Wildcard, nil
}

// inConsole is what a type is called on the page "Endpoint" of Amazon's developer console.
func inConsole(t skillpkg.CertificateType) string {
	switch t {
	case skillpkg.Wildcard:
		return `"My development endpoint is a sub-domain of a domain that has a wildcard certificate from a certificate authority"`
	case skillpkg.SelfSigned:
		return `"I will upload a self-signed certificate in X 509 format"`
	}
	return `"My development endpoint has a certificate from a trusted certificate authority"`
}

package verify

import (
	"cmp"
	"errors"
	"fmt"
)

// A Rule is a condition that a refused request broke. Each refusal wraps one Rule. Its string value is the stable label
// in logs, metrics and tests.
type Rule string

// The rules, in the order of the checks. They come from Amazon's "Host a Custom Skill as a Web Service", except
// FetchLimit, which protects the checks against abuse.
const (
	CertificateURL   Rule = "certificate-url"   // the certificate URL is missing, duplicate, or not in Amazon's bucket
	SignatureHeader  Rule = "signature-header"  // Signature-256 is missing, duplicate, or not base64
	FetchLimit       Rule = "fetch-limit"       // too many unknown certificate URLs in the last minute
	CertificateFetch Rule = "certificate-fetch" // the certificate chain could not be downloaded
	CertificateDates Rule = "certificate-dates" // the certificate is not valid yet, or expired
	CertificateName  Rule = "certificate-name"  // the certificate is not for echo-api.amazon.com
	CertificateChain Rule = "certificate-chain" // the certificate does not lead to a trusted root
	Signature        Rule = "signature"         // the signature does not match the body and the certificate
	Timestamp        Rule = "timestamp"         // the timestamp is too old, in the future, or missing
	ApplicationID    Rule = "application-id"    // the request is for another skill
)

// Error returns the message for the sender. It names the rule, but no detail that helps an attacker to bypass it.
func (r Rule) Error() string {
	return cmp.Or(map[Rule]string{
		CertificateURL:   "SignatureCertChainUrl must be exactly one URL of Amazon's certificate bucket",
		SignatureHeader:  "Signature-256 must be exactly one base64 value",
		FetchLimit:       "too many unknown certificate URLs, try again in a minute",
		CertificateFetch: "the certificate chain could not be fetched",
		CertificateDates: "the signing certificate is not valid at this time",
		CertificateName:  "the signing certificate is not one for " + certificateName,
		CertificateChain: "the signing certificate does not lead to a trusted root",
		Signature:        "the signature does not match the body",
		Timestamp:        "the timestamp is missing or too far from now",
		ApplicationID:    "the application id is not this skill's",
	}[r], string(r))
}

// RuleOf returns the rule that err wraps, or "" if err is not a refusal.
func RuleOf(err error) Rule {
	rule, _ := errors.AsType[Rule](err)
	return rule
}

// refuse returns a refusal: rule, plus details for the operator's log that the sender must not see.
func refuse(rule Rule, format string, args ...any) error {
	return fmt.Errorf("%w: %w", rule, fmt.Errorf(format, args...))
}

package verify

import (
	"cmp"
	"errors"
	"fmt"
)

// A Rule is what a refused request broke. It is the error that a refusal wraps, and its text is the stable label
// that the log, the metric and the tests share.
type Rule string

// The rules, in the order in which they are checked. Each is one of Amazon's, from "Host a Custom Skill as a Web
// Service", or guards their checking against abuse.
const (
	CertificateURL   Rule = "certificate-url"   // the certificate URL is missing, doubled, or not one of Amazon's bucket
	SignatureHeader  Rule = "signature-header"  // Signature-256 is missing, doubled, or not base64
	FetchLimit       Rule = "fetch-limit"       // too many unknown certificate URLs of late
	CertificateFetch Rule = "certificate-fetch" // the bucket did not hand out the certificate chain
	CertificateDates Rule = "certificate-dates" // the certificate is not valid yet, or no more
	CertificateName  Rule = "certificate-name"  // the certificate is not one for echo-api.amazon.com
	CertificateChain Rule = "certificate-chain" // the certificate does not lead to a trusted root
	Signature        Rule = "signature"         // the signature is not that of these bytes under this certificate
	Timestamp        Rule = "timestamp"         // the request is too old, from the future, or does not say when it was sent
	ApplicationID    Rule = "application-id"    // the request is meant for another skill
)

// Error gives the sentence for the sender: which rule, and nothing that helps to get round it.
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

// RuleOf names the rule that a refusal wraps; "" where err is not a refusal.
func RuleOf(err error) Rule {
	rule, _ := errors.AsType[Rule](err)
	return rule
}

// refuse wraps rule with what the operator should know and the sender need not.
func refuse(rule Rule, format string, args ...any) error {
	return fmt.Errorf("%w: %w", rule, fmt.Errorf(format, args...))
}

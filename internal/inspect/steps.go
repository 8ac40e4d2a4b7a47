package inspect

import (
	"bytes"
	"encoding/json"
	"slices"
)

// A Step is one check of a request. Its texts are also the table of rules in docs/troubleshooting.md.
type Step struct {
	Name    string   // the claim that is checked
	Rules   []string // broken if the step fails
	Meaning string   // of a refusal of a request that Alexa sent
	Remedy  string   // for a failed step; code is between backquotes
	Verdict string   // Passed, Failed or NotReached
}

// Verdicts of a Step.
const (
	Passed     = "passed"
	Failed     = "failed"
	NotReached = "not reached"
)

// allSteps returns all checks in order, without verdicts.
func allSteps() []Step {
	return []Step{
		{Name: "The body arrived completely, in time and within 64 KiB", Rules: []string{"body-read", "body-size", "body-budget"},
			Meaning: "the request was cut off, slow, or larger than Alexa's requests, which have a few KiB",
			Remedy:  "Check the proxy in front and the connection"},
		{Name: "The body matches its Content-Digest, if there is one", Rules: []string{"body-digest"},
			Meaning: "something changes the body on its way. Only `lastpost check --url` sends a digest, Alexa does not",
			Remedy:  "Let the proxy or firewall pass bodies through unchanged"},
		{Name: "The certificate URL points to Amazon's bucket", Rules: []string{"certificate-url"},
			Meaning: "a proxy drops or changes the header `SignatureCertChainUrl`", Remedy: "Let the proxy pass all headers"},
		{Name: "There is exactly one Signature-256 header, in base64", Rules: []string{"signature-header"},
			Meaning: "a proxy drops or changes the header `Signature-256`, for example `+` to a space",
			Remedy:  "Let the proxy pass all headers unchanged"},
		{Name: "The certificate chain is cached or was fetched", Rules: []string{"certificate-fetch", "fetch-limit"},
			Meaning: "the server cannot reach `s3.amazonaws.com` over HTTPS",
			Remedy:  "Allow this connection in the firewall, check DNS, or set `HTTPS_PROXY` for the service"},
		{Name: "The certificate is valid now", Rules: []string{"certificate-dates"},
			Meaning: "this server's clock is wrong, or something intercepts the connection to Amazon",
			Remedy:  "Run `timedatectl`, and switch on time synchronisation"},
		{Name: "The certificate is for echo-api.amazon.com", Rules: []string{"certificate-name"},
			Meaning: "something intercepts the connection to Amazon",
			Remedy:  "Find the proxy that intercepts TLS, and exclude `s3.amazonaws.com`"},
		{Name: "The certificate chain ends at a trusted root", Rules: []string{"certificate-chain"},
			Meaning: "the system does not trust Amazon's root, because its certificate store is old or reduced, or a proxy intercepts TLS",
			Remedy:  "Run `apt install ca-certificates`, or unset `SSL_CERT_FILE`"},
		{Name: "The signature matches the body, byte by byte", Rules: []string{"signature"},
			Meaning: "something changes the body on its way: a web application firewall, a gateway that parses JSON, a CDN",
			Remedy:  "Let it pass this path through unchanged. `lastpost check --url` shows whether bodies arrive unchanged"},
		{Name: "The body is a valid request", Rules: []string{"body-malformed"},
			Meaning: "Amazon signed it, but it is not valid JSON, has a duplicate name, or is not UTF-8", Remedy: "Please report it"},
		{Name: "The request was sent within 150 seconds of now", Rules: []string{"timestamp"},
			Meaning: "this server's clock is wrong by more than 150 s, the request was delayed, or a stranger repeats an old request",
			Remedy:  "Run `timedatectl`, and switch on time synchronisation"},
		{Name: "The request is meant for this skill", Rules: []string{"application-id"},
			Meaning: "the request is for another skill. The console has a new skill, and the id here belongs to the old one",
			Remedy:  "Copy the id from the console into `application_id`"},
		{Name: "The skill answered the request", Rules: []string{"internal"},
			Meaning: "a fault of this program. The status is 500", Remedy: "Please report it with the line in the log"},
	}
}

// Steps returns all checks in order. Checks before the broken rule passed, and checks after it were not reached.
func (r *Record) Steps() []Step {
	steps := allSteps()
	failed := false
	for i := range steps {
		switch {
		case failed:
			steps[i].Verdict = NotReached
		case slices.Contains(steps[i].Rules, r.Rule):
			steps[i].Verdict, failed = Failed, true
		default:
			steps[i].Verdict = Passed
		}
	}
	return steps
}

// belongsToSession reports whether the request belongs to a session. It searches the text before it decodes the request,
// because a search is faster and excludes most requests.
func (r *Record) belongsToSession(session string) bool {
	return bytes.Contains(r.Request, []byte(session)) && sessionID(r.Request) == session
}

// sessionID returns the session id of a masked request, or "" if it has none.
func sessionID(request []byte) string {
	var read struct{ Session struct{ SessionID string } }
	_ = json.Unmarshal(request, &read) // invalid JSON has none
	return read.Session.SessionID
}

package inspect

import (
	"bytes"
	"encoding/json"
	"slices"
)

// A Step is one check of a request.
type Step struct {
	Name    string   // the claim that is checked
	Rules   []string // broken if the step fails
	Remedy  string   // for a failed step
	Verdict string   // Passed, Failed or NotReached
}

// Verdicts of a Step.
const (
	Passed     = "passed"
	Failed     = "failed"
	NotReached = "not reached"
)

// Steps returns all checks in order. Checks before the broken rule passed, and checks after it were not reached.
func (r *Record) Steps() []Step {
	steps := []Step{
		{Name: "The body arrived completely, in time and within 64 KiB", Rules: []string{"body-size", "body-read"},
			Remedy: "Alexa's requests have a few KiB. The sender was not Alexa, or the connection is bad."},
		{Name: "The body matches its Content-Digest, if there is one", Rules: []string{"body-digest"},
			Remedy: "A proxy or firewall changes request bodies. Configure it to forward bodies unchanged. " +
				"Only skill check sends a digest, Alexa does not."},
		{Name: "The certificate URL points to Amazon's bucket", Rules: []string{"certificate-url"},
			Remedy: "The sender was not Alexa, or a proxy removes the header SignatureCertChainUrl."},
		{Name: "There is exactly one Signature-256 header, in base64", Rules: []string{"signature-header"},
			Remedy: "The sender was not Alexa, or a proxy removes the header Signature-256."},
		{Name: "The certificate chain is cached or was fetched", Rules: []string{"fetch-limit", "certificate-fetch"},
			Remedy: "This machine must reach https://s3.amazonaws.com. Check the firewall, DNS and HTTPS_PROXY."},
		{Name: "The certificate is valid now", Rules: []string{"certificate-dates"},
			Remedy: "Synchronize this machine's clock."},
		{Name: "The certificate is for echo-api.amazon.com", Rules: []string{"certificate-name"},
			Remedy: "The sender was not Alexa."},
		{Name: "The certificate chain ends at a trusted root", Rules: []string{"certificate-chain"},
			Remedy: "Update the system's root certificates. If that does not help, check whether a proxy intercepts TLS."},
		{Name: "The signature matches the body, byte by byte", Rules: []string{"signature"},
			Remedy: "The sender was not Alexa, or a proxy changes request bodies. Configure it to forward bodies unchanged."},
		{Name: "The body is a valid request", Rules: []string{"body-malformed"},
			Remedy: "Alexa signed the request, but this version cannot read it. Update the service, and report the problem."},
		{Name: "The request was sent within 150 seconds of now", Rules: []string{"timestamp"},
			Remedy: "Synchronize this machine's clock. If the clock is right, an attacker replays an old request."},
		{Name: "The request is meant for this skill", Rules: []string{"application-id"},
			Remedy: "Compare application_id in the configuration with the skill's id in Amazon's console."},
		{Name: "The skill answered the request", Rules: []string{"internal"},
			Remedy: "This is a bug in the service. See the log for details, and report it."},
	}
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

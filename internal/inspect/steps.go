package inspect

import (
	"bytes"
	"encoding/json"
	"slices"
)

// A Step is one of those by which a request is examined, in their order.
type Step struct {
	Name    string   // what is asked of the request
	Rules   []string // that are broken where it fails
	Remedy  string   // what to do where it fails
	Verdict string   // passed, failed, or "not reached"
}

// The verdicts on a step.
const (
	Passed     = "passed"
	Failed     = "failed"
	NotReached = "not reached"
)

// Steps gives every step of the exchange's way with its verdict: those before the broken rule were passed, those behind
// it not reached.
func (r *Record) Steps() []Step {
	steps := []Step{
		{Name: "The body arrived whole, in time and within 64 KiB", Rules: []string{"body-size", "body-read"},
			Remedy: "Alexa's own requests are a few KiB: it was somebody else, or the line is bad."},
		{Name: "The body is the one that its Content-Digest describes, where there is one", Rules: []string{"body-digest"},
			Remedy: "Something on the way changes bodies: a proxy must pass them on as they are. Alexa sends no digest; skill check does."},
		{Name: "The certificate URL is one of Amazon's bucket", Rules: []string{"certificate-url"},
			Remedy: "It was not Alexa, unless a proxy in front takes the header SignatureCertChainUrl away."},
		{Name: "There is one Signature-256, in base64", Rules: []string{"signature-header"},
			Remedy: "It was not Alexa, unless a proxy in front takes the header Signature-256 away."},
		{Name: "The certificate chain is known, or was fetched", Rules: []string{"fetch-limit", "certificate-fetch"},
			Remedy: "This machine must reach https://s3.amazonaws.com: look at firewall, DNS and HTTPS_PROXY."},
		{Name: "The certificate is valid at this time", Rules: []string{"certificate-dates"},
			Remedy: "Compare this machine's clock with the world's."},
		{Name: "The certificate is for echo-api.amazon.com", Rules: []string{"certificate-name"},
			Remedy: "It was not Alexa."},
		{Name: "The certificate leads to a trusted root", Rules: []string{"certificate-chain"},
			Remedy: "Bring the system's root certificates up to date, or look whether something on the way opens TLS."},
		{Name: "The signature is that of the body, byte by byte", Rules: []string{"signature"},
			Remedy: "It was not Alexa, unless something in front changes bodies: a proxy must pass them on as they are."},
		{Name: "The body is a request", Rules: []string{"body-malformed"},
			Remedy: "Alexa signed it, and it is none that this version reads: bring the service up to date, and report it."},
		{Name: "It was sent within 150 seconds of now", Rules: []string{"timestamp"},
			Remedy: "Compare this machine's clock with the world's; else somebody plays an old request again."},
		{Name: "It is meant for this skill", Rules: []string{"application-id"},
			Remedy: "Compare application_id in the configuration with the skill's id in Amazon's console."},
		{Name: "It was answered", Rules: []string{"internal"},
			Remedy: "That is a fault of this program: the log says more, and its makers want to know."},
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

// of reports whether a request is of a session. That is looked for first as text, which is quicker.
func (r *Record) of(session string) bool {
	return bytes.Contains(r.Request, []byte(session)) && sessionOf(r.Request) == session
}

// sessionOf gives the session's id of a masked request; "" where there is none.
func sessionOf(request []byte) string {
	var read struct{ Session struct{ SessionID string } }
	_ = json.Unmarshal(request, &read) // what cannot be read has none
	return read.Session.SessionID
}

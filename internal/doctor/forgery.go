package doctor

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/server"
	"lastpost/internal/simulator"
	"lastpost/internal/verify"
)

// forgeryCheck is the name of the check in the findings of all forged requests.
const forgeryCheck = "url probe"

// sendForgeries sends the forged requests of Amazon's certification to an address. With a demo's key, each request
// breaks exactly one rule. Without this key, each request also breaks the rule that Amazon must have signed it.
func (t EndpointCheck) sendForgeries(ctx context.Context, o Network, address string) []Finding {
	alexa, err := simulator.NewUntrustedClient(cmp.Or(t.ApplicationID, placeholderSkillID))
	if err != nil {
		return []Finding{{Fail, forgeryCheck, err.Error(), ""}}
	}
	list := simulator.CertificationRequests(alexa, t.Demo != nil)
	if t.Demo != nil {
		alexa = t.Demo.NewClient()
	}
	p := newEndpointClient(o, t.URL, address, t.budget)
	defer p.close()
	var findings []Finding
	for _, forgery := range list {
		findings = append(findings, p.sendForgery(ctx, alexa, forgery))
	}
	return append(findings, p.checkHeaders(ctx, alexa), p.checkBody(ctx, alexa), t.checkGenuine(ctx, p, alexa))
}

// sendForgery sends one forged request.
func (p *endpointClient) sendForgery(ctx context.Context, alexa *simulator.SigningClient, forgery simulator.ForgedRequest) Finding {
	header, body, err := forgery.Build(alexa)
	if err != nil {
		return Finding{Fail, forgeryCheck, err.Error(), ""}
	}
	f := judgeAnswer(p.post(ctx, header, body))
	f.Check = forgeryCheck
	f.Message = forgery.Title + ": " + f.Message
	return f
}

// checkDemo checks whether the endpoint's certificate leaf belongs to the demo with the key k.
func checkDemo(k *simulator.DemoKey, leaf *x509.Certificate) Finding {
	if !k.MatchesCertificate(leaf) {
		return Finding{Fail, "url certificate", "does not belong to the demo with this key",
			"use the command that the demo prints"}
	}
	return Finding{OK, "url certificate", "the certificate of the demo: Alexa would not trust it", ""}
}

// checkGenuine sends one request that must be accepted, and checks the answer as Alexa does.
func (t EndpointCheck) checkGenuine(ctx context.Context, p *endpointClient, alexa *simulator.SigningClient) Finding {
	const name = "url genuine"
	if t.Demo == nil {
		return Finding{OK, name,
			"skipped: only Amazon can sign a request that the service must accept; \"skill demo\" prints a key for this", ""}
	}
	header, body, err := alexa.SignedLaunch()
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	return judgeGenuine(name, p.post(ctx, header, body), body)
}

func judgeGenuine(name string, got postResult, request []byte) Finding {
	const remedy = "check the service's log"
	if errors.Is(got.err, errSkipped) {
		return skippedFinding(name)
	}
	if got.err != nil {
		return Finding{Fail, name, got.err.Error(), remedy}
	}
	if got.status != http.StatusOK {
		refusal := strings.TrimSpace(fmt.Sprintf("%d %s", got.status, got.message))
		return Finding{Fail, name, refusal + " for a correctly signed request", remedy}
	}
	if got.mediaType() != "application/json" {
		return Finding{Fail, name, fmt.Sprintf("200 with the content type %q", got.header.Get("Content-Type")),
			"answer with application/json;charset=UTF-8"}
	}
	parsed, err := alexatest.ParseRequest(request)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	if _, broken := alexatest.Examine(parsed, got.body); len(broken) > 0 {
		return Finding{Fail, name, "the answer breaks Alexa's rules: " + strings.Join(broken, ", "), remedy}
	}
	return Finding{OK, name, "200 for a correctly signed request; the response follows Alexa's rules", ""}
}

// checkHeaders checks whether the signature headers arrive at the service. The reason of a refusal shows this.
func (p *endpointClient) checkHeaders(ctx context.Context, alexa *simulator.SigningClient) Finding {
	const name = "url headers"
	header, body, err := simulator.TamperedLaunch(alexa)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	const remedy = "configure the proxy to forward all request headers unchanged"
	switch got := p.post(ctx, header, body); {
	case got.refusedWith(verify.CertificateURL.Error()):
		return Finding{Fail, name, simulator.ChainHeader + " is removed or changed on the way: all of Alexa's requests are refused", remedy}
	case got.refusedWith(verify.SignatureHeader.Error()):
		return Finding{Fail, name, simulator.SignatureHeader + " is removed or changed on the way: all of Alexa's requests are refused",
			remedy}
	case !got.isOwnRefusal():
		return got.inconclusive(name, "whether the headers arrive unchanged")
	}
	return Finding{OK, name, simulator.ChainHeader + " and " + simulator.SignatureHeader + " arrive", ""}
}

// inconclusive returns the finding for a check whose answer does not come from this service. what names the unknown result.
func (o postResult) inconclusive(name, what string) Finding {
	if errors.Is(o.err, errSkipped) {
		return skippedFinding(name)
	}
	return Finding{Warn, name, "skipped: " + what + " is unknown, because the answer does not come from this service",
		"check that this version of the service answers there, and that a proxy forwards its refusals"}
}

// checkBody detects proxies that rewrite bodies. Behind such a proxy no signature matches, so the service refuses genuine
// requests too. checkBody first sends a wrong digest, to find out whether the service compares digests. Then it sends a body
// with its right digest: if the service refuses the digest, a proxy has changed the body.
func (p *endpointClient) checkBody(ctx context.Context, alexa *simulator.SigningClient) Finding {
	const name = "url body"
	header, _, err := simulator.TamperedLaunch(alexa)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	body := fragileJSON()
	if got := p.postDigest(ctx, header, body, server.ContentDigest(nil)); !got.refusedWith(server.BodyChangedMessage) {
		return got.inconclusive(name, "whether bodies arrive unchanged")
	}
	switch got := p.postDigest(ctx, header, body, server.ContentDigest(body)); {
	case got.refusedWith(server.BodyChangedMessage):
		return Finding{Fail, name, "bodies are changed on the way: Alexa's signatures do not match, and all requests are refused",
			"find the component that rewrites JSON, such as an API gateway, a web application firewall or a CDN, and exempt the path " +
				"from it"}
	case !got.isOwnRefusal():
		return got.inconclusive(name, "whether bodies arrive unchanged")
	}
	return Finding{OK, name, "bodies arrive byte for byte", ""}
}

func (p *endpointClient) postDigest(ctx context.Context, header http.Header, body []byte, digest string) postResult {
	header.Set("Content-Digest", digest)
	return p.post(ctx, header, body)
}

// fragileJSON returns 8 KB of JSON that changes if it is decoded and encoded: key order, a duplicate key, whitespace,
// needless escapes, numbers, line ends, non-ASCII characters, markup and URLs.
func fragileJSON() []byte {
	var body bytes.Buffer
	body.WriteString("{ \"z\" : 1.0,\t\"a\": [ 1e2 , -0, 12345678901234567890, 0.10 ],\r\n  \"a\" : \"\\u0041\\/\\u00e9 é 日本 🚀 " +
		"\\ud83d\\ude80\", \"\" : null,\n" +
		"  \"markup\": \"<b>&amp;</b> <script>//</script> http://example.com/?a=1&b=2 + %20\",\n  \"words\" : \"")
	body.WriteString(strings.Repeat("Alexa, open half elf.  ", 350))
	body.WriteString("\"\n}\n\n")
	return body.Bytes()
}

// checkAnswer posts an unsigned request. canContinue is false if a redirect, a wrong path or a proxy answered, because it
// would answer all other forged requests too.
func (t EndpointCheck) checkAnswer(ctx context.Context, o Network, address string) (findings []Finding, canContinue bool) {
	p := newEndpointClient(o, t.URL, address, t.budget)
	defer p.close()
	got := p.post(ctx, nil, []byte("{}"))
	f := judgeAnswer(got)
	f.Check = "url answer"
	f.Message = address + ": " + f.Message
	canContinue = got.err == nil && (got.status == http.StatusBadRequest || got.status/100 == 2)
	return []Finding{f}, canContinue
}

// judgeAnswer interprets the answer to a forged request. The status should be 400.
func judgeAnswer(got postResult) Finding {
	f := Finding{Fail, "", fmt.Sprintf("%d", got.status), ""}
	if errors.Is(got.err, errSkipped) {
		return skippedFinding("")
	}
	if isTimeout(got.err) {
		f.Message, f.Remedy = fmt.Sprintf("no complete answer within %s: Alexa waits about 8 s", got.took.Round(time.Second)),
			"check the logs of the service and of the proxy"
		return f
	}
	if got.err != nil {
		f.Message, f.Remedy = "no answer: "+got.err.Error(), "check the logs of the service and of the proxy"
		return f
	}
	switch {
	case got.status == http.StatusBadRequest && got.isHTML():
		f.Verdict, f.Message, f.Remedy = Warn, "400 with a web page",
			"find out which server answers: with a proxy's page, the request did not reach the service"
	case got.status == http.StatusBadRequest && got.message != "":
		f.Verdict, f.Message = OK, "400, "+got.message
	case got.status == http.StatusBadRequest:
		f.Verdict = OK
	case got.status/100 == 2:
		f.Message, f.Remedy = fmt.Sprintf("%d to a forged request: anyone can speak as Alexa", got.status),
			"answer only requests with a verified signature"
	case got.status/100 == 3:
		f.Message = fmt.Sprintf("%d, a redirect to %q, which Alexa does not follow", got.status, got.header.Get("Location"))
		f.Remedy = "enter the target of the redirect in Amazon's console, or answer without a redirect"
	default:
		f.Remedy = remedyForStatus(got.status)
		if got.message != "" {
			f.Message += ", " + got.message
		}
	}
	return f
}

// remedyForStatus returns the remedy for a status that should be 400.
func remedyForStatus(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return "a proxy or firewall blocks the path: exempt it from passwords, bot protection and firewall rules, as Alexa answers no " +
			"question"
	case http.StatusNotFound, http.StatusGone:
		return "no skill has this path: compare it with skills[].path, and configure the proxy to forward paths unchanged"
	case http.StatusMethodNotAllowed:
		return "the path does not accept POST: compare it with skills[].path, and with the proxy's rules"
	case http.StatusRequestEntityTooLarge:
		return "configure the proxy to forward bodies of 64 KiB"
	case http.StatusTooManyRequests:
		return "a proxy limits requests: exempt the path, because Alexa uses few addresses"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "the proxy does not reach the service: start it, and compare the proxy's upstream with listen"
	case http.StatusInternalServerError:
		return "the service failed: see its log"
	}
	return "a forged request must get 400: find out which server answers"
}

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

// probeCheck is the name of their lines.
const probeCheck = "url probe"

// runProbes plays Amazon's certification at an address. Where the demonstration gave its key each forgery breaks one rule
// alone; elsewhere nothing that is sent bears a signature of Amazon's.
func (t EndpointCheck) runProbes(ctx context.Context, o Network, address string) []Finding {
	alexa, err := simulator.NewUntrustedClient(cmp.Or(t.ApplicationID, placeholderSkillID))
	if err != nil {
		return []Finding{{Fail, probeCheck, err.Error(), ""}}
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

// sendForgery sends one forgery.
func (p *endpointClient) sendForgery(ctx context.Context, alexa *simulator.Client, forgery simulator.ForgedRequest) Finding {
	header, body, err := forgery.Build(alexa)
	if err != nil {
		return Finding{Fail, probeCheck, err.Error(), ""}
	}
	f := judgeAnswer(p.post(ctx, header, body))
	f.Check = probeCheck
	f.Message = forgery.Title + ": " + f.Message
	return f
}

// checkDemo judges a certificate by the demonstration's key.
func checkDemo(k *simulator.DemoKey, leaf *x509.Certificate) Finding {
	if !k.MatchesCertificate(leaf) {
		return Finding{Fail, "url certificate", "is not that of the demonstration whose key this is",
			"use the command that the demonstration prints"}
	}
	return Finding{OK, "url certificate", "the demonstration's own: Alexa would not trust it", ""}
}

// checkGenuine sends one request that must be accepted, and reads the answer as Alexa does.
func (t EndpointCheck) checkGenuine(ctx context.Context, p *endpointClient, alexa *simulator.Client) Finding {
	const name = "url genuine"
	if t.Demo == nil {
		return Finding{OK, name,
			"skipped: a request that the service must accept is one that only Amazon can sign; \"skill demo\" gives a key for this", ""}
	}
	header, body, err := alexa.SignedLaunch()
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	return judgeGenuine(name, p.post(ctx, header, body), body)
}

func judgeGenuine(name string, got postResult, request []byte) Finding {
	const remedy = "look into the log of the service"
	if errors.Is(got.err, errNotAsked) {
		return notAskedFinding(name)
	}
	if got.err != nil {
		return Finding{Fail, name, got.err.Error(), remedy}
	}
	if got.status != http.StatusOK {
		refusal := strings.TrimSpace(fmt.Sprintf("%d %s", got.status, got.message))
		return Finding{Fail, name, refusal + ", to a request that is properly signed", remedy}
	}
	if got.mediaType() != "application/json" {
		return Finding{Fail, name, fmt.Sprintf("200 with the content type %q", got.header.Get("Content-Type")),
			"answer with application/json;charset=UTF-8"}
	}
	asked, err := alexatest.ParseRequest(request)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	if _, broken := alexatest.Examine(asked, got.body); len(broken) > 0 {
		return Finding{Fail, name, "the answer breaks Alexa's rules: " + strings.Join(broken, ", "), remedy}
	}
	return Finding{OK, name, "200 to a properly signed request, with an answer that keeps Alexa's rules", ""}
}

// checkHeaders finds out from the reason of a refusal whether the proof of a request arrives.
func (p *endpointClient) checkHeaders(ctx context.Context, alexa *simulator.Client) Finding {
	const name = "url headers"
	header, body, err := simulator.TamperedLaunch(alexa)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	const remedy = "let the proxy in front pass all headers of a request on as they are"
	switch got := p.post(ctx, header, body); {
	case got.refusedWith(verify.CertificateURL.Error()):
		return Finding{Fail, name, simulator.ChainHeader + " is lost or changed on the way: every request of Alexa's is refused", remedy}
	case got.refusedWith(verify.SignatureHeader.Error()):
		return Finding{Fail, name, simulator.SignatureHeader + " is lost or changed on the way: every request of Alexa's is refused",
			remedy}
	case !got.isOwnRefusal():
		return got.inconclusive(name, "whether the headers arrive as they are")
	}
	return Finding{OK, name, simulator.ChainHeader + " and " + simulator.SignatureHeader + " arrive", ""}
}

// inconclusive is for what only this program's refusals tell.
func (o postResult) inconclusive(name, what string) Finding {
	if errors.Is(o.err, errNotAsked) {
		return notAskedFinding(name)
	}
	return Finding{Warn, name, "skipped: " + what + " cannot be told, as no reason of this program's comes back",
		"make sure that this service answers there, in this version, and that a proxy passes its refusals on"}
}

// checkBody finds out whether something on the way writes bodies anew: then no signature fits, and the service cannot tell
// such a request from a forged one. It sends the digest of what it sends, which the service compares. A wrong digest
// before shows that it does.
func (p *endpointClient) checkBody(ctx context.Context, alexa *simulator.Client) Finding {
	const name = "url body"
	header, _, err := simulator.TamperedLaunch(alexa)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	body := fragileJSON()
	if got := p.postDigest(ctx, header, body, server.ContentDigest(nil)); !got.refusedWith(server.BodyChangedMessage) {
		return got.inconclusive(name, "whether bodies arrive as they are")
	}
	switch got := p.postDigest(ctx, header, body, server.ContentDigest(body)); {
	case got.refusedWith(server.BodyChangedMessage):
		return Finding{Fail, name, "bodies are changed on the way: no signature of Alexa's fits any more, and every request is refused",
			"find what writes JSON anew, such as an API gateway, a web application firewall or a mapping in a CDN, and exempt the path " +
				"from it"}
	case !got.isOwnRefusal():
		return got.inconclusive(name, "whether bodies arrive as they are")
	}
	return Finding{OK, name, "bodies arrive byte for byte", ""}
}

func (p *endpointClient) postDigest(ctx context.Context, header http.Header, body []byte, digest string) postResult {
	header.Set("Content-Digest", digest)
	return p.post(ctx, header, body)
}

// fragileJSON is JSON of 8 KB with all that comes out otherwise where it is read and written again: the order of keys, a key
// twice, whitespace, escapes that need not be, numbers, ends of lines, characters beyond ASCII, markup and addresses.
func fragileJSON() []byte {
	var body bytes.Buffer
	body.WriteString("{ \"z\" : 1.0,\t\"a\": [ 1e2 , -0, 12345678901234567890, 0.10 ],\r\n  \"a\" : \"\\u0041\\/\\u00e9 é 日本 🚀 " +
		"\\ud83d\\ude80\", \"\" : null,\n" +
		"  \"markup\": \"<b>&amp;</b> <script>//</script> http://example.com/?a=1&b=2 + %20\",\n  \"words\" : \"")
	body.WriteString(strings.Repeat("Alexa, open half elf.  ", 350))
	body.WriteString("\"\n}\n\n")
	return body.Bytes()
}

// checkAnswer posts what bears no signature at all. It tells whether it makes sense to go on: where a redirect, a wrong
// path or a proxy answers, it would answer everything.
func (t EndpointCheck) checkAnswer(ctx context.Context, o Network, address string) (findings []Finding, goOn bool) {
	p := newEndpointClient(o, t.URL, address, t.budget)
	defer p.close()
	got := p.post(ctx, nil, []byte("{}"))
	f := judgeAnswer(got)
	f.Check = "url answer"
	f.Message = address + ": " + f.Message
	goOn = got.err == nil && (got.status == http.StatusBadRequest || got.status/100 == 2)
	return []Finding{f}, goOn
}

// judgeAnswer says what the answer to a forged request means. It should be 400, whatever the forgery.
func judgeAnswer(got postResult) Finding {
	f := Finding{Fail, "", fmt.Sprintf("%d", got.status), ""}
	if errors.Is(got.err, errNotAsked) {
		return notAskedFinding("")
	}
	if isTimeout(got.err) {
		f.Message, f.Remedy = fmt.Sprintf("no whole answer within %s: Alexa waits some 8 s", got.took.Round(time.Second)),
			"look into the logs of the service, and of a proxy in front"
		return f
	}
	if got.err != nil {
		f.Message, f.Remedy = "no answer: "+got.err.Error(), "look into the logs of the service, and of a proxy in front"
		return f
	}
	switch {
	case got.status == http.StatusBadRequest && got.isHTML():
		f.Verdict, f.Message, f.Remedy = Warn, "400, and a web page with it",
			"find out who answers there: a proxy's own page means that the request did not reach the service"
	case got.status == http.StatusBadRequest && got.message != "":
		f.Verdict, f.Message = OK, "400, "+got.message
	case got.status == http.StatusBadRequest:
		f.Verdict = OK
	case got.status/100 == 2:
		f.Message, f.Remedy = fmt.Sprintf("%d to a forged request: anyone can speak as Alexa", got.status),
			"let no request be answered whose signature was not verified"
	case got.status/100 == 3:
		f.Message = fmt.Sprintf("%d, a redirect to %q, which Alexa does not follow", got.status, got.header.Get("Location"))
		f.Remedy = "give Amazon's console the address where it ends, or let this one answer by itself"
	default:
		f.Remedy = remedyForStatus(got.status)
		if got.message != "" {
			f.Message += ", " + got.message
		}
	}
	return f
}

// remedyForStatus is for a status that should be 400.
func remedyForStatus(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return "something in front guards the path: exempt it from passwords, bot protection and firewall rules, as Alexa answers no " +
			"question"
	case http.StatusNotFound, http.StatusGone:
		return "no skill has this path: compare it with skills[].path, and let a proxy pass paths on as they are"
	case http.StatusMethodNotAllowed:
		return "the path takes no POST: compare it with skills[].path, and with the proxy's rules"
	case http.StatusRequestEntityTooLarge:
		return "let the proxy pass bodies of 64 KiB on"
	case http.StatusTooManyRequests:
		return "something in front limits requests: exempt the path, as all of Alexa's come from few addresses"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "the proxy in front does not reach the service: start it, and compare the proxy's upstream with listen"
	case http.StatusInternalServerError:
		return "the service failed: its log says why"
	}
	return "a forged request must get 400: find out who answers there"
}

package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/simulator"
)

// probeCheck is the name of their lines.
const probeCheck = "url probe"

// probe plays Amazon's certification at an address. Where the demonstration gave its key each forgery breaks one rule
// alone; elsewhere nothing that is sent bears a signature of Amazon's.
func (t target) probe(ctx context.Context, o outside, address, applicationID string) []finding {
	alexa, err := simulator.NewStranger(applicationID)
	if err != nil {
		return []finding{{fail, probeCheck, err.Error(), ""}}
	}
	list := simulator.Probes(alexa)
	if t.demo != nil {
		alexa = t.demo.Client()
		list = append(list, simulator.SignedProbes()...)
	}
	p := newProber(o, t.url, address, t.watch)
	defer p.close()
	var findings []finding
	for _, forgery := range list {
		findings = append(findings, p.forge(ctx, alexa, forgery))
	}
	return append(findings, p.checkHeaders(ctx, alexa), p.checkBody(ctx, alexa), t.checkGenuine(ctx, p, alexa))
}

// forge sends one forgery.
func (p *prober) forge(ctx context.Context, alexa *simulator.Client, forgery simulator.Forgery) finding {
	header, body, err := forgery.Make(alexa)
	if err != nil {
		return finding{fail, probeCheck, err.Error(), ""}
	}
	f := judge(p.post(ctx, header, body))
	f.Check = probeCheck
	f.Message = forgery.Title + ": " + f.Message
	return f
}

// checkDemo judges a certificate by the demonstration's key.
func checkDemo(k *simulator.Key, leaf *x509.Certificate) finding {
	if !k.Shows(leaf) {
		return finding{fail, "url certificate", "is not that of the demonstration whose key this is", "use the command that the demonstration prints"}
	}
	return finding{good, "url certificate", "the demonstration's own: Alexa would not trust it", ""}
}

// checkGenuine sends one request that must be accepted, and reads the answer as Alexa does.
func (t target) checkGenuine(ctx context.Context, p *prober, alexa *simulator.Client) finding {
	const name = "url genuine"
	if t.demo == nil {
		return finding{good, name,
			"skipped: a request that the service must accept is one that only Amazon can sign; \"skill demo\" gives a key for this", ""}
	}
	header, body, err := alexa.Launch()
	if err != nil {
		return finding{fail, name, err.Error(), ""}
	}
	return judgeGenuine(name, p.post(ctx, header, body), body)
}

func judgeGenuine(name string, got outcome, request []byte) finding {
	const remedy = "look into the log of the service"
	if errors.Is(got.err, errUnasked) {
		return unasked(name)
	}
	if got.err != nil {
		return finding{fail, name, got.err.Error(), remedy}
	}
	if got.status != http.StatusOK {
		refusal := strings.TrimSpace(fmt.Sprintf("%d %s", got.status, got.message))
		return finding{fail, name, refusal + ", to a request that is properly signed", remedy}
	}
	if got.mediaType() != "application/json" {
		return finding{fail, name, fmt.Sprintf("200 with the content type %q", got.header.Get("Content-Type")),
			"answer with application/json;charset=UTF-8"}
	}
	asked, err := alexatest.AskedBy(request)
	if err != nil {
		return finding{fail, name, err.Error(), ""}
	}
	if _, broken := alexatest.Examine(asked, got.body); len(broken) > 0 {
		return finding{fail, name, "the answer breaks Alexa's rules: " + strings.Join(broken, ", "), remedy}
	}
	return finding{good, name, "200 to a properly signed request, with an answer that keeps Alexa's rules", ""}
}

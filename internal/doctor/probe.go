package doctor

import (
	"cmp"
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
func (t Endpoint) probe(ctx context.Context, o Network, address string) []Finding {
	alexa, err := simulator.NewStranger(cmp.Or(t.ApplicationID, unknownSkill))
	if err != nil {
		return []Finding{{Fail, probeCheck, err.Error(), ""}}
	}
	list := simulator.Probes(alexa)
	if t.Demo != nil {
		alexa = t.Demo.Client()
		list = append(list, simulator.SignedProbes()...)
	}
	p := newProber(o, t.URL, address, t.watch)
	defer p.close()
	var findings []Finding
	for _, forgery := range list {
		findings = append(findings, p.forge(ctx, alexa, forgery))
	}
	return append(findings, p.checkHeaders(ctx, alexa), p.checkBody(ctx, alexa), t.checkGenuine(ctx, p, alexa))
}

// forge sends one forgery.
func (p *prober) forge(ctx context.Context, alexa *simulator.Client, forgery simulator.Forgery) Finding {
	header, body, err := forgery.Make(alexa)
	if err != nil {
		return Finding{Fail, probeCheck, err.Error(), ""}
	}
	f := judge(p.post(ctx, header, body))
	f.Check = probeCheck
	f.Message = forgery.Title + ": " + f.Message
	return f
}

// checkDemo judges a certificate by the demonstration's key.
func checkDemo(k *simulator.Key, leaf *x509.Certificate) Finding {
	if !k.Shows(leaf) {
		return Finding{Fail, "url certificate", "is not that of the demonstration whose key this is",
			"use the command that the demonstration prints"}
	}
	return Finding{OK, "url certificate", "the demonstration's own: Alexa would not trust it", ""}
}

// checkGenuine sends one request that must be accepted, and reads the answer as Alexa does.
func (t Endpoint) checkGenuine(ctx context.Context, p *prober, alexa *simulator.Client) Finding {
	const name = "url genuine"
	if t.Demo == nil {
		return Finding{OK, name,
			"skipped: a request that the service must accept is one that only Amazon can sign; \"skill demo\" gives a key for this", ""}
	}
	header, body, err := alexa.Launch()
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	return judgeGenuine(name, p.post(ctx, header, body), body)
}

func judgeGenuine(name string, got outcome, request []byte) Finding {
	const remedy = "look into the log of the service"
	if errors.Is(got.err, errUnasked) {
		return unasked(name)
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
	asked, err := alexatest.AskedBy(request)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	if _, broken := alexatest.Examine(asked, got.body); len(broken) > 0 {
		return Finding{Fail, name, "the answer breaks Alexa's rules: " + strings.Join(broken, ", "), remedy}
	}
	return Finding{OK, name, "200 to a properly signed request, with an answer that keeps Alexa's rules", ""}
}

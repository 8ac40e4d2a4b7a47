package main

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/verify/verifytest"
)

// The headers that prove a request genuine.
const (
	chainHeader     = "SignatureCertChainUrl"
	signatureHeader = "Signature-256"
)

// probeCheck is the name of their lines.
const probeCheck = "url probe"

// A probe is a request that must get 400.
type probe struct {
	title string
	make  func(*stage) (http.Header, []byte, error)
}

// probes are those of Amazon's certification: a wrong certificate URL comes after a valid one, for whoever remembers a
// certificate and not where it was from.
func probes() []probe {
	list := []probe{
		{"no certificate URL", lacking(chainHeader)},
		{"an empty certificate URL", bearing(chainHeader, "")},
		{"no signature", lacking(signatureHeader)},
		{"an empty signature", bearing(signatureHeader, "")},
		{"the signature of old (SHA-1) alone", renamed(signatureHeader, "Signature")},
		{"a signature that is no base64", bearing(signatureHeader, "!")},
		{"an invalid signature", bearing(signatureHeader, base64.StdEncoding.EncodeToString(make([]byte, 256)))},
		{"a body that was changed after signing", tampered},
		{"a request of ten minutes ago", replayed},
	}
	for _, u := range []string{
		"http://s3.amazonaws.com/echo.api/echo-api-cert.pem", "https://notamazon.com/echo.api/echo-api-cert.pem",
		"https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem", "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem",
		"https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem", "https://s3.amazonaws.com/echo.api/../bucket/echo-api-cert.pem", "nonsense",
	} {
		list = append(list, probe{"the certificate URL " + u, bearing(chainHeader, u)})
	}
	return list
}

// lacking leaves a header out.
func lacking(name string) func(*stage) (http.Header, []byte, error) { return bearing(name) }

// bearing puts other values into a header.
func bearing(name string, values ...string) func(*stage) (http.Header, []byte, error) {
	return func(s *stage) (http.Header, []byte, error) {
		header, body, err := s.signed(s.request(saying{}))
		if header.Del(name); len(values) > 0 {
			header[http.CanonicalHeaderKey(name)] = values
		}
		return header, body, err
	}
}

func renamed(from, to string) func(*stage) (http.Header, []byte, error) {
	return func(s *stage) (http.Header, []byte, error) {
		header, body, err := s.signed(s.request(saying{}))
		header.Set(to, header.Get(from))
		header.Del(from)
		return header, body, err
	}
}

// signedBy signs with another key than that of the certificate.
func signedBy(other verifytest.Signer) func(*stage) (http.Header, []byte, error) {
	return func(s *stage) (http.Header, []byte, error) {
		forger := *s
		forger.signer = other
		return forger.signed(forger.request(saying{}))
	}
}

// early is a request that comes before its time.
func early(s *stage) (http.Header, []byte, error) {
	request := s.request(saying{})
	request["request"].(map[string]any)["timestamp"] = s.now().Add(10 * time.Minute).UTC().Format(time.RFC3339)
	return s.signed(request)
}

// probe plays Amazon's certification at an address. Where the demonstration gave its key each forgery breaks one rule
// alone; elsewhere nothing that is sent bears a signature of Amazon's.
func (t target) probe(ctx context.Context, o outside, address, applicationID string) []finding {
	forger, err := verifytest.NewAuthority(time.Now())
	if err != nil {
		return []finding{{fail, probeCheck, err.Error(), ""}}
	}
	foreign := verifytest.Signer{Key: forger.Key}
	alexa := &stage{blog: &blog{skill: config.Skill{ApplicationID: applicationID}}, signer: foreign, now: time.Now}
	list := append(probes(), probe{"signed with another certificate's key", signedBy(foreign)})
	if t.demo != nil {
		alexa = t.demo.stage()
		list = append(list, probe{"a request from ten minutes ahead", early}, probe{"a request to another skill", misdirected})
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
func (p *prober) forge(ctx context.Context, alexa *stage, forgery probe) finding {
	header, body, err := forgery.make(alexa)
	if err != nil {
		return finding{fail, probeCheck, err.Error(), ""}
	}
	f := judge(p.post(ctx, header, body))
	f.Check = probeCheck
	f.Message = forgery.title + ": " + f.Message
	return f
}

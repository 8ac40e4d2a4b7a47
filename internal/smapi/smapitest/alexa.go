package smapitest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"lastpost/internal/smapi/smapitest/rules"
	"lastpost/internal/verify/verifytest"
)

// The limits of Amazon for the answer of an endpoint.
const (
	endpointTimeout  = 10 * time.Second
	maxEndpointBytes = 120 * 1024
)

// SetEndpointRoots sets the certificate authorities that the fake's Alexa trusts for endpoints. For a skill with a
// self-signed certificate, Alexa trusts the certificate that was uploaded and no other.
func (a *Amazon) SetEndpointRoots(roots *x509.CertPool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.roots = roots
}

// SetEndpointAddress sends each request to an endpoint to this host and port, whatever its name is.
func (a *Amazon) SetEndpointAddress(hostPort string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dialTo = hostPort
}

// Authority issued the certificate of the fake's Alexa. A verifier that trusts its Pool, with Bucket as transport, accepts
// the requests.
func (a *Amazon) Authority() *verifytest.Authority { return a.authority }

// Bucket has the certificate of the fake's Alexa.
func (a *Amazon) Bucket() *verifytest.Bucket { return a.bucket }

// SetSigner replaces what signs the requests of the fake's Alexa.
func (a *Amazon) SetSigner(signer verifytest.Signer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.signer = signer
}

// An endpoint is where Alexa sends the requests of a skill.
type endpoint struct {
	uri    string
	roots  *x509.CertPool // nil: those of the system
	dialTo string         // "": the host of uri
	signer verifytest.Signer
}

// endpointOf returns the endpoint of a skill.
func (a *Amazon) endpointOf(k *skill) endpoint {
	uri, certificateType := rules.Endpoint(k.manifest)
	target := endpoint{uri, a.roots, a.dialTo, a.signer}
	if certificateType == "SelfSigned" {
		target.roots = x509.NewCertPool()
		target.roots.AppendCertsFromPEM([]byte(k.certificate))
	}
	return target
}

// envelope writes a request of Alexa. The zero intent is a launch.
func envelope(skillID, locale string, intent rules.RecognizedIntent) []byte {
	application := map[string]any{"applicationId": skillID}
	user := map[string]any{"userId": "amzn1.ask.account.SIMULATED"}
	request := map[string]any{
		"type": "LaunchRequest", "requestId": newID("amzn1.echo-api.request."), "locale": locale,
		"timestamp": time.Now().UTC().Format(time.RFC3339), "shouldLinkResultBeReturned": false,
	}
	if intent.Name != "" {
		request["type"], request["intent"] = "IntentRequest", intent
	}
	device := map[string]any{"deviceId": "amzn1.ask.device.SIMULATED", "supportedInterfaces": map[string]any{}}
	return encode(map[string]any{
		"version": "1.0",
		"session": map[string]any{
			"new": true, "sessionId": newID("amzn1.echo-api.session."), "application": application, "user": user,
			"attributes": map[string]any{},
		},
		"context": map[string]any{"System": map[string]any{
			"application": application, "user": user, "device": device, "apiEndpoint": "https://api.amazonalexa.com",
		}},
		"request": request,
	})
}

// A called endpoint is a request of Alexa and what came back.
type called struct {
	endpoint string
	request  json.RawMessage
	response json.RawMessage // nil: no valid one
	failure  string          // Amazon's message; "": none
	took     time.Duration
}

// call sends a signed request to the endpoint.
func (e endpoint) call(ctx context.Context, body []byte) called {
	result := called{endpoint: e.uri, request: body}
	ctx, cancel := context.WithTimeout(ctx, endpointTimeout)
	defer cancel()
	start := time.Now()
	response, err := e.post(ctx, body)
	result.took = time.Since(start)
	if err != nil {
		result.failure = endpointFailure
		return result
	}
	result.response = response
	return result
}

// post sends the request and checks the response as Alexa does.
func (e endpoint) post(ctx context.Context, body []byte) ([]byte, error) {
	u, err := url.Parse(e.uri)
	if err != nil || u.Scheme != "https" || u.Port() != "" && u.Port() != "443" {
		return nil, errors.New("the endpoint is not https on port 443")
	}
	header, err := e.signer.Sign(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.uri, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = header
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("Accept", "application/json")
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: e.roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true, DialContext: e.dial,
	}
	response, err := transport.RoundTrip(request) // it does not follow redirects
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxEndpointBytes+1))
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK || media != "application/json" || len(content) > maxEndpointBytes:
		return nil, fmt.Errorf("the endpoint answered %s, %s, %d bytes", response.Status, media, len(content))
	}
	var checked struct {
		Version  string          `json:"version"`
		Response json.RawMessage `json:"response"`
	}
	if err := json.Unmarshal(content, &checked); err != nil || checked.Version == "" || len(checked.Response) == 0 {
		return nil, errors.New("the endpoint's answer is not a response")
	}
	return content, nil
}

// dial connects to the address that the test chose.
func (e endpoint) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if e.dialTo != "" {
		address = e.dialTo
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// view returns the entry of an answer of the API.
func (c called) view() map[string]any {
	view := map[string]any{
		"invocationRequest": map[string]any{"endpoint": c.endpoint, "body": c.request},
		"metrics":           map[string]any{"skillExecutionTimeInMilliseconds": c.took.Milliseconds()},
	}
	if c.response != nil {
		view["invocationResponse"] = map[string]any{"body": c.response}
	}
	return view
}

// ssmlTag is a tag of the speech.
var ssmlTag = regexp.MustCompile(`<[^>]*>`)

// speech returns what Alexa says.
func (c called) speech() []any {
	var content struct {
		Response struct {
			Speech struct {
				Text string `json:"text"`
				SSML string `json:"ssml"`
			} `json:"outputSpeech"`
		} `json:"response"`
	}
	if c.response == nil || json.Unmarshal(c.response, &content) != nil {
		return []any{}
	}
	speech := content.Response.Speech
	caption := strings.Join(strings.Fields(ssmlTag.ReplaceAllString(speech.Text+" "+speech.SSML, " ")), " ")
	if caption == "" {
		return []any{}
	}
	return []any{map[string]any{"type": "Speech", "content": map[string]any{"caption": caption}}}
}

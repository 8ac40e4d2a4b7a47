// Package simulator plays Alexa: it builds, signs and sends requests, reads the responses, and keeps the state of the
// session and of the device. It forges requests too. It knows neither the configuration nor the archive.
package simulator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// An Identity signs as Alexa does, under a certificate authority of its own. Only its Verifier trusts that authority.
type Identity struct {
	Signer   verifytest.Signer
	Verifier *verify.Verifier

	bucket *verifytest.Bucket
}

// NewIdentity makes an identity. The clock is that of its verifier.
func NewIdentity(now func() time.Time) (Identity, error) {
	authority, signer, bucket, err := verifytest.NewAlexa(now())
	if err != nil {
		return Identity{}, err
	}
	return Identity{signer, &verify.Verifier{Roots: authority.Pool(), Transport: bucket, Now: now}, bucket}, nil
}

// A Client sends requests to the endpoint of one skill as Alexa does.
type Client struct {
	ApplicationID string
	URL           string // of the endpoint
	HTTP          *http.Client
	Identity      Identity
	Now           func() time.Time
	Name          string                         // in the ids of its requests and of its session; "": played
	Observe       func(request, response []byte) // sees each exchange that ended with 200; nil: none

	count int // of requests
}

// A Request is what Alexa asks of the service. Its zero value is a launch.
type Request struct {
	Intent string            // "": launch
	Slots  map[string]string // by name
	New    bool              // it begins a session, even if one is open

	locale     string          // "": en-US
	within     bool            // the session is open already
	attributes json.RawMessage // of the session; nil: none
	player     *player         // what the device has been given to play; nil: nothing
	screen     bool            // the device has one
}

// A player is the state of a device's audio.
type player struct {
	Token    string `json:"token"`
	Offset   int64  `json:"offsetInMilliseconds"`
	Activity string `json:"playerActivity"`
}

// body makes the body that Alexa would send for a device that plays audio, as its JSON reference has it.
func (c *Client) body(asked Request) map[string]any {
	c.count++
	application := map[string]any{"applicationId": c.ApplicationID}
	user := map[string]any{"userId": "amzn1.ask.account.PLAYED"}
	request := map[string]any{
		"type":      "LaunchRequest",
		"requestId": c.RequestID(),
		"timestamp": c.Now().UTC().Format(time.RFC3339),
		"locale":    cmp.Or(asked.locale, "en-US"),
	}
	if asked.Intent != "" {
		request["type"] = "IntentRequest"
		request["intent"] = map[string]any{"name": asked.Intent, "confirmationStatus": "NONE", "slots": filled(asked.Slots)}
	}
	session := map[string]any{
		"new": !asked.within, "sessionId": "amzn1.echo-api.session." + cmp.Or(c.Name, "played"), "application": application, "user": user,
	}
	if asked.attributes != nil {
		session["attributes"] = asked.attributes
	}
	state := map[string]any{"System": map[string]any{
		"application": application, "user": user,
		"device": map[string]any{
			"deviceId": "amzn1.ask.device.PLAYED", "supportedInterfaces": asked.interfaces(),
		},
	}}
	if asked.player != nil {
		state["AudioPlayer"] = asked.player
	}
	return map[string]any{"version": "1.0", "session": session, "context": state, "request": request}
}

// RequestID is that of the request that was made last.
func (c *Client) RequestID() string {
	return fmt.Sprintf("amzn1.echo-api.request.%s-%d", cmp.Or(c.Name, "played"), c.count)
}

// interfaces are what the device can do.
func (r Request) interfaces() map[string]any {
	can := map[string]any{"AudioPlayer": map[string]any{}}
	if r.screen {
		can["Alexa.Presentation.APL"] = map[string]any{"runtime": map[string]any{"maxVersion": "2024.3"}}
	}
	return can
}

func filled(slots map[string]string) map[string]any {
	filled := map[string]any{}
	for name, value := range slots {
		filled[name] = map[string]any{"name": name, "value": value, "confirmationStatus": "NONE"}
	}
	return filled
}

// send signs a request as Alexa does and sends it.
func (c *Client) send(ctx context.Context, asked Request) (Reply, error) {
	header, body, err := c.signed(c.body(asked))
	if err != nil {
		return Reply{}, err
	}
	return c.post(ctx, header, body)
}

// Launch makes a properly signed launch request.
func (c *Client) Launch() (http.Header, []byte, error) { return c.signed(c.body(Request{})) }

// signed gives a request's bytes with the headers that prove them genuine.
func (c *Client) signed(request map[string]any) (http.Header, []byte, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, nil, err
	}
	header, err := c.Identity.Signer.Sign(body)
	return header, body, err
}

// post sends whatever it is given.
func (c *Client) post(ctx context.Context, header http.Header, body []byte) (Reply, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return Reply{}, err
	}
	request.Header = header
	response, err := c.HTTP.Do(request)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return Reply{}, err
	}
	if c.Observe != nil && response.StatusCode == http.StatusOK {
		c.Observe(body, answer)
	}
	return readReply(response.StatusCode, answer)
}

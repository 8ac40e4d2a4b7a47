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
	IDLabel       string                         // in the ids of its requests and of its session; "": played
	Observe       func(request, response []byte) // sees each exchange that ended with 200; nil: none

	requestCount int // of requests
}

// A Request is what Alexa asks of the service. Its zero value is a launch.
type SkillRequest struct {
	Intent string            // "": launch
	Slots  map[string]string // by name
	New    bool              // it begins a session, even if one is open

	locale     string          // "": en-US
	inSession  bool            // the session is open already
	attributes json.RawMessage // of the session; nil: none
	player     *audioPlayer    // what the device has been given to play; nil: nothing
	hasScreen  bool            // the device has one
}

// A player is the state of a device's audio.
type audioPlayer struct {
	Token    string `json:"token"`
	Offset   int64  `json:"offsetInMilliseconds"`
	Activity string `json:"playerActivity"`
}

// requestBody makes the body that Alexa would send for a device that plays audio, as its JSON reference has it.
func (c *Client) requestBody(asked SkillRequest) map[string]any {
	c.requestCount++
	application := map[string]any{"applicationId": c.ApplicationID}
	user := map[string]any{"userId": "amzn1.ask.account.PLAYED"}
	request := map[string]any{
		"type":      "LaunchRequest",
		"requestId": c.LastRequestID(),
		"timestamp": c.Now().UTC().Format(time.RFC3339),
		"locale":    cmp.Or(asked.locale, "en-US"),
	}
	if asked.Intent != "" {
		request["type"] = "IntentRequest"
		request["intent"] = map[string]any{"name": asked.Intent, "confirmationStatus": "NONE", "slots": slotObjects(asked.Slots)}
	}
	session := map[string]any{
		"new": !asked.inSession, "sessionId": "amzn1.echo-api.session." + cmp.Or(c.IDLabel, "played"), "application": application, "user": user,
	}
	if asked.attributes != nil {
		session["attributes"] = asked.attributes
	}
	state := map[string]any{"System": map[string]any{
		"application": application, "user": user,
		"device": map[string]any{
			"deviceId": "amzn1.ask.device.PLAYED", "supportedInterfaces": asked.supportedInterfaces(),
		},
	}}
	if asked.player != nil {
		state["AudioPlayer"] = asked.player
	}
	return map[string]any{"version": "1.0", "session": session, "context": state, "request": request}
}

// LastRequestID is that of the request that was made last.
func (c *Client) LastRequestID() string {
	return fmt.Sprintf("amzn1.echo-api.request.%s-%d", cmp.Or(c.IDLabel, "played"), c.requestCount)
}

// supportedInterfaces are what the device can do.
func (r SkillRequest) supportedInterfaces() map[string]any {
	can := map[string]any{"AudioPlayer": map[string]any{}}
	if r.hasScreen {
		can["Alexa.Presentation.APL"] = map[string]any{"runtime": map[string]any{"maxVersion": "2024.3"}}
	}
	return can
}

func slotObjects(slots map[string]string) map[string]any {
	filled := map[string]any{}
	for name, value := range slots {
		filled[name] = map[string]any{"name": name, "value": value, "confirmationStatus": "NONE"}
	}
	return filled
}

// signAndSend signs a request as Alexa does and sends it.
func (c *Client) signAndSend(ctx context.Context, asked SkillRequest) (SkillResponse, error) {
	header, body, err := c.signRequest(c.requestBody(asked))
	if err != nil {
		return SkillResponse{}, err
	}
	return c.postRaw(ctx, header, body)
}

// SignedLaunch makes a properly signed launch request.
func (c *Client) SignedLaunch() (http.Header, []byte, error) {
	return c.signRequest(c.requestBody(SkillRequest{}))
}

// signRequest gives a request's bytes with the headers that prove them genuine.
func (c *Client) signRequest(request map[string]any) (http.Header, []byte, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, nil, err
	}
	header, err := c.Identity.Signer.Sign(body)
	return header, body, err
}

// postRaw sends whatever it is given.
func (c *Client) postRaw(ctx context.Context, header http.Header, body []byte) (SkillResponse, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return SkillResponse{}, err
	}
	request.Header = header
	response, err := c.HTTP.Do(request)
	if err != nil {
		return SkillResponse{}, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return SkillResponse{}, err
	}
	if c.Observe != nil && response.StatusCode == http.StatusOK {
		c.Observe(body, answer)
	}
	return parseResponse(response.StatusCode, answer)
}

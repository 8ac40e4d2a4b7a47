// Package simulator simulates Alexa: it builds, signs and sends requests, parses responses, and keeps the state of the
// session and the device. It also forges requests. It does not depend on the configuration or the archive.
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

// An Identity signs requests as Alexa does, with its own certificate authority. Only its Verifier trusts that
// authority.
type Identity struct {
	Signer   verifytest.Signer
	Verifier *verify.Verifier

	bucket *verifytest.Bucket
}

// NewIdentity creates an identity. Its verifier uses the clock now.
func NewIdentity(now func() time.Time) (Identity, error) {
	authority, signer, bucket, err := verifytest.NewAlexa(now())
	if err != nil {
		return Identity{}, err
	}
	return Identity{signer, &verify.Verifier{Roots: authority.Pool(), Transport: bucket, Now: now}, bucket}, nil
}

// A SigningClient sends requests to the endpoint of one skill as Alexa does.
type SigningClient struct {
	ApplicationID string
	URL           string // of the endpoint
	HTTP          *http.Client
	Identity      Identity
	Now           func() time.Time
	IDLabel       string                         // part of its request and session ids; "": played
	Observe       func(request, response []byte) // receives each exchange with status 200; may be nil

	requestCount int // number of requests so far
}

// A SkillRequest is one request of Alexa. Its zero value is a launch.
type SkillRequest struct {
	Intent string            // "": launch
	Slots  map[string]string // by name
	New    bool              // begin a new session

	locale     string          // "": en-US
	inSession  bool            // continue the open session
	attributes json.RawMessage // of the session; nil: none
	player     *audioPlayer    // state of the audio player; nil: never used
	hasScreen  bool            // the device has a screen
}

// An audioPlayer is the state of the audio player on a device.
type audioPlayer struct {
	Token    string `json:"token"`
	Offset   int64  `json:"offsetInMilliseconds"`
	Activity string `json:"playerActivity"`
}

// requestBody returns the JSON body that Alexa sends for a device with an audio player.
func (c *SigningClient) requestBody(skillRequest SkillRequest) map[string]any {
	c.requestCount++
	application := map[string]any{"applicationId": c.ApplicationID}
	user := map[string]any{"userId": "amzn1.ask.account.PLAYED"}
	request := map[string]any{
		"type":      "LaunchRequest",
		"requestId": c.LastRequestID(),
		"timestamp": c.Now().UTC().Format(time.RFC3339),
		"locale":    cmp.Or(skillRequest.locale, "en-US"),
	}
	if skillRequest.Intent != "" {
		request["type"] = "IntentRequest"
		request["intent"] = map[string]any{"name": skillRequest.Intent, "confirmationStatus": "NONE",
			"slots": slotObjects(skillRequest.Slots)}
	}
	session := map[string]any{
		"new": !skillRequest.inSession, "sessionId": "amzn1.echo-api.session." + cmp.Or(c.IDLabel, "played"),
		"application": application, "user": user,
	}
	if skillRequest.attributes != nil {
		session["attributes"] = skillRequest.attributes
	}
	state := map[string]any{"System": map[string]any{
		"application": application, "user": user,
		"device": map[string]any{
			"deviceId": "amzn1.ask.device.PLAYED", "supportedInterfaces": skillRequest.supportedInterfaces(),
		},
	}}
	if skillRequest.player != nil {
		state["AudioPlayer"] = skillRequest.player
	}
	return map[string]any{"version": "1.0", "session": session, "context": state, "request": request}
}

// LastRequestID returns the id of the last request.
func (c *SigningClient) LastRequestID() string {
	return fmt.Sprintf("amzn1.echo-api.request.%s-%d", cmp.Or(c.IDLabel, "played"), c.requestCount)
}

// supportedInterfaces returns the capabilities of the device.
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
func (c *SigningClient) signAndSend(ctx context.Context, request SkillRequest) (SkillResponse, error) {
	header, body, err := c.signRequest(c.requestBody(request))
	if err != nil {
		return SkillResponse{}, err
	}
	return c.postRaw(ctx, header, body)
}

// SignedLaunch returns a correctly signed launch request.
func (c *SigningClient) SignedLaunch() (http.Header, []byte, error) {
	return c.signRequest(c.requestBody(SkillRequest{}))
}

// signRequest returns the body of a request and its signature headers.
func (c *SigningClient) signRequest(request map[string]any) (http.Header, []byte, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, nil, err
	}
	header, err := c.Identity.Signer.Sign(body)
	return header, body, err
}

// postRaw sends header and body unchanged.
func (c *SigningClient) postRaw(ctx context.Context, header http.Header, body []byte) (SkillResponse, error) {
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

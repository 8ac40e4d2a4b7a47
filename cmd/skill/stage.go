package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"lastpost/internal/server"
	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// A stage is where commands play Alexa: the real server on loopback over TLS, which verifies requests as always, but
// believes a certificate authority that was made a moment ago and is forgotten when the stage is left. The inspector's
// form has a stage without a server of its own: see trialTalk.
type stage struct {
	blog        *blog
	url         string // of the endpoint
	signer      verifytest.Signer
	bucket      *verifytest.Bucket
	client      *http.Client
	certificate *x509.Certificate // that the server shows
	now         func() time.Time
	name        string // in the ids of its requests and of its session; "": played
	count       int    // of requests

	overheard func(request, response []byte)

	leave func() error
}

// newStage starts a server for one blog. The caller leaves it.
func newStage(ctx context.Context, w world, b *blog, now func() time.Time) (*stage, error) {
	authority, signer, bucket, err := verifytest.NewAlexa(now())
	if err != nil {
		return nil, err
	}
	certificate, err := server.SelfSigned("", []string{"localhost"}, time.Now())
	if err != nil {
		return nil, err
	}
	s := &server.Server{
		Address: "127.0.0.1:0", PrivateAddress: "127.0.0.1:0", Certificate: certificate, Version: version(), Now: now,
		Skills:   []server.Skill{b.served()},
		Verifier: &verify.Verifier{Roots: authority.Pool(), Transport: bucket, Now: now},
	}
	if err := s.Listen(ctx); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	client := clientFor(certificate.Leaf())
	return &stage{
		blog: b, url: "https://" + s.Addr().String() + b.skill.Path, signer: signer, bucket: bucket, client: client, certificate: certificate.Leaf(), now: now, overheard: w.overheard,
		leave: func() error {
			client.CloseIdleConnections()
			stop()
			return <-served
		},
	}, nil
}

// clientFor trusts one certificate and no other.
func clientFor(leaf *x509.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

// A saying is what Alexa asks of the service. Its zero value is a launch.
type saying struct {
	intent     string            // "": launch
	slots      map[string]string // by name
	locale     string            // "": en-US
	anew       bool              // it begins a session, whatever is open
	within     bool              // the session is open already
	attributes json.RawMessage   // of the session; nil: none
	player     *player           // what the device has been given to play; nil: nothing
	screen     bool              // the device has one
}

// A player is the state of a device's audio.
type player struct {
	Token    string `json:"token"`
	Offset   int64  `json:"offsetInMilliseconds"`
	Activity string `json:"playerActivity"`
}

// request makes the body that Alexa would send for a device that plays audio, as its JSON reference has it.
func (s *stage) request(say saying) map[string]any {
	s.count++
	if say.locale == "" {
		say.locale = "en-US"
	}
	application := map[string]any{"applicationId": s.blog.skill.ApplicationID}
	user := map[string]any{"userId": "amzn1.ask.account.PLAYED"}
	request := map[string]any{
		"type":      "LaunchRequest",
		"requestId": s.requestID(),
		"timestamp": s.now().UTC().Format(time.RFC3339),
		"locale":    say.locale,
	}
	if say.intent != "" {
		request["type"] = "IntentRequest"
		request["intent"] = map[string]any{"name": say.intent, "confirmationStatus": "NONE", "slots": filled(say.slots)}
	}
	session := map[string]any{
		"new": !say.within, "sessionId": "amzn1.echo-api.session." + cmp.Or(s.name, "played"), "application": application, "user": user,
	}
	if say.attributes != nil {
		session["attributes"] = say.attributes
	}
	state := map[string]any{"System": map[string]any{
		"application": application, "user": user,
		"device": map[string]any{
			"deviceId": "amzn1.ask.device.PLAYED", "supportedInterfaces": say.interfaces(),
		},
	}}
	if say.player != nil {
		state["AudioPlayer"] = say.player
	}
	return map[string]any{"version": "1.0", "session": session, "context": state, "request": request}
}

// requestID is that of the request that was made last.
func (s *stage) requestID() string {
	return fmt.Sprintf("amzn1.echo-api.request.%s-%d", cmp.Or(s.name, "played"), s.count)
}

// interfaces are what the device can do.
func (say saying) interfaces() map[string]any {
	can := map[string]any{"AudioPlayer": map[string]any{}}
	if say.screen {
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

// A reply is what came back.
type reply struct {
	status     int
	message    string // of a refusal
	speech     string // SSML
	reprompt   string // SSML
	card       *card
	open       bool            // Alexa listens on
	attributes json.RawMessage // of the session
	directives []directive
}

type card struct {
	Type, Title, Content, Text string
	Image                      struct{ LargeImageURL, SmallImageURL string }
}

// A directive is what the device is told to do beside speaking.
type directive struct {
	Type      string
	AudioItem struct {
		Stream struct {
			URL, Token           string
			OffsetInMilliseconds int64
		}
	}
}

// send signs a request as Alexa does and sends it.
func (s *stage) send(ctx context.Context, request map[string]any) (reply, error) {
	header, body, err := s.signed(request)
	if err != nil {
		return reply{}, err
	}
	return s.post(ctx, header, body)
}

// signed gives a request's bytes with the headers that prove them genuine.
func (s *stage) signed(request map[string]any) (http.Header, []byte, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, nil, err
	}
	header, err := s.signer.Sign(body)
	return header, body, err
}

// post sends whatever it is given.
func (s *stage) post(ctx context.Context, header http.Header, body []byte) (reply, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	request.Header = header
	response, err := s.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return reply{}, err
	}
	if s.overheard != nil && response.StatusCode == http.StatusOK {
		s.overheard(body, answer)
	}
	return readReply(response.StatusCode, answer)
}

func readReply(status int, body []byte) (reply, error) {
	type output struct{ SSML string }
	var answer struct {
		Message           string
		SessionAttributes json.RawMessage
		Response          struct {
			OutputSpeech     output
			Reprompt         struct{ OutputSpeech output }
			Card             *card
			Directives       []directive
			ShouldEndSession *bool
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return reply{}, fmt.Errorf("status %d: %w", status, err)
	}
	r := answer.Response
	return reply{
		status: status, message: answer.Message, speech: r.OutputSpeech.SSML, reprompt: r.Reprompt.OutputSpeech.SSML, card: r.Card,
		open:       r.ShouldEndSession != nil && !*r.ShouldEndSession,
		attributes: answer.SessionAttributes, directives: r.Directives,
	}, nil
}

package server_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/server"
	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

const (
	serverName = "skill.example.com"
	skillID    = "amzn1.ask.skill.11111111-1111-1111-1111-111111111111"
	otherID    = "amzn1.ask.skill.22222222-2222-2222-2222-222222222222"
	userID     = "amzn1.ask.account.LISTENER"
	deviceID   = "amzn1.ask.device.KITCHEN"

	// testTimeout is longer than all limits of the server. It ends a test that hangs.
	testTimeout = 30 * time.Second
)

// now is the time that the clock of every test server shows.
var now = time.Now().UTC().Truncate(time.Second)

// TestMain runs all parallel tests at once, because they mostly wait for time limits.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "64"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// sharedAuthority is used by all tests, because key generation is slow.
var sharedAuthority = sync.OnceValues(func() (*verifytest.Authority, error) { return verifytest.NewAuthority(now) })

// A testEnv is a server with a simulated Alexa and a stand-in for Amazon's certificate bucket.
type testEnv struct {
	t         testing.TB
	server    *server.Server
	authority *verifytest.Authority
	signer    verifytest.Signer
	bucket    *verifytest.Bucket
	log       *logRecorder
	client    *http.Client
	cancel    context.CancelFunc // stops the server without waiting
	close     func() error       // stops the server and returns the error of Serve
}

// newTestEnv returns an environment whose server does not listen yet, so that a test can change the server's fields.
func newTestEnv(t testing.TB) *testEnv {
	t.Helper()
	authority, err := sharedAuthority()
	require.NoError(t, err)
	certificate, err := server.SelfSignedCertificate(t.TempDir(), []string{serverName}, now)
	require.NoError(t, err)
	env := &testEnv{t: t, authority: authority, signer: verifytest.Signer{Key: authority.Key}, bucket: &verifytest.Bucket{}, log: &logRecorder{}}
	env.putCertificate(verifytest.CertificateURL, verifytest.CertificateTemplate{})
	clock := func() time.Time { return now }
	env.server = &server.Server{
		Address: "127.0.0.1:0", PrivateAddress: "127.0.0.1:0", Certificate: certificate, Version: "v1.2.3", Now: clock, Log: env.log.logger(),
		Skills:   []server.ServedSkill{newSkill("halfelf", "/alexa", skillID, respondWith("Hello."))},
		Verifier: &verify.Verifier{Roots: authority.Pool(), Transport: env.bucket, Now: clock},
	}
	return env
}

// open starts the server, which runs until the test ends.
func (env *testEnv) open() *testEnv {
	env.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	require.NoError(env.t, env.server.Listen(ctx))
	served := make(chan error, 1)
	go func() { served <- env.server.Serve(ctx) }()
	env.cancel = cancel
	env.client = &http.Client{Transport: &http.Transport{TLSClientConfig: env.tlsConfig()}, Timeout: testTimeout}
	env.close = sync.OnceValue(func() error {
		env.client.CloseIdleConnections()
		cancel()
		return <-served
	})
	env.t.Cleanup(func() { require.NoError(env.t, env.close()) })
	return env
}

func (env *testEnv) tlsConfig() *tls.Config {
	if env.server.Certificate == nil {
		return nil
	}
	roots := x509.NewCertPool()
	roots.AddCert(env.server.Certificate.Leaf())
	return &tls.Config{RootCAs: roots, ServerName: serverName}
}

// putCertificate issues a certificate for the simulated Alexa's key and puts its chain into the bucket at url.
func (env *testEnv) putCertificate(url string, template verifytest.CertificateTemplate) {
	env.t.Helper()
	leaf, err := env.authority.Issue(template)
	require.NoError(env.t, err)
	env.bucket.Put(url, verifytest.PEMBundle(leaf, env.authority.Intermediate))
}

// useShortKey lets the simulated Alexa sign with a short key. Tests with many requests need it, because signing with a long
// key is slow.
func (env *testEnv) useShortKey() {
	env.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(env.t, err)
	env.putCertificate(verifytest.CertificateURL, verifytest.CertificateTemplate{Key: key})
	env.signer.Key = key
}

func newSkill(name, path, id string, handler server.Handler) server.ServedSkill {
	return server.ServedSkill{
		Name: name, Path: path, ApplicationID: id, Intents: []string{"LastPostIntent", "AMAZON.HelpIntent"}, Handler: handler,
		Feed: func() server.FeedStatus { return server.FeedStatus{Posts: 3} },
	}
}

type handlerFunc func(context.Context, *alexa.Envelope) *alexa.Response

func (f handlerFunc) Handle(ctx context.Context, e *alexa.Envelope) (*alexa.Response, error) {
	return f(ctx, e), nil
}

// respondWith returns a handler that answers with text and the request's ID, so that tests can match answers.
func respondWith(text string) handlerFunc {
	return func(_ context.Context, e *alexa.Envelope) *alexa.Response {
		return &alexa.Response{Attributes: map[string]any{"id": e.Request.RequestID}, Speech: alexa.Say(text)}
	}
}

// responseBody returns the body that respondWith creates.
func responseBody(text, id string) string {
	return `{"version":"1.0","sessionAttributes":{"id":"` + id + `"},"response":{"outputSpeech":{"type":"SSML","ssml":"<speak>` + text + `</speak>"}}}`
}

// A requestSpec holds the values of a request. An empty field gets a valid default.
type requestSpec struct{ id, kind, intent, timestamp, application, session string }

const defaultRequestID = "amzn1.echo-api.request.1"

func (a requestSpec) body() []byte {
	application := cmp.Or(a.application, skillID)
	user := object{"userId": userID}
	body, _ := json.Marshal(object{
		"version": "1.0",
		"session": object{"new": true, "sessionId": "s", "application": object{"applicationId": cmp.Or(a.session, application)}, "user": user},
		"context": object{"System": object{"application": object{"applicationId": application}, "user": user, "device": object{"deviceId": deviceID}}},
		"request": object{
			"type": cmp.Or(a.kind, "IntentRequest"), "requestId": cmp.Or(a.id, defaultRequestID), "locale": "en-US",
			"timestamp": cmp.Or(a.timestamp, now.Format(time.RFC3339)), "intent": object{"name": cmp.Or(a.intent, "LastPostIntent")},
		},
	})
	return body
}

type object = map[string]any

// An httpResult is an answer whose body was read.
type httpResult struct {
	status     int
	header     http.Header
	body       string
	closesConn bool // the server closes the connection
}

// url returns the URL of a path on the public listener.
func (env *testEnv) url(path string) string {
	scheme := "https://"
	if env.server.Certificate == nil {
		scheme = "http://"
	}
	return scheme + env.server.Addr().String() + path
}

// signedRequest returns a signed request to the first skill.
func (env *testEnv) signedRequest(body []byte) *http.Request {
	env.t.Helper()
	header, err := env.signer.Sign(body)
	require.NoError(env.t, err)
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, env.url(env.server.Skills[0].Path), bytes.NewReader(body))
	require.NoError(env.t, err)
	r.Header = header
	return r
}

func (env *testEnv) send(r *http.Request) httpResult {
	env.t.Helper()
	response, err := env.client.Do(r)
	require.NoError(env.t, err)
	return readResult(env.t, response)
}

func (env *testEnv) sendSigned(body []byte) httpResult {
	env.t.Helper()
	return env.send(env.signedRequest(body))
}

func readResult(t testing.TB, response *http.Response) httpResult {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return httpResult{response.StatusCode, response.Header, string(body), response.Close}
}

// rawRequest returns the bytes of a signed request.
func (env *testEnv) rawRequest(body []byte) string {
	env.t.Helper()
	var text bytes.Buffer
	require.NoError(env.t, env.signedRequest(body).Write(&text))
	return text.String()
}

// dialTCP opens a TCP connection without TLS.
func (env *testEnv) dialTCP() net.Conn {
	env.t.Helper()
	conn, err := net.Dial("tcp", env.server.Addr().String())
	require.NoError(env.t, err)
	env.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(env.t, conn.SetDeadline(time.Now().Add(testTimeout)))
	return conn
}

// A rawConn is a TLS connection to the server for texts that http.Client cannot send, such as half a header.
type rawConn struct {
	*tls.Conn
	t      testing.TB
	reader *bufio.Reader
}

func (env *testEnv) dialTLS() *rawConn {
	env.t.Helper()
	conn := tls.Client(env.dialTCP(), env.tlsConfig())
	require.NoError(env.t, conn.Handshake())
	return &rawConn{Conn: conn, t: env.t, reader: bufio.NewReader(conn)}
}

func (c *rawConn) write(text string) {
	c.t.Helper()
	_, err := io.WriteString(c, text)
	require.NoError(c.t, err)
}

func (c *rawConn) readResult() httpResult {
	c.t.Helper()
	response, err := http.ReadResponse(c.reader, nil)
	require.NoError(c.t, err)
	return readResult(c.t, response)
}

// requireClosed waits until the server closes the connection.
func (c *rawConn) requireClosed() {
	c.t.Helper()
	_, err := c.reader.ReadByte()
	require.Error(c.t, err)
	require.NotErrorIs(c.t, err, os.ErrDeadlineExceeded)
}

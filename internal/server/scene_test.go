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

	// patience is longer than any limit of the server, and ends a test that would hang.
	patience = 30 * time.Second
)

// now is the clock of every server here.
var now = time.Now().UTC().Truncate(time.Second)

// TestMain lets parallel tests run all at once: they wait for time limits, which takes no processor.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "64"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// Alexa's key takes long to make; one serves every test.
var shared = sync.OnceValues(func() (*verifytest.Authority, error) { return verifytest.NewAuthority(now) })

// A world is a server, Alexa, and Amazon's bucket.
type world struct {
	t         testing.TB
	server    *server.Server
	authority *verifytest.Authority
	signer    verifytest.Signer
	bucket    *verifytest.Bucket
	log       *logbook
	client    *http.Client
	cancel    context.CancelFunc // ends the service, and does not wait
	close     func() error       // ends the service, and gives what Serve said
}

// newWorld makes a world whose server does not listen yet, so that a test can change it.
func newWorld(t testing.TB) *world {
	t.Helper()
	authority, err := shared()
	require.NoError(t, err)
	certificate, err := server.SelfSignedCertificate(t.TempDir(), []string{serverName}, now)
	require.NoError(t, err)
	w := &world{t: t, authority: authority, signer: verifytest.Signer{Key: authority.Key}, bucket: &verifytest.Bucket{}, log: &logbook{}}
	w.put(verifytest.CertificateURL, verifytest.CertificateTemplate{})
	clock := func() time.Time { return now }
	w.server = &server.Server{
		Address: "127.0.0.1:0", PrivateAddress: "127.0.0.1:0", Certificate: certificate, Version: "v1.2.3", Now: clock, Log: w.log.logger(),
		Skills:   []server.ServedSkill{newSkill("halfelf", "/alexa", skillID, says("Hello."))},
		Verifier: &verify.Verifier{Roots: authority.Pool(), Transport: w.bucket, Now: clock},
	}
	return w
}

// open lets the server serve until the test ends.
func (w *world) open() *world {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	require.NoError(w.t, w.server.Listen(ctx))
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(ctx) }()
	w.cancel = cancel
	w.client = &http.Client{Transport: &http.Transport{TLSClientConfig: w.tlsConfig()}, Timeout: patience}
	w.close = sync.OnceValue(func() error {
		w.client.CloseIdleConnections()
		cancel()
		return <-served
	})
	w.t.Cleanup(func() { require.NoError(w.t, w.close()) })
	return w
}

func (w *world) tlsConfig() *tls.Config {
	if w.server.Certificate == nil {
		return nil
	}
	roots := x509.NewCertPool()
	roots.AddCert(w.server.Certificate.Leaf())
	return &tls.Config{RootCAs: roots, ServerName: serverName}
}

// put lays a certificate of Alexa's into the bucket.
func (w *world) put(url string, template verifytest.CertificateTemplate) {
	w.t.Helper()
	leaf, err := w.authority.Issue(template)
	require.NoError(w.t, err)
	w.bucket.Put(url, verifytest.PEMBundle(leaf, w.authority.Intermediate))
}

// signQuickly gives Alexa a short key, for tests of many requests: signing is what takes them long.
func (w *world) signQuickly() {
	w.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(w.t, err)
	w.put(verifytest.CertificateURL, verifytest.CertificateTemplate{Key: key})
	w.signer.Key = key
}

func newSkill(name, path, id string, handler server.Handler) server.ServedSkill {
	return server.ServedSkill{
		Name: name, Path: path, ApplicationID: id, Intents: []string{"LastPostIntent", "AMAZON.HelpIntent"}, Handler: handler,
		Feed: func() server.FeedStatus { return server.FeedStatus{Posts: 3} },
	}
}

type handlerFunc func(context.Context, *alexa.Envelope) *alexa.Response

func (f handlerFunc) Handle(ctx context.Context, e *alexa.Envelope) *alexa.Response { return f(ctx, e) }

// says answers with the text and, so that answers can be told apart, with the request's id.
func says(text string) handlerFunc {
	return func(_ context.Context, e *alexa.Envelope) *alexa.Response {
		return &alexa.Response{Attributes: map[string]any{"id": e.Request.RequestID}, Speech: alexa.Say(text)}
	}
}

// said is the body of what says answers.
func said(text, id string) string {
	return `{"version":"1.0","sessionAttributes":{"id":"` + id + `"},"response":{"outputSpeech":{"type":"SSML","ssml":"<speak>` + text + `</speak>"}}}`
}

// An ask is what differs between requests; what is left empty is that of a proper one.
type ask struct{ id, kind, intent, timestamp, application, session string }

const usualID = "amzn1.echo-api.request.1"

func (a ask) body() []byte {
	application := cmp.Or(a.application, skillID)
	user := object{"userId": userID}
	body, _ := json.Marshal(object{
		"version": "1.0",
		"session": object{"new": true, "sessionId": "s", "application": object{"applicationId": cmp.Or(a.session, application)}, "user": user},
		"context": object{"System": object{"application": object{"applicationId": application}, "user": user, "device": object{"deviceId": deviceID}}},
		"request": object{
			"type": cmp.Or(a.kind, "IntentRequest"), "requestId": cmp.Or(a.id, usualID), "locale": "en-US",
			"timestamp": cmp.Or(a.timestamp, now.Format(time.RFC3339)), "intent": object{"name": cmp.Or(a.intent, "LastPostIntent")},
		},
	})
	return body
}

type object = map[string]any

// An answer is what came back, read whole.
type answer struct {
	status int
	header http.Header
	body   string
	last   bool // of the connection
}

// url is that of a path of the public listener.
func (w *world) url(path string) string {
	scheme := "https://"
	if w.server.Certificate == nil {
		scheme = "http://"
	}
	return scheme + w.server.Addr().String() + path
}

// signed is a request of Alexa's to the first skill.
func (w *world) signed(body []byte) *http.Request {
	w.t.Helper()
	header, err := w.signer.Sign(body)
	require.NoError(w.t, err)
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.url(w.server.Skills[0].Path), bytes.NewReader(body))
	require.NoError(w.t, err)
	r.Header = header
	return r
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	response, err := w.client.Do(r)
	require.NoError(w.t, err)
	return whole(w.t, response)
}

func (w *world) post(body []byte) answer {
	w.t.Helper()
	return w.do(w.signed(body))
}

func whole(t testing.TB, response *http.Response) answer {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return answer{response.StatusCode, response.Header, string(body), response.Close}
}

// wire is a request of Alexa's as it goes over the wire.
func (w *world) wire(body []byte) string {
	w.t.Helper()
	var text bytes.Buffer
	require.NoError(w.t, w.signed(body).Write(&text))
	return text.String()
}

// tcp connects, and no more.
func (w *world) tcp() net.Conn {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.server.Addr().String())
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(w.t, conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

// A wire speaks HTTP by hand, to say what http.Client would not.
type wire struct {
	*tls.Conn
	t      testing.TB
	reader *bufio.Reader
}

func (w *world) dial() *wire {
	w.t.Helper()
	conn := tls.Client(w.tcp(), w.tlsConfig())
	require.NoError(w.t, conn.Handshake())
	return &wire{Conn: conn, t: w.t, reader: bufio.NewReader(conn)}
}

func (c *wire) send(text string) {
	c.t.Helper()
	_, err := io.WriteString(c, text)
	require.NoError(c.t, err)
}

func (c *wire) read() answer {
	c.t.Helper()
	response, err := http.ReadResponse(c.reader, nil)
	require.NoError(c.t, err)
	return whole(c.t, response)
}

// ended waits for the server to close the connection.
func (c *wire) ended() {
	c.t.Helper()
	_, err := c.reader.ReadByte()
	require.Error(c.t, err)
	require.NotErrorIs(c.t, err, os.ErrDeadlineExceeded)
}

package linkproxy_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"lastpost/internal/linkproxy"
)

// A scene is an OAuth server, the proxy before it, and Alexa.
type scene struct {
	t      testing.TB
	server *oauthServer
	proxy  *linkproxy.Proxy
	front  *httptest.Server
	dir    string
	full   time.Duration
	later  time.Duration // what the recorder's clock is ahead
	log    *logbook
	record *linkproxy.Recorder
	alexa  *alexa
}

func newScene(t testing.TB) *scene {
	s := &scene{t: t, server: newOAuthServer(t), dir: t.TempDir() + "/link", log: &logbook{}}
	roots := x509.NewCertPool()
	roots.AddCert(s.server.Certificate())
	s.proxy = &linkproxy.Proxy{Path: "/link", AuthorizationURL: s.url("/oauth/authorize"), TokenURL: s.url("/oauth/token"), Mode: linkproxy.Proxied, Roots: roots,
		Log: slog.New(slog.NewJSONHandler(s.log, nil))}
	s.alexa = &alexa{t: t, id: clientID, secret: clientsKey, method: "basic", redirectURI: pitangui, scope: "profile", responseType: "code",
		state: "A2SAAEAEPG7cB2lQkLRxvu5mM8qqqKs9wX1aZ0", verifier: strings.Repeat("dBjftJeZ4CVP-mB92K27uhbUJU1p1r", 2)}
	return s
}

func (s *scene) url(path string) *url.URL {
	u, err := url.Parse(s.server.URL + path)
	require.NoError(s.t, err)
	return u
}

// open starts the proxy: nothing of the scene may be changed afterwards.
func (s *scene) open() *scene {
	s.t.Helper()
	var err error
	s.record, err = linkproxy.OpenRecorder(s.dir, linkproxy.Options{Full: s.full, Log: slog.New(slog.NewJSONHandler(s.log, nil)),
		Now: func() time.Time { return time.Now().Add(s.later) }})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = s.record.Close() })
	s.proxy.Recorder = s.record
	s.front = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.proxy.Claims(r) {
			http.Error(w, "not claimed", http.StatusTeapot)
			return
		}
		s.proxy.ServeHTTP(w, r)
	}))
	s.t.Cleanup(s.front.Close)
	s.alexa.authorizeURL, s.alexa.tokenURL = s.front.URL+"/link/authorize", s.front.URL+"/link/token"
	s.alexa.open()
	return s
}

// close waits until all is written down, and gives it.
func (s *scene) close() []linkproxy.Trace {
	s.t.Helper()
	require.NoError(s.t, s.record.Close())
	traces, err := linkproxy.Traces(s.dir)
	require.NoError(s.t, err)
	return traces
}

// An alexa is Amazon's side: the app's browser, and the servers that ask for tokens. It stops where it gets no further.
type alexa struct {
	t                                testing.TB
	authorizeURL, tokenURL           string
	id, secret, method               string
	redirectURI, scope, responseType string
	state, verifier, challenge       string
	pkce                             bool
	extra                            string // of the authorization URL, as it stands in the console
	console                          string // what else stands there: swapped, nowhere, get, or a query of the token URL
	secondRedirect, otherVerifier    string
	twice, refreshes, abandons       bool
	browser                          *http.Client
	pages                            []string // what the browser was shown
	landed                           *url.URL
	answers                          []answer
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a *alexa) open() {
	jar, err := cookiejar.New(nil)
	require.NoError(a.t, err)
	a.browser = &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if strings.Contains(r.URL.Host, "amazon") || !strings.HasPrefix(r.URL.Host, "127.0.0.1") {
				return http.ErrUseLastResponse
			}
			return nil
		}}
	a.t.Cleanup(a.browser.CloseIdleConnections)
	if a.pkce && a.challenge == "" {
		sum := sha256.Sum256([]byte(a.verifier))
		a.challenge = base64.RawURLEncoding.EncodeToString(sum[:])
	}
}

// link does all that Alexa does.
func (a *alexa) link() {
	a.t.Helper()
	values := url.Values{"client_id": {a.id}, "response_type": {a.responseType}, "state": {a.state}, "scope": {a.scope}, "redirect_uri": {a.redirectURI}}
	if a.pkce {
		values.Set("code_challenge", a.challenge)
		values.Set("code_challenge_method", "S256")
	}
	for name := range values {
		if values.Get(name) == "" {
			values.Del(name)
		}
	}
	a.browse(http.MethodGet, a.authorizeURL+"?"+a.extra+values.Encode(), nil)
	if a.landed == nil || a.landed.Query().Get("code") == "" {
		return
	}
	code := a.landed.Query().Get("code")
	tokens := a.exchange(code)
	if a.twice {
		a.exchange(code)
	}
	if again, ok := tokens["refresh_token"].(string); ok && a.refreshes {
		a.ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {again}})
	}
}

func (a *alexa) exchange(code string) map[string]any {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.redirectURI}}
	if a.secondRedirect != "" {
		form.Set("redirect_uri", a.secondRedirect)
	}
	if a.pkce {
		form.Set("code_verifier", a.verifier)
	}
	if a.otherVerifier != "" {
		form.Set("code_verifier", a.otherVerifier)
	}
	if form.Get("code_verifier") == "none" {
		form.Del("code_verifier")
	}
	return a.ask(form)
}

// browse opens a page, signs in where it can, and follows until it is sent back.
func (a *alexa) browse(method, to string, form url.Values) {
	a.t.Helper()
	request, err := http.NewRequest(method, to, strings.NewReader(form.Encode()))
	require.NoError(a.t, err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", request.URL.Scheme+"://"+request.URL.Host)
		request.Header.Set("Referer", to)
	}
	response, err := a.browser.Do(request)
	require.NoError(a.t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(a.t, err)
	require.NoError(a.t, response.Body.Close())
	a.pages = append(a.pages, string(body))
	a.answers = append(a.answers, answer{response.StatusCode, response.Header, string(body)})
	if location, err := response.Location(); err == nil {
		if strings.Contains(location.Host, "amazon") {
			a.landed = location
		}
		return
	}
	action, fields := formOf(body)
	if action == "" || response.StatusCode != http.StatusOK || a.abandons {
		return
	}
	for _, asset := range []string{"style.css", "/static/logo.svg"} { // as the page's links lead
		at, err := response.Request.URL.Parse(asset)
		require.NoError(a.t, err)
		loaded, err := a.browser.Get(at.String())
		require.NoError(a.t, err)
		text, _ := io.ReadAll(loaded.Body)
		_ = loaded.Body.Close()
		a.pages = append(a.pages, string(text))
	}
	fields.Set("username", usersName)
	fields.Set("password", password)
	next, err := response.Request.URL.Parse(action)
	require.NoError(a.t, err)
	a.browse(http.MethodPost, next.String(), fields)
}

// formOf reads a page's form as a browser does.
func formOf(page []byte) (action string, fields url.Values) {
	fields = url.Values{}
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		attr := map[string]string{}
		for _, at := range token.Attr {
			attr[at.Key] = at.Val
		}
		switch token.Data {
		case "form":
			action += attr["action"]
		case "input":
			fields.Set(attr["name"], attr["value"])
		}
	}
	return action, fields
}

// ask is Amazon's servers' request.
func (a *alexa) ask(form url.Values) map[string]any {
	a.t.Helper()
	if a.method == "body" || a.method == "both" {
		form.Set("client_id", a.id)
		form.Set("client_secret", a.secret)
	}
	request, err := http.NewRequest(http.MethodPost, a.tokenURL, strings.NewReader(form.Encode()))
	require.NoError(a.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a.method == "basic" || a.method == "both" {
		request.SetBasicAuth(url.QueryEscape(a.id), url.QueryEscape(a.secret))
	}
	client := &http.Client{Transport: a.browser.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(a.t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(a.t, err)
	require.NoError(a.t, response.Body.Close())
	a.answers = append(a.answers, answer{response.StatusCode, response.Header, string(body)})
	var tokens map[string]any
	_ = json.Unmarshal(body, &tokens)
	return tokens
}

// A logbook is what was logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// count is how often a text was logged.
func (l *logbook) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.text.Bytes(), []byte(text))
}

package linkproxytest

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// An Alexa is Amazon's side: the app's browser, and the servers that ask for tokens. It stops where it gets no further.
type Alexa struct {
	AuthorizeURL, TokenURL           string
	ID, Secret                       string
	Method                           string // of saying who it is: basic, body, both or none
	RedirectURI, Scope, ResponseType string
	State, Verifier, Challenge       string
	PKCE                             bool
	Extra                            string // of the authorization URL, as it stands in the console
	Console                          string // what else stands there: see Run, or a query of the token URL
	SecondRedirect, OtherVerifier    string // in the request for a token; none: no verifier
	Twice, Refreshes, Abandons       bool

	Browser *http.Client
	Pages   []string // what the browser was shown
	Landed  *url.URL // where it was sent back to; nil: nowhere
	Answers []Answered

	t testing.TB
}

// Answered is what came back.
type Answered struct {
	Status int
	Header http.Header
	Body   string
}

// NewAlexa is one that does all as it should with a [Server].
func NewAlexa(t testing.TB) *Alexa {
	return &Alexa{t: t, ID: ClientID, Secret: ClientSecret, Method: "basic", RedirectURI: Pitangui, Scope: "profile", ResponseType: "code",
		State: "A2SAAEAEPG7cB2lQkLRxvu5mM8qqqKs9wX1aZ0", Verifier: strings.Repeat("dBjftJeZ4CVP-mB92K27uhbUJU1p1r", 2)}
}

// Open opens the browser, which has no cookie yet. It believes every certificate.
func (a *Alexa) Open() {
	jar, err := cookiejar.New(nil)
	must(a.t, err)
	a.Browser = &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if strings.Contains(r.URL.Host, "amazon") || !strings.HasPrefix(r.URL.Host, "127.0.0.1") {
				return http.ErrUseLastResponse
			}
			return nil
		}}
	a.t.Cleanup(a.Browser.CloseIdleConnections)
	if a.PKCE && a.Challenge == "" {
		sum := sha256.Sum256([]byte(a.Verifier))
		a.Challenge = base64.RawURLEncoding.EncodeToString(sum[:])
	}
}

// Run does what Alexa does, by way of what stands in the console for the URLs.
func (a *Alexa) Run() {
	a.t.Helper()
	switch a.Console {
	case "swapped":
		a.AuthorizeURL, a.TokenURL = a.TokenURL, a.AuthorizeURL
		a.Link()
	case "token at authorize":
		a.TokenURL = a.AuthorizeURL
		a.Exchange("code")
	case "authorize twice":
		a.TokenURL = a.AuthorizeURL
		a.Link()
	case "nowhere":
		a.SignIn()
	case "get":
		response, err := a.Browser.Get(a.TokenURL)
		must(a.t, err)
		must(a.t, response.Body.Close())
	default:
		a.TokenURL += a.Console
		a.Link()
	}
}

// Link does all that Alexa does.
func (a *Alexa) Link() {
	a.t.Helper()
	a.SignIn()
	if a.Landed == nil || a.Landed.Query().Get("code") == "" {
		return
	}
	code := a.Landed.Query().Get("code")
	tokens := a.Exchange(code)
	if a.Twice {
		a.Exchange(code)
	}
	if again, ok := tokens["refresh_token"].(string); ok && a.Refreshes {
		a.Ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {again}})
	}
}

// SignIn is the browser's leg.
func (a *Alexa) SignIn() {
	a.t.Helper()
	values := url.Values{"client_id": {a.ID}, "response_type": {a.ResponseType}, "state": {a.State}, "scope": {a.Scope},
		"redirect_uri": {a.RedirectURI}}
	if a.PKCE {
		values.Set("code_challenge", a.Challenge)
		values.Set("code_challenge_method", "S256")
	}
	for name := range values {
		if values.Get(name) == "" {
			values.Del(name)
		}
	}
	a.browse(http.MethodGet, a.AuthorizeURL+"?"+a.Extra+values.Encode(), nil)
}

// Exchange asks for tokens for a code.
func (a *Alexa) Exchange(code string) map[string]any {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.RedirectURI}}
	if a.SecondRedirect != "" {
		form.Set("redirect_uri", a.SecondRedirect)
	}
	if a.PKCE {
		form.Set("code_verifier", a.Verifier)
	}
	if a.OtherVerifier != "" {
		form.Set("code_verifier", a.OtherVerifier)
	}
	if form.Get("code_verifier") == "none" {
		form.Del("code_verifier")
	}
	return a.Ask(form)
}

// browse opens a page, signs in where it can, and follows until it is sent back.
func (a *Alexa) browse(method, to string, form url.Values) {
	a.t.Helper()
	request, err := http.NewRequest(method, to, strings.NewReader(form.Encode()))
	must(a.t, err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", request.URL.Scheme+"://"+request.URL.Host)
		request.Header.Set("Referer", to)
	}
	response, err := a.Browser.Do(request)
	must(a.t, err)
	body := a.read(response)
	a.Pages = append(a.Pages, string(body))
	if location, err := response.Location(); err == nil {
		if strings.Contains(location.Host, "amazon") {
			a.Landed = location
		}
		return
	}
	action, fields := formOf(body)
	if action == "" || response.StatusCode != http.StatusOK || a.Abandons {
		return
	}
	for _, asset := range []string{"style.css", "/static/logo.svg"} { // as the page's links lead
		at, err := response.Request.URL.Parse(asset)
		must(a.t, err)
		loaded, err := a.Browser.Get(at.String())
		must(a.t, err)
		text, _ := io.ReadAll(loaded.Body)
		_ = loaded.Body.Close()
		a.Pages = append(a.Pages, string(text))
	}
	fields.Set("username", Username)
	fields.Set("password", Password)
	next, err := response.Request.URL.Parse(action)
	must(a.t, err)
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

// Ask is Amazon's servers' request.
func (a *Alexa) Ask(form url.Values) map[string]any {
	a.t.Helper()
	if a.Method == "body" || a.Method == "both" {
		form.Set("client_id", a.ID)
		form.Set("client_secret", a.Secret)
	}
	request, err := http.NewRequest(http.MethodPost, a.TokenURL, strings.NewReader(form.Encode()))
	must(a.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a.Method == "basic" || a.Method == "both" {
		request.SetBasicAuth(url.QueryEscape(a.ID), url.QueryEscape(a.Secret))
	}
	client := &http.Client{Transport: a.Browser.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	must(a.t, err)
	body := a.read(response)
	var tokens map[string]any
	_ = json.Unmarshal(body, &tokens)
	return tokens
}

// read notes an answer and gives its body.
func (a *Alexa) read(response *http.Response) []byte {
	a.t.Helper()
	body, err := io.ReadAll(response.Body)
	must(a.t, err)
	must(a.t, response.Body.Close())
	a.Answers = append(a.Answers, Answered{response.StatusCode, response.Header, string(body)})
	return body
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

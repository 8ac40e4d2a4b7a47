package linkproxytest

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// An Alexa simulates Amazon in a test: the app's browser, and the servers that request tokens. It stops at the first
// step that fails.
type Alexa struct {
	AuthorizeURL, TokenURL           string
	ClientID, ClientSecret           string
	AuthMethod                       string // of the client: basic, body, both, public (the id alone) or none
	RedirectURI, Scope, ResponseType string
	State, Verifier, Challenge       string
	PKCE, RawBasic                   bool   // RawBasic: the scheme Basic gets the secret without form encoding
	ExtraQuery                       string // at the start of the authorization URL's query, as entered in the console
	ConsoleMistake                   string // a mistake in the console's URLs: see RunConsole, or a query of the token URL
	TokenRedirectURI, TokenVerifier  string // in the token request; "none" means no verifier
	RepeatsCode, Refreshes, Abandons bool
	WrongPasswords                   int    // sign-ins with a wrong password before the right one
	ScriptPath, ScriptBody           string // the request that a page's script sends; "": pages do not have scripts

	Browser   *http.Client
	Pages     []string // shown to the browser
	Callback  *url.URL // the redirect back; nil: none
	Responses []TokenResponse

	t   testing.TB
	jar *siteJar
}

// TokenResponse is a received response.
type TokenResponse struct {
	Status int
	Header http.Header
	Body   string
}

// NewAlexa returns an Alexa that links an account with a [Server] without faults.
func NewAlexa(t testing.TB) *Alexa {
	return &Alexa{t: t, ClientID: ClientID, ClientSecret: ClientSecret, AuthMethod: "basic",
		RedirectURI: Pitangui, Scope: "profile", ResponseType: "code",
		State: "A2SAAEAEPG7cB2lQkLRxvu5mM8qqqKs9wX1aZ0", Verifier: strings.Repeat("dBjftJeZ4CVP-mB92K27uhbUJU1p1r", 2)}
}

// OpenBrowser opens a browser without cookies. It accepts every certificate.
func (a *Alexa) OpenBrowser() {
	a.jar = newSiteJar(a.t)
	a.Browser = &http.Client{Jar: a.jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if r.URL.Scheme == "http" || strings.Contains(r.URL.Host, "amazon") || !strings.HasPrefix(r.URL.Host, "127.0.0.1") {
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

// LinkWithConsoleURLs links an account with the console's URLs, including ConsoleMistake.
func (a *Alexa) LinkWithConsoleURLs() {
	a.t.Helper()
	switch a.ConsoleMistake {
	case "swapped":
		a.AuthorizeURL, a.TokenURL = a.TokenURL, a.AuthorizeURL
		a.LinkAccount()
	case "token at authorize":
		a.TokenURL = a.AuthorizeURL
		a.ExchangeCode("code")
	case "authorize twice":
		a.TokenURL = a.AuthorizeURL
		a.LinkAccount()
	case "nowhere":
		a.SignIn()
	case "no grant type":
		a.SignIn()
		a.RequestToken(url.Values{"code": {a.Callback.Query().Get("code")}, "redirect_uri": {a.RedirectURI}})
	default:
		a.TokenURL += a.ConsoleMistake
		a.LinkAccount()
	}
}

// LinkAccount signs in, requests tokens, and refreshes them if Refreshes is set.
func (a *Alexa) LinkAccount() {
	a.t.Helper()
	a.SignIn()
	if a.Callback == nil || a.Callback.Query().Get("code") == "" {
		return
	}
	code := a.Callback.Query().Get("code")
	tokens := a.ExchangeCode(code)
	if a.RepeatsCode {
		a.ExchangeCode(code)
	}
	if again, ok := tokens["refresh_token"].(string); ok && a.Refreshes {
		a.RequestToken(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {again}})
	}
}

// SignIn runs the browser's leg: it opens the authorization URL, signs in, and sets Callback if it is redirected back.
func (a *Alexa) SignIn() {
	a.t.Helper()
	values := url.Values{"client_id": {a.ClientID}, "response_type": {a.ResponseType}, "state": {a.State}, "scope": {a.Scope},
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
	a.jar.crossSite = true // the Alexa app, or Amazon's page, opens the URL
	a.browsePage(http.MethodGet, a.AuthorizeURL+"?"+a.ExtraQuery+values.Encode(), nil)
}

// ExchangeCode requests tokens for a code.
func (a *Alexa) ExchangeCode(code string) map[string]any {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.RedirectURI}}
	if a.TokenRedirectURI != "" {
		form.Set("redirect_uri", a.TokenRedirectURI)
	}
	if a.PKCE {
		form.Set("code_verifier", a.Verifier)
	}
	if a.TokenVerifier != "" {
		form.Set("code_verifier", a.TokenVerifier)
	}
	if form.Get("code_verifier") == "none" {
		form.Del("code_verifier")
	}
	return a.RequestToken(form)
}

// browsePage opens a page and follows redirects. If the page has a form, it signs in. A redirect to Amazon sets Callback.
func (a *Alexa) browsePage(method, to string, form url.Values) {
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
	body := a.readResponse(response)
	a.Pages = append(a.Pages, string(body))
	if location, err := response.Location(); err == nil {
		if strings.Contains(location.Host, "amazon") {
			a.Callback = location
		}
		return
	}
	if a.ScriptPath != "" {
		a.runScript(response)
		return
	}
	action, fields := parseForm(body)
	if action == "" || response.StatusCode >= http.StatusInternalServerError || strings.Contains(action, "amazon") ||
		a.Abandons && a.WrongPasswords == 0 {
		return
	}
	a.loadAssets(response.Request.URL)
	fields.Set("username", Username)
	fields.Set("password", Password)
	if a.WrongPasswords > 0 {
		a.WrongPasswords--
		fields.Set("password", "not the password")
	}
	next, err := response.Request.URL.Parse(action)
	must(a.t, err)
	a.jar.crossSite = false // the listener submits the OAuth server's own form
	a.browsePage(http.MethodPost, next.String(), fields)
}

// loadAssets loads the resources of a page. It resolves their links as a browser does.
func (a *Alexa) loadAssets(page *url.URL) {
	a.t.Helper()
	for _, asset := range []string{"style.css", "/static/logo.svg"} {
		at, err := page.Parse(asset)
		must(a.t, err)
		loaded, err := a.Browser.Get(at.String())
		must(a.t, err)
		text, _ := io.ReadAll(loaded.Body)
		_ = loaded.Body.Close()
		a.Pages = append(a.Pages, string(text))
	}
}

// runScript sends the request of a page's script, with JSON, and opens the page that the response names.
func (a *Alexa) runScript(page *http.Response) {
	a.t.Helper()
	at, err := page.Request.URL.Parse(a.ScriptPath)
	must(a.t, err)
	request, err := http.NewRequest(http.MethodPost, at.String(), strings.NewReader(a.ScriptBody))
	must(a.t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Sec-Fetch-Dest", "empty")
	a.jar.crossSite = false
	var answer struct{ Next string }
	for try := 0; try < 2 && answer.Next == ""; try++ { // as a listener who enters a wrong password first
		request.Body, err = request.GetBody()
		must(a.t, err)
		response, err := a.Browser.Do(request)
		must(a.t, err)
		_ = json.Unmarshal(a.readResponse(response), &answer)
	}
	if a.ScriptPath = ""; answer.Next == "" {
		return
	}
	next, err := page.Request.URL.Parse(answer.Next)
	must(a.t, err)
	a.browsePage(http.MethodGet, next.String(), nil)
}

// parseForm reads a page's form as a browser does.
func parseForm(page []byte) (action string, fields url.Values) {
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

// RequestToken sends a token request as Amazon's servers do.
func (a *Alexa) RequestToken(form url.Values) map[string]any {
	a.t.Helper()
	if a.AuthMethod == "body" || a.AuthMethod == "both" {
		form.Set("client_id", a.ClientID)
		form.Set("client_secret", a.ClientSecret)
	}
	if a.AuthMethod == "public" {
		form.Set("client_id", a.ClientID)
	}
	request, err := http.NewRequest(http.MethodPost, a.TokenURL, strings.NewReader(form.Encode()))
	must(a.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a.AuthMethod == "basic" || a.AuthMethod == "both" {
		request.SetBasicAuth(url.QueryEscape(a.ClientID), url.QueryEscape(a.ClientSecret))
	}
	if a.AuthMethod == "basic" && a.RawBasic {
		request.SetBasicAuth(a.ClientID, a.ClientSecret)
	}
	client := &http.Client{Transport: a.Browser.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	must(a.t, err)
	body := a.readResponse(response)
	var tokens map[string]any
	_ = json.Unmarshal(body, &tokens)
	return tokens
}

// readResponse records a response and returns its body.
func (a *Alexa) readResponse(response *http.Response) []byte {
	a.t.Helper()
	body, err := io.ReadAll(response.Body)
	must(a.t, err)
	must(a.t, response.Body.Close())
	a.Responses = append(a.Responses, TokenResponse{response.StatusCode, response.Header, string(body)})
	return body
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

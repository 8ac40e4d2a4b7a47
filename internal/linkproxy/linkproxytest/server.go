// Package linkproxytest contains the other sides of account linking for tests: an OAuth server that follows the
// protocol except for the faults that a test selects, and an Alexa that links an account there. It does not contain the
// proxy.
package linkproxytest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// An OAuthServer is an authorization server that follows the protocol except for the faults that a test selects. Its
// endpoints are /oauth/authorize and /oauth/token. The fields must not change while it handles requests.
type OAuthServer struct {
	*httptest.Server
	RedirectURIs     []string
	Scopes           []string
	AuthMethod       string // of the client: basic or body
	Secret           string
	PKCE             string                      // "": optional; required; ignored; broken: always rejected; unknown: it is an error
	ShowsLogin       bool                        // show a sign-in page first
	LoginPage        string                      // "": the default page
	ChangeLogin      func(form string) string    // returns the sign-in page with its form
	RetryStatus      int                         // of the sign-in page after a wrong password; 0: an error without a form
	Consents         int                         // number of consent pages after the sign-in
	Pages            map[string]http.HandlerFunc // other pages by path
	AuthorizeHandler http.HandlerFunc
	TokenHandler     http.HandlerFunc
	ChangeRedirect   func(to *url.URL, values url.Values) // changes the redirect back
	ChangeLocation   func(location string) string         // changes the Location header of the redirect back
	ChangeCode       func(code string) string             // changes each code when it is issued
	DecodesBasic     bool                                 // form-decodes the credentials of the scheme Basic (RFC 6749, section 2.3.1)
	ChangeResponse   func(status *int, h http.Header, body map[string]any)
	ForgetsRefresh   bool
	TakesCodesTwice  bool
	LooseRedirect    bool

	mu      sync.Mutex
	codes   map[string]url.Values // the authorization requests
	used    map[string]bool
	refresh map[string]bool
	issued  []string // every secret that the server issued
}

// The server's client and user, and Alexa's redirect URIs.
const (
	ClientID     = "lastpost-skill"
	Password     = "correct horse battery"
	Username     = "alice@listeners.example"
	Pitangui     = "https://pitangui.amazon.com/api/skill/link/M2VENDOR12345"
	Layla        = "https://layla.amazon.com/api/skill/link/M2VENDOR12345"
	Japan        = "https://alexa.amazon.co.jp/api/skill/link/M2VENDOR12345"
	ClientSecret = "s3cr3t-of-the-client"
)

// NewServer starts a server without faults. It runs until the test ends.
func NewServer(t testing.TB) *OAuthServer {
	t.Helper()
	s := &OAuthServer{RedirectURIs: []string{Pitangui, Layla, Japan}, Scopes: []string{"profile"}, AuthMethod: "basic",
		Secret:     ClientSecret,
		ShowsLogin: true,
		codes:      map[string]url.Values{}, used: map[string]bool{}, refresh: map[string]bool{}}
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP serves the server's paths.
func (s *OAuthServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if page := s.Pages[r.URL.Path]; page != nil {
		page(w, r)
		return
	}
	switch r.URL.Path {
	case "/oauth/authorize":
		handlerOrDefault(s.AuthorizeHandler, s.Authorize)(w, r)
	case "/oauth/login", "/sign-in":
		s.serveLogin(w, r)
	case "/oauth/consent":
		s.serveConsent(w, r)
	case "/oauth/token":
		handlerOrDefault(s.TokenHandler, s.ServeToken)(w, r)
	case "/oauth/style.css", "/static/logo.svg":
		w.Header().Set("Content-Type", "text/css")
		_, _ = w.Write([]byte("/* " + r.URL.Path + " */"))
	default:
		http.NotFound(w, r)
	}
}

func handlerOrDefault(handler, fallback http.HandlerFunc) http.HandlerFunc {
	if handler != nil {
		return handler
	}
	return fallback
}

func (s *OAuthServer) issueSecret(secret string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	secret = fmt.Sprintf("%s-%s-%d", secret, base64.RawURLEncoding.EncodeToString([]byte(time.Now().String()))[:12], len(s.issued))
	s.issued = append(s.issued, secret)
	return secret
}

// Authorize is the authorization endpoint's default handler.
func (s *OAuthServer) Authorize(w http.ResponseWriter, r *http.Request) {
	q := r.Form
	switch {
	case q.Get("grant_type") != "":
		http.Error(w, "not an authorization request", http.StatusBadRequest)
	case !slices.Contains(s.RedirectURIs, q.Get("redirect_uri")):
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`<!doctype html><title>Error</title><p>The redirect URI does not match the registered ones.`))
	case q.Get("client_id") != ClientID:
		http.Error(w, "unknown client", http.StatusBadRequest)
	case !slices.Contains(s.Scopes, q.Get("scope")):
		s.redirectBack(w, r, q, url.Values{"error": {"invalid_scope"}})
	case s.PKCE == "required" && q.Get("code_challenge") == "":
		s.redirectBack(w, r, q, url.Values{"error": {"invalid_request"}, "error_description": {"Code challenge required"}})
	case s.ShowsLogin:
		http.SetCookie(w, &http.Cookie{Name: "session", Value: s.issueSecret("cookie"), Path: "/", Domain: "127.0.0.1", Secure: true,
			HttpOnly: true})
		http.Redirect(w, r, s.URL+"/oauth/login?to="+url.QueryEscape(q.Encode()), http.StatusFound)
	default:
		s.Grant(w, r, q)
	}
}

func (s *OAuthServer) serveLogin(w http.ResponseWriter, r *http.Request) {
	to, _ := url.ParseQuery(r.Form.Get("to"))
	status, message := http.StatusOK, ""
	if r.Method == http.MethodPost {
		switch signedIn := r.Form.Get("password") == Password && r.Header.Get("Origin") == s.URL; {
		case signedIn && s.Consents > 0:
			http.Redirect(w, r, "/oauth/consent?step=1&to="+url.QueryEscape(to.Encode()), http.StatusSeeOther)
			return
		case signedIn:
			s.Grant(w, r, to)
			return
		case s.RetryStatus == 0:
			http.Error(w, "wrong password or origin: "+r.Header.Get("Origin"), http.StatusForbidden)
			return
		}
		status, message = s.RetryStatus, "<p class=error>Invalid username or password for this application."
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; form-action 'self'")
	w.WriteHeader(status)
	if s.LoginPage != "" {
		_, _ = w.Write([]byte(s.LoginPage))
		return
	}
	form := fmt.Sprintf(`%s<form method=post action=login><input type=hidden name=to value="%s"><input type=hidden name=csrf value="%s">
<input name=username><input name=Password type=Password><button>Sign in</button></form>`,
		message, strings.ReplaceAll(to.Encode(), "&", "&amp;"), s.issueSecret("csrf"))
	if s.ChangeLogin != nil {
		_, _ = w.Write([]byte(s.ChangeLogin(form)))
		return
	}
	_, _ = fmt.Fprintf(w, `<!doctype html><title>Sign in</title><link rel=stylesheet href=style.css><img src="/static/logo.svg">%s`, form)
}

// serveConsent shows the consent pages one after the other.
func (s *OAuthServer) serveConsent(w http.ResponseWriter, r *http.Request) {
	to, _ := url.ParseQuery(r.Form.Get("to"))
	step, _ := strconv.Atoi(r.Form.Get("step"))
	if step > s.Consents {
		s.Grant(w, r, to)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, `<!doctype html><title>Authorize the application</title><p>Alexa wants to read your profile.
Access expires in 90 days.<form method=post action=consent><input type=hidden name=to value="%s">
<input type=hidden name=step value="%d"><button name=allow>Allow</button></form>`,
		strings.ReplaceAll(to.Encode(), "&", "&amp;"), step+1)
}

// Grant redirects the browser back with a code for the authorization request q.
func (s *OAuthServer) Grant(w http.ResponseWriter, r *http.Request, q url.Values) {
	values := url.Values{}
	if q.Get("response_type") == "token" {
		values = url.Values{"access_token": {s.issueSecret("implicit")}, "token_type": {"Bearer"}}
	} else {
		code := s.issueSecret("code")
		if s.ChangeCode != nil {
			code = s.ChangeCode(code)
		}
		s.mu.Lock()
		s.codes[code] = q
		s.issued = append(s.issued, code)
		s.mu.Unlock()
		values.Set("code", code)
	}
	s.redirectBack(w, r, q, values)
}

func (s *OAuthServer) redirectBack(w http.ResponseWriter, r *http.Request, q, values url.Values) {
	to, _ := url.Parse(q.Get("redirect_uri"))
	values.Set("state", q.Get("state"))
	if s.ChangeRedirect != nil {
		s.ChangeRedirect(to, values)
	}
	if q.Get("response_type") == "token" && to.RawQuery == "" {
		http.Redirect(w, r, to.String()+"#"+values.Encode(), http.StatusFound)
		return
	}
	if to.RawQuery == "" && to.Fragment == "" {
		to.RawQuery = values.Encode()
	}
	location := to.String()
	if s.ChangeLocation != nil {
		location = s.ChangeLocation(location)
	}
	http.Redirect(w, r, location, http.StatusFound)
}

// ServeToken is the token endpoint's default handler.
func (s *OAuthServer) ServeToken(w http.ResponseWriter, r *http.Request) {
	status, body := s.tokenResponse(r)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if status == 401 {
		h.Set("WWW-Authenticate", "Basic")
	}
	if s.ChangeResponse != nil {
		s.ChangeResponse(&status, h, body)
	}
	text, _ := json.Marshal(body)
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func errorResponse(code string, description ...string) (int, map[string]any) {
	body := map[string]any{"error": code}
	if len(description) > 0 {
		body["error_description"] = description[0]
	}
	return map[string]int{"invalid_client": 401}[code] + map[bool]int{true: 400}[code != "invalid_client"], body
}

func (s *OAuthServer) tokenResponse(r *http.Request) (int, map[string]any) {
	id, secret, header := r.BasicAuth()
	if s.AuthMethod == "none" { // a public client sends only its id
		header, id, secret = false, r.PostForm.Get("client_id"), s.Secret
		r.PostForm.Set("client_id", id)
		r.PostForm.Set("client_secret", secret)
	}
	if decoded, err := url.QueryUnescape(secret); s.DecodesBasic && err == nil {
		secret = decoded
	}
	if header != (s.AuthMethod == "basic") {
		return errorResponse("invalid_client")
	}
	if !header {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if id != ClientID || secret != s.Secret {
		return errorResponse("invalid_client")
	}
	form := r.PostForm
	s.mu.Lock()
	defer s.mu.Unlock()
	switch form.Get("grant_type") {
	case "authorization_code":
		if refused := s.codeProblem(form); refused != "" {
			code, description, _ := strings.Cut(refused, ": ")
			return errorResponse(code, description)
		}
	case "refresh_token":
		if !s.refresh[form.Get("refresh_token")] || s.ForgetsRefresh {
			return errorResponse("invalid_grant", "refresh token is gone")
		}
	default:
		return errorResponse("unsupported_grant_type")
	}
	s.issued = append(s.issued, fmt.Sprintf("access-%d-Zm9vYmFy", len(s.issued)), fmt.Sprintf("refresh-%d-Zm9vYmFy", len(s.issued)))
	access, refresh := s.issued[len(s.issued)-2], s.issued[len(s.issued)-1]
	s.refresh[refresh] = true
	return 200, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 3600, "refresh_token": refresh}
}

// codeProblem returns the error code and description for a token request with an invalid code. If the code is valid, it
// marks the code as used and returns "".
func (s *OAuthServer) codeProblem(form url.Values) string {
	code := form.Get("code")
	authorized, known := s.codes[code]
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	challenge := authorized.Get("code_challenge")
	switch {
	case !known || s.used[code] && !s.TakesCodesTwice:
		return "invalid_grant: no such code: " + code
	case authorized.Get("redirect_uri") != form.Get("redirect_uri") && !s.LooseRedirect:
		return "invalid_grant: redirect_uri differs"
	case s.PKCE == "broken" && challenge != "":
		return "invalid_grant: code_verifier mismatch"
	case s.PKCE == "unknown" && form.Has("code_verifier"):
		return "invalid_request: unknown parameter"
	case s.PKCE != "ignored" && s.PKCE != "unknown" && challenge != "" && base64.RawURLEncoding.EncodeToString(sum[:]) != challenge:
		return "invalid_grant: code_verifier mismatch"
	}
	s.used[code] = true
	return ""
}

// IssuedSecrets returns all secrets that the server issued, and the fixed secrets of the client and the user.
func (s *OAuthServer) IssuedSecrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(s.issued), s.Secret, Password, Username))))
}

// FixedResponse returns a handler that always sends the same response.
func FixedResponse(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// Package lwa is a fake of Login with Amazon: security profiles, the authorization request and the token endpoint. It does not
// show pages: the operator is signed in and answers at once.
package lwa

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// codeLife is the life of an authorization code.
const codeLife = 5 * time.Minute

// A Login is the running fake. Its methods are safe for concurrent use. The fields must not change while it runs.
type Login struct {
	LWAURL     string           // base address
	Now        func() time.Time // its clock
	TokenLife  time.Duration    // of an access token
	RefusePKCE bool             // refuse a code challenge

	mu       sync.Mutex
	profiles []*profile
	codes    map[string]*authorization
	refresh  map[string]*grant // by refresh token
	access   map[string]*grant // by access token
	rotate   bool              // at the next refresh
	secrets  []string
}

// New returns a Login with an hour's access tokens.
func New(now func() time.Time) *Login {
	return &Login{
		Now: now, TokenLife: time.Hour,
		codes: map[string]*authorization{}, refresh: map[string]*grant{}, access: map[string]*grant{},
	}
}

// A profile is a security profile of the operator: a client of Login with Amazon.
type profile struct {
	id, secret string
	returnURLs []string
}

// An authorization is what a code stands for.
type authorization struct {
	client      *profile
	scopes      []string
	redirectURI string
	challenge   string // PKCE; "": none
	expires     time.Time
	used        bool
}

// A grant is what a token stands for.
type grant struct {
	client  *profile
	scopes  []string
	expires time.Time // of an access token
}

// scopePrefix begins every scope.
const scopePrefix = "alexa::ask:"

// knownScopes returns the scopes that clients other than Amazon's own can have.
func knownScopes() []string {
	const prefix = scopePrefix
	return []string{prefix + "skills:read", prefix + "skills:readwrite", prefix + "models:read", prefix + "models:readwrite",
		prefix + "skills:test", prefix + "catalogs:read", prefix + "catalogs:readwrite", prefix + "subscriptions"}
}

// Handler serves the pages and the token endpoint.
func (l *Login) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ap/oa", func(w http.ResponseWriter, r *http.Request) { l.authorize(w, r, false) })
	mux.HandleFunc("POST /auth/o2/token", l.serveToken)
	mux.HandleFunc("POST /auth/O2/token", l.serveToken)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		tokenError{http.StatusNotFound, "invalid_request", "There is no such page."}.write(w)
	})
	return mux
}

// authorize answers an authorization request. The operator is signed in and answers the consent page at once.
func (l *Login) authorize(w http.ResponseWriter, r *http.Request, declines bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	query := r.URL.Query()
	client := l.findProfile(query.Get("client_id"))
	switch {
	case client == nil:
		writePage(w, "400 Bad Request. An unknown or invalid client_id was supplied.")
		return
	case !slices.Contains(client.returnURLs, query.Get("redirect_uri")):
		writePage(w, "400 Bad Request. The redirect URI you provided has not been whitelisted for your application. "+
			"Please add your redirect URI in the 'Allowed Return URLs' section under 'Web Settings'")
		return
	}
	answer := url.Values{}
	if state := query.Get("state"); state != "" {
		answer.Set("state", state)
	}
	scopes := strings.Fields(query.Get("scope"))
	isUnknown := func(scope string) bool { return !slices.Contains(knownScopes(), scope) }
	fail := func(code, description string) {
		answer.Set("error", code)
		answer.Set("error_description", description)
	}
	switch challenge := query.Get("code_challenge"); {
	case query.Get("response_type") != "code":
		fail("unsupported_response_type", "The response type must be code.")
	case len(scopes) == 0 || slices.ContainsFunc(scopes, isUnknown):
		fail("invalid_scope", "An unknown scope was requested.")
	case challenge != "" && (l.RefusePKCE || query.Get("code_challenge_method") != "S256" || len(challenge) != 43):
		fail("invalid_request", "The code challenge is not supported.")
	case declines:
		fail("access_denied", "The request was denied by the user.")
	default:
		code := l.newSecret("AN", 15)
		l.codes[code] = &authorization{client, scopes, query.Get("redirect_uri"), challenge, l.Now().Add(codeLife), false}
		answer.Set("code", code)
		answer.Set("scope", strings.Join(scopes, " "))
	}
	to, _ := url.Parse(query.Get("redirect_uri")) // it is one of the profile's
	to.RawQuery = answer.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}

func writePage(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(w, "<!DOCTYPE html><html><body><p>"+html.EscapeString(text)+"</p></body></html>")
}

func (l *Login) findProfile(id string) *profile {
	for _, found := range l.profiles {
		if found.id == id {
			return found
		}
	}
	return nil
}

// A tokenError is an error of the token endpoint.
type tokenError struct {
	status            int
	code, description string
}

func (e tokenError) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": e.code, "error_description": e.description})
}

// serveToken answers a request for tokens.
func (l *Login) serveToken(w http.ResponseWriter, r *http.Request) {
	values, ok := tokenParameters(r)
	if !ok {
		tokenError{http.StatusBadRequest, "invalid_request", "The request must be a form or JSON with each parameter once."}.write(w)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	client := l.findProfile(values["client_id"])
	if client == nil || subtle.ConstantTimeCompare([]byte(client.secret), []byte(values["client_secret"])) != 1 {
		tokenError{http.StatusUnauthorized, "invalid_client", "Client authentication failed."}.write(w)
		return
	}
	var tokens map[string]any
	var failure *tokenError
	switch values["grant_type"] {
	case "authorization_code":
		tokens, failure = l.redeemCode(client, values)
	case "refresh_token":
		tokens, failure = l.redeemRefreshToken(client, values["refresh_token"])
	default:
		failure = &tokenError{http.StatusBadRequest, "unsupported_grant_type", "The grant type is not supported."}
	}
	if failure != nil {
		failure.write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(tokens)
}

// tokenParameters reads a form or JSON.
func tokenParameters(r *http.Request) (values map[string]string, ok bool) {
	values = map[string]string{}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media == "application/json" {
		return values, json.NewDecoder(r.Body).Decode(&values) == nil
	}
	if media != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		return nil, false
	}
	for name, all := range r.PostForm {
		values[name] = all[0]
		if len(all) != 1 {
			return nil, false
		}
	}
	return values, true
}

// redeemCode exchanges a code for tokens.
func (l *Login) redeemCode(client *profile, values map[string]string) (map[string]any, *tokenError) {
	if verifier := values["code_verifier"]; verifier != "" {
		l.secrets = append(l.secrets, verifier)
	}
	found := l.codes[values["code"]]
	switch {
	case found == nil || found.used || found.client != client || l.Now().After(found.expires):
		return nil, &tokenError{http.StatusBadRequest, "invalid_grant", "The provided authorization code is invalid, expired or used."}
	case found.redirectURI != values["redirect_uri"]:
		return nil, &tokenError{http.StatusBadRequest, "invalid_grant", "The redirect URI differs from the authorization request."}
	case found.challenge != "" && found.challenge != challengeOf(values["code_verifier"]):
		return nil, &tokenError{http.StatusBadRequest, "invalid_grant", "The code verifier does not match the code challenge."}
	}
	found.used = true
	refresh := l.newRefreshToken(client, found.scopes)
	return l.newTokens(refresh), nil
}

// challengeOf returns the code challenge of a verifier (RFC 7636, section 4.2).
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// redeemRefreshToken exchanges a refresh token for an access token.
func (l *Login) redeemRefreshToken(client *profile, token string) (map[string]any, *tokenError) {
	found := l.refresh[token]
	switch {
	case found == nil:
		return nil, &tokenError{http.StatusBadRequest, "invalid_grant", "The request has an invalid grant parameter: refresh_token."}
	case found.client != client:
		return nil, &tokenError{http.StatusBadRequest, "unauthorized_client", "Not authorized for requested operation"}
	case l.rotate:
		l.rotate = false
		delete(l.refresh, token)
		token = l.newRefreshToken(client, found.scopes)
	}
	return l.newTokens(token), nil
}

func (l *Login) newRefreshToken(client *profile, scopes []string) string {
	token := l.newSecret("Atzr|", 200)
	l.refresh[token] = &grant{client: client, scopes: scopes}
	return token
}

// newTokens makes an access token for a refresh token, and the answer of the token endpoint.
func (l *Login) newTokens(refresh string) map[string]any {
	token := l.newSecret("Atza|", 250)
	found := l.refresh[refresh]
	l.access[token] = &grant{found.client, found.scopes, l.Now().Add(l.TokenLife)}
	return map[string]any{
		"access_token": token, "refresh_token": refresh, "token_type": "bearer", "expires_in": int(l.TokenLife.Seconds()),
	}
}

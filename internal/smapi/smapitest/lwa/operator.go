package lwa

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
)

// ReturnURL is the return URL of a new profile.
const ReturnURL = "http://127.0.0.1:9090/cb"

// NewProfile makes a security profile of the operator with ReturnURL.
func (l *Login) NewProfile() (clientID, clientSecret string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	made := l.newProfile()
	return made.id, made.secret
}

func (l *Login) newProfile() *profile {
	made := &profile{
		id: "amzn1.application-oa2-client." + hex.EncodeToString(randomBytes(16)), secret: l.newSecret("amzn1.oa2-cs.v1.", 32),
		returnURLs: []string{ReturnURL},
	}
	l.profiles = append(l.profiles, made)
	return made
}

// AllowReturnURL enters another return URL into a profile.
func (l *Login) AllowReturnURL(clientID, returnURL string) {
	l.changeProfile(clientID, func(p *profile) { p.returnURLs = append(p.returnURLs, returnURL) })
}

// ChangeClientSecret gives a profile another secret. The old one ends.
func (l *Login) ChangeClientSecret(clientID string) (clientSecret string) {
	l.changeProfile(clientID, func(p *profile) {
		p.secret = l.newSecret("amzn1.oa2-cs.v1.", 32)
		clientSecret = p.secret
	})
	return clientSecret
}

// changeProfile changes a profile. An unknown one is a mistake of the test.
func (l *Login) changeProfile(clientID string, edit func(*profile)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.findProfile(clientID)
	if found == nil {
		panic("the fake does not have the profile " + clientID)
	}
	edit(found)
}

// SignedIn returns a refresh token of the newest profile, and makes a profile if there is none. Without scopes it has those
// that a deployment needs.
func (l *Login) SignedIn(scopes ...string) (refreshToken string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.profiles) == 0 {
		l.newProfile()
	}
	return l.newRefreshToken(l.profiles[len(l.profiles)-1], orDefault(scopes))
}

// SignedInAs is SignedIn for one profile.
func (l *Login) SignedInAs(clientID string, scopes ...string) (refreshToken string) {
	l.changeProfile(clientID, func(p *profile) { refreshToken = l.newRefreshToken(p, orDefault(scopes)) })
	return refreshToken
}

// AccessToken returns a valid access token of the newest profile, for tests without a sign-in. Without scopes it has all.
func (l *Login) AccessToken(scopes ...string) string {
	if len(scopes) == 0 {
		scopes = knownScopes()
	}
	refresh := l.SignedIn(scopes...)
	l.mu.Lock()
	defer l.mu.Unlock()
	token, _ := l.newTokens(refresh)["access_token"].(string)
	return token
}

// orDefault returns the scopes of a deployment if there are none.
func orDefault(scopes []string) []string {
	if len(scopes) == 0 {
		return []string{scopePrefix + "skills:readwrite", scopePrefix + "models:readwrite"}
	}
	return scopes
}

// OperatorConsents opens the address of an authorization request in the operator's browser. The operator agrees. It returns
// the URL that the browser is sent to, or an error with the text of Amazon's error page.
func (l *Login) OperatorConsents(authorizeURL string) (redirectURL string, err error) {
	return l.browse(authorizeURL, false)
}

// OperatorDeclines is OperatorConsents for an operator who does not agree.
func (l *Login) OperatorDeclines(authorizeURL string) (redirectURL string, err error) {
	return l.browse(authorizeURL, true)
}

func (l *Login) browse(authorizeURL string, declines bool) (string, error) {
	u, err := url.Parse(authorizeURL)
	if err != nil {
		return "", err
	}
	if base := u.Scheme + "://" + u.Host; base != l.LWAURL || u.Path != "/ap/oa" {
		return "", fmt.Errorf("the authorization request goes to %s%s, not to %s/ap/oa", base, u.Path, l.LWAURL)
	}
	page := httptest.NewRecorder()
	l.authorize(page, httptest.NewRequest(http.MethodGet, authorizeURL, nil), declines)
	if page.Code != http.StatusFound {
		return "", errors.New(page.Body.String())
	}
	return page.Header().Get("Location"), nil
}

// RemoveAccess ends all tokens of a profile, as the operator does it on Amazon's account page.
func (l *Login) RemoveAccess(clientID string) {
	l.changeProfile(clientID, func(p *profile) {
		isRemoved := func(_ string, g *grant) bool { return g.client == p }
		maps.DeleteFunc(l.refresh, isRemoved)
		maps.DeleteFunc(l.access, isRemoved)
	})
}

// RotateRefreshToken makes the next refresh answer with a new refresh token. The old one ends.
func (l *Login) RotateRefreshToken() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rotate = true
}

// ExpireAccessTokens ends all access tokens.
func (l *Login) ExpireAccessTokens() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.access)
}

// ExpireToken ends an access token.
func (l *Login) ExpireToken(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.access, token)
}

// Secrets returns every token, code, client secret and code verifier so far.
func (l *Login) Secrets() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.secrets)
}

// Scopes returns the scopes of an access token without their prefix, and false if the token is not valid.
func (l *Login) Scopes(token string) (scopes []string, valid bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.access[token]
	if found == nil || l.Now().After(found.expires) {
		return nil, false
	}
	for _, scope := range found.scopes {
		scopes = append(scopes, strings.TrimPrefix(scope, scopePrefix))
	}
	return scopes, true
}

// newSecret makes a random text with a prefix and remembers it as a secret. As in Amazon's tokens, "|" needs
// an escape in URLs. No other character does: ask-smapi-sdk sends a form without escapes.
func (l *Login) newSecret(prefix string, size int) string {
	secret := prefix + base64.RawURLEncoding.EncodeToString(randomBytes(size))
	l.secrets = append(l.secrets, secret)
	return secret
}

func randomBytes(n int) []byte {
	random := make([]byte, n)
	_, _ = rand.Read(random) // it does not fail
	return random
}

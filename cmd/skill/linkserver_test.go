package main

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify/verifytest"
)

// The client and the redirect URI that Alexa uses.
const (
	linkClient   = "lastpost-skill"
	linkRedirect = "https://pitangui.amazon.com/api/skill/link/M2VENDOR12345"
)

// An oauthServer is an authorization server that the program trusts. It follows the rules, except for the fault that
// setFault sets.
type oauthServer struct {
	*httptest.Server

	mu      sync.Mutex
	faulty  map[string]http.HandlerFunc // by path
	omits   string                      // a query parameter or JSON member to omit
	secrets []string                    // all secret values that it issued
}

// newOAuthServer starts an authorization server and makes the service proxy it. Call it before the start of h.
func newOAuthServer(t testing.TB, h *harness) *oauthServer {
	t.Helper()
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	leaf, err := authority.Issue(verifytest.CertificateTemplate{Names: []string{"localhost"}})
	require.NoError(t, err)
	pair, err := tls.X509KeyPair(verifytest.PEMBundle(leaf, authority.Intermediate), keyPEM(t, authority))
	require.NoError(t, err)
	s := &oauthServer{}
	s.Server = httptest.NewUnstartedServer(s)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	s.StartTLS()
	t.Cleanup(s.Close)

	file := filepath.Join(h.dir, "roots.pem")
	roots, err := os.ReadFile(file)
	require.NoError(t, err)
	writeFile(t, file, append(roots, verifytest.PEMBundle(authority.Root)...))
	file = filepath.Join(h.dir, "skill.yaml")
	config, err := os.ReadFile(file)
	require.NoError(t, err)
	base := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	writeFile(t, file, fmt.Appendf(config, "public_url: https://skill.example.com\naccount_linking: {authorization_url: %s/authorize, token_url: %s/token}\n", base, base))
	return s
}

// setFault replaces the current fault. The zero linkFault means no fault.
func (s *oauthServer) setFault(f linkFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faulty, s.omits = map[string]http.HandlerFunc{f.path: f.answer}, f.omits
}

// newSecret returns a random secret and records it.
func (s *oauthServer) newSecret(kind string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	secret := kind + "-" + rand.Text()
	s.secrets = append(s.secrets, secret)
	return secret
}

func (s *oauthServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	faulty, omitted := s.faulty[r.URL.Path], s.omits
	s.mu.Unlock()
	_ = r.ParseForm() // an invalid form has no fields
	switch {
	case faulty != nil:
		faulty(w, r)
	case r.URL.Path == "/authorize":
		http.SetCookie(w, &http.Cookie{Name: "session", Value: s.newSecret("cookie"), Path: "/", Secure: true})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><title>Sign in</title><form method="post" action="login"><input type="hidden" name="csrf" value="%s"><input name="password"></form>`, s.newSecret("csrf"))
	case r.URL.Path == "/login":
		back := url.Values{"code": {s.newSecret("code")}, "state": {r.Form.Get("state")}}
		back.Del(omitted)
		http.Redirect(w, r, linkRedirect+"?"+back.Encode(), http.StatusFound)
	case r.URL.Path == "/token":
		s.writeTokens(w, omitted)
	}
}

// writeTokens writes a token response.
func (s *oauthServer) writeTokens(w http.ResponseWriter, omitted string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	members := []string{`"token_type":"Bearer"`, `"expires_in":3600`}
	for _, name := range []string{"access_token", "refresh_token"} {
		if name != omitted {
			members = append(members, fmt.Sprintf("%q:%q", name, s.newSecret(name)))
		}
	}
	_, _ = fmt.Fprintf(w, "{%s}", strings.Join(members, ","))
}

// respondWith returns a handler with a fixed response.
func respondWith(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// redirectBackWith returns a handler that redirects the browser back to Amazon with extra query values.
func redirectBackWith(values string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, linkRedirect+"?state="+url.QueryEscape(r.Form.Get("state"))+"&"+values, http.StatusFound)
	}
}

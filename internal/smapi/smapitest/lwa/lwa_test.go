package lwa_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/smapitest/lwa"
)

const scopes = "alexa::ask:skills:readwrite alexa::ask:models:readwrite"

// A harness is a running fake with a profile.
type harness struct {
	*lwa.Login
	t          *testing.T
	id, secret string
	offset     *atomic.Int64
}

func newHarness(t *testing.T) harness {
	t.Helper()
	offset := &atomic.Int64{}
	login := lwa.New(func() time.Time { return time.Now().Add(time.Duration(offset.Load())) })
	server := httptest.NewServer(login.Handler())
	t.Cleanup(server.Close)
	login.LWAURL = server.URL
	id, secret := login.NewProfile()
	return harness{login, t, id, secret, offset}
}

// authorizeURL returns the address of an authorization request. Changes are pairs of parameters; "" removes one.
func (h harness) authorizeURL(changes ...string) string {
	query := url.Values{
		"response_type": {"code"}, "client_id": {h.id}, "scope": {scopes}, "redirect_uri": {lwa.ReturnURL}, "state": {"a b&c"},
	}
	change(query, changes)
	return h.LWAURL + "/ap/oa?" + query.Encode()
}

func change(values url.Values, changes []string) {
	for i := 0; i < len(changes); i += 2 {
		if values.Del(changes[i]); changes[i+1] != "" {
			values.Set(changes[i], changes[i+1])
		}
	}
}

// code signs in and returns the code.
func (h harness) code(changes ...string) string {
	h.t.Helper()
	redirect, err := h.OperatorConsents(h.authorizeURL(changes...))
	require.NoError(h.t, err)
	to, err := url.Parse(redirect)
	require.NoError(h.t, err)
	require.Equal(h.t, "a b&c", to.Query().Get("state"))
	require.NotEmpty(h.t, to.Query().Get("code"), redirect)
	return to.Query().Get("code")
}

// redeem asks for tokens with a code.
func (h harness) redeem(code string, changes ...string) (int, map[string]any) {
	h.t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {lwa.ReturnURL}, "client_id": {h.id}, "client_secret": {h.secret},
	}
	change(form, changes)
	return h.post("/auth/o2/token", "application/x-www-form-urlencoded", form.Encode())
}

// renew asks for an access token with a refresh token.
func (h harness) renew(token any, changes ...string) (int, map[string]any) {
	h.t.Helper()
	form := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {token.(string)}, "client_id": {h.id}, "client_secret": {h.secret},
	}
	change(form, changes)
	return h.post("/auth/O2/token", "application/x-www-form-urlencoded", form.Encode())
}

func (h harness) post(path, contentType, body string) (int, map[string]any) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.LWAURL+path, strings.NewReader(body))
	require.NoError(h.t, err)
	request.Header.Set("Content-Type", contentType)
	response, err := http.DefaultClient.Do(request)
	require.NoError(h.t, err)
	defer func() { require.NoError(h.t, response.Body.Close()) }()
	var decoded map[string]any
	require.NoError(h.t, json.NewDecoder(response.Body).Decode(&decoded))
	return response.StatusCode, decoded
}

func TestSignIn(t *testing.T) {
	h := newHarness(t)
	code := h.code()
	status, tokens := h.redeem(code)
	require.Equal(t, http.StatusOK, status, tokens)
	require.Regexp(t, `^Atza\|.{200,800}$`, tokens["access_token"])
	require.Regexp(t, `^Atzr\|.{200,800}$`, tokens["refresh_token"])
	require.Equal(t, "bearer", tokens["token_type"])
	require.EqualValues(t, 3600, tokens["expires_in"])
	granted, valid := h.Scopes(tokens["access_token"].(string))
	require.True(t, valid)
	require.Equal(t, []string{"skills:readwrite", "models:readwrite"}, granted)
	require.Subset(t, h.Secrets(), []string{h.secret, code, tokens["access_token"].(string), tokens["refresh_token"].(string)})

	status, answer := h.redeem(code)
	require.Equal(t, http.StatusBadRequest, status, "a code works once")
	require.Equal(t, "invalid_grant", answer["error"])
}

func TestTokenEndpointTakesJSON(t *testing.T) {
	h := newHarness(t)
	body, err := json.Marshal(map[string]string{
		"grant_type": "authorization_code", "code": h.code(), "redirect_uri": lwa.ReturnURL, "client_id": h.id, "client_secret": h.secret,
	})
	require.NoError(t, err)
	status, tokens := h.post("/auth/o2/token", "application/json", string(body))
	require.Equal(t, http.StatusOK, status, tokens)
	status, _ = h.post("/auth/o2/token", "text/plain", string(body))
	require.Equal(t, http.StatusBadRequest, status)
	for _, form := range []string{"grant_type=refresh_token&grant_type=refresh_token&client_id=" + h.id + "&client_secret=" + h.secret, "a=%zz"} {
		status, answer := h.post("/auth/o2/token", "application/x-www-form-urlencoded", form)
		require.Equal(t, http.StatusBadRequest, status)
		require.Equal(t, "invalid_request", answer["error"], form)
	}
}

func TestCodeOfAnotherClient(t *testing.T) {
	h := newHarness(t)
	other, secret := h.NewProfile()
	_, answer := h.redeem(h.code(), "client_id", other, "client_secret", secret)
	require.Equal(t, "invalid_grant", answer["error"])
}

func TestTokensWithoutASignIn(t *testing.T) {
	login := lwa.New(time.Now)
	all, valid := login.Scopes(login.AccessToken())
	require.True(t, valid)
	require.Contains(t, all, "skills:test")
	one, _ := login.Scopes(login.AccessToken("alexa::ask:skills:read"))
	require.Equal(t, []string{"skills:read"}, one)
	require.Panics(t, func() { login.RemoveAccess("unknown") }, "a mistake of the test")
}

func TestTokenEndpointRefusals(t *testing.T) {
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	challenge := []string{"code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method", "S256"}
	cases := []struct {
		name      string
		authorize []string
		redeem    []string
		late      time.Duration
		want      string
	}{
		{name: "the code verifier matches", authorize: challenge, redeem: []string{"code_verifier", verifier}},
		{name: "the code verifier is missing", authorize: challenge, want: "invalid_grant"},
		{name: "the code verifier is another", authorize: challenge, redeem: []string{"code_verifier", verifier + "w"}, want: "invalid_grant"},
		{name: "the redirect URI is another", redeem: []string{"redirect_uri", "http://localhost:9090/cb"}, want: "invalid_grant"},
		{name: "the redirect URI is missing", redeem: []string{"redirect_uri", ""}, want: "invalid_grant"},
		{name: "the code is unknown", redeem: []string{"code", "ANunknown"}, want: "invalid_grant"},
		{name: "the code is old", late: 6 * time.Minute, want: "invalid_grant"},
		{name: "the client secret is wrong", redeem: []string{"client_secret", "other"}, want: "invalid_client"},
		{name: "the client is unknown", redeem: []string{"client_id", "other"}, want: "invalid_client"},
		{name: "the grant type is unknown", redeem: []string{"grant_type", "password"}, want: "unsupported_grant_type"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := newHarness(t)
			code := h.code(c.authorize...)
			h.offset.Store(int64(c.late))
			status, answer := h.redeem(code, c.redeem...)
			if c.want == "" {
				require.Equal(t, http.StatusOK, status, answer)
				require.Contains(t, h.Secrets(), verifier)
				return
			}
			require.Contains(t, []int{http.StatusBadRequest, http.StatusUnauthorized}, status)
			require.Equal(t, c.want, answer["error"])
			require.NotEmpty(t, answer["error_description"])
		})
	}
}

func TestAuthorizationRefusals(t *testing.T) {
	h := newHarness(t)
	pages := map[string][]string{
		"has not been whitelisted for your application": {"redirect_uri", lwa.ReturnURL + "/"},
		"client_id": {"client_id", "other"},
	}
	for want, changes := range pages {
		_, err := h.OperatorConsents(h.authorizeURL(changes...))
		require.ErrorContains(t, err, want)
	}
	redirects := map[string][]string{
		"invalid_scope":             {"scope", "alexa::ask:skills:debug"},
		"unsupported_response_type": {"response_type", "token"},
		"invalid_request":           {"code_challenge", strings.Repeat("c", 43), "code_challenge_method", "plain"},
	}
	for want, changes := range redirects {
		requireError(t, want, func() (string, error) { return h.OperatorConsents(h.authorizeURL(changes...)) })
	}
	requireError(t, "invalid_scope", func() (string, error) { return h.OperatorConsents(h.authorizeURL("scope", "")) })
	requireError(t, "access_denied", func() (string, error) { return h.OperatorDeclines(h.authorizeURL()) })
	for _, address := range []string{"https://www.amazon.com/ap/oa?client_id=" + h.id, h.LWAURL + "/ap/other"} {
		_, err := h.OperatorConsents(address)
		require.ErrorContains(t, err, "not to "+h.LWAURL)
	}
	redirect, err := h.OperatorConsents(h.authorizeURL("state", ""))
	require.NoError(t, err)
	require.NotContains(t, redirect, "state=")

	h.RefusePKCE = true
	requireError(t, "invalid_request", func() (string, error) {
		return h.OperatorConsents(h.authorizeURL("code_challenge", strings.Repeat("c", 43), "code_challenge_method", "S256"))
	})
	other := "http://localhost:3000/cb"
	h.AllowReturnURL(h.id, other)
	redirect, err = h.OperatorConsents(h.authorizeURL("redirect_uri", other))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(redirect, other+"?"), redirect)
}

// requireError checks the error in the URL that the browser is sent to.
func requireError(t *testing.T, want string, open func() (string, error)) {
	t.Helper()
	redirect, err := open()
	require.NoError(t, err)
	to, err := url.Parse(redirect)
	require.NoError(t, err)
	require.Equal(t, want, to.Query().Get("error"))
	require.Equal(t, "a b&c", to.Query().Get("state"))
	require.Empty(t, to.Query().Get("code"))
}

func TestBrowserIsSentBack(t *testing.T) {
	h := newHarness(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.authorizeURL(), nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusFound, response.StatusCode)
	require.Contains(t, response.Header.Get("Location"), "code=")
}

func TestRefresh(t *testing.T) {
	h := newHarness(t)
	token := h.SignedIn()
	status, first := h.renew(token)
	require.Equal(t, http.StatusOK, status, first)
	require.Equal(t, token, first["refresh_token"], "it stays")

	h.RotateRefreshToken()
	status, second := h.renew(token)
	require.Equal(t, http.StatusOK, status, second)
	require.NotEqual(t, token, second["refresh_token"])
	status, answer := h.renew(token)
	require.Equal(t, http.StatusBadRequest, status, "the old token ends")
	require.Equal(t, "invalid_grant", answer["error"])
	status, third := h.renew(second["refresh_token"])
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, second["refresh_token"], third["refresh_token"], "it rotates once")

	other, otherSecret := h.NewProfile()
	_, answer = h.renew(third["refresh_token"], "client_id", other, "client_secret", otherSecret)
	require.Equal(t, "unauthorized_client", answer["error"])

	secret := h.ChangeClientSecret(h.id)
	_, answer = h.renew(third["refresh_token"])
	require.Equal(t, "invalid_client", answer["error"], "the old secret ends")
	status, _ = h.renew(third["refresh_token"], "client_secret", secret)
	require.Equal(t, http.StatusOK, status)

	kept := h.SignedInAs(other)
	h.RemoveAccess(h.id)
	status, _ = h.renew(kept, "client_id", other, "client_secret", otherSecret)
	require.Equal(t, http.StatusOK, status, "the other client keeps its access")
	_, valid := h.Scopes(third["access_token"].(string))
	require.False(t, valid)
	_, answer = h.renew(third["refresh_token"], "client_secret", secret)
	require.Equal(t, "invalid_grant", answer["error"])
	require.NotEqual(t, h.SignedInAs(h.id), h.SignedInAs(other))
}

func TestAccessTokensExpire(t *testing.T) {
	h := newHarness(t)
	token := h.AccessToken()
	h.offset.Store(int64(59 * time.Minute))
	_, valid := h.Scopes(token)
	require.True(t, valid)
	h.offset.Store(int64(61 * time.Minute))
	_, valid = h.Scopes(token)
	require.False(t, valid)

	token, other := h.AccessToken(), h.AccessToken()
	h.ExpireToken(token)
	_, valid = h.Scopes(token)
	require.False(t, valid)
	_, valid = h.Scopes(other)
	require.True(t, valid)
	h.ExpireAccessTokens()
	_, valid = h.Scopes(other)
	require.False(t, valid)
}

package login_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi"
	"lastpost/internal/smapi/login"
	"lastpost/internal/smapi/smapitest"
)

var _ smapi.TokenSource = (*login.TokenSession)(nil)

// signedIn stores a sign-in and returns a session.
func (h *harness) signedIn(t *testing.T) *login.TokenSession {
	t.Helper()
	require.NoError(t, h.o.Store.Save(t.Context(), login.Credentials{
		Profile: h.o.Profile, RefreshToken: h.amazon.SignedIn(), Scopes: login.DeployScopes(),
	}))
	h.o.Profile = login.Profile{}
	return h.session(t)
}

func (h *harness) session(t *testing.T) *login.TokenSession {
	t.Helper()
	session, err := login.NewTokenSession(h.o.Options)
	require.NoError(t, err)
	return session
}

func (h *harness) renewals() (count int) {
	for _, call := range h.amazon.Requests() {
		if strings.HasSuffix(call.Path, "/token") {
			count++
		}
	}
	return count
}

func token(t *testing.T, session *login.TokenSession) string {
	t.Helper()
	got, err := session.Token(t.Context())
	require.NoError(t, err)
	return got
}

func TestTokenIsRenewedOneMinuteBeforeItsEnd(t *testing.T) {
	h := newHarness(t)
	start := time.Now()
	now := start
	h.o.Now = func() time.Time { return now }
	session := h.signedIn(t)
	first := token(t, session)
	require.True(t, strings.HasPrefix(first, "Atza|"))
	now = start.Add(time.Hour - time.Minute - time.Second)
	require.Equal(t, first, token(t, session))
	require.Equal(t, 1, h.renewals())
	now = start.Add(time.Hour - time.Minute)
	require.NotEqual(t, first, token(t, session))
	require.Equal(t, 2, h.renewals())
}

// TestRefusedTokenIsRenewedOnce refuses one token to 10 goroutines, as after a long run.
func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	h := newHarness(t)
	session := h.signedIn(t)
	refused := token(t, session)
	got, errs := make([]string, 10), make([]error, 10)
	var group sync.WaitGroup
	for i := range got {
		group.Go(func() { got[i], errs[i] = session.Renew(t.Context(), refused) })
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	for _, renewed := range got {
		require.Equal(t, got[0], renewed)
		require.NotEqual(t, refused, renewed)
	}
	require.Equal(t, 2, h.renewals())
	require.Equal(t, got[0], token(t, session))
}

func TestNewRefreshTokenIsStored(t *testing.T) {
	h := newHarness(t)
	session := h.signedIn(t)
	before := h.stored(t)
	h.amazon.RotateRefreshToken()
	token(t, session)
	after := h.stored(t)
	require.NotEqual(t, before.RefreshToken, after.RefreshToken)
	before.RefreshToken = after.RefreshToken
	require.Equal(t, before, after)

	token(t, h.session(t)) // another process
	_, err := session.Renew(t.Context(), token(t, session))
	require.NoError(t, err)
}

// TestOtherProcessRenews replaces the refresh token in another session after this one has read it.
func TestOtherProcessRenews(t *testing.T) {
	h := newHarness(t)
	session := h.signedIn(t)
	h.amazon.RotateRefreshToken()
	token(t, h.session(t))
	token(t, session)
}

func TestTokenOfTheEnvironmentIsNotStored(t *testing.T) {
	h := newHarness(t)
	h.o.RefreshToken = h.amazon.SignedIn()
	var notices []string
	h.o.Notice = func(line string) { notices = append(notices, line) }
	session := h.session(t)
	refused := token(t, session)
	require.Empty(t, notices)
	h.amazon.RotateRefreshToken()
	refused, err := session.Renew(t.Context(), refused)
	require.NoError(t, err)
	require.Len(t, notices, 1)
	require.Contains(t, notices[0], "Amazon has replaced the refresh token of SKILL_LWA_REFRESH_TOKEN")
	h.requireNoSecret(t, notices...)
	_, err = session.Renew(t.Context(), refused)
	require.NoError(t, err, "with the new refresh token")
	require.NoDirExists(t, h.o.Store.Dir)
	require.NoError(t, session.RequireScope(login.ScopeTest, ""), "its scopes are unknown")
}

// TestTokenThatCannotBeStored makes the file a folder while the request runs. The session must not use the access token: the next
// run would have lost the refresh token without a word.
func TestTokenThatCannotBeStored(t *testing.T) {
	h := newHarness(t)
	h.signedIn(t)
	h.amazon.RotateRefreshToken()
	h.o.HTTP = &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		require.NoError(t, os.Remove(h.o.Store.Path()))
		require.NoError(t, os.MkdirAll(h.o.Store.Path(), 0o700))
		return http.DefaultTransport.RoundTrip(r)
	})}
	session := h.session(t)
	got, err := session.Token(t.Context())
	require.Empty(t, got)
	require.ErrorContains(t, err, "store the new refresh token: ")
	require.ErrorContains(t, err, "then run: skill deploy --login")
	h.requireNoSecret(t, err.Error())
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLogoutEndsOtherSessions deletes the sign-in while a session runs. The session must not write it back.
func TestLogoutEndsOtherSessions(t *testing.T) {
	h := newHarness(t)
	session := h.signedIn(t)
	refused := token(t, session)
	require.NoError(t, login.Logout(t.Context(), h.o.Store, h.out))
	h.amazon.RotateRefreshToken()
	_, err := session.Renew(t.Context(), refused)
	require.ErrorIs(t, err, login.ErrNotSignedIn)
	require.NoFileExists(t, h.o.Store.Path())
}

func TestSourcesOfASignIn(t *testing.T) {
	stored := credentials()
	given := login.Profile{ClientID: "amzn1.application-oa2-client.2", ClientSecret: "other-secret"}
	for _, tc := range []struct {
		name  string
		store login.Credentials
		o     login.Options
		want  string // "": no error
	}{
		{"store", stored, login.Options{}, ""},
		{"store and its client", stored, login.Options{Profile: stored.Profile}, ""},
		{"store and a new secret", stored, login.Options{Profile: login.Profile{ClientSecret: "new"}}, ""},
		{"environment", login.Credentials{}, login.Options{Profile: given, RefreshToken: "Atzr|1"}, ""},
		{"refresh token for the stored client", stored, login.Options{RefreshToken: "Atzr|1"}, ""},
		{"refresh token and client id", stored, login.Options{RefreshToken: "Atzr|1", Profile: login.Profile{ClientID: stored.ClientID}}, ""},
		{"refresh token and a new secret", stored, login.Options{RefreshToken: "Atzr|1", Profile: login.Profile{ClientSecret: "new"}}, ""},
		{"nothing", login.Credentials{}, login.Options{}, "this user is not signed in at Amazon. Run: skill deploy --login"},
		{"client only", login.Credentials{Profile: given}, login.Options{}, "not signed in"},
		{"client of the environment only", login.Credentials{}, login.Options{Profile: given}, "not signed in"},
		{"store and another client", stored, login.Options{Profile: given}, "is for the client " + stored.ClientID +
			", but SKILL_LWA_CLIENT_ID is " + given.ClientID + ". Unset the variable, or run: skill deploy --login"},
		{"refresh token without a client", login.Credentials{}, login.Options{RefreshToken: "Atzr|1"},
			"SKILL_LWA_REFRESH_TOKEN is set, but not the client that it was made for. Also set SKILL_LWA_CLIENT_ID"},
		{"refresh token without a client id", login.Credentials{}, login.Options{RefreshToken: "Atzr|1", Profile: login.Profile{ClientSecret: "s"}},
			"SKILL_LWA_REFRESH_TOKEN is set, but not the client"},
		{"refresh token without a secret", stored, login.Options{RefreshToken: "Atzr|1", Profile: login.Profile{ClientID: given.ClientID}},
			"SKILL_LWA_REFRESH_TOKEN is set, but not the client"},
		{"address with a path", stored, login.Options{BaseURL: "https://example.com/x"}, "SKILL_LWA_URL"},
		{"address without encryption", stored, login.Options{BaseURL: "http://example.com"}, "SKILL_LWA_URL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.o.Store.Dir = t.TempDir()
			if tc.store.ClientID != "" {
				require.NoError(t, tc.o.Store.Save(t.Context(), tc.store))
			}
			_, err := login.NewTokenSession(tc.o)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "secret", "%v", err)
		})
	}
}

// TestStoreThatCannotBeRead damages the store. A complete environment does not need it.
func TestStoreThatCannotBeRead(t *testing.T) {
	h := newHarness(t)
	session := h.signedIn(t)
	refused := token(t, session)
	require.NoError(t, os.WriteFile(h.o.Store.Path(), []byte("{"), 0o600))
	const problem = "is damaged. Delete it and sign in again"
	_, err := session.Renew(t.Context(), refused)
	require.ErrorContains(t, err, problem)
	_, err = login.NewTokenSession(h.o.Options)
	require.ErrorContains(t, err, problem)
	require.ErrorContains(t, receive(t, h.start(t)), problem)

	id, secret := h.amazon.NewProfile()
	h.o.Profile, h.o.RefreshToken = login.Profile{ClientID: id, ClientSecret: secret}, h.amazon.SignedIn()
	token(t, h.session(t))
}

func TestFirstRenewal(t *testing.T) {
	h := newHarness(t)
	got, err := h.signedIn(t).Renew(t.Context(), "Atza|of-another-process")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(got, "Atza|"))
}

// TestAnswerWithoutRefreshToken renews two times. Amazon's answer has no refresh token, so the old one stays.
func TestAnswerWithoutRefreshToken(t *testing.T) {
	var sent []string
	o := peer(t, http.StatusOK, `{"access_token":"Atza|1"}`)
	o.Store.Dir = t.TempDir()
	require.NoError(t, o.Store.Save(t.Context(), credentials()))
	o.Notice = func(line string) { require.Fail(t, line) }
	o.HTTP = &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		form, err := url.ParseQuery(string(body))
		require.NoError(t, err)
		sent = append(sent, form.Get("refresh_token"))
		r.Body = io.NopCloser(bytes.NewReader(body))
		return http.DefaultTransport.RoundTrip(r)
	})}
	given := o
	o.RefreshToken, o.Profile = "", login.Profile{}
	for _, options := range []login.Options{given, o} {
		session, err := login.NewTokenSession(options)
		require.NoError(t, err)
		refused := token(t, session)
		_, err = session.Renew(t.Context(), refused)
		require.NoError(t, err)
	}
	require.Equal(t, []string{given.RefreshToken, given.RefreshToken, credentials().RefreshToken, credentials().RefreshToken}, sent)
	stored, err := o.Store.Load()
	require.NoError(t, err)
	require.Equal(t, credentials(), stored)
}

func TestRefusedRenewal(t *testing.T) {
	amazon := smapitest.New(t)
	for _, tc := range []struct {
		name string
		end  func(*testing.T, *harness, string)
		want []string
	}{
		{"access removed", func(_ *testing.T, h *harness, id string) { h.amazon.RemoveAccess(id) },
			[]string{"invalid_grant", "access was removed"}},
		{"secret changed", func(_ *testing.T, h *harness, id string) { h.amazon.ChangeClientSecret(id) },
			[]string{"invalid_client", "its secret was changed"}},
		{"token of another client", func(t *testing.T, h *harness, _ string) {
			stored := h.stored(t)
			h.amazon.NewProfile()
			stored.RefreshToken = h.amazon.SignedIn() // of the newest profile, as one of ask-cli is
			require.NoError(t, h.o.Store.Save(t.Context(), stored))
		}, []string{"unauthorized_client", "tokens of ask-cli cannot be used"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHarnessOn(t, amazon)
			id := h.o.Profile.ClientID
			session := h.signedIn(t)
			tc.end(t, h, id)
			_, err := session.Token(t.Context())
			refused, ok := errors.AsType[*login.SignInError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, smapi.StepRefresh, refused.Step)
			for _, text := range append(tc.want, "renew the access token", "skill deploy --login",
				"The refused refresh token is from "+h.o.Store.Path()+", for the client "+id) {
				require.ErrorContains(t, err, text)
			}
			h.requireNoSecret(t, err.Error())
			require.Empty(t, h.pauses, "a refusal is not repeated")
		})
	}
}

func TestRenewalIsRepeated(t *testing.T) {
	amazon := smapitest.New(t)
	for _, fault := range []smapitest.Fault{
		{Kind: smapitest.FaultStatus, Status: http.StatusTooManyRequests, RetryAfter: "7"},
		{Kind: smapitest.FaultStatus, Status: http.StatusInternalServerError},
		{Kind: smapitest.FaultStatus, Status: http.StatusServiceUnavailable},
		{Kind: smapitest.FaultCut}, {Kind: smapitest.FaultLostAnswer}, {Kind: smapitest.FaultCutBody},
		{Kind: smapitest.FaultHTML}, {Kind: smapitest.FaultHTML, Status: http.StatusBadGateway}, {Kind: smapitest.FaultBrokenBody},
	} {
		t.Run(fmt.Sprintf("%s %d", fault.Kind, fault.Status), func(t *testing.T) {
			h := newHarnessOn(t, amazon)
			session := h.signedIn(t)
			fault.Part, fault.Times = smapitest.PartLWA, 3
			h.amazon.Fail(fault)
			token(t, session)
			require.Len(t, h.pauses, 3)
			least := []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}
			for i, pause := range h.pauses {
				if fault.RetryAfter != "" {
					require.GreaterOrEqual(t, pause, 7*time.Second)
				}
				require.GreaterOrEqual(t, pause, least[i])
				require.LessOrEqual(t, pause, 7*time.Second)
			}
		})
	}
}

func TestRenewalEndsAfterFourAttempts(t *testing.T) {
	amazon := smapitest.New(t)
	for _, tc := range []struct {
		fault smapitest.Fault
		want  []string
	}{
		{smapitest.Fault{Kind: smapitest.FaultHTML}, []string{"a text that is not JSON", "a proxy or a captive portal"}},
		{smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusServiceUnavailable}, []string{"status 503", "Try again later"}},
		{smapitest.Fault{Kind: smapitest.FaultCut}, []string{"Check this machine's connection to the internet"}},
		{smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusTooManyRequests, RetryAfter: "86400"}, []string{"status 429"}},
	} {
		h := newHarnessOn(t, amazon)
		session := h.signedIn(t)
		tc.fault.Part, tc.fault.Times = smapitest.PartLWA, -1
		h.amazon.Fail(tc.fault)
		_, err := session.Token(t.Context())
		for _, text := range append(tc.want, "renew the access token: ") {
			require.ErrorContains(t, err, text)
		}
		require.Len(t, h.pauses, 3)
		for _, pause := range h.pauses {
			require.LessOrEqual(t, pause, time.Minute)
		}
		h.requireNoSecret(t, err.Error())
	}
}

// TestSecretsStayWithAmazon redirects the request to another host.
func TestSecretsStayWithAmazon(t *testing.T) {
	h := newHarness(t)
	session := h.signedIn(t)
	var mu sync.Mutex
	calls := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		calls++
	}))
	defer other.Close()
	h.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultRedirect, Part: smapitest.PartLWA, Times: -1, To: other.URL + "/auth/o2/token"})
	_, err := session.Token(t.Context())
	require.ErrorContains(t, err, "status 307")
	require.Zero(t, calls)
}

func TestCancelledRenewal(t *testing.T) {
	h := newHarness(t)
	session := h.signedIn(t)
	cause := errors.New("Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	h.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultDelay, Part: smapitest.PartLWA, Delay: time.Hour, Times: -1})
	result := make(chan error, 1)
	go func() {
		_, err := session.Token(ctx)
		result <- err
	}()
	waiting, end := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer end()
	_, err := session.Token(waiting)
	require.ErrorIs(t, err, context.DeadlineExceeded, "a goroutine does not wait longer for another one")
	cancel(cause)
	require.ErrorIs(t, receive(t, result), cause)
}

// A peer is a token endpoint with answers that smapitest does not give.
func peer(t *testing.T, status int, body string) login.Options {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "request-1")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return login.Options{
		BaseURL: server.URL, RefreshToken: "Atzr|very-secret", Profile: login.Profile{ClientID: "id", ClientSecret: "other-secret"},
		Pause: func(context.Context, time.Duration) error { return nil },
	}
}

// TestFaultsWithAnOAuthError are no refusals: Amazon names a fault of its own like one.
func TestFaultsWithAnOAuthError(t *testing.T) {
	for status, repeated := range map[int]bool{400: false, 401: false, 499: false, 429: true, 500: true, 503: true} {
		o := peer(t, status, `{"error":"server_error"}`)
		pauses := 0
		o.Pause = func(context.Context, time.Duration) error {
			pauses++
			return nil
		}
		session, err := login.NewTokenSession(o)
		require.NoError(t, err)
		_, err = session.Token(t.Context())
		_, refused := errors.AsType[*login.SignInError](err)
		require.Equal(t, repeated, !refused, status)
		require.Equal(t, repeated, pauses > 0, status)
	}
}

// TestForeignCertificateIsNotRepeated answers with a certificate that the client does not trust, as some proxies do.
func TestForeignCertificateIsNotRepeated(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	o := peer(t, 0, "")
	o.BaseURL = server.URL
	o.Pause = func(context.Context, time.Duration) error {
		require.Fail(t, "a repetition")
		return nil
	}
	session, err := login.NewTokenSession(o)
	require.NoError(t, err)
	_, err = session.Token(t.Context())
	require.ErrorContains(t, err, "failed to verify certificate")
}

func TestUserAgent(t *testing.T) {
	var agents []string
	o := peer(t, http.StatusOK, `{"access_token":"Atza|1"}`)
	o.HTTP = &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		agents = append(agents, strings.Join(r.Header.Values("User-Agent"), "+"))
		return http.DefaultTransport.RoundTrip(r)
	})}
	for _, agent := range []string{"", "Lastpost/1"} {
		o.UserAgent = agent
		session, err := login.NewTokenSession(o)
		require.NoError(t, err)
		token(t, session)
	}
	require.Equal(t, []string{"", "Lastpost/1"}, agents)
}

func TestLifeOfAToken(t *testing.T) {
	for expires, want := range map[string]time.Duration{
		"3600": time.Hour, `"3600"`: time.Hour, "90.5": 90*time.Second + 500*time.Millisecond, "null": time.Hour, `"soon"`: time.Hour,
		"-1": 0, "0": 0, "1e300": 24 * time.Hour,
	} {
		o := peer(t, http.StatusOK, `{"access_token":"Atza|1","token_type":"bearer","expires_in":`+expires+`}`)
		start := time.Now()
		now := start
		calls := 0
		o.Now = func() time.Time { return now }
		o.HTTP = &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			calls++
			return http.DefaultTransport.RoundTrip(r)
		})}
		session, err := login.NewTokenSession(o)
		require.NoError(t, err)
		require.Equal(t, "Atza|1", token(t, session))
		now = start.Add(want - time.Minute - time.Nanosecond)
		token(t, session)
		if want > time.Minute {
			require.Equal(t, 1, calls, expires)
		}
		calls = 0
		now = start.Add(max(want-time.Minute, 0))
		token(t, session)
		require.Equal(t, 1, calls, expires)
	}
}

func TestAnswersWithoutToken(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		want   []string
	}{
		{200, `{}`, []string{"status 200 and without a token"}},
		{200, `{"access_token":""}`, []string{"without a token"}},
		{200, `[]`, []string{"not JSON"}},
		{403, `{"access_token":"Atza|very-secret"}`, []string{"status 403 and without a token"}},
		{400, `error=invalid_grant`, []string{"not JSON"}},
		{403, `{"message":"no"}`, []string{"status 403 and without a token"}},
		{407, `<html>proxy</html>`, []string{"status 407", "proxy"}},
		{400, `{"error":"invalid_grant","error_description":"Atzr|very-secret of other-secret\u001b[2J is ` + strings.Repeat("long ", 1000) + `"}`,
			[]string{"invalid_grant", "[request request-1]", "The refused refresh token is from SKILL_LWA_REFRESH_TOKEN, for the client id", "long l…)"}},
		{400, `{"error":"` + strings.Repeat("x", 100_000) + `"}`, []string{"not JSON"}},
	} {
		session, err := login.NewTokenSession(peer(t, tc.status, tc.body))
		require.NoError(t, err)
		_, err = session.Token(t.Context())
		for _, text := range tc.want {
			require.ErrorContains(t, err, text)
		}
		require.NotContains(t, err.Error(), "secret")
		require.NotContains(t, err.Error(), "\x1b")
		require.Less(t, len(err.Error()), 1000)
	}
}

// childVariable makes the test binary renew the stored sign-in several times. Its value is the folder of the store.
const (
	childVariable  = "LOGIN_TEST_STORE"
	addressOfChild = "LOGIN_TEST_LWA"
	renewalsOfOne  = 5
)

func TestMain(m *testing.M) {
	dir := os.Getenv(childVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	session, err := login.NewTokenSession(login.Options{BaseURL: os.Getenv(addressOfChild), Store: login.CredentialStore{Dir: dir}})
	refused := ""
	for range renewalsOfOne {
		if err == nil {
			refused, err = session.Renew(context.Background(), refused)
		}
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestProcessesKeepTheRefreshToken renews in several processes at once. Each renewal replaces the refresh token and ends the
// old one. A process that uses or stores an old one ends the sign-in of all.
func TestProcessesKeepTheRefreshToken(t *testing.T) {
	var mu sync.Mutex
	valid, count := "Atzr|0", 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.PostFormValue("refresh_token") != valid {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
			return
		}
		count++
		valid = "Atzr|" + strconv.Itoa(count)
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "Atza|" + strconv.Itoa(count), "refresh_token": valid, "expires_in": 3600})
	}))
	defer server.Close()
	store := login.CredentialStore{Dir: t.TempDir()}
	first := credentials()
	first.RefreshToken = valid
	require.NoError(t, store.Save(t.Context(), first))

	const processes = 3
	var group sync.WaitGroup
	errs := make([]error, processes)
	for i := range errs {
		group.Go(func() {
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), childVariable+"="+store.Dir, addressOfChild+"="+server.URL)
			if output, err := child.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("%w: %s", err, output)
			}
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, processes*renewalsOfOne, count)
	last, err := store.Load()
	require.NoError(t, err)
	require.Equal(t, valid, last.RefreshToken)
}

package login_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/login"
	"lastpost/internal/smapi/smapitest"
)

func TestBrowserSignsIn(t *testing.T) {
	h := newHarness(t)
	result := h.start(t)

	address, err := url.Parse(h.address(t))
	require.NoError(t, err)
	query := address.Query()
	require.Equal(t, h.returnURL(), query.Get("redirect_uri"))
	require.Equal(t, login.ScopeSkills+" "+login.ScopeModels, query.Get("scope"))
	require.NotContains(t, address.RawQuery, "+", "not every server reads + as a space")
	require.GreaterOrEqual(t, len(query.Get("state")), 26, "128 bits in base32")
	require.Equal(t, "S256", query.Get("code_challenge_method"))
	require.Len(t, query.Get("code_challenge"), base64.RawURLEncoding.EncodedLen(sha256.Size))
	h.out.requireText(t, `"Allowed Return URLs" (Web Settings): `+h.returnURL())

	got := browse(t, h.consent(t))
	require.Equal(t, http.StatusOK, got.status)
	require.Contains(t, got.text, "You can close this page")
	require.Equal(t, "no-referrer", got.header.Get("Referrer-Policy"))
	require.Equal(t, "no-store", got.header.Get("Cache-Control"))
	require.NoError(t, receive(t, result))
	h.debug.requireText(t, "POST "+h.amazon.LWAURL+"/auth/o2/token")
	h.out.requireText(t, "Signed in. The client and the refresh token are in "+h.o.Store.Path())
	h.out.requireText(t, "error about code_challenge, run: skill deploy --login --no-pkce")
	for _, text := range []string{"did not grant", "has priority", "Paste it here"} {
		require.NotContains(t, h.out.String(), text)
	}

	stored := h.stored(t)
	require.Equal(t, h.o.Profile, stored.Profile)
	require.Equal(t, login.DeployScopes(), stored.Scopes)
	session, err := login.NewTokenSession(h.o.Options)
	require.NoError(t, err)
	token, err := session.Token(t.Context())
	require.NoError(t, err)
	require.Contains(t, h.amazon.Secrets(), token)
	require.ErrorContains(t, session.RequireScope(login.ScopeTest, "--try WORDS"), "Run: skill deploy --login --try WORDS")
	require.NoError(t, session.RequireScope(login.ScopeModels, ""))
	_, err = tryBrowse(t.Context(), h.returnURL())
	require.Error(t, err, "the listener is closed")
}

// TestStatesDiffer signs in two times. A state or a verifier that an attacker knows from before protects nothing.
func TestStatesDiffer(t *testing.T) {
	h := newHarness(t)
	seen := map[string]bool{}
	for range 2 {
		h.out.text.Reset()
		ctx, cancel := context.WithCancel(t.Context())
		result := h.startUntil(t, ctx)
		address, err := url.Parse(h.address(t))
		require.NoError(t, err)
		for _, name := range []string{"state", "code_challenge"} {
			require.False(t, seen[address.Query().Get(name)], name)
			seen[address.Query().Get(name)] = true
		}
		cancel()
		require.ErrorIs(t, receive(t, result), context.Canceled)
	}
}

func TestSignInWithoutPKCE(t *testing.T) {
	h := newHarnessOn(t, smapitest.NewWith(t, smapitest.Options{RefusePKCE: true}))
	result := h.start(t)
	got := browse(t, h.consent(t))
	require.Contains(t, got.text, "The terminal shows the reason")
	require.Equal(t, 1, strings.Count(receive(t, result).Error(), "--no-pkce"))

	h.o.NoPKCE = true
	h.out.text.Reset()
	result = h.start(t)
	require.NotContains(t, h.address(t), "code_challenge")
	require.NotContains(t, h.out.String(), "--no-pkce")
	browse(t, h.consent(t))
	require.NoError(t, receive(t, result))
	require.NotEmpty(t, h.stored(t).RefreshToken)
	calls := h.amazon.Requests()
	require.NotContains(t, calls[len(calls)-1].Body, "code_verifier")
}

func TestScopesOfTry(t *testing.T) {
	h := newHarness(t)
	h.o.Scopes = append(login.DeployScopes(), login.ScopeTest)
	result := h.start(t)
	browse(t, h.consent(t))
	require.NoError(t, receive(t, result))
	require.Equal(t, h.o.Scopes, h.stored(t).Scopes)
	session, err := login.NewTokenSession(h.o.Options)
	require.NoError(t, err)
	require.NoError(t, session.RequireScope(login.ScopeTest, ""))
}

// TestScopeThatAmazonLeavesOut changes the scopes in the return URL, as Amazon may do.
func TestScopeThatAmazonLeavesOut(t *testing.T) {
	h := newHarness(t)
	result := h.start(t)
	returned, err := url.Parse(h.consent(t))
	require.NoError(t, err)
	query := returned.Query()
	query.Set("scope", login.ScopeSkills)
	returned.RawQuery = query.Encode()
	browse(t, returned.String())
	require.NoError(t, receive(t, result))
	require.Equal(t, []string{login.ScopeSkills}, h.stored(t).Scopes)
	h.out.requireText(t, "Amazon did not grant the scope "+login.ScopeModels)
}

// TestOnlyTheReturnURLAnswers sends requests of other programs and pages first. None of them ends the sign-in.
func TestOnlyTheReturnURLAnswers(t *testing.T) {
	h := newHarness(t)
	result := h.start(t)
	returned := h.consent(t)
	base := strings.TrimSuffix(h.returnURL(), "/cb")
	code := url.Values{"code": {"ANother"}}
	with := func(state string) string {
		return h.returnURL() + "?" + code.Encode() + "&state=" + url.QueryEscape(state)
	}

	silent, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
	require.NoError(t, err)
	defer func() { _ = silent.Close() }()
	for _, tc := range []struct {
		address string
		want    int
	}{
		{base + "/favicon.ico", http.StatusNotFound},
		{base + "/", http.StatusNotFound},
		{base + "/cb/?" + code.Encode(), http.StatusNotFound},
		{base + "/CB?" + code.Encode(), http.StatusNotFound},
		{strings.Replace(returned, "127.0.0.1", "localhost", 1), http.StatusNotFound},
		{h.returnURL(), http.StatusBadRequest},
		{h.returnURL() + "?" + code.Encode(), http.StatusBadRequest},
		{with("another"), http.StatusBadRequest},
		{with("another"), http.StatusBadRequest},
		{returned + "&code=ANother", http.StatusBadRequest},
		{returned + "&state=another", http.StatusBadRequest},
		{h.returnURL() + "?error=access_denied", http.StatusBadRequest},
		{h.returnURL() + "?error=access_denied&state=another", http.StatusBadRequest},
	} {
		got := browse(t, tc.address)
		require.Equal(t, tc.want, got.status, tc.address)
		require.Equal(t, "no-referrer", got.header.Get("Referrer-Policy"), tc.address)
	}
	response, err := http.PostForm(h.returnURL(), code)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
	require.Empty(t, result)

	browse(t, returned)
	require.NoError(t, receive(t, result))
	const other = "The browser came back, but: This is the answer to another sign-in"
	require.Equal(t, 1, strings.Count(h.out.String(), other), "a page cannot fill the terminal")
	require.NotContains(t, h.out.String(), "ANother")
}

// TestListenerIsLocal connects to the port at another address of this machine.
func TestListenerIsLocal(t *testing.T) {
	h := newHarness(t)
	ctx, cancel := context.WithCancel(t.Context())
	result := h.startUntil(t, ctx)
	h.address(t)
	for _, host := range []string{"127.0.0.2", "::1"} {
		_, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", net.JoinHostPort(host, strconv.Itoa(h.o.Port)))
		require.Error(t, err, host)
	}
	cancel()
	require.ErrorIs(t, receive(t, result), context.Canceled)
}

// TestSecondAnswerIsRefused sends the answer 10 times at once. One page says that it arrived.
func TestSecondAnswerIsRefused(t *testing.T) {
	h := newHarness(t)
	result := h.start(t)
	returned := h.consent(t)
	arrived := make(chan int, 10)
	var browsers sync.WaitGroup
	for range 10 {
		browsers.Go(func() {
			if got, err := tryBrowse(t.Context(), returned); err == nil { // the listener may be closed
				arrived <- got.status
			}
		})
	}
	browsers.Wait()
	close(arrived)
	require.NoError(t, receive(t, result))
	accepted := 0
	for status := range arrived {
		if status == http.StatusOK {
			accepted++
		} else {
			require.Equal(t, http.StatusConflict, status)
		}
	}
	require.Equal(t, 1, accepted)
}

func TestAmazonRefuses(t *testing.T) {
	amazon := smapitest.New(t)
	for _, tc := range []struct {
		name    string
		prepare func(*harness)
		answer  func(*testing.T, *harness) string
		want    []string
	}{
		{"the operator does not agree", nil, func(t *testing.T, h *harness) string {
			returned, err := h.amazon.OperatorDeclines(h.address(t))
			require.NoError(t, err)
			return returned
		}, []string{"access_denied", "allow the access"}},
		{"unknown scope", func(h *harness) { h.o.Scopes = []string{"alexa::ask:skills:debug"} }, consent,
			[]string{"invalid_scope", "scope"}},
		{"the code was used, and the answer was lost", func(h *harness) {
			h.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultLostAnswer, Part: smapitest.PartLWA, Method: http.MethodPost})
		}, consent, []string{"invalid_grant", "The code was used before"}},
		{"the code is for another return URL", nil, func(t *testing.T, h *harness) string {
			return consentToChanged(t, h, "redirect_uri", standardReturnURL)
		}, []string{"invalid_grant", "belongs to another return URL"}},
		{"the code is for another code challenge", nil, func(t *testing.T, h *harness) string {
			return consentToChanged(t, h, "code_challenge", strings.Repeat("a", 43))
		}, []string{"invalid_grant", "verifier"}},
		{"the code is too old", nil, func(t *testing.T, h *harness) string {
			returned := consent(t, h)
			h.amazon.Advance(6 * time.Minute)
			return returned
		}, []string{"invalid_grant", "too old"}},
		{"the client secret is wrong", func(h *harness) { h.amazon.ChangeClientSecret(h.o.Profile.ClientID) }, consent,
			[]string{"invalid_client", "Copy both from the security profile"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHarnessOn(t, amazon)
			if tc.prepare != nil {
				tc.prepare(h)
			}
			result := h.start(t)
			browse(t, tc.answer(t, h))
			err := receive(t, result)
			refused, ok := errors.AsType[*login.SignInError](err)
			require.True(t, ok, "%v", err)
			require.NotEmpty(t, refused.Remedy)
			for _, text := range tc.want {
				require.ErrorContains(t, err, text)
			}
			h.requireNoSecret(t, err.Error())
			require.NotContains(t, err.Error(), "--no-pkce")
			require.Empty(t, h.stored(t).RefreshToken)
			require.Equal(t, refused.Code != "invalid_client", h.stored(t).ClientID != "", "only a wrong client is typed again")
		})
	}
}

func consent(t *testing.T, h *harness) string { return h.consent(t) }

// consentToChanged consents to another request than the command's. The browser goes to the command.
func consentToChanged(t *testing.T, h *harness, name, value string) string {
	t.Helper()
	address, err := url.Parse(h.address(t))
	require.NoError(t, err)
	query := address.Query()
	query.Set(name, value)
	address.RawQuery = query.Encode()
	returned, err := h.amazon.OperatorConsents(address.String())
	require.NoError(t, err)
	_, answer, _ := strings.Cut(returned, "?")
	return h.returnURL() + "?" + answer
}

// TestReturnURLThatIsNotEntered is the most frequent mistake: Amazon shows a page and sends the browser nowhere. The command has
// printed the remedy before.
func TestReturnURLThatIsNotEntered(t *testing.T) {
	h := newHarness(t)
	id, secret := h.amazon.NewProfile() // it has the return URL with the port 9090 only
	h.o.Profile = login.Profile{ClientID: id, ClientSecret: secret}
	ctx, cancel := context.WithCancel(t.Context())
	result := h.startUntil(t, ctx)
	_, err := h.amazon.OperatorConsents(h.address(t))
	require.ErrorContains(t, err, "whitelisted")
	h.out.requireText(t, `"Allowed Return URLs" (Web Settings): `+h.returnURL())
	cancel()
	require.ErrorIs(t, receive(t, result), context.Canceled)
}

// standardReturnURL is the return URL that Amazon's pages name.
const standardReturnURL = "http://127.0.0.1:9090/cb"

func TestDefaultReturnURL(t *testing.T) {
	h := newHarness(t)
	h.o.Port = 0
	ctx, cancel := context.WithCancel(t.Context())
	in, _ := pipe(t) // so that a taken port does not end the sign-in
	h.o.In = in
	result := h.startUntil(t, ctx)
	h.out.requireText(t, `"Allowed Return URLs" (Web Settings): `+standardReturnURL)
	require.Contains(t, h.address(t), url.QueryEscape(standardReturnURL))
	cancel()
	require.ErrorIs(t, receive(t, result), context.Canceled)
}

func TestBrowserThatDoesNotComeBack(t *testing.T) {
	h := newHarness(t)
	h.o.Timeout = 10 * time.Millisecond
	require.ErrorContains(t, receive(t, h.start(t)), "the browser did not come back within 10ms. Run: skill deploy --login")
}

func TestCommandOfRemedies(t *testing.T) {
	h := newHarness(t)
	h.o.Command = "lastpost deploy"
	h.o.Timeout = 10 * time.Millisecond
	require.ErrorContains(t, receive(t, h.start(t)), "Run: lastpost deploy --login")
	h.out.requireText(t, "lastpost deploy --logout")
}

func TestPastedAddress(t *testing.T) {
	h := newHarness(t)
	in, writer := pipe(t)
	h.o.In = in
	result := h.start(t)
	returned := h.consent(t)
	middle := len(returned) / 2
	for _, paste := range []struct{ text, want string }{
		{"\n  \n", ""},
		{"hello\n", "This is not an address"},
		{h.address(t) + "\n", "This is the address to open"},
		{h.returnURL() + "\n", "This is not an address"},
		{h.returnURL() + "?scope=x\n", "does not have a code"},
		{h.returnURL() + "?code=ANx\n", "it has no state"},
		{h.returnURL() + "?code=ANx&state=another\n", "This is the answer to another sign-in"},
		{returned + "&code=ANx\n", "two codes or two states"},
	} {
		_, err := writer.WriteString(paste.text)
		require.NoError(t, err)
		h.out.requireText(t, paste.want)
		require.Empty(t, result)
	}
	_, err := writer.WriteString(" \"" + returned[:middle] + "\r\n  " + returned[middle:] + "\" \n")
	require.NoError(t, err)
	require.NoError(t, receive(t, result))
	require.NotEmpty(t, h.stored(t).RefreshToken)
	require.Equal(t, login.DeployScopes(), h.stored(t).Scopes)
}

func TestPastedRefusal(t *testing.T) {
	h := newHarness(t)
	in, writer := pipe(t)
	h.o.In = in
	result := h.start(t)
	h.address(t)
	_, err := writer.WriteString(h.returnURL() + "?error=access_denied&error_description=%1b[2Jno\n")
	require.NoError(t, err)
	err = receive(t, result)
	require.ErrorContains(t, err, "access_denied")
	require.NotContains(t, err.Error(), "\x1b", "a text of others must not command the terminal")
}

// TestPasteWithoutListener takes the port before. The command says so, and the operator pastes the address.
func TestPasteWithoutListener(t *testing.T) {
	h := newHarness(t)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(h.o.Port))
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	require.ErrorContains(t, receive(t, h.start(t)), "address already in use. Stop the program that uses the port")

	in, writer := pipe(t)
	h.o.In = in
	result := h.start(t)
	h.out.requireText(t, "this command cannot wait at that URL: bind: address already in use")
	_, err = writer.WriteString(h.consent(t) + "\n")
	require.NoError(t, err)
	require.NoError(t, receive(t, result))

	h.out.text.Reset()
	result = h.start(t)
	h.address(t)
	require.NoError(t, writer.Close())
	require.ErrorContains(t, receive(t, result), "the input ended before the address was pasted")
}

// TestEndOfInputLeavesTheBrowser closes the input, such as /dev/null. The browser can still answer.
func TestEndOfInputLeavesTheBrowser(t *testing.T) {
	h := newHarness(t)
	in, writer := pipe(t)
	require.NoError(t, writer.Close())
	h.o.In = in
	result := h.start(t)
	browse(t, h.consent(t))
	require.NoError(t, receive(t, result))
	require.NotContains(t, h.out.String(), "still waits")

	require.NoError(t, in.Close())
	result = h.start(t)
	h.out.requireText(t, "This command still waits for the browser")
	printed := h.out.String()
	returned, err := h.amazon.OperatorConsents(authorizeAddress.FindAllString(printed, -1)[1])
	require.NoError(t, err)
	browse(t, returned)
	require.NoError(t, receive(t, result))
}

func TestInputWithoutEnd(t *testing.T) {
	h := newHarness(t)
	h.o.In = strings.NewReader(strings.Repeat("y\n", 1000))
	require.ErrorContains(t, receive(t, h.start(t)), "none of the pasted lines was the address")
	require.Less(t, len(h.out.String()), 20_000)
}

// TestClientIsTypedOnce cancels after the client was typed. The next sign-in knows it, until Amazon refuses it.
func TestClientIsTypedOnce(t *testing.T) {
	h := newHarness(t)
	profile := h.o.Profile
	h.o.Profile = login.Profile{}
	require.ErrorContains(t, receive(t, h.start(t)), "Set SKILL_LWA_CLIENT_ID and SKILL_LWA_CLIENT_SECRET")
	in, writer := pipe(t)
	h.o.In = in
	_, err := writer.WriteString(profile.ClientID + "\n" + profile.ClientSecret + "\n")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	result := h.startUntil(t, ctx)
	h.address(t)
	cancel()
	require.ErrorIs(t, receive(t, result), context.Canceled)
	require.Equal(t, login.Credentials{Profile: profile}, h.stored(t))
	_, err = login.NewTokenSession(h.o.Options)
	require.ErrorIs(t, err, login.ErrNotSignedIn)

	h.o.In = nil
	h.amazon.ChangeClientSecret(profile.ClientID)
	h.out.text.Reset()
	result = h.start(t)
	browse(t, h.consent(t))
	require.ErrorContains(t, receive(t, result), "invalid_client")
	require.Equal(t, login.Credentials{}, h.stored(t), "the next sign-in asks again")
}

// TestWrongVariableKeepsStoredSignIn signs in with a wrong client secret from the environment.
func TestWrongVariableKeepsStoredSignIn(t *testing.T) {
	h := newHarness(t)
	old := login.Credentials{Profile: h.o.Profile, RefreshToken: h.amazon.SignedIn(), Scopes: login.DeployScopes()}
	require.NoError(t, h.o.Store.Save(t.Context(), old))
	h.o.Profile.ClientSecret = "mistyped"
	result := h.start(t)
	browse(t, h.consent(t))
	require.ErrorContains(t, receive(t, result), "invalid_client")
	require.Equal(t, old, h.stored(t))
}

func TestSecretOfAKnownClientIsAsked(t *testing.T) {
	h := newHarness(t)
	secret := h.o.Profile.ClientSecret
	h.o.Profile.ClientSecret = ""
	in, writer := pipe(t)
	h.o.In = in
	ctx, cancel := context.WithCancel(t.Context())
	result := h.startUntil(t, ctx)
	h.out.requireText(t, "Client secret (not shown): ")
	cancel()
	require.ErrorIs(t, receive(t, result), context.Canceled)

	result = h.start(t)
	_, err := writer.WriteString("\n" + secret + "\n")
	require.NoError(t, err)
	browse(t, h.consent(t))
	require.NoError(t, receive(t, result))
	require.NotContains(t, h.out.String(), "Client ID: ")
	require.Equal(t, secret, h.stored(t).ClientSecret)
}

func TestInputThatEndsBeforeTheClient(t *testing.T) {
	h := newHarness(t)
	id := h.o.Profile.ClientID
	for _, input := range []string{"", id + "\n"} {
		h.o.Profile = login.Profile{}
		h.o.In = strings.NewReader(input)
		require.ErrorContains(t, receive(t, h.start(t)), "the input ended before the sign-in. Run the command in a terminal")
	}
}

// TestInputWithoutWriter has a pipe that stays open, as some CI has. The questions must not wait for ever.
func TestInputWithoutWriter(t *testing.T) {
	h := newHarness(t)
	h.o.Profile = login.Profile{}
	h.o.In, _ = pipe(t)
	h.o.Timeout = 20 * time.Millisecond
	require.ErrorContains(t, receive(t, h.start(t)), "the client was not typed within 20ms. Run the command in a terminal, or set SKILL_LWA_CLIENT_ID")
}

// TestSignInKeepsOldSignIn does not finish a second sign-in. The first one still works.
func TestSignInKeepsOldSignIn(t *testing.T) {
	h := newHarness(t)
	old := login.Credentials{Profile: h.o.Profile, RefreshToken: h.amazon.SignedIn(), Scopes: login.DeployScopes()}
	require.NoError(t, h.o.Store.Save(t.Context(), old))
	ctx, cancel := context.WithCancel(t.Context())
	result := h.startUntil(t, ctx)
	h.address(t)
	cancel()
	require.ErrorIs(t, receive(t, result), context.Canceled)
	require.Equal(t, old, h.stored(t))
}

func TestVariableHasPriority(t *testing.T) {
	h := newHarness(t)
	h.o.RefreshToken = h.amazon.SignedIn()
	result := h.start(t)
	browse(t, h.consent(t))
	require.NoError(t, receive(t, result))
	h.out.requireText(t, "SKILL_LWA_REFRESH_TOKEN is set. It has priority")
}

func TestAddressOfAmazon(t *testing.T) {
	h := newHarness(t)
	h.o.BaseURL, h.o.Timeout = "", 10*time.Millisecond
	require.Error(t, receive(t, h.start(t)))
	h.out.requireText(t, "\nhttps://www.amazon.com/ap/oa?client_id=amzn1.")

	h.o.BaseURL = "http://example.com"
	require.ErrorContains(t, receive(t, h.start(t)), "SKILL_LWA_URL")
}

func TestSignInThatCannotBeStored(t *testing.T) {
	h := newHarness(t)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	h.o.Store.Dir = file
	require.ErrorContains(t, receive(t, h.start(t)), "not a directory", "before the operator opens the browser")

	h.o.Store.Dir = filepath.Join(t.TempDir(), "lastpost")
	result := h.start(t)
	returned := h.consent(t)
	require.NoError(t, os.RemoveAll(h.o.Store.Dir))
	require.NoError(t, os.WriteFile(h.o.Store.Dir, nil, 0o600))
	browse(t, returned)
	require.ErrorContains(t, receive(t, result), "store the sign-in: ")
}

func TestCodeThatBringsNoRefreshToken(t *testing.T) {
	h := newHarness(t)
	h.o.HTTP = &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		_, err := recorder.WriteString(`{"access_token":"Atza|1"}`)
		return recorder.Result(), err
	})}
	result := h.start(t)
	browse(t, h.consent(t))
	require.ErrorContains(t, receive(t, result), "the answer has no refresh token")
}

// TestAmazonHasAFault fails at the exchange of the code, for longer than the command repeats it.
func TestAmazonHasAFault(t *testing.T) {
	h := newHarness(t)
	h.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultHTML, Part: smapitest.PartLWA, Method: http.MethodPost, Times: -1})
	result := h.start(t)
	browse(t, h.consent(t))
	require.ErrorContains(t, receive(t, result), "exchange Amazon's code for tokens: ")
	require.Len(t, h.pauses, 3)
}

// TestAnswerWithoutScopes removes the scopes from the return URL. RFC 6749 lets a server leave them out if it grants all.
func TestAnswerWithoutScopes(t *testing.T) {
	h := newHarness(t)
	result := h.start(t)
	returned, err := url.Parse(h.consent(t))
	require.NoError(t, err)
	query := returned.Query()
	query.Del("scope")
	returned.RawQuery = query.Encode()
	browse(t, returned.String())
	require.NoError(t, receive(t, result))
	require.Equal(t, login.DeployScopes(), h.stored(t).Scopes)
}

func TestLogout(t *testing.T) {
	h := newHarness(t)
	var out output
	require.NoError(t, login.Logout(t.Context(), h.o.Store, &out))
	out.requireText(t, "No sign-in is stored in "+h.o.Store.Path())
	require.NoDirExists(t, h.o.Store.Dir)

	result := h.start(t)
	browse(t, h.consent(t))
	require.NoError(t, receive(t, result))
	require.NoError(t, login.Logout(t.Context(), h.o.Store, &out))
	out.requireText(t, "Deleted the client and the tokens in "+h.o.Store.Path())
	out.requireText(t, "Login with Amazon apps")
	require.NoFileExists(t, h.o.Store.Path())
	_, err := login.NewTokenSession(h.o.Options)
	require.ErrorIs(t, err, login.ErrNotSignedIn)
	require.ErrorContains(t, err, "Run: skill deploy --login")
}

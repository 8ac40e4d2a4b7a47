package linkproxy_test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

// storedTexts stops the recorder and returns all texts that the service stored, logged or would show, by place.
func (s *harness) storedTexts() map[string]string {
	s.t.Helper()
	traces := s.stop()
	var har bytes.Buffer
	require.NoError(s.t, trace.WriteHAR(&har, "test", traces...))
	all := map[string]string{"the log": s.log.String(), "the HAR": har.String()}
	for _, t := range traces {
		for _, f := range lint.Diagnose(t, time.Now().Add(time.Hour)) {
			all["finding "+f.Rule] = f.Seen + f.Remedy
		}
	}
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all[path] = string(content)
		return err
	})
	require.NoError(s.t, err)
	return all
}

// secretForms returns a secret in the encodings in which a fault could store it.
func secretForms(secret string) []string {
	return []string{secret, url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(clientID + ":" + secret))}
}

// No stored, logged or shown text contains a secret, even if a server repeats it in an unusual place.
func TestStoresNoSecret(t *testing.T) {
	for name, prepare := range map[string]func(*harness){
		"the default": func(s *harness) { s.alexa.PKCE = true },
		"a code in an error's description": func(s *harness) {
			s.server.TokenHandler = func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				fixedResponse(400, "application/json", `{"error":"invalid_grant","error_description":"code `+r.PostForm.Get("code")+` of `+username+`, secret `+clientSecret+`"}`)(w, r)
			}
		},
		"a token in a page": func(s *harness) {
			s.server.TokenHandler = fixedResponse(200, "text/html", `<title>token-Abcdefghij0123456789</title><p>`+clientSecret+`<input value="`+clientSecret+`"><script>x="`+clientSecret+`"</script>`)
		},
		"a token with another name": withMember("sessionKey", map[string]any{"deep": []any{"access-9-Zm9vYmFy", 12345678901}}),
		"a form as response": func(s *harness) {
			s.server.TokenHandler = fixedResponse(200, "text/plain", "access_token=access-9-Zm9vYmFy&expires=12345678901")
		},
		"a binary response": func(s *harness) {
			s.server.TokenHandler = fixedResponse(200, "application/octet-stream", "\x00access-9-Zm9vYmFy")
		},
		"an incomplete document": func(s *harness) {
			s.server.TokenHandler = fixedResponse(200, "application/json", `{"access_token":"access-9-Zm9vYmFy","x`)
		},
		"the implicit grant":        withImplicitGrant(func(*url.URL, url.Values) {}),
		"the implicit grant, wrong": withImplicitGrant(func(to *url.URL, v url.Values) { to.RawQuery = v.Encode() }),
		"credentials in the URL":    func(s *harness) { s.alexa.ConsoleMistake = "?client_secret=" + clientSecret },
		"credentials in the body":   func(s *harness) { s.alexa.AuthMethod, s.server.AuthMethod = "body", "body" },
		"a plain challenge": func(s *harness) {
			s.alexa.ExtraQuery = "code_challenge_method=plain&code_challenge=" + s.alexa.Verifier + "&"
		},
		"nonstandard headers": func(s *harness) {
			s.server.ChangeResponse = func(_ *int, h http.Header, b map[string]any) {
				h.Set("X-Token", b["access_token"].(string))
				h.Set("Content-Location", "/t/"+b["access_token"].(string)+"?k="+clientSecret)
			}
		},
		"no server at the token URL": func(s *harness) { s.proxy.TokenURL.Host = "127.0.0.1:1" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newHarness(t)
			prepare(s)
			s.alexa.Refreshes = true
			s.run()
			secrets := append(s.server.IssuedSecrets(), s.alexa.State, s.alexa.Verifier, "access-9-Zm9vYmFy", "12345678901")
			all := s.storedTexts()
			require.Contains(t, all["the HAR"], "h~")
			for where, content := range all {
				for _, secret := range secrets {
					for _, form := range secretForms(secret) {
						require.NotContains(t, content, form, where)
					}
				}
			}
		})
	}
}

// Equal secrets have equal masks, and different secrets have different masks.
func TestEqualSecretsHaveEqualMasks(t *testing.T) {
	s := newHarness(t)
	s.startProxy().alexa.LinkAccount()
	traces := s.stop()
	var state, code []string
	for _, x := range traces[0].Exchanges {
		state = append(state, x.Facts.Request.Get("state"))
		code = append(code, x.Facts.Request.Get("code"))
		if x.Facts.Callback != nil {
			state, code = append(state, x.Facts.Callback.Query.Get("state")), append(code, x.Facts.Callback.Query.Get("code"))
		}
	}
	one := func(list []string) string {
		found := map[string]int{}
		for _, mask := range list {
			found[mask]++
		}
		delete(found, "")
		require.Len(t, found, 1, list)
		for mask, times := range found {
			require.Equal(t, 2, times)
			require.Regexp(t, `^h~[0-9a-f]{12}$`, mask)
			return mask
		}
		return ""
	}
	require.NotEqual(t, one(state), one(code))
}

// Full recording stores secrets in clear text and logs a warning. The log does not contain the secrets.
func TestFullRecordingStoresSecrets(t *testing.T) {
	s := newHarness(t)
	s.full = time.Hour
	s.alexa.Refreshes, s.alexa.AuthMethod, s.server.AuthMethod = true, "body", "body"
	s.startProxy().alexa.LinkAccount()
	all := s.storedTexts()
	for _, secret := range []string{url.QueryEscape(password), clientSecret, s.alexa.Callback.Query().Get("code")} {
		require.Contains(t, all["the HAR"]+all[filepath.Join(s.dir, "traces.jsonl")], secret)
		require.NotContains(t, all["the log"], secret, "the log has other readers")
	}
	require.Contains(t, all["the log"], "RECORDED IN CLEAR TEXT")
}

func TestFullRecordingEnds(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	at := func(later time.Duration) trace.RecorderOptions {
		return trace.RecorderOptions{FullPeriod: time.Hour, Now: func() time.Time { return now.Add(later) }}
	}
	full := func(o trace.RecorderOptions) bool {
		r, err := trace.OpenRecorder(dir, o)
		require.NoError(t, err)
		defer func() { require.NoError(t, r.Close()) }()
		return !r.FullUntil().IsZero()
	}
	require.True(t, full(at(0)))
	require.True(t, full(at(59*time.Minute)), "a restart continues full recording")
	require.False(t, full(at(61*time.Minute)), "a restart does not extend it")
	require.False(t, full(trace.RecorderOptions{}))
	require.True(t, full(at(62*time.Minute)), "after it was off, it starts again")
}

// Everything after the scheme is masked, except the client ID of Basic.
func TestMasksAuthorizationHeader(t *testing.T) {
	s := newHarness(t)
	s.startProxy()
	for _, value := range []string{"Bearer abcdef-token-xyz", "Basic !!!abcdef-token-xyz", "abcdef-token-xyz", "Basic " + base64.StdEncoding.EncodeToString([]byte("abcdef-token-xyz"))} {
		request, err := http.NewRequest(http.MethodPost, s.alexa.TokenURL, strings.NewReader("grant_type=x"))
		require.NoError(t, err)
		request.Header.Set("Authorization", value)
		response, err := s.alexa.Browser.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	for where, content := range s.storedTexts() {
		require.NotContains(t, content, "abcdef-token-xyz", where)
		require.NotContains(t, content, base64.StdEncoding.EncodeToString([]byte("abcdef-token-xyz")), where)
	}
}

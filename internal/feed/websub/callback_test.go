package websub

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

func (s *hubFixture) token() string { return s.state.Token }

// callBack sends a request to the callback. headers are name-value pairs.
func (s *hubFixture) callBack(t testing.TB, method, token string, q url.Values, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(t.Context(), method, "/websub/halfelf/"+url.PathEscape(token)+"?"+q.Encode(), strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	return rec
}

// verification returns the query of a valid verification. changes are name-value pairs.
func verification(changes ...string) url.Values {
	q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topicURL}, "hub.challenge": {"ch<b>&+"}, "hub.lease_seconds": {"3600"}}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
	}
	return q
}

func TestCallbackVerifies(t *testing.T) {
	longest := strings.Repeat("x", 4096)
	for _, c := range []struct {
		claim string
		q     url.Values
		echo  string
	}{
		{"the response is the challenge", verification(), "ch<b>&+"},
		{"a hub may verify again at any time", verification("hub.challenge", "2"), "2"},
		{"a challenge of 4 KiB is accepted", verification("hub.challenge", longest), longest},
		{"other parameters are ignored", verification("hub.verify_token", "x", "hub.reason", "y"), "ch<b>&+"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newSubscribedFixture(t)
			s.clock.now = t0.Add(time.Hour)
			rec := s.callBack(t, http.MethodGet, s.token(), c.q, "")
			require.Equal(t, 200, rec.Code)
			require.Equal(t, c.echo, rec.Body.String())
			require.Equal(t, "text/plain; charset=utf-8", rec.Header().Get("Content-Type"))
			require.Equal(t, "nosniff", rec.Header().Get("X-Content-Type-Options"))
			require.Equal(t, "no-store", rec.Header().Get("Cache-Control"))
			require.Equal(t, t0.Add(2*time.Hour), s.Status().Until, "the lease begins")
			require.Equal(t, t0.Add(time.Hour+45*time.Minute), s.NextDue())
			require.Empty(t, s.logs.drain(), "the subscription was already active")
		})
	}
}

func TestCallbackAnswersNotFound(t *testing.T) {
	of := func(s *hubFixture) string { return s.token() }
	for _, c := range []struct {
		claim  string
		method string
		token  func(*hubFixture) string
		q      url.Values
	}{
		{"another token", http.MethodGet, func(*hubFixture) string { return strings.Repeat("0", 32) }, verification()},
		{"no token", http.MethodGet, func(*hubFixture) string { return "" }, verification()},
		{"half a token", http.MethodGet, func(s *hubFixture) string { return s.token()[:16] }, verification()},
		{"a token in capitals", http.MethodGet, func(s *hubFixture) string { return strings.ToUpper(s.token()) + "A" }, verification()},
		{"a longer token", http.MethodGet, func(s *hubFixture) string { return s.token() + "0" }, verification()},
		{"the secret", http.MethodGet, func(s *hubFixture) string { return s.state.Secret }, verification()},
		{"a token that is not the last segment", http.MethodGet, func(s *hubFixture) string { return s.token() + "/" }, verification()},
		{"a token in the query", http.MethodGet, func(*hubFixture) string { return "" }, verification("token", "x")},
		{"another topic", http.MethodGet, of, verification("hub.topic", topicURL+"2")},
		{"the topic without its query", http.MethodGet, of, verification("hub.topic", displayURL(topicURL))},
		{"no topic", http.MethodGet, of, verification("hub.topic", "")},
		{"no challenge", http.MethodGet, of, verification("hub.challenge", "")},
		{"a challenge of more than 4 KiB", http.MethodGet, of, verification("hub.challenge", strings.Repeat("x", 4097))},
		{"a challenge with control characters", http.MethodGet, of, verification("hub.challenge", "a\x00b")},
		{"a challenge that is not UTF-8", http.MethodGet, of, verification("hub.challenge", "\xff\xfe")},
		{"an unsubscription", http.MethodGet, of, verification("hub.mode", "unsubscribe")},
		{"no mode", http.MethodGet, of, verification("hub.mode", "")},
		{"another mode", http.MethodGet, of, verification("hub.mode", "publish")},
		{"a mode in capitals", http.MethodGet, of, verification("hub.mode", "SUBSCRIBE")},
		{"a denial of another topic", http.MethodGet, of, url.Values{"hub.mode": {"denied"}, "hub.topic": {"x"}}},
		{"a denial of another token", http.MethodGet, func(*hubFixture) string { return "x" }, verification("hub.mode", "denied")},
		{"a push to another token", http.MethodPost, func(*hubFixture) string { return "x" }, nil},
		{"a push to no token", http.MethodPost, func(*hubFixture) string { return "" }, nil},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newSubscribedFixture(t)
			before := s.Status()
			s.clock.now = t0.Add(time.Hour)
			rec := s.callBack(t, c.method, c.token(s), c.q, "body", "X-Hub-Signature", feedtest.SignBody("sha256", s.state.Secret, []byte("body")))
			require.Equal(t, 404, rec.Code)
			require.Empty(t, rec.Body.String())
			require.Equal(t, before, s.Status(), "the status must not change")
			require.Zero(t, s.pushes.Load())
		})
	}
}

func TestCallbackBeforeTheFirstRequest(t *testing.T) {
	s := newHubFixture(t)
	s.nameHub(t)
	require.Equal(t, 404, s.callBack(t, http.MethodGet, "", verification(), "").Code)
	require.Equal(t, 404, s.callBack(t, http.MethodPost, "", nil, "").Code)
	require.False(t, s.IsActive())
}

func TestCallbackRefusesOtherMethods(t *testing.T) {
	s := newSubscribedFixture(t)
	for _, method := range []string{"HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"} {
		for _, token := range []string{s.token(), "x"} {
			rec := s.callBack(t, method, token, verification(), "")
			require.Equal(t, 405, rec.Code, method)
			require.Equal(t, "GET, POST", rec.Header().Get("Allow"))
		}
	}
}

func TestPushSignature(t *testing.T) {
	const body = "<rss>not read at all"
	sign := func(algorithm string) func(string) string {
		return func(secret string) string { return feedtest.SignBody(algorithm, secret, []byte(body)) }
	}
	for _, c := range []struct {
		claim     string
		signature func(secret string) string
		counts    bool
	}{
		{"sha1", sign("sha1"), true},
		{"sha256", sign("sha256"), true},
		{"sha384", sign("sha384"), true},
		{"sha512", sign("sha512"), true},
		{"capital digits", func(s string) string { return "sha256=" + strings.ToUpper(sign("sha256")(s)[7:]) }, true},
		{"an unknown algorithm", sign("md5"), false},
		{"no algorithm", func(s string) string { return sign("sha256")(s)[7:] }, false},
		{"no algorithm, but an equals sign", func(s string) string { return sign("sha256")(s)[6:] }, false},
		{"another algorithm's name", func(s string) string { return "sha1=" + sign("sha256")(s)[7:] }, false},
		{"no header", func(string) string { return "" }, false},
		{"no signature", func(string) string { return "sha256=" }, false},
		{"no digits", func(string) string { return "sha256=zz" }, false},
		{"half a signature", func(s string) string { return sign("sha256")(s)[:39] }, false},
		{"a signature and more", func(s string) string { return sign("sha256")(s) + "00" }, false},
		{"digits, then other characters", func(s string) string { return sign("sha256")(s) + "zz" }, false},
		{"another secret", func(s string) string { return sign("sha256")(s + "0") }, false},
		{"an empty secret", func(string) string { return sign("sha256")("") }, false},
		{"another body", func(s string) string { return feedtest.SignBody("sha256", s, []byte(body+" ")) }, false},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newSubscribedFixture(t)
			s.clock.now = t0.Add(time.Hour)
			saves := len(s.saves)
			rec := s.callBack(t, http.MethodPost, s.token(), nil, body, "X-Hub-Signature", c.signature(s.state.Secret))
			require.Equal(t, 204, rec.Code, "the response does not depend on the signature")
			require.Empty(t, rec.Body.String())
			require.Equal(t, c.counts, s.pushes.Load() == 1)
			require.Equal(t, c.counts, s.Status().LastPush.Equal(s.clock.now))
			require.Equal(t, c.counts, s.logs.String() == "")
			require.Len(t, s.saves, saves, "a push must not save the state")
		})
	}
}

func TestPushSizeLimit(t *testing.T) {
	for _, c := range []struct {
		claim  string
		size   int
		code   int
		pushes int64
	}{
		{"10 MiB are accepted", feed.MaxBody, 204, 1},
		{"one byte more is refused", feed.MaxBody + 1, 413, 0},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newSubscribedFixture(t)
			body := strings.Repeat("x", c.size)
			rec := s.callBack(t, http.MethodPost, s.token(), nil, body, "X-Hub-Signature", feedtest.SignBody("sha1", s.state.Secret, []byte(body)))
			require.Equal(t, c.code, rec.Code)
			require.Equal(t, c.pushes, s.pushes.Load())
		})
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

func TestPushWithBrokenBody(t *testing.T) {
	s := newSubscribedFixture(t)
	r := httptest.NewRequest(http.MethodPost, "/"+s.token(), io.MultiReader(strings.NewReader("x"), failingReader{}))
	r.Header.Set("X-Hub-Signature", feedtest.SignBody("sha256", s.state.Secret, []byte("x")))
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	require.Equal(t, 400, rec.Code)
	require.Zero(t, s.pushes.Load())
}

func TestPushDuringHubChange(t *testing.T) {
	s := newSubscribedFixture(t)
	r := httptest.NewRequest(http.MethodPost, "/"+s.token(), readerFunc(func([]byte) (int, error) {
		s.UpdateHub(nil, nil)
		return 0, io.EOF
	}))
	r.Header.Set("X-Hub-Signature", feedtest.SignBody("sha256", s.state.Secret, nil))
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	require.Equal(t, 204, rec.Code)
	require.Zero(t, s.pushes.Load())
	require.Equal(t, SubscriptionStatus{}, s.Status())
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestLogsAndErrorsContainNoSecrets checks that secrets are removed from logs and errors, even if a hub repeats the
// request in all parts of its response.
func TestLogsAndErrorsContainNoSecrets(t *testing.T) {
	s := newHubFixture(t)
	echo := func(code int, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			callback, secret := r.PostForm.Get("hub.callback"), r.PostForm.Get("hub.secret")
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], strings.NewReplacer("CALLBACK", callback, "SECRET", secret).Replace(headers[i+1]))
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "bad\x1b[31m callback "+callback+" and secret "+secret+" for "+r.PostForm.Get("hub.topic")+strings.Repeat(" y", 40<<10))
		}
	}
	hubs := []http.HandlerFunc{
		echo(400), echo(307, "Location", "https://unknown.example.com/CALLBACK/SECRET"), echo(503, "Retry-After", "SECRET"),
		echo(307, "Location", "http://hub.example.com/SECRET"),
	}
	s.nameHub(t)
	for _, hub := range hubs {
		s.web["hub.example.com"] = hub
		err := s.runDueStep(t)
		require.Error(t, err)
		require.Less(t, len(err.Error()), 400)
		require.NotContains(t, err.Error(), s.token())
		require.NotContains(t, err.Error(), s.state.Secret)
		require.NotContains(t, err.Error(), "\x1b")
	}
	s.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		return nil, fmt.Errorf("malformed HTTP response %q", body)
	})
	err := s.runDueStep(t)
	require.ErrorContains(t, err, "malformed HTTP response")
	require.NotContains(t, err.Error(), s.token())
	require.NotContains(t, err.Error(), s.state.Secret)
	s.callBack(t, http.MethodGet, s.token(), verification("hub.mode", "denied", "hub.reason", s.token()+s.state.Secret), "")
	s.callBack(t, http.MethodPost, s.token(), nil, "x")
	require.Len(t, strings.Split(strings.TrimSpace(s.logs.String()), "\n"), 7)
	for _, secret := range []string{s.token(), s.state.Secret, "key=1", "key%3D1", "\x1b"} {
		require.NotContains(t, s.logs.String(), secret)
		require.NotContains(t, fmt.Sprintf("%+v", s.Status()), secret)
	}
}

// FuzzCallback checks that any request gets one of a few status codes, and counts as a push only with a valid
// signature.
func FuzzCallback(f *testing.F) {
	f.Add("GET", true, verification().Encode(), "", "")
	f.Add("GET", true, "hub.mode=denied&hub.topic="+url.QueryEscape(topicURL), "", "")
	f.Add("POST", true, "", "sha1=00", "<rss>")
	f.Add("POST", false, "%zz", "sha256", "")
	f.Add("PUT", true, ";", "=", "x")
	f.Fuzz(func(t *testing.T, method string, known bool, query, signature, body string) {
		s := newHubFixture(t)
		s.nameHub(t)
		require.NoError(t, s.runDueStep(t))
		token := "x"
		if known {
			token = s.token()
		}
		call := func(signature string) int {
			r := &http.Request{
				Method: method, URL: &url.URL{Path: "/websub/halfelf/" + token, RawQuery: query},
				Header: http.Header{"X-Hub-Signature": {signature}}, Body: io.NopCloser(strings.NewReader(body)),
			}
			rec := httptest.NewRecorder()
			s.ServeHTTP(rec, r.WithContext(t.Context()))
			return rec.Code
		}
		require.Contains(t, []int{200, 204, 404, 405}, call(signature))
		right := strings.EqualFold(strings.TrimSpace(signature), feedtest.SignBody(strings.TrimSpace(strings.Split(signature, "=")[0]), s.state.Secret, []byte(body)))
		require.Equal(t, s.pushes.Load() == 1, right && known && method == "POST")
		before := s.pushes.Load()
		call(feedtest.SignBody("sha512", s.state.Secret, []byte(body)))
		require.Equal(t, known && method == "POST", s.pushes.Load() == before+1)
	})
}

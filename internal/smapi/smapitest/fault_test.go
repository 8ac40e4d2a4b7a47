package smapitest_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/smapitest"
	"lastpost/internal/smapi/smapitest/rules"
)

func TestFaultsThatDoNotAct(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	uploads := regexp.MustCompile(`/uploads$`)
	c.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Method: "POST", Path: uploads, Status: 429, RetryAfter: "7", Skip: 1, Times: 2})
	c.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultHTML, Method: "POST", Path: uploads, Skip: 1})
	c.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Part: smapitest.PartLWA, Times: -1})
	var statuses []int
	var last exchange
	for range 5 {
		last = c.send("POST", "/v1/skills/uploads", nil)
		statuses = append(statuses, last.status)
		if last.status == http.StatusTooManyRequests {
			require.Equal(t, "7", last.header.Get("Retry-After"))
			require.NotEmpty(t, last.body["message"])
		}
		if last.status == http.StatusOK {
			require.Contains(t, last.raw, "<html>")
			require.Equal(t, "text/html; charset=utf-8", last.header.Get("Content-Type"))
		}
	}
	require.Equal(t, []int{201, 429, 429, 200, 201}, statuses)
	require.Equal(t, http.StatusOK, c.send("GET", "/v1/vendors", nil).status, "another path")
	require.Len(t, urls(c.amazon.Secrets(), c.amazon.UploadURL), 2, "two upload URLs were made")
}

// urls returns the secrets that begin with a base address.
func urls(secrets []string, base string) (found []string) {
	for _, secret := range secrets {
		if strings.HasPrefix(secret, base) {
			found = append(found, secret)
		}
	}
	return found
}

func TestStatusFaultCarriesViolations(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	c.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: 403, Message: "No.", Violations: []rules.Violation{{Message: "Never."}}})
	got := c.send("GET", "/v1/vendors", nil)
	require.Equal(t, http.StatusForbidden, got.status)
	require.JSONEq(t, `{"message":"No.","violations":[{"message":"Never."}]}`, got.raw)
	c.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: 503, Times: -1})
	for range 3 {
		require.Equal(t, http.StatusServiceUnavailable, c.send("GET", "/v1/vendors", nil).status)
	}
	c.amazon.Heal()
	require.Equal(t, http.StatusOK, c.send("GET", "/v1/vendors", nil).status)
}

func TestLostAnswers(t *testing.T) {
	create := regexp.MustCompile(`/imports$`)
	cases := map[smapitest.FaultKind]int{ // skills that are created
		smapitest.FaultCut: 0, smapitest.FaultLostAnswer: 1, smapitest.FaultCutBody: 1,
	}
	for kind, want := range cases {
		t.Run(string(kind), func(t *testing.T) {
			c := newCaller(t, smapitest.Options{})
			body, err := json.Marshal(map[string]any{"vendorId": vendorID, "location": c.upload(archiveOf(t, packageFiles()))})
			require.NoError(t, err)
			c.amazon.Fail(smapitest.Fault{Kind: kind, Path: create})
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.amazon.URL+"/v1/skills/imports", strings.NewReader(string(body)))
			require.NoError(t, err)
			request.Header.Set("Authorization", c.token)
			request.Header.Set("Content-Type", "application/json")
			_, err = c.try(request)
			if kind != smapitest.FaultCutBody { // the body is empty: nothing of it can be missing
				require.Error(t, err)
			}
			require.Len(t, c.amazon.ImportIDs(), want)
			calls := c.amazon.Requests()
			require.Equal(t, kind, calls[len(calls)-1].Fault)
		})
	}
}

func TestBrokenBodies(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	c.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultBrokenBody})
	broken := c.send("GET", "/v1/vendors", nil)
	require.Equal(t, http.StatusOK, broken.status)
	require.True(t, strings.HasPrefix(broken.raw, `{"vendors"`), broken.raw)
	require.Nil(t, broken.body, "the JSON is cut")

	c.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultCutBody})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.amazon.URL+"/v1/vendors", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", c.token)
	_, err = c.try(request)
	require.ErrorContains(t, err, "EOF")
}

func TestExpiredTokenFault(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	c.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultExpiredToken, Skip: 1})
	require.Equal(t, http.StatusOK, c.send("GET", "/v1/vendors", nil).status)
	require.Equal(t, http.StatusUnauthorized, c.send("GET", "/v1/vendors", nil).status)
	require.Equal(t, http.StatusUnauthorized, c.send("GET", "/v1/vendors", nil).status, "the token has ended")
	c.token = c.amazon.AccessToken()
	require.Equal(t, http.StatusOK, c.send("GET", "/v1/vendors", nil).status)
}

func TestDelays(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	for _, kind := range []smapitest.FaultKind{smapitest.FaultDelay, smapitest.FaultHold} {
		c.amazon.Fail(smapitest.Fault{Kind: kind, Delay: 50 * time.Millisecond})
		start := time.Now()
		require.Equal(t, http.StatusOK, c.send("GET", "/v1/vendors", nil).status)
		require.GreaterOrEqual(t, time.Since(start), 50*time.Millisecond)
	}
}

func TestRedirectFault(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	c.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultRedirect, To: "https://other.example/"})
	got := c.send("GET", "/v1/vendors", nil)
	require.Equal(t, http.StatusTemporaryRedirect, got.status)
	require.Equal(t, "https://other.example/", got.header.Get("Location"))
}

func TestCloseEndsWaitingCalls(t *testing.T) {
	amazon, err := smapitest.Start(smapitest.Options{})
	require.NoError(t, err)
	t.Cleanup(amazon.Close)
	c := &caller{t, amazon, amazon.AccessToken()}
	amazon.Fail(smapitest.Fault{Kind: smapitest.FaultDelay, Delay: time.Hour})
	ended := make(chan struct{})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, amazon.URL+"/v1/vendors", nil)
	require.NoError(t, err)
	go func() {
		defer close(ended)
		_, _ = c.try(request) // an error or an answer of the ending server
	}()
	time.Sleep(20 * time.Millisecond)
	amazon.Close()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		require.Fail(t, "the call still waits")
	}
}

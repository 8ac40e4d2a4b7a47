package smapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const vendorsAnswer = `{"vendors":[{"id":"M2VENDORID","name":"Ada","roles":["ROLE_ADMINISTRATOR"]}]}`

// temporaryFaults are answers that the same request may not get again.
var temporaryFaults = map[string]func(w http.ResponseWriter){
	"429 with Retry-After": func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "7")
		answerJSON(w, 429, `{"message":"heavy traffic"}`)
	},
	"429 without Retry-After": func(w http.ResponseWriter) { answerJSON(w, 429, `{"message":"heavy traffic"}`) },
	"500":                     func(w http.ResponseWriter) { answerJSON(w, 500, `{"message":"internal"}`) },
	"502":                     func(w http.ResponseWriter) { answerJSON(w, 502, ``) },
	"503":                     func(w http.ResponseWriter) { answerJSON(w, 503, `{"message":"busy"}`) },
	"504":                     func(w http.ResponseWriter) { answerJSON(w, 504, `not JSON`) },
	"an HTML page": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><title>Log in to the guest network</title></html>")
	},
	"a broken document":   func(w http.ResponseWriter) { answerJSON(w, 200, `{"vendors":[{"id":"M2`) },
	"a cut connection":    cut,
	"a cut answer":        func(w http.ResponseWriter) { cutBody(w, 200, `{"vendors":`) },
	"a cut answer at 500": func(w http.ResponseWriter) { cutBody(w, 500, `{"message":`) },
}

func TestRepeatsReadingCalls(t *testing.T) {
	for name, fault := range temporaryFaults {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n < 3 {
					fault(w)
					return
				}
				answerJSON(w, 200, vendorsAnswer)
			})
			c := newTestClient(t, s.URL, nil)
			vendors, err := c.Vendors(t.Context())
			require.NoError(t, err)
			require.Equal(t, []Vendor{{"M2VENDORID", "Ada", []string{"ROLE_ADMINISTRATOR"}}}, vendors)
			require.Len(t, s.requests(), 4)
			require.Len(t, c.pauses, 3)
			least := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}
			if strings.Contains(name, "with Retry-After") {
				least = []time.Duration{7 * time.Second, 7 * time.Second, 7 * time.Second}
			}
			for i, pause := range c.pauses {
				require.GreaterOrEqual(t, pause, least[i])
				require.LessOrEqual(t, pause, least[i]*5/4)
			}
		})
	}
}

func TestStopsRepeating(t *testing.T) {
	for name, fault := range temporaryFaults {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { fault(w) })
			c := newTestClient(t, s.URL, nil)
			_, err := c.Vendors(t.Context())
			require.Error(t, err)
			require.Len(t, s.requests(), maxAttempts)
			require.Regexp(t, `sent 8 times|after 8 attempts`, err.Error())
			var total time.Duration
			for _, pause := range c.pauses {
				total += pause
			}
			require.LessOrEqual(t, total, maxWaiting)
			if name == "an HTML page" {
				require.ErrorContains(t, err, "Log in to the guest network")
				require.ErrorContains(t, err, "proxy or a portal")
			}
		})
	}
}

func TestDoesNotRepeatRefusals(t *testing.T) {
	for _, status := range []int{400, 403, 404, 409, 412, 413, 501} {
		s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, status, `{"message":"no"}`) })
		_, err := newTestClient(t, s.URL, nil).Vendors(t.Context())
		require.Equal(t, status, Status(err))
		require.Len(t, s.requests(), 1, status)
	}
}

func TestNextPause(t *testing.T) {
	for _, row := range []struct {
		claim              string
		attempt            int
		waited, retryAfter time.Duration
		random             float64
		want               time.Duration
		more               bool
	}{
		{"the first pause is short", 1, 0, 0, 0, time.Second, true},
		{"pauses grow", 4, 0, 0, 0, 8 * time.Second, true},
		{"pauses have a limit", 7, 0, 0, 0, 30 * time.Second, true},
		{"jitter lengthens", 1, 0, 0, 0.5, 1125 * time.Millisecond, true},
		{"a longer Retry-After counts", 1, 0, time.Minute, 0, time.Minute, true},
		{"a shorter Retry-After does not count", 4, 0, time.Second, 0, 8 * time.Second, true},
		{"the longest Retry-After", 1, 0, 2 * time.Minute, 0, 2 * time.Minute, true},
		{"a very long Retry-After ends the call", 1, 0, 2*time.Minute + time.Second, 0, 0, false},
		{"the last attempt", 8, 0, 0, 0, 0, false},
		{"the sum of the pauses has a limit", 2, 5*time.Minute - time.Second, 0, 0, 0, false},
	} {
		pause, more := nextPause(row.attempt, row.waited, row.retryAfter, row.random)
		require.Equal(t, row.want, pause, row.claim)
		require.Equal(t, row.more, more, row.claim)
	}
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", 0},
		{"12", "", 12 * time.Second},
		{"-5", "", 0},
		{"99999999999999999999", "", 0},
		{"soon", "", 0},
		{"Sun, 01 Nov 2026 12:01:00 GMT", "", time.Minute},
		{"Sun, 01 Nov 2026 11:00:00 GMT", "", 0},
		{"Sun, 01 Nov 2026 10:01:00 GMT", "Sun, 01 Nov 2026 10:00:30 GMT", 30 * time.Second}, // our clock is wrong
	} {
		header := http.Header{"Retry-After": {row.value}, "Date": {row.date}}
		require.Equal(t, row.want, parseRetryAfter(header, now), row.value)
	}
}

func TestLongRetryAfterIsNamed(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		answerJSON(w, 429, `{"message":"heavy traffic"}`)
	})
	_, err := newTestClient(t, s.URL, nil).Vendors(t.Context())
	require.ErrorContains(t, err, "Amazon asks to wait for 1h0m0s")
	require.Len(t, s.requests(), 1)
}

func TestRenewsTokenOnce(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+secondToken {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			answerJSON(w, 401, `{"message":"Token is invalid/expired"}`)
			return
		}
		answerJSON(w, 200, vendorsAnswer)
	})
	c := newTestClient(t, s.URL, nil)
	_, err := c.Vendors(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{firstToken}, c.tokens.renewals)
	require.Len(t, s.requests(), 2)
	require.Empty(t, c.pauses)

	_, err = c.Vendors(t.Context()) // the token of the renewal stays
	require.NoError(t, err)
	require.Len(t, s.requests(), 3)
}

func TestSecondRefusalOfTokenEnds(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 401, `{"message":"Token is invalid"}`)
	})
	c := newTestClient(t, s.URL, nil)
	_, err := c.Vendors(t.Context())
	require.Equal(t, 401, Status(err))
	require.ErrorContains(t, err, "skill deploy --login")
	require.Len(t, s.requests(), 2)
	require.Len(t, c.tokens.renewals, 1)
}

func TestPausesUseTheNewestToken(t *testing.T) {
	c := newTestClient(t, "http://127.0.0.1:1", nil)
	s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			c.tokens.mu.Lock()
			c.tokens.current = secondToken // the source has renewed the token, because its hour ended
			c.tokens.mu.Unlock()
			answerJSON(w, 503, `{}`)
			return
		}
		answerJSON(w, 200, vendorsAnswer)
	})
	var err error
	c.base, err = CheckBaseURL("", s.URL)
	require.NoError(t, err)
	_, err = c.Vendors(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Bearer "+secondToken, s.requests()[1].header.Get("Authorization"))
}

func TestRenewalFails(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 401, `{"message":"Token is invalid"}`)
	})
	c := newTestClient(t, s.URL, nil)
	c.tokens.err = errors.New("the access was removed")
	_, err := c.Vendors(t.Context())
	require.ErrorIs(t, err, c.tokens.err)
	require.Len(t, s.requests(), 1)
}

func TestSpacesCalls(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, vendorsAnswer) })
	var total time.Duration
	c, err := New(Options{BaseURL: s.URL, Tokens: &testTokens{current: firstToken}, Pause: func(_ context.Context, d time.Duration) error {
		total += d
		return nil
	}})
	require.NoError(t, err)
	const calls = 21
	begin := time.Now()
	for range calls {
		_, err := c.Vendors(t.Context())
		require.NoError(t, err)
	}
	require.GreaterOrEqual(t, total+time.Since(begin), (calls-1)*minSpacing)
}

func TestEndsWithContext(t *testing.T) {
	cause := errors.New("the operator stopped the command")
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		cancel(cause)
		answerJSON(w, 503, `{"message":"busy"}`)
	})
	_, err := newTestClient(t, s.URL, nil).Vendors(ctx)
	require.Error(t, err)
	require.Len(t, s.requests(), 1)

	_, err = newTestClient(t, s.URL, nil).Vendors(ctx)
	require.ErrorIs(t, err, cause)
	require.Len(t, s.requests(), 1, "no request after the end")
}

func TestRefusedConnection(t *testing.T) {
	c := newTestClient(t, "http://"+closedAddress(t), nil)
	_, err := c.Vendors(t.Context())
	require.ErrorContains(t, err, "HTTPS_PROXY")
	require.ErrorContains(t, err, "after 8 attempts")
	require.NotContains(t, err.Error(), "http://", "the address can be an upload URL")
	require.Len(t, c.pauses, maxAttempts-1)
}

// closedAddress returns an address that refuses connections.
func closedAddress(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}

func TestConnectionThatWasNotMade(t *testing.T) {
	dialed := 0
	c, err := New(Options{Tokens: &testTokens{current: firstToken}, Pause: func(context.Context, time.Duration) error { return nil },
		HTTP: &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			dialed++
			return nil, &net.DNSError{Err: "no such host", Name: "api.amazonalexa.com"}
		}}}})
	require.NoError(t, err)
	_, err = c.CreateByImport(t.Context(), vendorID, uploadLocation)
	require.ErrorContains(t, err, "no such host")
	require.ErrorContains(t, err, "HTTPS_PROXY")
	_, lost := errors.AsType[*LostAnswerError](err)
	require.False(t, lost)
	require.Equal(t, maxAttempts, dialed)
	_, found := errors.AsType[*net.DNSError](err)
	require.True(t, found, "the cause can be compared")
}

func TestUntrustedCertificateIsNotRepeated(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, vendorsAnswer) })
	s.Close()
	s.Server = newTLSServer(t)
	c := newTestClient(t, s.URL, nil)
	_, err := c.Vendors(t.Context())
	require.ErrorContains(t, err, "certificate is not accepted")
	require.Empty(t, c.pauses)
}

func TestBoundsAnswers(t *testing.T) {
	const maxSent = 64 // MiB
	for name, status := range map[string]int{"success": 200, "error": 400} {
		sent := 0
		s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			for range maxSent {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
					return
				}
				sent++
			}
		})
		_, err := newTestClient(t, s.URL, nil).Vendors(t.Context())
		require.ErrorContains(t, err, "larger than 8 MiB", name)
		require.Less(t, len(err.Error()), 1000)
		require.Len(t, s.requests(), 1)
		s.Close()
		require.Less(t, sent, maxSent, "the client stops to read")
	}
}

func TestErrorTextIsBounded(t *testing.T) {
	long := strings.Repeat("long ", 100_000)
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 400, `{"message":"`+long+`","violations":[`+strings.Repeat(`{"message":"`+long[:5000]+`"},`, 1000)+`{"message":"last"}]}`)
	})
	_, err := newTestClient(t, s.URL, nil).Vendors(t.Context())
	require.Equal(t, 400, Status(err))
	require.Less(t, len(err.Error()), (maxProblems+3)*(maxMessage+100))
}

func TestRedirects(t *testing.T) {
	other := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, `{"manifest":{}}`) })
	t.Run("on the same host a reading call follows", func(t *testing.T) {
		s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				w.Header().Set("Location", "/v1/elsewhere?x=1")
				w.WriteHeader(http.StatusSeeOther)
				return
			}
			answerJSON(w, 200, `{"manifest":{}}`)
		})
		document, err := newTestClient(t, s.URL, nil).Manifest(t.Context(), skillID)
		require.NoError(t, err)
		require.JSONEq(t, `{"manifest":{}}`, string(document.JSON))
		require.Equal(t, "/v1/elsewhere?x=1", s.requests()[1].uri)
		require.Equal(t, "Bearer "+firstToken, s.requests()[1].header.Get("Authorization"))
	})
	t.Run("another host does not get a request", func(t *testing.T) {
		for _, status := range []int{301, 302, 303, 307, 308} {
			s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", other.URL+"/v1/skills?secret=1")
				w.WriteHeader(status)
			})
			c := newTestClient(t, s.URL, nil)
			_, err := c.Manifest(t.Context(), skillID)
			require.ErrorContains(t, err, "redirects to another address on "+strings.TrimPrefix(other.URL, "http://"))
			require.NotContains(t, err.Error(), "secret=1")
			require.Error(t, c.Enable(t.Context(), skillID))
			require.Len(t, s.requests(), 2)
		}
		require.Empty(t, other.requests())
	})
	t.Run("another scheme is another host", func(t *testing.T) {
		s := newScript(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://"+r.Host+"/v1/elsewhere")
			w.WriteHeader(http.StatusSeeOther)
		})
		_, err := newTestClient(t, s.URL, nil).Manifest(t.Context(), skillID)
		require.ErrorContains(t, err, "redirects to another address")
	})
	t.Run("a writing call does not follow", func(t *testing.T) {
		s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/v1/elsewhere")
			w.WriteHeader(http.StatusTemporaryRedirect)
		})
		require.Error(t, newTestClient(t, s.URL, nil).Enable(t.Context(), skillID))
		require.Len(t, s.requests(), 1)
	})
	t.Run("a circle ends", func(t *testing.T) {
		s := newScript(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.RequestURI)
			w.WriteHeader(http.StatusFound)
		})
		_, err := newTestClient(t, s.URL, nil).Manifest(t.Context(), skillID)
		require.ErrorContains(t, err, "redirect in a circle")
		require.Len(t, s.requests(), 5)
	})
	t.Run("the operator's client does not follow either", func(t *testing.T) {
		s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other.URL)
			w.WriteHeader(http.StatusFound)
		})
		c, err := New(Options{BaseURL: s.URL, Tokens: &testTokens{current: firstToken}, HTTP: &http.Client{}})
		require.NoError(t, err)
		_, err = c.Manifest(t.Context(), skillID)
		require.Error(t, err)
		require.Empty(t, other.requests())
	})
}

// TestLongPausesAreAnnounced has an outage. The operator must see that the command waits, and why.
func TestLongPausesAreAnnounced(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 503, `{"message":"busy with `+firstToken+`"}`)
	})
	var lines []string
	c, err := New(Options{BaseURL: s.URL, Tokens: &testTokens{current: firstToken}, Pause: func(context.Context, time.Duration) error { return nil },
		Notice: func(line string) { lines = append(lines, line) }})
	require.NoError(t, err)
	_, err = c.Vendors(t.Context())
	require.Equal(t, http.StatusServiceUnavailable, Status(err))
	require.Len(t, lines, maxAttempts-3, "the pauses of 1 s and 2 s are short, and no pause follows the last attempt")
	require.Regexp(t, `^list the vendors: GET /v1/vendors: status 503: busy .*\. Next attempt in \ds$`, lines[0])
	require.NotContains(t, strings.Join(lines, "\n"), firstToken)
}

package smapi

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const uploadLocation = "https://bucket.s3.amazonaws.com/package-4711?X-Amz-Credential=AKIDEXAMPLE%2F20261101&X-Amz-Signature=0123456789abcdef0123456789"

func newTLSServer(t *testing.T) *httptest.Server {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestCreationIsSentOnce(t *testing.T) {
	lost := map[string]func(w http.ResponseWriter){
		"an accepted request without id": func(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) },
		"an id of another resource": func(w http.ResponseWriter) {
			w.Header().Set("Location", "/v1/skills/"+skillID)
			w.WriteHeader(http.StatusAccepted)
		},
		"a redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location", "/v1/skills/imports")
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"408": func(w http.ResponseWriter) { answerJSON(w, 408, `{}`) },
	}
	for name, fault := range temporaryFaults {
		if !strings.HasPrefix(name, "429") && name != "a broken document" { // the call has no body in its answer
			lost[name] = fault
		}
	}
	for name, fault := range lost {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { fault(w) })
			_, err := newTestClient(t, s.URL, nil).CreateByImport(t.Context(), vendorID, uploadLocation)
			_, ok := errors.AsType[*LostAnswerError](err)
			require.True(t, ok, "%v", err)
			require.ErrorContains(t, err, "unknown whether Amazon did this")
			require.Len(t, s.requests(), 1)
		})
	}
}

func TestCreationIsRepeatedIfNotTaken(t *testing.T) {
	for name, fault := range map[string]func(w http.ResponseWriter){
		"429 with Retry-After":    temporaryFaults["429 with Retry-After"],
		"429 without Retry-After": temporaryFaults["429 without Retry-After"],
		"401":                     func(w http.ResponseWriter) { answerJSON(w, 401, `{"message":"expired"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n == 0 {
					fault(w)
					return
				}
				w.Header().Set("Location", "/v1/skills/imports/"+importID)
				w.WriteHeader(http.StatusAccepted)
			})
			id, err := newTestClient(t, s.URL, nil).CreateByImport(t.Context(), vendorID, uploadLocation)
			require.NoError(t, err)
			require.Equal(t, importID, id)
			require.Len(t, s.requests(), 2)
			for _, r := range s.requests() {
				require.JSONEq(t, `{"vendorId":"M2VENDORID","location":"`+uploadLocation+`"}`, r.body)
				require.Equal(t, "POST /v1/skills/imports", r.method+" "+r.uri)
			}
		})
	}
}

func TestCreationRefusedConnectionIsRepeated(t *testing.T) {
	c := newTestClient(t, "http://"+closedAddress(t), nil)
	_, err := c.CreateByImport(t.Context(), vendorID, uploadLocation)
	_, lost := errors.AsType[*LostAnswerError](err)
	require.False(t, lost, "%v", err)
	require.Len(t, c.pauses, maxAttempts-1)
}

func TestCreationRefused(t *testing.T) {
	for _, status := range []int{400, 403, 404, 409, 413} {
		s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, status, `{"message":"no"}`) })
		_, err := newTestClient(t, s.URL, nil).CreateByImport(t.Context(), vendorID, uploadLocation)
		_, lost := errors.AsType[*LostAnswerError](err)
		require.False(t, lost, "%v", err)
		require.Equal(t, status, Status(err))
		require.Len(t, s.requests(), 1)
	}
}

func TestCreationEndedByContextIsLost(t *testing.T) {
	cause := errors.New("the operator stopped the command")
	ctx, cancel := context.WithCancelCause(t.Context())
	release := make(chan struct{})
	s := newScript(t, func(_ int, _ http.ResponseWriter, _ *http.Request) {
		cancel(cause)
		<-release
	})
	_, err := newTestClient(t, s.URL, nil).CreateByImport(ctx, vendorID, uploadLocation)
	close(release)
	_, lost := errors.AsType[*LostAnswerError](err)
	require.True(t, lost, "%v", err)
	require.ErrorIs(t, err, cause)

	_, err = newTestClient(t, s.URL, nil).CreateByImport(ctx, vendorID, uploadLocation) // ended before it was sent
	_, lost = errors.AsType[*LostAnswerError](err)
	require.False(t, lost, "%v", err)
	require.Len(t, s.requests(), 1)
}

func TestCreationRefusedByAProxyIsNotRepeated(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<html>blocked")
	})
	_, err := newTestClient(t, s.URL, nil).CreateByImport(t.Context(), vendorID, uploadLocation)
	_, lost := errors.AsType[*LostAnswerError](err)
	require.False(t, lost, "%v", err)
	require.Len(t, s.requests(), 1)
}

// An idle connection that the server closed must not cause a second request: net/http repeats some requests on its own.
func TestCreationOnClosedConnection(t *testing.T) {
	s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			answerJSON(w, 200, vendorsAnswer)
			return
		}
		cut(w)
	})
	c := newTestClient(t, s.URL, nil)
	_, err := c.Vendors(t.Context())
	require.NoError(t, err)
	_, err = c.CreateByImport(t.Context(), vendorID, uploadLocation)
	_, lost := errors.AsType[*LostAnswerError](err)
	require.True(t, lost, "%v", err)
	require.Len(t, s.requests(), 2)
}

func TestUpdateByImport(t *testing.T) {
	for _, row := range []struct {
		claim, message, want string
		running              bool
	}{
		{"the message names the import",
			"Found another import in progress for skillId: " + skillID + ". Use importId: " + importID + " to track its status.", importID, true},
		{"the id ends the sentence", "Found another import in progress. Use importId: abc-1.", "abc-1", true},
		{"the message does not name it", "Found another import in progress.", "", true},
		{"another conflict", "The skill is being changed.", "", false},
	} {
		s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 409, `{"message":"`+row.message+`"}`)
		})
		_, err := newTestClient(t, s.URL, nil).UpdateByImport(t.Context(), skillID, uploadLocation)
		running, ok := errors.AsType[*ImportRunningError](err)
		require.Equal(t, row.running, ok, row.claim)
		require.Equal(t, 409, Status(err))
		if ok {
			require.Equal(t, row.want, running.ImportID, row.claim)
		}
		require.JSONEq(t, `{"location":"`+uploadLocation+`"}`, s.requests()[0].body)
		require.Equal(t, "/v1/skills/"+skillID+"/imports", s.requests()[0].uri)
	}
}

func TestUpdateIsRepeatedAfterLostAnswer(t *testing.T) {
	s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			cut(w)
			return
		}
		answerJSON(w, 409, `{"message":"Found another import in progress for skillId: x. Use importId: `+importID+` to track its status."}`)
	})
	_, err := newTestClient(t, s.URL, nil).UpdateByImport(t.Context(), skillID, uploadLocation)
	running, ok := errors.AsType[*ImportRunningError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, importID, running.ImportID)
	require.Len(t, s.requests(), 2)
}

func TestSimulationAndInvocationAreSentOnce(t *testing.T) {
	for name, send := range map[string]func(c *testClient) error{
		"simulation": func(c *testClient) error {
			_, err := c.Simulate(t.Context(), skillID, "en-US", "open half elf")
			return err
		},
		"invocation": func(c *testClient) error {
			_, err := c.Invoke(t.Context(), skillID, []byte(`{}`))
			return err
		},
	} {
		for fault, answer := range temporaryFaults {
			if strings.HasPrefix(fault, "429") {
				continue
			}
			s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answer(w) })
			err := send(newTestClient(t, s.URL, nil))
			_, lost := errors.AsType[*LostAnswerError](err)
			require.True(t, lost, "%s, %s: %v", name, fault, err)
			require.Len(t, s.requests(), 1)
		}
	}
}

func TestTimeoutIsRepeated(t *testing.T) {
	s := newScript(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 0 {
			<-r.Context().Done()
			return
		}
		answerJSON(w, 200, vendorsAnswer)
	})
	c, err := New(Options{BaseURL: s.URL, Tokens: &testTokens{current: firstToken}, HTTP: &http.Client{Timeout: time.Second / 2},
		Pause: func(context.Context, time.Duration) error { return nil }})
	require.NoError(t, err)
	_, err = c.Vendors(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(s.requests()), 2)
}

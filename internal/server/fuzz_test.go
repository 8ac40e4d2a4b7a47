package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify/verifytest"
)

// FuzzEndpoint checks that every answer has one of five statuses, and that only the signed request reaches the handler.
func FuzzEndpoint(f *testing.F) {
	env := newTestEnv(f)
	env.server.Log = nil // the log of a long run would fill the memory
	body := requestSpec{}.body()
	genuine, err := env.signer.Sign(body)
	require.NoError(f, err)
	signature := genuine.Get("Signature-256")
	handler := env.server.PublicHandler()
	send := func(method, path, certificate, signature string, body []byte) responseRecorder {
		answer := responseRecorder{header: http.Header{}}
		handler.ServeHTTP(&answer, &http.Request{
			Method: method, URL: &url.URL{Path: path}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Signaturecertchainurl": {certificate}, "Signature-256": {signature}},
			Body:   io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		})
		return answer
	}
	require.Equal(f, http.StatusOK, send(http.MethodPost, "/alexa", verifytest.CertificateURL, signature, body).status)

	f.Add(http.MethodPost, "/alexa", verifytest.CertificateURL, signature, body)
	f.Add(http.MethodPost, "/alexa", verifytest.CertificateURL, signature, append(body, ' '))
	f.Add(http.MethodPost, "/alexa", verifytest.CertificateURL, signature, []byte{})
	f.Add(http.MethodPost, "/alexa", verifytest.CertificateURL, "AAAA", body)
	f.Add(http.MethodPost, "/alexa", verifytest.CertificateURL, "", body)
	f.Add(http.MethodPost, "/alexa", otherCertificateURL, signature, body)
	f.Add(http.MethodPost, "/alexa", "https://s3.amazonaws.com/echo.api/%2e%2e/x.pem", signature, body)
	f.Add(http.MethodPost, "/alexa", "", signature, body)
	f.Add(http.MethodPost, "/alexa", "", "", bytes.Repeat([]byte("x"), maxBodyBytes+1))
	f.Add(http.MethodPost, "/alexa/", verifytest.CertificateURL, signature, body)
	f.Add(http.MethodPost, "", verifytest.CertificateURL, signature, body)
	f.Add(http.MethodGet, "/alexa", verifytest.CertificateURL, signature, body)
	f.Add("BREW", "/alexa", verifytest.CertificateURL, signature, body)
	f.Add("BREW", "/", verifytest.CertificateURL, signature, body)
	f.Fuzz(func(t *testing.T, method, path, certificate, sent string, content []byte) {
		got := send(method, path, certificate, sent, content)
		require.Equal(t, contentType, got.header.Get("Content-Type"))
		if got.status == http.StatusOK {
			require.Equal(t, http.MethodPost, method)
			require.Equal(t, "/alexa", path)
			require.Equal(t, body, content)
			require.Equal(t, signature, strings.NewReplacer("\r", "", "\n", "").Replace(sent))
			require.Equal(t, responseBody("Hello.", defaultRequestID), got.body.String())
			return
		}
		requireRefusal(t, got, method, path, len(content))
	})
}

func requireRefusal(t *testing.T, got responseRecorder, method, path string, length int) {
	t.Helper()
	require.Contains(t, []int{400, 404, 405, 413}, got.status)
	require.Equal(t, path != "/alexa", got.status == http.StatusNotFound)
	require.Equal(t, path == "/alexa" && method != http.MethodPost, got.status == http.StatusMethodNotAllowed)
	require.Equal(t, path == "/alexa" && method == http.MethodPost && length > maxBodyBytes, got.status == http.StatusRequestEntityTooLarge)
	var refusal struct {
		Message string `json:"message"`
		Data    struct {
			Status int `json:"status"`
		} `json:"data"`
	}
	require.NoError(t, json.Unmarshal(got.body.Bytes(), &refusal))
	require.NotEmpty(t, refusal.Message)
	require.Equal(t, got.status, refusal.Data.Status)
}

// responseRecorder stores an answer.
type responseRecorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the header of the answer.
func (r *responseRecorder) Header() http.Header { return r.header }

// WriteHeader stores the first status.
func (r *responseRecorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write stores the body.
func (r *responseRecorder) Write(text []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(text)
}

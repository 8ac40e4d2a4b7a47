package smapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// A storage is a server for packages, with its SMAPI, which gives a new upload URL for each request.
func newStorage(t testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request)) (api, storage *script) {
	storage = newScript(t, answer)
	api = newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 201, fmt.Sprintf(`{"uploadUrl":"%s/package-%d?X-Amz-Signature=0123456789abcdef%d","expiresAt":"2026-11-01T12:00:00Z"}`,
			storage.URL, n, n))
	})
	return api, storage
}

func refuseExpired(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message>`+
		`<RequestId>S3REQUEST</RequestId></Error>`)
}

func TestUpload(t *testing.T) {
	api, storage := newStorage(t, func(int, http.ResponseWriter, *http.Request) {})
	location, err := newTestClient(t, api.URL, nil).Upload(t.Context(), []byte("zip content"))
	require.NoError(t, err)
	require.Equal(t, storage.URL+"/package-0?X-Amz-Signature=0123456789abcdef0", location)

	require.Len(t, api.requests(), 1)
	require.Equal(t, "POST /v1/skills/uploads", api.requests()[0].method+" "+api.requests()[0].uri)
	require.Empty(t, api.requests()[0].body)
	require.Zero(t, api.requests()[0].length)
	require.False(t, api.requests()[0].chunked)

	require.Len(t, storage.requests(), 1)
	put := storage.requests()[0]
	require.Equal(t, "PUT /package-0?X-Amz-Signature=0123456789abcdef0", put.method+" "+put.uri)
	require.Equal(t, "zip content", put.body)
	require.NotContains(t, put.header, "Authorization")
	require.Equal(t, int64(len("zip content")), put.length)
	require.False(t, put.chunked)
}

func TestUploadOfNothingHasLength(t *testing.T) {
	api, storage := newStorage(t, func(int, http.ResponseWriter, *http.Request) {})
	_, err := newTestClient(t, api.URL, nil).Upload(t.Context(), nil)
	require.NoError(t, err)
	require.False(t, storage.requests()[0].chunked)
	require.Equal(t, "0", storage.requests()[0].header.Get("Content-Length"))
}

func TestExpiredUploadURLIsReplaced(t *testing.T) {
	api, storage := newStorage(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			refuseExpired(w)
		}
	})
	location, err := newTestClient(t, api.URL, nil).Upload(t.Context(), []byte("zip"))
	require.NoError(t, err)
	require.Contains(t, location, "/package-1?")
	require.Len(t, api.requests(), 2)
	require.Equal(t, "zip", storage.requests()[1].body)
}

func TestRefusedUploadEnds(t *testing.T) {
	api, storage := newStorage(t, func(_ int, w http.ResponseWriter, _ *http.Request) { refuseExpired(w) })
	_, err := newTestClient(t, api.URL, nil).Upload(t.Context(), []byte("zip"))
	require.EqualError(t, err, "upload the package: PUT "+storage.URL+"/(upload URL): status 403 AccessDenied: Request has expired. "+
		"Request id: S3REQUEST. The storage refuses the upload. Upload URLs expire soon. "+
		"Check the clock and the network of this machine, and deploy again.")
	require.Len(t, storage.requests(), maxUploadURLs)
}

func TestTooLargeUploadIsSentOnce(t *testing.T) {
	api, storage := newStorage(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestEntityTooLarge) })
	_, err := newTestClient(t, api.URL, nil).Upload(t.Context(), []byte("zip"))
	require.ErrorContains(t, err, "too large for Amazon")
	require.Len(t, storage.requests(), 1)
}

func TestUploadIsRepeated(t *testing.T) {
	for name, fault := range temporaryFaults {
		if name == "a broken document" || name == "a cut answer" { // the storage's answer is not read as JSON
			continue
		}
		t.Run(name, func(t *testing.T) {
			api, storage := newStorage(t, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n < 2 {
					fault(w)
				}
			})
			location, err := newTestClient(t, api.URL, nil).Upload(t.Context(), []byte("zip"))
			require.NoError(t, err)
			require.Len(t, storage.requests(), 3, "repeated")
			for _, r := range storage.requests() {
				require.Equal(t, "zip", r.body)
				require.NotContains(t, r.header, "Authorization")
			}
			require.Contains(t, location, storage.URL)
		})
	}
}

func TestUploadURLIsRequestedAgain(t *testing.T) {
	for name, fault := range temporaryFaults {
		var address string
		s := newScript(t, func(n int, w http.ResponseWriter, r *http.Request) {
			switch {
			case n == 0:
				fault(w)
			case r.Method == http.MethodPost:
				answerJSON(w, 201, `{"uploadUrl":"`+address+`/x?signature=1"}`)
			}
		})
		address = s.URL
		_, err := newTestClient(t, s.URL, nil).Upload(t.Context(), []byte("zip"))
		require.NoError(t, err, name)
		require.Len(t, s.requests(), 3)
	}
}

func TestUploadURLMustBeSecure(t *testing.T) {
	for _, location := range []string{"http://storage.example/x?s=SECRETVALUE", "ftp://127.0.0.1/x?s=SECRETVALUE", "file:///etc/passwd", "", "%zz",
		"/x?s=SECRETVALUE", "https:///x?s=SECRETVALUE"} {
		s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 201, fmt.Sprintf(`{"uploadUrl":%q}`, location))
		})
		_, err := newTestClient(t, s.URL, nil).Upload(t.Context(), []byte("zip"))
		require.ErrorContains(t, err, "does not have an https URL", location)
		require.NotContains(t, err.Error(), "SECRETVALUE")
		require.Len(t, s.requests(), 1)
	}
}

func TestUploadURLInErrorsOfTheNetwork(t *testing.T) {
	secret := "http://" + closedAddress(t) + "/package?X-Amz-Signature=SECRETSIGNATURE"
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, 201, `{"uploadUrl":"`+secret+`"}`) })
	_, err := newTestClient(t, s.URL, nil).Upload(t.Context(), []byte("zip"))
	require.ErrorContains(t, err, "upload the package")
	for e := err; e != nil; e = errors.Unwrap(e) {
		require.NotContains(t, e.Error(), "SECRETSIGNATURE")
		require.NotContains(t, fmt.Sprintf("%+v %#v", e, e), "/package?")
	}
}

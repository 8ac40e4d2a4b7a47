package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// TestChecksContentDigest checks that a wrong digest is refused, and that a right digest or none with SHA-256 is accepted.
func TestChecksContentDigest(t *testing.T) {
	t.Parallel()
	right, wrong := server.ContentDigest(requestSpec{}.body()), server.ContentDigest([]byte("another"))
	for _, row := range []refusalCase{
		{"a digest of another body", withHeader("Content-Digest", wrong), "body-digest", server.BodyChangedMessage, "bytes that do not match"},
		{"a right and a wrong digest", withHeader("Content-Digest", right, wrong), "body-digest", server.BodyChangedMessage, "bytes that do not match"},
		{"a digest that is not base64", withHeader("Content-Digest", "sha-256=:!:"), "body-digest", server.BodyChangedMessage, "sha-256=:!:"},
		{"a value that is not a digest", withHeader("Content-Digest", "sha-256=?1"), "body-digest", server.BodyChangedMessage, "sha-256=?1"},
		{"a truncated digest", withHeader("Content-Digest", right[:20]), "body-digest", server.BodyChangedMessage, "bytes that do not match"},
	} {
		t.Run(row.claim, row.run)
	}
	for claim, values := range map[string][]string{
		"the right digest":                 {right},
		"with digests of other algorithms": {"md5=:AAAA:, " + right + ", sha-512=:AAAA:"},
		"only another algorithm":           {"sha-512=:AAAA:"},
		"an empty header":                  {""},
	} {
		t.Run(claim, func(t *testing.T) {
			env := newTestEnv(t).open()
			require.Equal(t, http.StatusOK, env.send(withHeader("Content-Digest", values...)(env)).status)
		})
	}
}

// TestDigestDoesNotReplaceSignature sends a right digest without a signature. The request must be refused.
func TestDigestDoesNotReplaceSignature(t *testing.T) {
	env := newTestEnv(t).open()
	r := withoutHeader("Signature-256")(env)
	r.Header.Set("Content-Digest", server.ContentDigest(requestSpec{}.body()))
	require.Equal(t, http.StatusBadRequest, env.send(r).status)
	require.Equal(t, "signature-header", env.stopAndRequestLines()[0].attrs["rule"])
}

// TestHashesBodyOnce repeats the right digest until the header is full. The body must be hashed only once.
func TestHashesBodyOnce(t *testing.T) {
	body := make([]byte, 64<<10)
	one := http.Header{"Content-Digest": {server.ContentDigest(body)}}
	many := http.Header{"Content-Digest": {strings.Repeat(server.ContentDigest(body)+",", 280)}}
	quickest := func(header http.Header) time.Duration {
		least := time.Hour
		for range 10 {
			began := time.Now()
			require.NoError(t, server.CheckContentDigest(header, body))
			least = min(least, time.Since(began))
		}
		return least
	}
	require.Less(t, quickest(many), 40*quickest(one))
}

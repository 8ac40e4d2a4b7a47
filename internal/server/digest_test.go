package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// TestBodyDigest refuses what a digest does not fit, and nothing else because of one.
func TestBodyDigest(t *testing.T) {
	right, wrong := server.ContentDigest(requestSpec{}.body()), server.ContentDigest([]byte("another"))
	for _, row := range []refusalCase{
		{"a digest of another body", withHeader("Content-Digest", wrong), "body-digest", server.BodyChangedMessage, "bytes that do not match"},
		{"a wrong one beside a right one", withHeader("Content-Digest", right, wrong), "body-digest", server.BodyChangedMessage, "bytes that do not match"},
		{"one that is no base64", withHeader("Content-Digest", "sha-256=:!:"), "body-digest", server.BodyChangedMessage, "sha-256=:!:"},
		{"one that is no digest at all", withHeader("Content-Digest", "sha-256=?1"), "body-digest", server.BodyChangedMessage, "sha-256=?1"},
		{"one that is cut off", withHeader("Content-Digest", right[:20]), "body-digest", server.BodyChangedMessage, "bytes that do not match"},
	} {
		t.Run(row.claim, row.run)
	}
	for claim, values := range map[string][]string{
		"the body's own":                   {right},
		"among those of other algorithms":  {"md5=:AAAA:, " + right + ", sha-512=:AAAA:"},
		"of another algorithm alone":       {"sha-512=:AAAA:"},
		"none, though the header is there": {""},
	} {
		t.Run(claim, func(t *testing.T) {
			env := newTestEnv(t).open()
			require.Equal(t, http.StatusOK, env.send(withHeader("Content-Digest", values...)(env)).status)
		})
	}
}

// TestDigestVouchesForNothing sends a right digest without a signature.
func TestDigestVouchesForNothing(t *testing.T) {
	env := newTestEnv(t).open()
	r := withoutHeader("Signature-256")(env)
	r.Header.Set("Content-Digest", server.ContentDigest(requestSpec{}.body()))
	require.Equal(t, http.StatusBadRequest, env.send(r).status)
	require.Equal(t, "signature-header", env.stopAndRequestLines()[0].attrs["rule"])
}

// TestManyDigests names the right one as often as a header has room for, which is to be no work for the service.
func TestManyDigests(t *testing.T) {
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

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
	right, wrong := server.ContentDigest(ask{}.body()), server.ContentDigest([]byte("another"))
	for _, row := range []refusal{
		{"a digest of another body", with("Content-Digest", wrong), "body-digest", server.BodyChangedMessage, "bytes arrived"},
		{"a wrong one beside a right one", with("Content-Digest", right, wrong), "body-digest", server.BodyChangedMessage, "bytes arrived"},
		{"one that is no base64", with("Content-Digest", "sha-256=:!:"), "body-digest", server.BodyChangedMessage, "sha-256=:!:"},
		{"one that is no digest at all", with("Content-Digest", "sha-256=?1"), "body-digest", server.BodyChangedMessage, "sha-256=?1"},
		{"one that is cut off", with("Content-Digest", right[:20]), "body-digest", server.BodyChangedMessage, "bytes arrived"},
	} {
		t.Run(row.claim, row.test)
	}
	for claim, values := range map[string][]string{
		"the body's own":                   {right},
		"among those of other algorithms":  {"md5=:AAAA:, " + right + ", sha-512=:AAAA:"},
		"of another algorithm alone":       {"sha-512=:AAAA:"},
		"none, though the header is there": {""},
	} {
		t.Run(claim, func(t *testing.T) {
			w := newWorld(t).open()
			require.Equal(t, http.StatusOK, w.do(with("Content-Digest", values...)(w)).status)
		})
	}
}

// TestDigestVouchesForNothing sends a right digest without a signature.
func TestDigestVouchesForNothing(t *testing.T) {
	w := newWorld(t).open()
	r := without("Signature-256")(w)
	r.Header.Set("Content-Digest", server.ContentDigest(ask{}.body()))
	require.Equal(t, http.StatusBadRequest, w.do(r).status)
	require.Equal(t, "signature-header", w.requests()[0].attrs["rule"])
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

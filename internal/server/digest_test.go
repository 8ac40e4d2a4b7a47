package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// TestBodyDigest refuses what a digest does not fit, and nothing else because of one.
func TestBodyDigest(t *testing.T) {
	right, wrong := server.DigestOf(ask{}.body()), server.DigestOf([]byte("another"))
	for _, row := range []refusal{
		{"a digest of another body", with("Content-Digest", wrong), "body-digest", server.BodyChanged, "bytes arrived"},
		{"a wrong one beside a right one", with("Content-Digest", right, wrong), "body-digest", server.BodyChanged, "bytes arrived"},
		{"one that is no base64", with("Content-Digest", "sha-256=:!:"), "body-digest", server.BodyChanged, "sha-256=:!:"},
		{"one that is cut off", with("Content-Digest", right[:20]), "body-digest", server.BodyChanged, "bytes arrived"},
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
	r.Header.Set("Content-Digest", server.DigestOf(ask{}.body()))
	require.Equal(t, http.StatusBadRequest, w.do(r).status)
	require.Equal(t, "signature-header", w.requests()[0].attrs["rule"])
}

package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"lastpost/internal/verify"
)

// BodyDigest is broken by a body that is not the one its sender made: something on the way has written it anew.
const BodyDigest verify.Rule = "body-digest"

// BodyChanged is what the sender of such a body is told.
const BodyChanged = "the body is not what was sent: something on the way changed it"

// contentDigest is the canonical name of the header.
const contentDigest = "Content-Digest"

// DigestOf is the value of the header Content-Digest (RFC 9530) for a body.
func DigestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// checkDigest refuses a body that its Content-Digest does not fit. Alexa sends none: it is for whoever asks whether a proxy
// leaves bodies alone, which a signature that fails cannot tell from a forged one. It vouches for nothing, so that it comes
// before the guard and replaces no part of it. Digests of other algorithms are not looked at.
func checkDigest(header http.Header, body []byte) error {
	values, sent := header[contentDigest]
	if !sent {
		return nil
	}
	for member := range strings.SplitSeq(strings.Join(values, ","), ",") {
		encoded, ours := strings.CutPrefix(strings.TrimSpace(member), "sha-256=:")
		if !ours {
			continue
		}
		want, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(encoded, ":"))
		if got := sha256.Sum256(body); err != nil || !bytes.Equal(got[:], want) {
			return fmt.Errorf("%w: %d bytes arrived, which are not those of %s", BodyDigest, len(body), member)
		}
	}
	return nil
}

package server

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"lastpost/internal/verify"
)

// BodyDigest is broken by a body that is not the one its sender made: something on the way has written it anew.
const BodyDigest verify.Rule = "body-digest"

// BodyChangedMessage is what the sender of such a body is told.
const BodyChangedMessage = "the body is not what was sent: something on the way changed it"

// contentDigestHeader is the canonical name of the header.
const contentDigestHeader = "Content-Digest"

// ContentDigest is the value of the header Content-Digest (RFC 9530) for a body.
func ContentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// checkContentDigest refuses a body that its Content-Digest does not fit. Alexa sends none: it is for whoever asks whether a proxy
// leaves bodies alone, which a signature that fails cannot tell from a forged one. It vouches for nothing, so that it comes
// before the guard and replaces no part of it. Digests of other algorithms are not looked at. The body's own is made once,
// however many are named: a header full of right ones would else have it made hundreds of times, for a stranger.
func checkContentDigest(header http.Header, body []byte) error {
	values, sent := header[contentDigestHeader]
	if !sent {
		return nil
	}
	var got string
	for member := range strings.SplitSeq(strings.Join(values, ","), ",") {
		member = strings.TrimSpace(member)
		if !strings.HasPrefix(member, "sha-256=") {
			continue
		}
		if got == "" {
			got = ContentDigest(body)
		}
		if member != got {
			return fmt.Errorf("%w: %d bytes arrived, which are not those of %s", BodyDigest, len(body), member)
		}
	}
	return nil
}

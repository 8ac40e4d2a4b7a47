package server

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"lastpost/internal/verify"
)

// BodyDigest is the rule that a body breaks if it was changed between the sender and this service.
const BodyDigest verify.Rule = "body-digest"

// BodyChangedMessage is the answer to a request that breaks BodyDigest.
const BodyChangedMessage = "the body does not match Content-Digest: it was changed in transit"

// contentDigestHeader is the canonical name of the header.
const contentDigestHeader = "Content-Digest"

// ContentDigest returns the value of the header Content-Digest (RFC 9530) for a body.
func ContentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// checkContentDigest refuses a body that does not match its Content-Digest. Alexa does not send this header. The doctor
// sends it to find out whether a proxy changes bodies, because a failed signature alone does not show this. The check does
// not authenticate the sender, so the signature is always verified too. Digests of other algorithms are ignored. The body
// is hashed only once. Otherwise an attacker could cause hundreds of hashes with one long header.
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
			return fmt.Errorf("%w: received %d bytes that do not match %s", BodyDigest, len(body), member)
		}
	}
	return nil
}

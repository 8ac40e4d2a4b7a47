// Package redact replaces secrets and ids by short keyed hashes, so that a reader sees which ones are equal, and no more. Alexa
// masks requests and responses of Alexa, OAuth those of account linking. It decides nothing about what is recorded.
package redact

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// AlexaMasker replaces what nobody is to read by a short hash under a key of its own, by which equal values are seen to be
// equal: within one run of the service, and nowhere else.
type AlexaMasker struct{ key [32]byte }

// NewAlexaMasker has a key of its own.
func NewAlexaMasker() *AlexaMasker {
	m := &AlexaMasker{}
	_, _ = rand.Read(m.key[:]) // it never fails
	return m
}

// MaskPrefix is how every masked value begins.
const MaskPrefix = "masked:"

// hashValue gives what stands for a value. Ten digits: more than enough to tell apart the few hundred that are on a page.
func (m *AlexaMasker) hashValue(value []byte) string {
	var room [2 << 10]byte // enough for Amazon's tokens
	sum := sha256.Sum256(append(append(room[:0], m.key[:]...), value...))
	return MaskPrefix + hex.EncodeToString(sum[:5])
}

// isSecretKey tells whether the value of a key is a secret, or names a listener, a household or a device, as the place where it
// stands does. Tokens are, under whichever name Amazon invents next; "token" alone is what the player plays, and this
// service's own invention.
func isSecretKey(key string) bool {
	switch key {
	case "expectedPreviousToken", "nextToken", "token":
		return false
	}
	for _, end := range []string{"token", "secret", "password"} {
		if strings.EqualFold(key[max(0, len(key)-len(end)):], end) {
			return true
		}
	}
	names := []string{"userId", "deviceId", "personId", "sessionId", "unitId", "persistentUnitId", "persistentEndpointId",
		"householdId", "authorization", "email", "phoneNumber", "geolocation"}
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(key, name) })
}

// MaskJSON masks the values of secret keys, and ids wherever they stand. The result is a copy. What follows a fault in the document
// is left out.
func (m *AlexaMasker) MaskJSON(document []byte) []byte {
	decoder := newDecoder(document)
	out := make([]byte, 0, len(document))
	copied := int64(0) // of document
	for {
		token, err := decoder.ReadToken()
		if err == nil && isKey(decoder) && isSecretKey(token.String()) {
			out = append(out, document[copied:decoder.InputOffset()]...)
			copied = decoder.InputOffset()
			var value jsontext.Value
			if value, err = decoder.ReadValue(); err == nil {
				end := decoder.InputOffset()
				out = m.appendMasked(append(out, document[copied:end-int64(len(value))]...), value)
				copied = end
			}
		}
		if errors.Is(err, io.EOF) && decoder.StackDepth() == 0 {
			return m.maskIDs(append(out, document[copied:]...))
		}
		if err != nil {
			return m.maskIDs(append(out, document[copied:max(copied, decoder.InputOffset())]...))
		}
	}
}

// newDecoder reads what anybody may have written. It reads the document in its place: of a buffer no copy is made.
func newDecoder(document []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(document), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// isKey reports whether the token that was just read is the name of an object's member.
func isKey(decoder *jsontext.Decoder) bool {
	kind, length := decoder.StackIndex(decoder.StackDepth())
	return kind == '{' && length%2 == 1
}

// appendMasked appends what stands for a value. That a value is absent or empty is no secret, and worth knowing.
func (m *AlexaMasker) appendMasked(out, value []byte) []byte {
	switch string(value) {
	case "", "null", `""`, "{}", "[]":
		return append(out, value...)
	}
	if value[0] == '"' && len(value) > 1 {
		value = value[1 : len(value)-1] // so that the same id within a text has the same hash
	}
	out = append(out, '"')
	out = append(out, m.hashValue(value)...)
	return append(out, '"')
}

// idPrefix is how Amazon's ids begin; the next word says of what.
const idPrefix = "amzn1."

// maskIDs masks ids of listeners and devices that stand in a text, such as a message of Amazon's.
func (m *AlexaMasker) maskIDs(text []byte) []byte {
	if !bytes.Contains(text, []byte(idPrefix)) {
		return text
	}
	var out []byte
	for {
		at := bytes.Index(text, []byte(idPrefix))
		if at < 0 {
			return append(out, text...)
		}
		n := idLength(text[at:])
		out = append(out, text[:at]...)
		if id := text[at : at+n]; isPersonalID(id) {
			out = append(out, m.hashValue(id)...)
		} else {
			out = append(out, id...)
		}
		text = text[at+n:]
	}
}

// MaskText masks ids that stand in a text.
func (m *AlexaMasker) MaskText(text string) string {
	if !strings.Contains(text, idPrefix) {
		return text
	}
	return string(m.maskIDs([]byte(text)))
}

// isPersonalID tells whether an id may be a listener's, a household's or a device's: any but those of skills, requests and the
// values of slots. Amazon invents more kinds of persons and things than of these.
func isPersonalID(id []byte) bool {
	for _, kind := range []string{"amzn1.ask.skill.", "amzn1.echo-sdk-ams.app.", "amzn1.echo-api.request.", "amzn1.er-authority."} {
		if bytes.HasPrefix(id, []byte(kind)) {
			return false
		}
	}
	return true
}

// idLength gives the length of the id that text begins with. A period behind it ends the sentence.
func idLength(text []byte) int {
	const inIDs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
	id := text[:len(text)-len(bytes.TrimLeft(text, inIDs))]
	return len(bytes.TrimRight(id, "."))
}

// MaskHeader keeps in clear what is needed to understand a refusal, and masks every other header's value. It is cut where a
// sender has written more than anybody reads.
func (m *AlexaMasker) MaskHeader(header http.Header) http.Header {
	const most, longest = 40, 1000
	kept := make(http.Header, len(header))
	for name, values := range header {
		if len(kept) == most {
			break
		}
		shown := make([]string, 0, len(values))
		for _, value := range values[:min(len(values), most)] {
			if isPlainHeader(name) {
				shown = append(shown, m.MaskText(Truncate(value, longest)))
			} else {
				shown = append(shown, m.hashValue([]byte(value)))
			}
		}
		kept[Truncate(name, 100)] = shown
	}
	return kept
}

// isPlainHeader tells whether a header's value is what was signed or how, and nobody's secret.
func isPlainHeader(name string) bool {
	switch name {
	case "Accept", "Accept-Charset", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Signature",
		"Signature-256", "Signaturecertchainurl", "User-Agent":
		return true
	}
	return false
}

// Truncate cuts a text, and gives memory of its own.
func Truncate(text string, most int) string {
	if len(text) <= most {
		return strings.Clone(text)
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

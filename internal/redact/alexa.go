// Package redact replaces secrets and IDs by masks, which are short keyed hashes. A reader of the masks sees only which
// values are equal. AlexaMasker masks the requests and responses of Alexa. OAuthMasker masks the exchanges of account
// linking. The package does not decide which values are recorded.
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

// AlexaMasker masks secrets and IDs in the requests and responses of Alexa. Its key is random. So equal values have equal
// masks only within one run of the service.
type AlexaMasker struct{ key [32]byte }

// NewAlexaMasker returns a masker with a new random key.
func NewAlexaMasker() *AlexaMasker {
	m := &AlexaMasker{}
	_, _ = rand.Read(m.key[:]) // never fails
	return m
}

// MaskPrefix is the prefix of every masked value.
const MaskPrefix = "masked:"

// hashValue returns the mask of a value: MaskPrefix and ten hexadecimal digits of its keyed hash. Ten digits are enough
// to distinguish the few hundred values on a page.
func (m *AlexaMasker) hashValue(value []byte) string {
	var room [2 << 10]byte // enough for Amazon's tokens
	sum := sha256.Sum256(append(append(room[:0], m.key[:]...), value...))
	return MaskPrefix + hex.EncodeToString(sum[:5])
}

// isSecretKey reports whether the value of a JSON key is a secret, or identifies a listener, a household, a device or a
// location. Every key that ends in "token" is secret, because Amazon may add new kinds of tokens. The keys of this
// service's own tokens for the audio player are exceptions, because those tokens are not secret.
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

// MaskJSON returns a copy of a JSON document with the values of secret keys masked, and the IDs in all texts masked. If
// the document has a syntax error, the copy ends there.
func (m *AlexaMasker) MaskJSON(document []byte) []byte {
	decoder := newDecoder(document)
	out := make([]byte, 0, len(document))
	copied := int64(0) // the number of bytes of document that are in out
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

// newDecoder returns a decoder for untrusted JSON. It reads a bytes.Buffer in place, without a copy.
func newDecoder(document []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(document), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// isKey reports whether the last token is the name of an object's member.
func isKey(decoder *jsontext.Decoder) bool {
	kind, length := decoder.StackIndex(decoder.StackDepth())
	return kind == '{' && length%2 == 1
}

// appendMasked appends the mask of a value. Null and empty values are not secret and stay visible.
func (m *AlexaMasker) appendMasked(out, value []byte) []byte {
	switch string(value) {
	case "", "null", `""`, "{}", "[]":
		return append(out, value...)
	}
	if value[0] == '"' && len(value) > 1 {
		value = value[1 : len(value)-1] // without quotes, so that the same ID in a text has the same hash
	}
	out = append(out, '"')
	out = append(out, m.hashValue(value)...)
	return append(out, '"')
}

// idPrefix is the prefix of Amazon's IDs. The words after it are the kind of the ID, such as "ask.skill".
const idPrefix = "amzn1."

// maskIDs masks the IDs of listeners and devices in a text, such as a message from Amazon.
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

// MaskText masks the IDs in a text.
func (m *AlexaMasker) MaskText(text string) string {
	if !strings.Contains(text, idPrefix) {
		return text
	}
	return string(m.maskIDs([]byte(text)))
}

// isPersonalID reports whether an ID may identify a listener, a household or a device. It lists the kinds of IDs that
// are not personal. So a new kind that Amazon adds counts as personal.
func isPersonalID(id []byte) bool {
	for _, kind := range []string{"amzn1.ask.skill.", "amzn1.echo-sdk-ams.app.", "amzn1.echo-api.request.", "amzn1.er-authority."} {
		if bytes.HasPrefix(id, []byte(kind)) {
			return false
		}
	}
	return true
}

// idLength returns the length of the ID at the start of text. A final period is the end of a sentence and not part of
// the ID.
func idLength(text []byte) int {
	const inIDs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
	id := text[:len(text)-len(bytes.TrimLeft(text, inIDs))]
	return len(bytes.TrimRight(id, "."))
}

// MaskHeader returns a copy of a request's header. It masks the values of all headers except the few that isPlainHeader
// lists. It limits the number of headers and values, and the length of each, because an attacker can send many.
func (m *AlexaMasker) MaskHeader(header http.Header) http.Header {
	const maxCount, maxValue = 40, 1000
	kept := make(http.Header, len(header))
	for name, values := range header {
		if len(kept) == maxCount {
			break
		}
		shown := make([]string, 0, len(values))
		for _, value := range values[:min(len(values), maxCount)] {
			if isPlainHeader(name) {
				shown = append(shown, m.MaskText(Truncate(value, maxValue)))
			} else {
				shown = append(shown, m.hashValue([]byte(value)))
			}
		}
		kept[Truncate(name, 100)] = shown
	}
	return kept
}

// isPlainHeader reports whether a header's value describes the signature, the format or the sending program. The
// operator needs these values to understand a refusal, and they are not secret.
func isPlainHeader(name string) bool {
	switch name {
	case "Accept", "Accept-Charset", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Signature",
		"Signature-256", "Signaturecertchainurl", "User-Agent":
		return true
	}
	return false
}

// Truncate returns at most limit bytes of text. It adds "…" if it cut the text. The result does not share memory with
// text.
func Truncate(text string, limit int) string {
	if len(text) <= limit {
		return strings.Clone(text)
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

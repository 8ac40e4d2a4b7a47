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
	"strings"
	"unicode/utf8"

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

// IsSecretKey reports whether the value of a JSON key is a secret, or identifies a listener, a household, a device or a
// location. Every key that ends in "token" is secret, because Amazon may add new kinds of tokens. The keys of this
// service's own tokens for the audio player are exceptions, because those tokens are not secret. The objects "grant" and
// "grantee" of Alexa.Authorization hold a code and a token under ordinary names.
func IsSecretKey(key string) bool {
	switch key {
	case "expectedPreviousToken", "nextToken", "token":
		return false
	}
	if len(key) > maxKey {
		return false
	}
	name := normalizeKey(key)
	switch name {
	case "userid", "deviceid", "personid", "sessionid", "unitid", "persistentunitid", "persistentendpointid", "householdid",
		"advertisingid", "customerid", "authorization", "authorizationcode", "email", "emailaddress", "phonenumber",
		"mobilenumber", "geolocation", "cookie", "grant", "grantee", "codeverifier", "clientassertion":
		return true
	}
	return strings.HasSuffix(name, "token") || strings.HasSuffix(name, "secret") || strings.HasSuffix(name, "password") ||
		strings.HasSuffix(name, "apikey")
}

// normalizeKey returns a key in lower case, without separators.
func normalizeKey(key string) string {
	name := strings.ToLower(key)
	if !strings.ContainsAny(name, "_- ") {
		return name
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_- ", r) {
			return -1
		}
		return r
	}, name)
}

// maxKey is more than the length of any name of a secret.
const maxKey = 64

// MaskJSON returns a copy of a JSON document with the values of secret keys masked, and the IDs and secrets in all texts
// masked, also in documents inside texts. If the document has a syntax error, the copy ends there.
func (m *AlexaMasker) MaskJSON(document []byte) []byte { return m.maskDocument(document, maxNested) }

// maxNested limits the masking of JSON in texts of JSON. A document at this depth is masked as a text.
const maxNested = 4

func (m *AlexaMasker) maskDocument(document []byte, nested int) []byte {
	decoder := newDecoder(document)
	out := make([]byte, 0, len(document))
	copied := int64(0) // the number of bytes of document that are in out
	// replace appends the document up to the value that was read last, and then the mask of the value.
	replace := func(length int, mask func(out []byte) []byte) {
		end := decoder.InputOffset()
		out = mask(append(out, document[copied:end-int64(length)]...))
		copied = end
	}
	secret := false // the last token is the key of a secret value
	for {
		var err error
		switch kind := decoder.PeekKind(); {
		case secret:
			var value jsontext.Value
			if value, err = decoder.ReadValue(); err == nil {
				replace(len(value), func(out []byte) []byte { return m.appendMasked(out, value) })
			}
			secret = false
		case kind == '"':
			var value jsontext.Value
			if value, err = decoder.ReadValue(); err != nil {
				break
			}
			replace(len(value), func(out []byte) []byte { return m.appendText(out, value, nested) })
			secret = isKey(decoder) && IsSecretKey(decodeText(value))
		default:
			_, err = decoder.ReadToken()
		}
		if errors.Is(err, io.EOF) && decoder.StackDepth() == 0 {
			return append(out, document[copied:]...)
		}
		if err != nil {
			return append(out, document[copied:max(copied, decoder.InputOffset())]...)
		}
	}
}

// appendText appends a JSON string with its IDs and secrets masked.
func (m *AlexaMasker) appendText(out []byte, quoted jsontext.Value, nested int) []byte {
	if !mayHaveSecret(quoted) {
		return append(out, quoted...)
	}
	text := decodeText(quoted)
	masked := m.maskNested(text, nested)
	if masked == text {
		return append(out, quoted...)
	}
	return append(out, quoteJSON(masked)...)
}

// mayHaveSecret is a quick check. Most texts of a request contain none of these.
func mayHaveSecret(quoted []byte) bool {
	if bytes.ContainsAny(quoted, `=:%&\><`) {
		return true
	}
	for _, part := range []string{"eyJ", "earer", "EARER", "asic", "ASIC", "DPoP", "dpop", "PRIVATE", idPrefix} {
		if bytes.Contains(quoted, []byte(part)) {
			return true
		}
	}
	return hasLongWord(quoted)
}

// hasLongWord reports whether a text has a word that is long enough for a token, with a digit.
func hasLongWord(text []byte) bool {
	begin, digit := 0, false
	for i, b := range text {
		if !isNameByte(b) && b != '|' && b != '.' {
			begin, digit = i+1, false
		} else if digit = digit || '0' <= b && b <= '9'; i-begin >= 15 && (digit || i-begin >= 39) {
			return true
		}
	}
	return false
}

// maskNested masks a text that may be a JSON document.
func (m *AlexaMasker) maskNested(text string, nested int) string {
	trimmed := strings.TrimSpace(text)
	if nested > 0 && trimmed != "" && strings.Contains(`{["`, trimmed[:1]) && jsontext.Value(trimmed).IsValid() {
		return string(m.maskDocument([]byte(text), nested-1))
	}
	return m.MaskText(text)
}

// decodeText returns the text of a JSON string.
func decodeText(quoted jsontext.Value) string {
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) {
		return string(quoted[1 : len(quoted)-1])
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil { // invalid UTF-8, which AppendUnquote has replaced
		text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	return string(text)
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

// MaskText masks the IDs and the secrets in a text.
func (m *AlexaMasker) MaskText(text string) string {
	text = replaceSecrets(text, func(_, secret string) string { return m.hashValue([]byte(secret)) })
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
				shown = append(shown, Truncate(m.MaskText(value), maxValue))
			} else {
				shown = append(shown, m.hashValue([]byte(value)))
			}
		}
		kept[Truncate(m.MaskText(name), 100)] = shown
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

package inspect

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// A mask replaces what nobody is to read by a short hash under a key of its own, by which equal values are seen to be
// equal: within one run of the service, and nowhere else.
type mask struct{ key [32]byte }

func newMask() *mask {
	m := &mask{}
	_, _ = rand.Read(m.key[:]) // it never fails
	return m
}

// masked is how every masked value begins.
const masked = "masked:"

// hash gives what stands for a value. Ten digits: more than enough to tell apart the few hundred that are on a page.
func (m *mask) hash(value []byte) string {
	var room [2 << 10]byte // enough for Amazon's tokens
	sum := sha256.Sum256(append(append(room[:0], m.key[:]...), value...))
	return masked + hex.EncodeToString(sum[:5])
}

// secret tells whether the value of a key is a secret, or names a listener, a household or a device, as the place where it
// stands does. Tokens are, under whichever name Amazon invents next; "token" alone is what the player plays, and this
// service's own invention.
func secret(key []byte) bool {
	for _, open := range []string{"expectedPreviousToken", "nextToken", "token"} {
		if string(key) == open {
			return false
		}
	}
	for _, end := range []string{"token", "secret", "password"} {
		if tail := len(key) - len(end); tail >= 0 && bytes.EqualFold(key[tail:], []byte(end)) {
			return true
		}
	}
	for _, name := range []string{"userId", "deviceId", "personId", "sessionId", "unitId", "persistentUnitId", "persistentEndpointId",
		"householdId", "authorization", "email", "phoneNumber", "geolocation"} {
		if len(name) == len(key) && bytes.EqualFold(key, []byte(name)) {
			return true
		}
	}
	return false
}

// json masks the values of secret keys, and ids wherever they stand. The document must be valid: in valid JSON a string
// before a colon is a key, so that nothing needs to be read but strings. The result is a copy.
func (m *mask) json(document []byte) []byte {
	out := make([]byte, 0, len(document))
	for rest := document; ; {
		open := bytes.IndexByte(rest, '"')
		if open < 0 {
			return m.ids(append(out, rest...))
		}
		end := open + stringEnd(rest[open:])
		value := end + skipToValue(rest[end:])
		out = append(out, rest[:value]...)
		text, isKey := rest[open+1:max(end-1, open+1)], value > end // one quote alone is no JSON, and no fault either
		rest = rest[value:]
		if isKey && secret(unquoted(text)) {
			n := valueEnd(rest)
			out = m.replaced(out, rest[:n])
			rest = rest[n:]
		}
	}
}

// replaced appends what stands for a value. That a value is absent or empty is no secret, and worth knowing.
func (m *mask) replaced(out, value []byte) []byte {
	switch string(value) {
	case "", "null", `""`, "{}", "[]":
		return append(out, value...)
	}
	if value[0] == '"' && len(value) > 1 {
		value = value[1 : len(value)-1] // so that the same id within a text has the same hash
	}
	out = append(out, '"')
	out = append(out, m.hash(value)...)
	return append(out, '"')
}

// unquoted gives the text of a key, whose characters may be written as escapes.
func unquoted(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	var key string
	_ = json.Unmarshal(slices.Concat([]byte{'"'}, text, []byte{'"'}), &key)
	return []byte(key)
}

// stringEnd gives the length of the string that text begins with, both quotes included.
func stringEnd(text []byte) int {
	for i := 1; i < len(text); {
		quote := bytes.IndexByte(text[i:], '"')
		if quote < 0 {
			return len(text)
		}
		if escape := bytes.IndexByte(text[i:i+quote], '\\'); escape >= 0 {
			i += escape + 2
			continue
		}
		return i + quote + 1
	}
	return len(text)
}

// skipToValue gives how far it is to the value, where what comes next is a colon; 0 where it is not.
func skipToValue(text []byte) int {
	i := spaces(text)
	if i == len(text) || text[i] != ':' {
		return 0
	}
	return i + 1 + spaces(text[i+1:])
}

func spaces(text []byte) (n int) {
	for n < len(text) && (text[n] == ' ' || text[n] == '\n' || text[n] == '\t' || text[n] == '\r') {
		n++
	}
	return n
}

// valueEnd gives the length of the value that text begins with.
func valueEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); {
		switch text[i] {
		case '"':
			i += stringEnd(text[i:])
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + max(depth+1, 0)
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(text)
}

// family is how Amazon's ids begin; the next word says of what.
const family = "amzn1."

// ids masks ids of listeners and devices that stand in a text, such as a message of Amazon's.
func (m *mask) ids(text []byte) []byte {
	if !bytes.Contains(text, []byte(family)) {
		return text
	}
	var out []byte
	for {
		at := bytes.Index(text, []byte(family))
		if at < 0 {
			return append(out, text...)
		}
		n := idLength(text[at:])
		out = append(out, text[:at]...)
		if id := text[at : at+n]; personal(id) {
			out = append(out, m.hash(id)...)
		} else {
			out = append(out, id...)
		}
		text = text[at+n:]
	}
}

func (m *mask) text(text string) string {
	if !strings.Contains(text, family) {
		return text
	}
	return string(m.ids([]byte(text)))
}

// personal tells whether an id may be a listener's, a household's or a device's: any but those of skills, requests and the
// values of slots. Amazon invents more kinds of persons and things than of these.
func personal(id []byte) bool {
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

// header keeps in clear what is needed to understand a refusal, and masks every other header's value. It is cut where a
// sender has written more than anybody reads.
func (m *mask) header(header http.Header) http.Header {
	const most, longest = 40, 1000
	kept := make(http.Header, len(header))
	for name, values := range header {
		if len(kept) == most {
			break
		}
		shown := make([]string, 0, len(values))
		for _, value := range values[:min(len(values), most)] {
			if plain(name) {
				shown = append(shown, m.text(clip(value, longest)))
			} else {
				shown = append(shown, m.hash([]byte(value)))
			}
		}
		kept[clip(name, 100)] = shown
	}
	return kept
}

// plain tells whether a header's value is what was signed or how, and nobody's secret.
func plain(name string) bool {
	switch name {
	case "Accept", "Accept-Charset", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Signature",
		"Signature-256", "Signaturecertchainurl", "User-Agent":
		return true
	}
	return false
}

// clip cuts a text, and gives memory of its own.
func clip(text string, most int) string {
	if len(text) <= most {
		return strings.Clone(text)
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// Package damage explains refusals of genuine requests to the operator: which damage a program in front of the service did. It
// is pure, and never decides whether a request is refused. Its work is bounded, so that an attacker cannot make refusals
// expensive.
package damage

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of the work for one explanation.
const (
	maxHeadersSearched    = 100
	maxExplainedSignature = 1024 // characters of Signature-256; a key of 4,096 bits needs 684
)

// inFront begins the explanation of damage that the sender itself does not do.
const inFront = "something in front of the service "

// OfMissingHeader says why a header is missing, if another header shows it. Genuine requests also have the header companion.
// It returns "" otherwise.
func OfMissingHeader(header http.Header, name, companion string) string {
	searched := 0
	for other := range header {
		if searched++; searched > maxHeadersSearched {
			break
		}
		// Both names contain this part. The check is cheap, because strangers send many requests without these headers.
		if !strings.Contains(other, "ignature") && !strings.Contains(other, "IGNATURE") {
			continue
		}
		if http.CanonicalHeaderKey(name) != other && strings.HasSuffix(lettersAndDigits(other), lettersAndDigits(name)) {
			return fmt.Sprintf("; %srenames it to %.60q", inFront, other)
		}
	}
	if header.Get(companion) == "" {
		return ""
	}
	return fmt.Sprintf("; the header %s is there: %sdrops %s", companion, inFront, name)
}

// lettersAndDigits returns the ASCII letters and digits of a header's name, in lower case.
func lettersAndDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// OfSignature says what was done to a base64 text, if undoing it gives base64. It returns "" otherwise.
func OfSignature(text string) string {
	if len(text) > maxExplainedSignature {
		return ""
	}
	const name = "Signature-256"
	unescaped, _ := url.PathUnescape(text)
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	first, _, several := strings.Cut(text, ",")
	switch {
	case strings.Contains(text, " ") && isBase64(strings.ReplaceAll(text, " ", "+")):
		return name + " has spaces where + should be: " + inFront + "decodes it like a form"
	case strings.Contains(text, "%") && isBase64(unescaped):
		return name + " is percent-encoded: " + inFront + "encodes it"
	case strings.HasPrefix(text, `"`) && isBase64(strings.Trim(text, `"`)):
		return name + " is in quotes: " + inFront + "adds them"
	case several && isBase64(first):
		return name + " has several values, joined by commas: " + inFront + "adds one"
	case isBase64(text + strings.Repeat("=", (4-len(text)%4)%4)):
		return "the padding (=) at the end of " + name + " is missing: " + inFront + "cuts it off"
	case isBase64(standard + strings.Repeat("=", (4-len(standard)%4)%4)):
		return name + " is in the URL-safe alphabet of base64: " + inFront + "encodes it again"
	}
	return ""
}

func isBase64(text string) bool {
	_, err := base64.StdEncoding.Strict().DecodeString(text)
	return err == nil && text != ""
}

// OfURL says what was done to the certificate URL. It returns "" if it does not know.
func OfURL(raw string) string {
	const name = "SignatureCertChainUrl"
	switch lower := strings.ToLower(raw); {
	case strings.HasPrefix(lower, "https%3a"):
		return name + " is percent-encoded: " + inFront + "encodes it"
	case strings.HasPrefix(lower, `"https:`):
		return name + " is in quotes: " + inFront + "adds them"
	case strings.Contains(lower, ", https:") || strings.Contains(lower, ",https:"):
		return name + " has several values, joined by commas: " + inFront + "adds one"
	}
	return ""
}

// ErrRewritten is the explanation if Alexa signed the same content in another form. An attacker cannot forge this, but can
// send a request of another skill.
var ErrRewritten = errors.New("the signature is Amazon's, for the same content in another form: " + inFront)

var errOtherBody = errors.New("the signature is Amazon's, but for another body: " + inFront +
	"changes bodies, or the header is copied from another request")

// OfBody says more about a signature that does not match a body, if the signature proves it. It returns nil otherwise. It takes
// about as long as a verification, so the caller limits the number of calls.
func OfBody(key *rsa.PublicKey, body, signature []byte) error {
	if len(signature) != key.Size() {
		return fmt.Errorf("the signature has %d bytes, the certificate's signatures have %d: %scuts it off",
			len(signature), key.Size(), inFront)
	}
	digest, signed := signedDigest(key, signature)
	if !signed {
		return nil
	}
	for _, original := range originals(body) {
		if sha256.Sum256(original.body) == digest {
			return fmt.Errorf("%w%s", ErrRewritten, original.damage)
		}
	}
	return errOtherBody
}

// signedDigest returns the SHA-256 hash that the owner of the key signed (RFC 8017, section 9.2). It returns false if the
// signature is not the owner's: without the private key, no one can create a signature that contains the right padding.
func signedDigest(key *rsa.PublicKey, signature []byte) (digest [sha256.Size]byte, signed bool) {
	message := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(key.E)), key.N)
	block := message.FillBytes(make([]byte, key.Size()))
	algorithm := []byte("\x00\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20")
	padding := len(block) - 2 - len(algorithm) - sha256.Size
	if padding < 8 {
		return digest, false
	}
	prefix := append(append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, padding)...), algorithm...)
	rest, signed := bytes.CutPrefix(block, prefix)
	copy(digest[:], rest)
	return digest, signed
}

// An originalBody is a body that could have become the received one, and what was done to it.
type originalBody struct {
	body   []byte
	damage string
}

// originals undoes the changes that programs in front of a service usually make.
func originals(body []byte) []originalBody {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	all := []originalBody{{trimmed, "puts white space around the body"}}
	var compact bytes.Buffer
	if json.Compact(&compact, trimmed) == nil {
		const damage = "parses and writes the JSON again"
		all = append(all, originalBody{compact.Bytes(), damage}, originalBody{unescapeJSON(compact.Bytes()), damage})
	}
	if latin1, ok := encodeLatin1(body); ok {
		all = append(all, originalBody{latin1, "reads the body as Latin-1 and writes it as UTF-8"})
	}
	return all
}

// unescapeJSON replaces the escapes that JSON does not need, such as \/ and é, by the characters.
func unescapeJSON(text []byte) []byte {
	var out []byte
	for i := 0; i < len(text); {
		r, size := escapedRune(text[i:])
		switch {
		case size > 0 && (r >= utf8.RuneSelf || strings.ContainsRune("/<>&'", r)):
			out = utf8.AppendRune(out, r)
		case text[i] == '\\':
			size = 2
			out = append(out, text[i:min(i+size, len(text))]...)
		default:
			size = 1
			out = append(out, text[i])
		}
		i += size
	}
	return out
}

// escapedRune returns the character of an escape at the beginning of text, and the length of the escape. The length is 0 if
// there is none, or if it is not a whole character.
func escapedRune(text []byte) (r rune, size int) {
	if bytes.HasPrefix(text, []byte(`\/`)) {
		return '/', 2
	}
	unit, ok := escapedUnit(text)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(unit) {
		return unit, 6
	}
	second, _ := escapedUnit(text[6:])
	if r = utf16.DecodeRune(unit, second); r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

// escapedUnit parses \uXXXX.
func escapedUnit(text []byte) (unit rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}

// encodeLatin1 encodes UTF-8 text as Latin-1. It returns false if the text is ASCII or has other characters.
func encodeLatin1(text []byte) (encoded []byte, ok bool) {
	for _, r := range string(text) {
		if r > 0xff {
			return nil, false
		}
		ok = ok || r >= utf8.RuneSelf
		encoded = append(encoded, byte(r))
	}
	return encoded, ok
}

package redact

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode"
)

// A span is a part of a text.
type span struct{ from, to int }

// ReplaceSecrets replaces the secrets in a text that it recognizes by their form or by the name before them. IDs stay.
func ReplaceSecrets(text, mask string) string {
	return replaceSecrets(text, func(_, _ string) string { return mask })
}

// replaceSecrets replaces the secrets in a text that it recognizes by their form or by the name before them. mask gets the
// name in lower case without separators, or "". Ordinary words after an ordinary word, such as "code = 5", stay. It does not
// use regular expressions, because anyone can send texts, and it must be fast and take linear time for each of them.
func replaceSecrets(text string, mask func(name, secret string) string) string {
	unnamed := func(secret string) string { return mask("", secret) }
	text = replaceWords(text, "PRIVATE", privateKey, unnamed)
	text = replaceWords(text, "eyJ", jsonWebToken, unnamed)
	for _, prefix := range tokenPrefixes {
		text = replaceWords(text, prefix, prefixedToken, unnamed)
	}
	text = replaceAssigned(text, mask)
	for _, scheme := range []string{"earer", "EARER", "asic", "ASIC", "DPoP", "dpop"} {
		text = replaceWords(text, scheme, credentials, unnamed)
	}
	return replaceWords(text, "://", userInfo, unnamed)
}

// replaceWords replaces the secrets that find finds at the occurrences of a marker. find returns an empty span for none.
func replaceWords(text, marker string, find func(text string, at int) span, mask func(string) string) string {
	var out strings.Builder
	kept := 0
	for at := 0; ; {
		next := strings.Index(text[at:], marker)
		if next < 0 {
			break
		}
		secret := find(text, at+next)
		at += next + len(marker)
		if value := text[secret.from:secret.to]; value != "" && !isMask(value) {
			out.WriteString(text[kept:secret.from] + mask(value))
			kept = secret.to
			at = max(at, kept)
		}
	}
	if kept == 0 {
		return text
	}
	return out.String() + text[kept:]
}

// replaceAssigned replaces the values that follow the name of a secret.
func replaceAssigned(text string, mask func(name, secret string) string) string {
	var field formField
	var out strings.Builder
	kept := 0
	for at := 0; at < len(text); at++ {
		length := signLength(text[at:])
		if length == 0 {
			continue
		}
		a := assignment{text: text, kept: kept, sign: span{at, at + length}}
		at += length - 1
		if !field.nameValue(&a) && (!a.hasSecretName() || !a.isSign()) {
			continue
		}
		value := a.findValue()
		secret := text[value.from:value.to]
		if secret == "" || isMask(secret) || isNextName(secret, text[value.to:]) {
			continue
		}
		if a.isSecretValue(secret) {
			out.WriteString(text[kept:value.from] + mask(a.name, secret))
			kept = value.to
			at = max(at, kept-1)
		}
	}
	if kept == 0 {
		return text
	}
	return out.String() + text[kept:]
}

// signLength returns the length of the sign between a name and a value at the start of text, or 0: = or : or =>, or the end
// of a tag, also escaped, or the words between the name and a generated value, as in "the token 'abc…' is expired".
func signLength(text string) int {
	if text == "" {
		return 0
	}
	switch text[0] {
	case '=':
		return 1 + formLength(text[1:], '>')
	case ':':
		if strings.HasPrefix(text, "://") {
			return 0
		}
		return 1
	case '>':
		return 1
	case ' ':
		return proseLength(text)
	case '%', '\\', '&':
		return max(formLength(text, '='), formLength(text, ':'), formLength(text, '>'))
	}
	return 0
}

// proseLength returns the length of the space, with "is" or a parenthesis, before a generated value, or 0.
func proseLength(text string) int {
	const shortest = 16
	before := 1
	if strings.HasPrefix(text, " is ") {
		before = len(" is ")
	}
	if strings.HasPrefix(text[before:], "(") {
		before++
	}
	value := text[before:min(len(text), before+maxQuote+2*shortest)]
	value = value[openingQuote(value):]
	if length := wordLength(value); length < shortest || !looksGenerated(value[:length]) {
		return 0
	}
	return before
}

// formLength returns the length of a character at the start of text, or 0: the character itself, or as URLs, JSON or HTML
// write it, also several times.
func formLength(text string, char byte) int {
	const hexDigits = "0123456789abcdef"
	if text == "" {
		return 0
	}
	hex := string(hexDigits[char>>4]) + string(hexDigits[char&15])
	rest := text[:min(len(text), 40)]
	switch text[0] {
	case char:
		return 1
	case '%':
		rest = rest[1:]
		for strings.HasPrefix(rest, "25") {
			rest = rest[2:]
		}
		if hasPrefixFold(rest, hex) {
			return min(len(text), 40) - len(rest) + 2
		}
	case '\\':
		rest = strings.TrimLeft(rest, `\`)
		if hasPrefixFold(rest, "u00"+hex) {
			return min(len(text), 40) - len(rest) + 5
		}
		if strings.HasPrefix(rest, "u0026") && char != '&' {
			return entityLength(rest[len("u0026"):], char, min(len(text), 40)-len(rest)+5)
		}
	case '&':
		return entityLength(rest[1:], char, 1)
	}
	return 0
}

// entityLength returns the length of an HTML entity after its &, plus before, or 0.
func entityLength(text string, char byte, before int) int {
	length := before
	for strings.HasPrefix(text, "amp;") {
		text = text[len("amp;"):]
		length += len("amp;")
	}
	for _, name := range entities(char) {
		if hasPrefixFold(text, name) {
			return length + len(name)
		}
	}
	return 0
}

func entities(char byte) []string {
	switch char {
	case '.':
		return []string{"#46;", "#x2e;", "period;"}
	case '=':
		return []string{"#61;", "#x3d;", "equals;"}
	case ':':
		return []string{"#58;", "#x3a;", "colon;"}
	case '<':
		return []string{"#60;", "#x3c;", "lt;"}
	case '>':
		return []string{"#62;", "#x3e;", "gt;"}
	case '|':
		return []string{"#124;", "#x7c;", "vert;"}
	case '"':
		return []string{"#34;", "#x22;", "quot;"}
	case '\'':
		return []string{"#39;", "#039;", "#x27;", "apos;"}
	}
	return nil
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// isBasic reports whether a value is the Base64 of a user and a password.
func isBasic(value string) bool {
	plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
	return err == nil && strings.Contains(string(plain), ":")
}

// isMask reports whether a value is already masked.
func isMask(value string) bool {
	return strings.HasPrefix(value, "h~") || strings.HasPrefix(value, MaskPrefix) || strings.HasPrefix(value, "…")
}

// isNameByte reports whether a byte is a letter, a digit, _ or -.
func isNameByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_' || b == '-'
}

// isOrdinary reports whether a value is a number of up to three digits, a constant such as ER_SUCCESS_MATCH, a short word,
// several words, or the name of a variable, such as process.env.API_KEY.
func isOrdinary(value string) bool {
	if len(value) < 4 {
		return true
	}
	constant := strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" && strings.Contains(value, "_")
	short := len(value) < 8 && !strings.ContainsFunc(value, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) })
	const lower = "abcdefghijklmnopqrstuvwxyz"
	first := value[0] | 0x20 // in lower case
	word := len(value) < 16 && strings.Trim(value[1:], lower+"-_.,;:!?") == "" && 'a' <= first && first <= 'z'
	root, path, _ := strings.Cut(value, ".")
	variable := path != "" && strings.Trim(root, lower) == "" && strings.Trim(path, lower+strings.ToUpper(lower)+"._") == ""
	sentence := strings.Contains(value, " ") && !strings.ContainsFunc(value, unicode.IsDigit)
	return constant || short || word || sentence || variable
}

// isWeakName reports whether a name of secrets is also an ordinary word.
func isWeakName(name string) bool {
	return slices.Contains([]string{"code", "state", "token", "secret", "key", "auth", "sig", "signature", "session", "sid", "pin", "pwd",
		"pass", "nonce", "ticket", "credential", "credentials", "otp", "jwt", "verifier", "cookie", "authorization", "bearer"}, name) ||
		strings.HasSuffix(name, "signature")
}

// isStrongName reports whether the value of a name is always a secret, or the id of a person or a device. The name is in
// lower case, without separators.
func isStrongName(name string) bool {
	for _, end := range []string{"token", "secret"} {
		if strings.HasSuffix(name, end) && len(name) > len(end) {
			return true
		}
	}
	for _, end := range []string{"password", "passwd", "passphrase", "apikey", "privatekey", "subscriptionkey", "accesskey", "codeverifier",
		"devicecode", "authorizationcode", "authcode", "clientassertion", "samlresponse", "userid", "deviceid", "personid", "householdid",
		"advertisingid", "customerid", "unitid", "sessionid", "sessid"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

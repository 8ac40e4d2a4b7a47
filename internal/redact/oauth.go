package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// OAuthMasker masks the secrets in the exchanges of account linking. It remembers each masked secret, and so finds the
// secret in later texts, such as an error page that repeats it. Only one goroutine may use an OAuthMasker.
//
// A program generates codes, tokens and states. Their masks must be the same after a restart, so their key is stored. A
// thief of the key cannot guess such long random values.
//
// A person chooses passwords and client secrets. An attacker who has a mask and its key could guess them. So their key
// is not stored, and exists only in this process.
type OAuthMasker struct {
	storedKey, processKey []byte
	masks                 map[string]string   // the last secrets and their masks
	order                 []string            // the keys of masks, oldest first
	encodedBytes          int                 // the total length of the encodings in byPrefix
	byPrefix              map[string][]string // the encodings by their first minSecret bytes; the mask of each follows it
}

// Bounds of the remembered secrets, because an attacker can send many. No stored text is longer than maxSecret.
const (
	maxSecrets     = 512
	maxSecretBytes = 256 << 10
	maxSecret      = 4 << 10
)

// maxText limits the texts that are masked and stored, in bytes. The part after it is dropped.
const maxText = 8 << 10

// minSecret is the minimum length of a secret that is searched for in other texts. Shorter ones would match ordinary
// words.
const minSecret = 5

// NewOAuthMasker returns a masker. storedKey is stored beside the traces, processKey exists only in this process.
func NewOAuthMasker(storedKey, processKey []byte) *OAuthMasker {
	return &OAuthMasker{storedKey: storedKey, processKey: processKey, masks: map[string]string{}, byPrefix: map[string][]string{}}
}

// MaskGenerated masks a secret that a program generated.
func (m *OAuthMasker) MaskGenerated(secret string) string { return m.maskSecret(m.storedKey, secret) }

// MaskChosen masks a secret that a person may have chosen.
func (m *OAuthMasker) MaskChosen(secret string) string { return m.maskSecret(m.processKey, secret) }

// HashValue masks a value with the stored key. It does not remember the value, so other texts may contain it.
func (m *OAuthMasker) HashValue(value string) string { return keyedHash(m.storedKey, value) }

// hashUnlisted masks the value of an unknown header. It does not remember the value, because it is often an ordinary
// word, and the word would then be masked in other texts.
func (m *OAuthMasker) hashUnlisted(value string) string { return keyedHash(m.processKey, value) }

// maskSecret returns the mask of a secret, and remembers both.
func (m *OAuthMasker) maskSecret(key []byte, secret string) string {
	mask := keyedHash(key, secret)
	m.rememberSecret(secret, mask)
	return mask
}

// keyedHash returns the mask of a secret. An empty secret has an empty mask, so that a missing value stays visible.
func keyedHash(key []byte, secret string) string {
	if secret == "" {
		return ""
	}
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(secret))
	return "h~" + hex.EncodeToString(hash.Sum(nil))[:12]
}

// rememberSecret stores a secret in all its encodings, so that maskKnownSecrets finds it. It ignores protocol words, and
// secrets that are too short or too long.
func (m *OAuthMasker) rememberSecret(secret, mask string) {
	if _, ok := m.masks[secret]; ok || len(secret) < minSecret || len(secret) > maxSecret || isProtocolWord(secret) {
		return
	}
	secret = strings.Clone(secret) // otherwise the whole body would stay in memory
	m.masks[secret] = mask
	m.order = append(m.order, secret)
	for _, form := range secretEncodings(secret) {
		m.byPrefix[form[:minSecret]] = append(m.byPrefix[form[:minSecret]], form, mask)
		m.encodedBytes += len(form)
	}
	for len(m.order) > maxSecrets || m.encodedBytes > maxSecretBytes {
		m.removeOldest()
	}
}

func (m *OAuthMasker) removeOldest() {
	oldest := m.order[0]
	m.order = m.order[1:]
	delete(m.masks, oldest)
	for _, form := range secretEncodings(oldest) {
		m.encodedBytes -= len(form)
		if at := slices.Index(m.byPrefix[form[:minSecret]], form); at >= 0 {
			m.byPrefix[form[:minSecret]] = slices.Delete(m.byPrefix[form[:minSecret]], at, at+2)
		}
		if len(m.byPrefix[form[:minSecret]]) == 0 {
			delete(m.byPrefix, form[:minSecret])
		}
	}
}

// secretEncodings returns a secret in the encodings that other texts may use: those of URLs, JSON, and HTML as Go, PHP
// and Python escape it.
func secretEncodings(secret string) []string {
	page := html.EscapeString(secret)
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), page}
	for _, quotes := range [][]string{{"&#34;", "&quot;", "&#39;", "&#039;"}, {"&#34;", "&quot;", "&#39;", "&#x27;"}} {
		forms = append(forms, strings.NewReplacer(quotes...).Replace(page))
	}
	for _, text := range []string{quoteJSON(secret), strconv.QuoteToASCII(secret)} {
		text = text[1 : len(text)-1]
		forms = append(forms, text, strings.ReplaceAll(text, "/", `\/`))
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// MaskParam masks the value of a parameter, a form field or a JSON member. The name decides: a value is secret unless
// the name is known to be public.
func (m *OAuthMasker) MaskParam(name, value string) string {
	switch {
	case name == "error_description":
		return m.MaskText(value)
	case IsPublicParam(name):
		return m.maskPublic(value)
	case name == "redirect_uri":
		return m.MaskURL(value)
	case IsGeneratedParam(name):
		return m.MaskGenerated(value)
	case isMessage(name) && strings.Contains(value, " "):
		return m.hashUnlisted(value)
	}
	return m.MaskChosen(value)
}

// isMessage reports whether a JSON member of this name often contains an error message. If such a sentence were remembered
// as a secret, it would be masked in the error texts that package lint reads.
func isMessage(name string) bool {
	switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
	case "message", "msg", "detail", "details", "title", "reason", "description", "cause", "errormessage", "errormsg", "errorsummary",
		"errordetail", "errordetails", "errors":
		return true
	}
	return false
}

// IsPublicParam reports whether RFC 6749, RFC 7636, RFC 9207 or OpenID Connect defines a parameter as public.
func IsPublicParam(name string) bool {
	switch name {
	case "response_type", "response_mode", "client_id", "scope", "grant_type", "code_challenge", "code_challenge_method", "token_type",
		"expires_in", "refresh_expires_in", "refresh_token_expires_in", "error", "error_description", "error_uri", "iss", "prompt",
		"display", "ui_locales", "max_age", "audience",
		"resource":
		return true
	}
	return false
}

// IsGeneratedParam reports whether a program generates the value of a parameter.
func IsGeneratedParam(name string) bool {
	switch name {
	case "state", "code", "access_token", "refresh_token", "id_token", "code_verifier", "nonce", "session_state":
		return true
	}
	return false
}

// randomWord matches a word that is long enough to be a generated secret. See looksGenerated.
var randomWord = regexp.MustCompile(`[A-Za-z0-9_-]{16,}`)

// looksGenerated reports whether a word that randomWord matches is probably a generated secret: it has both digits and
// letters, or is very long. Other words are ordinary words.
func looksGenerated(word string) bool {
	digit, letter := strings.ContainsFunc(word, unicode.IsDigit), strings.ContainsFunc(word, unicode.IsLetter)
	return digit && letter || len(word) >= 40
}

// maskKnownSecrets masks the remembered secrets in a text.
func (m *OAuthMasker) maskKnownSecrets(text string) string {
	text = Truncate(text, maxText)
	var out strings.Builder
	kept := 0 // the length of the part of text that out contains
	for i := 0; i+minSecret <= len(text); i++ {
		form, mask := m.knownSecretAt(text[i:])
		if form == "" {
			continue
		}
		out.WriteString(text[kept:i] + mask)
		kept = i + len(form)
		i = kept - 1
	}
	if kept == 0 {
		return text
	}
	return out.String() + text[kept:]
}

// knownSecretAt returns the longest remembered secret at the start of text, and its mask.
func (m *OAuthMasker) knownSecretAt(text string) (form, mask string) {
	candidates := m.byPrefix[text[:minSecret]]
	for i := 0; i < len(candidates); i += 2 {
		if len(candidates[i]) > len(form) && strings.HasPrefix(text, candidates[i]) {
			form, mask = candidates[i], candidates[i+1]
		}
	}
	return form, mask
}

// maskForms masks the secrets that replaceSecrets recognizes. It runs before other masks, because they may mask a name. A
// known secret keeps its mask.
func (m *OAuthMasker) maskForms(text string) string {
	return replaceSecrets(text, func(name, secret string) string {
		if mask, known := m.masks[secret]; known {
			return mask
		}
		switch name {
		case "", "state", "code", "accesstoken", "refreshtoken", "idtoken", "codeverifier", "nonce":
			return m.MaskGenerated(secret)
		}
		return m.MaskChosen(secret)
	})
}

// maskPublic masks secrets in the value of a public parameter.
func (m *OAuthMasker) maskPublic(value string) string { return m.maskKnownSecrets(m.maskForms(value)) }

// MaskText masks the secrets in a text: remembered secrets, secrets in the usual forms, values that follow the name of a
// secret, and words that look generated.
func (m *OAuthMasker) MaskText(text string) string {
	return randomWord.ReplaceAllStringFunc(m.maskAssigned(m.maskKnownSecrets(m.maskForms(text))), func(word string) string {
		if looksGenerated(word) {
			return m.MaskGenerated(word)
		}
		return word
	})
}

// assignedSecret matches the name of a secret and the value after it, as in a form or in an incomplete JSON document.
var assignedSecret = regexp.MustCompile(`(?i)(?:token|secret|passw(?:or)?d|code|verifier)(?:\s*=\s*|["']\s*[:=]\s*)["']?([^\s"'&<>,;{}]+)`)

// maskAssigned masks the values that assignedSecret matches.
func (m *OAuthMasker) maskAssigned(text string) string {
	var out strings.Builder
	kept := 0
	for _, at := range assignedSecret.FindAllStringSubmatchIndex(text, -1) {
		name, value := strings.ToLower(text[at[0]:at[2]]), text[at[2]:at[3]]
		chosen := strings.Contains(name, "passw") || strings.Contains(name, "secret")
		if (chosen || len(value) >= 4) && !isMask(value) { // "code = 5" is not secret
			out.WriteString(text[kept:at[2]] + m.MaskChosen(value))
			kept = at[3]
		}
	}
	return out.String() + text[kept:]
}

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

// OAuthMasker puts short keyed hashes in the place of secrets, so that equal ones can be seen to be equal. It serves one
// goroutine.
//
// What machines make (codes, tokens, state) has a key that is kept beside the traces: it cannot be guessed, and is to be
// known again after a restart. What people may have chosen (passwords, a client's secret) could be guessed by whoever has
// hash and key: its key is this process's own, and is nowhere written down.
type OAuthMasker struct {
	storedKey, processKey []byte
	masks                 map[string]string   // the last secrets, and their masks
	order                 []string            // of seen, the oldest first
	encodedBytes          int                 // of begins' texts
	byPrefix              map[string][]string // by how they begin, the ways of writing what is in seen: each, and then its mask
}

// Bounds of the secrets that are remembered, to be found where they do not belong: who sends them may be a stranger. One
// that is longer than longest fits in no text that is kept.
const (
	maxSecrets     = 512
	maxSecretBytes = 256 << 10
	maxSecret      = 4 << 10
)

// maxText is how much of a text is looked through, and kept: what is longer nobody reads.
const maxText = 8 << 10

// minSecret is the length below which a secret is not looked for in other texts: it would be found everywhere.
const minSecret = 5

// NewOAuthMasker has the two keys: the one that is kept beside the traces, and the process's own.
func NewOAuthMasker(kept, passing []byte) *OAuthMasker {
	return &OAuthMasker{storedKey: kept, processKey: passing, masks: map[string]string{}, byPrefix: map[string][]string{}}
}

// MaskGenerated masks what a machine made.
func (m *OAuthMasker) MaskGenerated(secret string) string { return m.maskSecret(m.storedKey, secret) }

// MaskChosen masks what may be a person's choice.
func (m *OAuthMasker) MaskChosen(secret string) string { return m.maskSecret(m.processKey, secret) }

// HashValue masks a value with the key that is kept, and does not look for it elsewhere.
func (m *OAuthMasker) HashValue(value string) string { return keyedHash(m.storedKey, value) }

// hashUnlisted masks what is probably no secret, and so not looked for elsewhere: a header's value is often a word of everyday.
func (m *OAuthMasker) hashUnlisted(value string) string { return keyedHash(m.processKey, value) }

func (m *OAuthMasker) maskSecret(key []byte, secret string) string {
	mask := keyedHash(key, secret)
	m.rememberSecret(secret, mask)
	return mask
}

func keyedHash(key []byte, secret string) string {
	if secret == "" {
		return ""
	}
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(secret))
	return "h~" + hex.EncodeToString(hash.Sum(nil))[:12]
}

// rememberSecret keeps a secret, so that text finds it.
func (m *OAuthMasker) rememberSecret(secret, mask string) {
	if _, ok := m.masks[secret]; ok || len(secret) < minSecret || len(secret) > maxSecret || isProtocolWord(secret) {
		return
	}
	secret = strings.Clone(secret) // or else it would hold the whole body
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

// secretEncodings are the ways in which a text may be written in another one: in a URL, in HTML as Go, PHP and Python write it, and
// in JSON.
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

// MaskParam masks the value of a parameter, a form's field or a JSON object's member, by its name. What is not known to be
// public is taken for a secret.
func (m *OAuthMasker) MaskParam(name, value string) string {
	switch {
	case name == "error_description":
		return m.MaskText(value)
	case IsPublicParam(name):
		return m.maskKnownSecrets(value)
	case name == "redirect_uri":
		return m.MaskURL(value)
	case IsGeneratedParam(name):
		return m.MaskGenerated(value)
	}
	return m.MaskChosen(value)
}

// IsPublicParam are the parameters that RFC 6749, 7636, 9207 and OpenID Connect mean everybody to see.
func IsPublicParam(name string) bool {
	switch name {
	case "response_type", "response_mode", "client_id", "scope", "grant_type", "code_challenge", "code_challenge_method", "token_type",
		"expires_in", "error", "error_description", "error_uri", "iss", "prompt", "display", "ui_locales", "max_age", "audience",
		"resource":
		return true
	}
	return false
}

// IsGeneratedParam reports whether the value of a parameter is what a machine has made.
func IsGeneratedParam(name string) bool {
	switch name {
	case "state", "code", "access_token", "refresh_token", "id_token", "code_verifier", "nonce", "session_state":
		return true
	}
	return false
}

// randomWord is a word that looks as if a machine had made it.
var randomWord = regexp.MustCompile(`[A-Za-z0-9_-]{16,}`)

// looksGenerated tells whether a word that looks random is none of a language.
func looksGenerated(word string) bool {
	digit, letter := strings.ContainsFunc(word, unicode.IsDigit), strings.ContainsFunc(word, unicode.IsLetter)
	return digit && letter || len(word) >= 40
}

// maskKnownSecrets masks what in a text that is kept is a secret of the last time.
func (m *OAuthMasker) maskKnownSecrets(maskKnownSecrets string) string {
	maskKnownSecrets = Truncate(maskKnownSecrets, maxText)
	var out strings.Builder
	kept := 0 // of text, as far as it is in out
	for i := 0; i+minSecret <= len(maskKnownSecrets); i++ {
		form, mask := m.knownSecretAt(maskKnownSecrets[i:])
		if form == "" {
			continue
		}
		out.WriteString(maskKnownSecrets[kept:i] + mask)
		kept = i + len(form)
		i = kept - 1
	}
	if kept == 0 {
		return maskKnownSecrets
	}
	return out.String() + maskKnownSecrets[kept:]
}

// knownSecretAt gives the longest secret that a text begins with.
func (m *OAuthMasker) knownSecretAt(text string) (form, mask string) {
	candidates := m.byPrefix[text[:minSecret]]
	for i := 0; i < len(candidates); i += 2 {
		if len(candidates[i]) > len(form) && strings.HasPrefix(text, candidates[i]) {
			form, mask = candidates[i], candidates[i+1]
		}
	}
	return form, mask
}

// MaskText is text, and masks words that look random as well.
func (m *OAuthMasker) MaskText(text string) string {
	return randomWord.ReplaceAllStringFunc(m.maskAssigned(m.maskKnownSecrets(text)), func(word string) string {
		if looksGenerated(word) {
			return m.MaskGenerated(word)
		}
		return word
	})
}

// assignedSecret is a secret that follows its name, in a form, or in half of a document that is none.
var assignedSecret = regexp.MustCompile(`(?i)(?:token|secret|passw(?:or)?d|code|verifier)(?:\s*=\s*|["']\s*[:=]\s*)["']?([^\s"'&<>,;{}]+)`)

// maskAssigned masks what stands behind the name of a secret.
func (m *OAuthMasker) maskAssigned(text string) string {
	var out strings.Builder
	kept := 0
	for _, at := range assignedSecret.FindAllStringSubmatchIndex(text, -1) {
		if value := text[at[2]:at[3]]; !strings.HasPrefix(value, "h~") {
			out.WriteString(text[kept:at[2]] + m.MaskChosen(value))
			kept = at[3]
		}
	}
	return out.String() + text[kept:]
}

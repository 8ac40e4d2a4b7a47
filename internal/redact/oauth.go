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

// OAuth puts short keyed hashes in the place of secrets, so that equal ones can be seen to be equal. It serves one
// goroutine.
//
// What machines make (codes, tokens, state) has a key that is kept beside the traces: it cannot be guessed, and is to be
// known again after a restart. What people may have chosen (passwords, a client's secret) could be guessed by whoever has
// hash and key: its key is this process's own, and is nowhere written down.
type OAuth struct {
	kept, passing []byte
	seen          map[string]string   // the last secrets, and their masks
	order         []string            // of seen, the oldest first
	bytes         int                 // of begins' texts
	begins        map[string][]string // by how they begin, the ways of writing what is in seen: each, and then its mask
}

// Bounds of the secrets that are remembered, to be found where they do not belong: who sends them may be a stranger. One
// that is longer than longest fits in no text that is kept.
const (
	maxSeen      = 512
	maxSeenBytes = 256 << 10
	longest      = 4 << 10
)

// maxMasked is how much of a text is looked through, and kept: what is longer nobody reads.
const maxMasked = 8 << 10

// shortest is the length below which a secret is not looked for in other texts: it would be found everywhere.
const shortest = 5

// NewOAuth has the two keys: the one that is kept beside the traces, and the process's own.
func NewOAuth(kept, passing []byte) *OAuth {
	return &OAuth{kept: kept, passing: passing, seen: map[string]string{}, begins: map[string][]string{}}
}

// Made masks what a machine made.
func (m *OAuth) Made(secret string) string { return m.mask(m.kept, secret) }

// Chosen masks what may be a person's choice.
func (m *OAuth) Chosen(secret string) string { return m.mask(m.passing, secret) }

// Hash masks a value with the key that is kept, and does not look for it elsewhere.
func (m *OAuth) Hash(value string) string { return hashed(m.kept, value) }

// unknown masks what is probably no secret, and so not looked for elsewhere: a header's value is often a word of everyday.
func (m *OAuth) unknown(value string) string { return hashed(m.passing, value) }

func (m *OAuth) mask(key []byte, secret string) string {
	mask := hashed(key, secret)
	m.remember(secret, mask)
	return mask
}

func hashed(key []byte, secret string) string {
	if secret == "" {
		return ""
	}
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(secret))
	return "h~" + hex.EncodeToString(hash.Sum(nil))[:12]
}

// remember keeps a secret, so that text finds it.
func (m *OAuth) remember(secret, mask string) {
	if _, ok := m.seen[secret]; ok || len(secret) < shortest || len(secret) > longest || ofProtocol(secret) {
		return
	}
	secret = strings.Clone(secret) // or else it would hold the whole body
	m.seen[secret] = mask
	m.order = append(m.order, secret)
	for _, form := range written(secret) {
		m.begins[form[:shortest]] = append(m.begins[form[:shortest]], form, mask)
		m.bytes += len(form)
	}
	for len(m.order) > maxSeen || m.bytes > maxSeenBytes {
		m.forgetOldest()
	}
}

func (m *OAuth) forgetOldest() {
	oldest := m.order[0]
	m.order = m.order[1:]
	delete(m.seen, oldest)
	for _, form := range written(oldest) {
		m.bytes -= len(form)
		if at := slices.Index(m.begins[form[:shortest]], form); at >= 0 {
			m.begins[form[:shortest]] = slices.Delete(m.begins[form[:shortest]], at, at+2)
		}
		if len(m.begins[form[:shortest]]) == 0 {
			delete(m.begins, form[:shortest])
		}
	}
}

// written are the ways in which a text may be written in another one: in a URL, in HTML as Go, PHP and Python write it, and
// in JSON.
func written(secret string) []string {
	page := html.EscapeString(secret)
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), page}
	for _, quotes := range [][]string{{"&#34;", "&quot;", "&#39;", "&#039;"}, {"&#34;", "&quot;", "&#39;", "&#x27;"}} {
		forms = append(forms, strings.NewReplacer(quotes...).Replace(page))
	}
	for _, text := range []string{quote(secret), strconv.QuoteToASCII(secret)} {
		text = text[1 : len(text)-1]
		forms = append(forms, text, strings.ReplaceAll(text, "/", `\/`))
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// Param masks the value of a parameter, a form's field or a JSON object's member, by its name. What is not known to be
// public is taken for a secret.
func (m *OAuth) Param(name, value string) string {
	switch {
	case name == "error_description":
		return m.Prose(value)
	case Public(name):
		return m.text(value)
	case name == "redirect_uri":
		return m.URL(value)
	case MachineMade(name):
		return m.Made(value)
	}
	return m.Chosen(value)
}

// Public are the parameters that RFC 6749, 7636, 9207 and OpenID Connect mean everybody to see.
func Public(name string) bool {
	switch name {
	case "response_type", "response_mode", "client_id", "scope", "grant_type", "code_challenge", "code_challenge_method", "token_type",
		"expires_in", "error", "error_description", "error_uri", "iss", "prompt", "display", "ui_locales", "max_age", "audience",
		"resource":
		return true
	}
	return false
}

// MachineMade reports whether the value of a parameter is what a machine has made.
func MachineMade(name string) bool {
	switch name {
	case "state", "code", "access_token", "refresh_token", "id_token", "code_verifier", "nonce", "session_state":
		return true
	}
	return false
}

// random is a word that looks as if a machine had made it.
var random = regexp.MustCompile(`[A-Za-z0-9_-]{16,}`)

// madeByMachine tells whether a word that looks random is none of a language.
func madeByMachine(word string) bool {
	digit, letter := strings.ContainsFunc(word, unicode.IsDigit), strings.ContainsFunc(word, unicode.IsLetter)
	return digit && letter || len(word) >= 40
}

// text masks what in a text that is kept is a secret of the last time.
func (m *OAuth) text(text string) string {
	text = Clip(text, maxMasked)
	var out strings.Builder
	kept := 0 // of text, as far as it is in out
	for i := 0; i+shortest <= len(text); i++ {
		form, mask := m.at(text[i:])
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

// at gives the longest secret that a text begins with.
func (m *OAuth) at(text string) (form, mask string) {
	candidates := m.begins[text[:shortest]]
	for i := 0; i < len(candidates); i += 2 {
		if len(candidates[i]) > len(form) && strings.HasPrefix(text, candidates[i]) {
			form, mask = candidates[i], candidates[i+1]
		}
	}
	return form, mask
}

// Prose is text, and masks words that look random as well.
func (m *OAuth) Prose(text string) string {
	return random.ReplaceAllStringFunc(m.assigned(m.text(text)), func(word string) string {
		if madeByMachine(word) {
			return m.Made(word)
		}
		return word
	})
}

// named is a secret that follows its name, in a form, or in half of a document that is none.
var named = regexp.MustCompile(`(?i)(?:token|secret|passw(?:or)?d|code|verifier)(?:\s*=\s*|["']\s*[:=]\s*)["']?([^\s"'&<>,;{}]+)`)

// assigned masks what stands behind the name of a secret.
func (m *OAuth) assigned(text string) string {
	var out strings.Builder
	kept := 0
	for _, at := range named.FindAllStringSubmatchIndex(text, -1) {
		if value := text[at[2]:at[3]]; !strings.HasPrefix(value, "h~") {
			out.WriteString(text[kept:at[2]] + m.Chosen(value))
			kept = at[3]
		}
	}
	return out.String() + text[kept:]
}

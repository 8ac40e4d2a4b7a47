package redact

import "strings"

// privateKey finds the body of a private key in the PEM format, also if its end was cut off. Its lines may be separated in any
// way, as in a URL, in JSON or in the source of a program.
func privateKey(text string, at int) span {
	const longest, longestKind, longestEnd = 32 << 10, 40, 24
	begin := text[max(0, at-longestKind):at]
	begin = begin[max(0, strings.LastIndex(begin, "-")):]
	title := text[at:min(len(text), at+len("PRIVATE")+longestEnd)]
	dashes := strings.Index(title, "----")
	if !strings.Contains(begin, "BEGIN") || !strings.Contains(title, "KEY") || dashes < 0 {
		return span{}
	}
	from := at + dashes
	for from < len(text) && text[from] == '-' {
		from++
	}
	body := text[from:min(len(text), from+longest)]
	if isMask(body) { // without this condition, many masks would take quadratic time
		return span{}
	}
	for _, end := range []string{"-----END", "---- END", "-----BEGIN", "---- BEGIN"} {
		if length := strings.Index(body, end); length >= 0 {
			body = body[:length]
		}
	}
	return span{from, from + len(body)}
}

// jsonWebToken finds a JSON Web Token, signed (three parts) or encrypted (five), or the start of one that was cut off. It
// begins with eyJ, the Base64 of {".
func jsonWebToken(text string, from int) span {
	const shortest = len("eyJ") + 8
	to := from + wordLength(text[from:])
	if to-from < shortest {
		return span{}
	}
	for {
		dots := to
		for n := formLength(text[dots:], '.'); n > 0; n = formLength(text[dots:], '.') {
			dots += n
		}
		part := wordLength(text[dots:])
		if dots == to || part == 0 {
			return span{from, to}
		}
		to = dots + part
	}
}

// wordLength returns the length of the Base64 (of the kind for URLs) at the start of text.
func wordLength(text string) int {
	for i := range len(text) {
		if !isNameByte(text[i]) {
			return i
		}
	}
	return len(text)
}

// credentials finds the value after the name of a scheme, as in an Authorization header.
func credentials(text string, at int) span {
	const longestScheme = 8
	length := strings.IndexAny(text[at:min(len(text), at+longestScheme)], " +")
	if length < 0 {
		return span{}
	}
	from := at + length
	begin := from
	for from < len(text) && from-begin < 8 && (text[from] == ' ' || text[from] == '+') {
		from++
	}
	to := from
	for to < len(text) && (isNameByte(text[to]) || strings.IndexByte(".~+/=", text[to]) >= 0) {
		to++
	}
	value := text[from:to]
	if len(value) < 8 || !looksGenerated(value) && !isBasic(value) {
		return span{}
	}
	return span{from, to}
}

// userInfo finds the user info of a URL.
func userInfo(text string, at int) span {
	const longest = 1 << 10
	from := at + len("://")
	rest := text[from:min(len(text), from+longest)]
	if end := strings.IndexAny(rest, "/?#\"'<> \t\r\n\\"); end >= 0 {
		rest = rest[:end]
	}
	if end := strings.LastIndexByte(rest, '@'); end > 0 && (strings.Contains(rest[:end], ":") || end >= 16) {
		return span{from, from + end}
	}
	return span{}
}

// tokenPrefixes are the starts of tokens that their issuers mark: Amazon, GitHub, GitLab, Stripe, Slack, AWS and Google.
var tokenPrefixes = [...]string{"Atza", "Atzr", "ghp_", "github_pat_", "glpat-", "sk_live_", "xoxb-", "xoxp-", "AKIA", "AIza", "ya29."}

// prefixedToken finds a token that begins with one of tokenPrefixes. Amazon writes a | after its prefix.
func prefixedToken(text string, from int) span {
	const shortest = 16
	to := from
	for to < len(text) {
		length := max(wordLength(text[to:]), formLength(text[to:], '|'), formLength(text[to:], '.'))
		if length == 0 {
			break
		}
		to += length
	}
	to = from + len(strings.TrimRight(text[from:to], "."))
	if to-from < shortest || !looksGenerated(text[from:to]) {
		return span{}
	}
	return span{from, to}
}

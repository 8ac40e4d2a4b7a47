package redact

import "strings"

// An assignment is a name, a sign and a value in a text, such as access_token=abc or \"apiKey\": \"abc\".
type assignment struct {
	text string
	kept int  // the text before it is already replaced
	sign span // the sign between name and value

	name      string // in lower case, without separators
	nameBegin int
	quoted    bool // a quote follows the name
	strong    bool // see isStrongName
}

// Limits of the parts of an assignment, in bytes.
const (
	maxSecretName = 48
	maxAssigned   = 4 << 10 // a value without an end
	maxQuote      = 40
)

// hasSecretName finds the name before the sign, and reports whether it is the name of a secret.
func (a *assignment) hasSecretName() bool {
	before := a.text[max(a.kept, a.sign.from-maxSecretName-maxQuote):a.sign.from]
	begin := a.sign.from - len(before)
	before = strings.TrimRight(before, " \t\r\n")
	before = trimIndex(before)
	if quote := closingQuote(before); quote > 0 {
		a.quoted = true
		before = before[:len(before)-quote]
	}
	word, length := lastName(before)
	a.name, a.nameBegin = word, begin+len(before)-length
	if a.strong = isStrongName(word); a.strong || isWeakName(word) {
		return true
	}
	// Two words, such as "access token" or "API key".
	if rest := before[:len(before)-length]; strings.HasSuffix(rest, " ") {
		first, more := lastName(rest[:len(rest)-1])
		a.strong = isStrongName(first + word)
		a.name, a.nameBegin = first+word, a.nameBegin-1-more
	}
	return a.strong
}

// trimIndex removes the bracket after a name, as in user[password] or params["token"], or an index, as in client_secret[0].
func trimIndex(text string) string {
	bracket := 0
	for _, form := range []string{"]", "%5d", "%255d"} {
		if len(text) >= len(form) && strings.EqualFold(text[len(text)-len(form):], form) {
			bracket = len(form)
		}
	}
	if bracket == 0 {
		return text
	}
	inner := text[:len(text)-bracket]
	for _, form := range []string{"[", "%5b", "%255b"} {
		list := strings.TrimRight(inner, "0123456789")
		if form != "[" { // its last digits belong to the form
			list = inner
		}
		if len(list) >= len(form) && strings.EqualFold(list[len(list)-len(form):], form) {
			return list[:len(list)-len(form)]
		}
	}
	return inner
}

// isSign reports whether the sign separates a name from a value. The end of a tag does only if the tag
// is the name alone, and not an ordinary word such as <code>.
func (a *assignment) isSign() bool {
	sign := a.text[a.sign.from:a.sign.to]
	if formLength(sign, '>') != len(sign) {
		return true
	}
	if !a.strong {
		return false
	}
	before := a.text[a.kept:max(a.kept, a.nameBegin)]
	for length := 1; length <= min(len(before), 12); length++ {
		if formLength(before[len(before)-length:], '<') == length {
			return true
		}
	}
	return false
}

// closingQuote returns the length of the quote at the end of text, with its backslashes, or 0.
func closingQuote(text string) int {
	for _, quote := range []string{`"`, `'`, "`"} {
		if strings.HasSuffix(text, quote) {
			return len(text) - len(strings.TrimRight(text[:len(text)-1], `\`))
		}
	}
	for length := 3; length <= min(len(text), maxQuote); length++ {
		end := text[len(text)-length:]
		if b := end[0]; b != '%' && b != '&' && b != '\\' {
			continue
		}
		if formLength(end, '"') == length || formLength(end, '\'') == length {
			return length
		}
	}
	return 0
}

// lastName returns the name at the end of text in lower case without separators, and its length in text.
func lastName(text string) (name string, length int) {
	rest := text
	for rest != "" && len(text)-len(rest) < maxSecretName {
		last := rest[len(rest)-1]
		escaped := 0
		for _, form := range []string{"%5f", "%2d", `\u005f`, `\u002d`} {
			if len(rest) >= len(form) && strings.EqualFold(rest[len(rest)-len(form):], form) {
				escaped = len(form)
			}
		}
		switch {
		case escaped > 0:
			rest = rest[:len(rest)-escaped]
			continue
		case !isNameByte(last):
			escape := escapeLength(last, name)
			return name[escape:], len(text) - len(rest) - escape
		case last != '_' && last != '-':
			name = strings.ToLower(string(last)) + name
		}
		rest = rest[:len(rest)-1]
	}
	return name, len(text) - len(rest)
}

// escapeLength returns how many bytes at the start of a name belong to an escape sequence that begins with the byte before
// it, such as 26 in %26code.
func escapeLength(before byte, name string) (length int) {
	switch {
	case before == '%':
		for strings.HasPrefix(name[length:], "25") {
			length += len("25")
		}
		return min(len(name), length+2)
	case before != '\\' || name == "":
		return 0
	case name[0] == 'u':
		return min(len(name), len("u0026"))
	case strings.IndexByte("nrt", name[0]) >= 0:
		return 1
	}
	return 0
}

// findValue returns the value after the sign: up to the same quote, or up to a space or a separator.
func (a *assignment) findValue() span {
	from := a.sign.to
	for from < len(a.text) && from-a.sign.to < maxQuote && strings.IndexByte(" \t\r\n", a.text[from]) >= 0 {
		from++
	}
	rest := a.text[from:min(len(a.text), from+maxAssigned)]
	if quote := openingQuote(rest); quote > 0 {
		return span{from + quote, from + quote + quotedLength(rest[quote:], rest[:quote])}
	}
	end := strings.IndexAny(rest, " \t\r\n\"'`&<>\\")
	if end < 0 {
		end = len(rest)
	}
	for at := 0; at < end; at++ {
		if rest[at] == '%' && endsEscapedValue(rest[at:end]) {
			end = at
		}
	}
	return span{from, from + len(strings.TrimRight(rest[:end], ",;.)}]"))}
}

// endsEscapedValue reports whether text begins with an escaped separator of parameters, quote or space.
func endsEscapedValue(text string) bool {
	for _, char := range []byte{'&', '"', ' ', '<'} {
		if formLength(text, char) > 0 {
			return true
		}
	}
	return false
}

// openingQuote returns the length of the quote at the start of text, with its backslashes, or 0.
func openingQuote(text string) int {
	plain := strings.TrimLeft(text[:min(len(text), maxQuote)], `\`)
	if plain != "" && strings.IndexByte("\"'`", plain[0]) >= 0 {
		return min(len(text), maxQuote) - len(plain) + 1
	}
	return max(formLength(text, '"'), formLength(text, '\''))
}

// quotedLength returns the length of the text before the closing quote. In a quote with backslashes, a quote with more of
// them belongs to the value.
func quotedLength(text, quote string) int {
	last := quote[len(quote)-1:]
	if strings.Trim(quote, `\`) != last { // an encoded quote
		if at := strings.Index(text, quote); at >= 0 {
			return at
		}
		return len(text)
	}
	backslashes := 0
	for at := range len(text) {
		switch {
		case text[at] == '\\':
			backslashes++
			continue
		case text[at] == last[0] && backslashes < len(quote):
			return at - backslashes
		}
		backslashes = 0
	}
	return len(text)
}

// isSecretValue reports whether the value of the assignment is secret.
func (a *assignment) isSecretValue(value string) bool {
	sign := a.text[a.sign.from-min(1, a.sign.from) : min(len(a.text), a.sign.to+1)]
	inProse := strings.ContainsAny(sign, " \t\r\n") || a.text[a.sign.from] == ':'
	quoted := a.quoted || openingQuote(strings.TrimLeft(a.text[a.sign.to:min(len(a.text), a.sign.to+maxQuote)], " ")) > 0
	if a.strong {
		return quoted || !inProse || !isOrdinary(value)
	}
	if quoted || !inProse && a.isParameter() {
		return !isOrdinary(value)
	}
	return len(value) >= 16 && looksGenerated(value)
}

// isParameter reports whether the name begins a text or follows the separator of a URL's parameters.
func (a *assignment) isParameter() bool {
	before := a.text[:a.nameBegin]
	if before == "" || strings.IndexByte("?&#;", before[len(before)-1]) >= 0 {
		return true
	}
	for length := 3; length <= min(len(before), 12); length++ {
		end := before[len(before)-length:]
		for _, char := range []byte{'?', '&', '#'} {
			if end[0] != char && formLength(end, char) == length {
				return true
			}
		}
	}
	return false
}

// isNextName reports whether a value is the name of the secret that follows, as in token= "accessToken":"abc".
func isNextName(value, after string) bool {
	name, length := lastName(value)
	return length == len(value) && isStrongName(name) && signLength(strings.TrimLeft(after, `\"' `)) > 0
}

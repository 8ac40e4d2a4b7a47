package redact

import "strings"

// A formField is the tag of a text that was examined last, and the secret's name in its attributes name, id and type. Tags do
// not overlap, so that each byte is examined once, and a hostile text takes linear time.
type formField struct {
	tag    span
	name   string // in lower case, without separators; "": none
	strong bool   // see isStrongName
}

// maxTag limits a tag before and after the value, in bytes.
const maxTag = 512

// nameValue gives the assignment the name of its form's field if the sign follows the attribute value or content, as in <input
// name="password" value="abc">. It reports whether that is the name of a secret. The attributes have any order.
func (f *formField) nameValue(a *assignment) bool {
	sign := a.text[a.sign.from:a.sign.to]
	if !a.endsWith("value", "content") || formLength(sign, '=') != len(sign) {
		return false
	}
	if a.sign.from >= f.tag.to {
		*f = formField{tag: findTag(a.text, f.tag.to, a.sign)}
		f.findName(a.text[f.tag.from:f.tag.to])
	}
	if f.name == "" {
		return false
	}
	a.name, a.strong = f.name, f.strong
	return true
}

// findTag returns the tag around an assignment, after the bytes that were examined.
func findTag(text string, examined int, sign span) span {
	tag := span{max(examined, sign.from-maxTag), min(len(text), sign.to+maxTag)}
	for at := sign.from - 1; at > tag.from; at-- {
		if isForm(text[at:], '<') {
			tag.from = at
		}
	}
	for at := sign.to; at < tag.to; at++ {
		if isForm(text[at:], '<') {
			tag.to = at
		}
	}
	return tag
}

// findName finds a secret's name in the attributes of a tag.
func (f *formField) findName(tag string) {
	for at := 0; at < len(tag) && !f.strong; at++ {
		if !isForm(tag[at:], '=') {
			continue
		}
		a := assignment{text: tag, sign: span{at, at + formLength(tag[at:], '=')}}
		if !a.endsWith("name", "id", "type") {
			continue
		}
		attribute, _ := lastName(strings.TrimRight(tag[:at], " \t\r\n"))
		value := a.findValue()
		if attribute != "name" && attribute != "id" && attribute != "type" || value.to-value.from > maxSecretName {
			continue
		}
		name, _ := lastName(trimIndex(tag[value.from:value.to]))
		if strong := isStrongName(name); strong || isWeakName(name) {
			f.name, f.strong = name, strong
		}
	}
}

// endsWith reports whether the text before the sign ends with one of the words, in any case.
func (a *assignment) endsWith(words ...string) bool {
	before := strings.TrimRight(a.text[max(a.kept, a.sign.from-maxQuote):a.sign.from], " \t\r\n")
	for _, word := range words {
		if len(before) >= len(word) && strings.EqualFold(before[len(before)-len(word):], word) {
			return true
		}
	}
	return false
}

// isForm reports whether a text begins with a character, or a form of it. It is faster than formLength for other texts.
func isForm(text string, char byte) bool {
	switch text[0] {
	case char:
		return true
	case '%', '\\', '&':
		return formLength(text, char) > 0
	}
	return false
}

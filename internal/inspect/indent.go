package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"lastpost/internal/redact"
)

// deepest is how deeply nested a document may be that is indented. Indenting takes the square of the depth: 16 KiB of
// brackets, as a stranger may send them, would be a page of 128 MB.
const deepest = 40

// indented gives JSON as a person reads it; false where it is none, or too deep to be read.
func indented(document []byte) ([]byte, bool) {
	for decoder := newDecoder(document); ; {
		_, err := decoder.ReadToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || decoder.StackDepth() > deepest {
			return nil, false
		}
	}
	var out bytes.Buffer
	err := json.Indent(&out, document, "", "  ")
	return out.Bytes(), err == nil
}

// newDecoder reads whatever is JSON to encoding/json.
func newDecoder(document []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(document), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// A token is a piece of JSON with what it is: key, string, masked, number, word, or "" for the rest.
type token struct{ Kind, Text string }

// tokens gives JSON indented, in pieces to be coloured.
func tokens(document []byte) (found []token) {
	text, ok := indented(document)
	if !ok {
		return []token{{"", string(document)}}
	}
	decoder, done := newDecoder(text), 0
	add := func(kind string, from, to int) {
		if from > done {
			found = append(found, token{"", string(text[done:from])})
		}
		if to > from {
			found = append(found, token{kind, string(text[from:to])})
		}
		done = to
	}
	var err error
	for err == nil {
		switch decoder.PeekKind() {
		case '{', '}', '[', ']':
			_, err = decoder.ReadToken()
		default:
			var value jsontext.Value
			if value, err = decoder.ReadValue(); err == nil {
				end := int(decoder.InputOffset())
				add(kindOf(decoder, value), end-len(value), end)
			}
		}
	}
	add("", len(text), len(text)) // it is the end: all of it was read before
	return found
}

// kindOf is what the value is that was read last.
func kindOf(decoder *jsontext.Decoder, value jsontext.Value) string {
	parent, n := decoder.StackIndex(decoder.StackDepth())
	switch {
	case value.Kind() == '0':
		return "number"
	case value.Kind() != '"':
		return "word"
	case parent == '{' && n%2 == 1:
		return "key"
	case strings.Contains(string(value), redact.MaskPrefix):
		return "masked"
	}
	return "string"
}

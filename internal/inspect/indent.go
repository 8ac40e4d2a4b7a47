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

// maxIndentDepth is the maximum nesting of documents that are indented. Without it, an attacker could make the page huge,
// because indentation grows with the square of the depth: 16 KiB of brackets would become 128 MB.
const maxIndentDepth = 40

// indentJSON returns document with indentation. It returns false if the document is not valid JSON or is nested too
// deeply.
func indentJSON(document []byte) ([]byte, bool) {
	for decoder := newJSONDecoder(document); ; {
		_, err := decoder.ReadToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || decoder.StackDepth() > maxIndentDepth {
			return nil, false
		}
	}
	var out bytes.Buffer
	err := json.Indent(&out, document, "", "  ")
	return out.Bytes(), err == nil
}

// newJSONDecoder returns a decoder that accepts all documents that encoding/json accepts.
func newJSONDecoder(document []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(document), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// A jsonToken is a piece of JSON text with its kind: key, string, masked, number, word, or "" for punctuation and
// whitespace.
type jsonToken struct{ Kind, Text string }

// tokenizeJSON splits an indented JSON document into tokens, so that the page can color them.
func tokenizeJSON(document []byte) (tokens []jsonToken) {
	text, ok := indentJSON(document)
	if !ok {
		return []jsonToken{{"", string(document)}}
	}
	decoder, done := newJSONDecoder(text), 0
	add := func(kind string, from, to int) {
		if from > done {
			tokens = append(tokens, jsonToken{"", string(text[done:from])})
		}
		if to > from {
			tokens = append(tokens, jsonToken{kind, string(text[from:to])})
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
				add(tokenKind(decoder, value), end-len(value), end)
			}
		}
	}
	add("", len(text), len(text)) // the remaining punctuation
	return tokens
}

// tokenKind returns the kind of the value that the decoder read last.
func tokenKind(decoder *jsontext.Decoder, value jsontext.Value) string {
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

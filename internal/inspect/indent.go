package inspect

import (
	"bytes"
	"encoding/json"
)

// deepest is how deeply nested a document may be that is indented. Indenting takes the square of the depth: 16 KiB of
// brackets, as a stranger may send them, would be a page of 128 MB.
const deepest = 40

// indented gives JSON as a person reads it; false where it is none, or too deep to be read.
func indented(document []byte) ([]byte, bool) {
	if depth(document) > deepest {
		return nil, false
	}
	var out bytes.Buffer
	err := json.Indent(&out, document, "", "  ")
	return out.Bytes(), err == nil
}

// depth is how deeply a document is nested.
func depth(document []byte) (most int) {
	now := 0
	for i := 0; i < len(document); i++ {
		switch document[i] {
		case '"':
			i += stringEnd(document[i:]) - 1
		case '{', '[':
			now++
			most = max(most, now)
		case '}', ']':
			now--
		}
	}
	return most
}

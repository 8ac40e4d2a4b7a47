package present

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
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

// Bounds of a tree. A document with more containers is shown as text in one folded part, because thousands of foldable
// parts make a browser slow. An attacker can send 64 KiB of brackets.
const (
	maxContainers = 600
	openDepth     = 3  // deeper containers are folded at first
	openLines     = 40 // longer containers below the first level are folded at first
)

// A JSONView is a JSON document for a page. All texts together are the whole indented document.
type JSONView struct {
	Nodes  []JSONNode
	Folded bool // the document is large and is shown on demand
	Size   int  // bytes
}

// IsFoldable reports whether a container is inside of another one.
func (v JSONView) IsFoldable() bool {
	return slices.ContainsFunc(v.Nodes, func(outer JSONNode) bool {
		return slices.ContainsFunc(outer.Children, func(inner JSONNode) bool { return inner.Items != "" })
	})
}

// A JSONNode is a line of an indented document, or a foldable container with its lines.
type JSONNode struct {
	Line     []JSONToken // for a container: its first line, without the newline
	Children []JSONNode
	End      []JSONToken // the last line of a container; nil: the node is one line
	Items    string      // number of lines in a folded container, such as "12 lines"
	Open     bool
}

// A JSONToken is a piece of JSON text with its kind: key, string, masked, number, word, or "" for punctuation and
// whitespace.
type JSONToken struct{ Kind, Text string }

// JSON returns a document as a foldable tree. A document that is not JSON, or is nested too deeply, is one line of text.
func JSON(document []byte) JSONView {
	if _, ok := indentJSON(document); !ok {
		text := JSONNode{Line: []JSONToken{{"", string(document)}}}
		return JSONView{Nodes: []JSONNode{text}, Size: len(document)}
	}
	lines := splitLines(tokenizeJSON(document))
	containers := 0
	for _, line := range lines {
		if opensContainer(line) {
			containers++
		}
	}
	view := JSONView{Size: len(document), Folded: containers > maxContainers}
	if view.Folded {
		for _, line := range lines {
			view.Nodes = append(view.Nodes, JSONNode{Line: line})
		}
		return view
	}
	view.Nodes, _ = buildNodes(lines, 0)
	return view
}

// buildNodes returns the nodes of lines up to the end of their container, and the remaining lines from that end on.
func buildNodes(lines [][]JSONToken, depth int) (nodes []JSONNode, rest [][]JSONToken) {
	for len(lines) > 0 && !closesContainer(lines[0]) {
		node := JSONNode{Line: lines[0]}
		lines = lines[1:]
		if opensContainer(node.Line) && len(lines) > 0 {
			before := len(lines)
			last := &node.Line[len(node.Line)-1] // the page shows the number of lines after the bracket
			last.Text = strings.TrimSuffix(last.Text, "\n")
			node.Children, lines = buildNodes(lines, depth+1)
			node.Items = Plural(before-len(lines), "line", "lines")
			node.Open = depth == 0 || depth < openDepth && before-len(lines) <= openLines
			if len(lines) > 0 {
				node.End, lines = lines[0], lines[1:]
			}
		}
		nodes = append(nodes, node)
	}
	return nodes, lines
}

// opensContainer reports whether a line ends with an opening bracket. A string cannot end a line with one, because it
// ends with a quote.
func opensContainer(line []JSONToken) bool {
	last := line[len(line)-1]
	text := strings.TrimRight(last.Text, "\n")
	return last.Kind == "" && (strings.HasSuffix(text, "{") || strings.HasSuffix(text, "["))
}

// closesContainer reports whether a line begins with a closing bracket.
func closesContainer(line []JSONToken) bool {
	text := strings.TrimLeft(line[0].Text, " ")
	return line[0].Kind == "" && (strings.HasPrefix(text, "}") || strings.HasPrefix(text, "]"))
}

// splitLines groups tokens by line. Each line but the last ends with a newline. Only whitespace between values has
// newlines.
func splitLines(tokens []JSONToken) (lines [][]JSONToken) {
	var line []JSONToken
	for _, token := range tokens {
		if token.Kind != "" {
			line = append(line, token)
			continue
		}
		for part := range strings.Lines(token.Text) {
			line = append(line, JSONToken{"", part})
			if strings.HasSuffix(part, "\n") {
				lines, line = append(lines, line), nil
			}
		}
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// tokenizeJSON splits an indented JSON document into tokens, so that the page can color them.
func tokenizeJSON(document []byte) (tokens []JSONToken) {
	text, ok := indentJSON(document)
	if !ok {
		return []JSONToken{{"", string(document)}}
	}
	decoder, done := newJSONDecoder(text), 0
	add := func(kind string, from, to int) {
		if from > done {
			tokens = append(tokens, JSONToken{"", string(text[done:from])})
		}
		if to > from {
			tokens = append(tokens, JSONToken{kind, string(text[from:to])})
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

package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// decoder binds the tree to Config. A field's key is its tag yaml, its default the tag default, and a field with the
// tag need is required: the tag says what to write. The library's own strict decoding stops at its first fault and knows
// no lines of what it has read, so the rules could not be reported with it.
type decoder struct {
	*problemCollector
	getenv func(string) (string, bool)
}

// decodeRoot binds the whole file, and reports whether there was anything to bind.
func (d decoder) decodeRoot(cfg *Config, n ast.Node) bool {
	if n = d.stripUnsupported(n, ""); n == nil {
		return false
	}
	if _, ok := mappingPairs(n); !ok {
		d.addProblem(n.GetToken().Position.Line, "",
			"must be keys and their values, a colon and a space between them: start from configs/skill.yaml")
		return false
	}
	d.decodeMapping(reflect.ValueOf(cfg).Elem(), n, "")
	return true
}

// decodeValue binds one node to a string, a truth value, a list or a struct.
func (d decoder) decodeValue(v reflect.Value, n ast.Node, path string) {
	if n = d.stripUnsupported(n, path); n == nil {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.decodeMapping(v, n, path)
	case reflect.Slice:
		d.decodeList(v, n, path)
	case reflect.Bool:
		d.decodeBool(v, n, path)
	default:
		d.decodeText(v, n, path)
	}
}

// stripUnsupported strips what this configuration does without, and complains. An alias has no value of its own: nil. Since none is
// ever followed, aliases of aliases cannot multiply.
func (d decoder) stripUnsupported(n ast.Node, path string) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		d.addProblem(d.lineOfPath(path), path, "has an anchor (&), which is not supported: remove it")
		return d.stripUnsupported(n.Value, path)
	case *ast.TagNode:
		d.addProblem(d.lineOfPath(path), path, "has a tag (!), which is not supported: remove it")
		return d.stripUnsupported(n.Value, path)
	case *ast.AliasNode:
		d.addFault(path, "is an alias (*), which is not supported: write the value out")
		return nil
	}
	return n
}

func (d decoder) decodeMapping(v reflect.Value, n ast.Node, path string) {
	found, ok := mappingPairs(n)
	if !ok {
		d.addFault(path, wrongTypeMessage("keys and their values", n))
		return
	}
	d.decodeFields(v, d.collectKeys(found, fieldNames(v.Type()), path), path)
}

// collectKeys gives the values of the known keys, and reports all other ones.
func (d decoder) collectKeys(found []*ast.MappingValueNode, known []string, path string) map[string]ast.Node {
	values := map[string]ast.Node{}
	for _, pair := range found {
		name, line := keyNameAndLine(pair.Key)
		at := childPath(path, displayKey(name))
		switch first, seen := d.lines[at]; {
		case pair.Key.IsMergeKey():
			d.addProblem(line, at, "is a merge key, which is not supported: write the keys out")
		case !slices.Contains(known, name):
			d.addProblem(line, at, unknownKeyMessage(name, known))
		case seen:
			d.addProblem(line, at, fmt.Sprintf("is here a second time, after line %d: remove one of the two", first))
		default:
			d.lines[at], values[name] = line, pair.Value
		}
	}
	return values
}

// decodeFields binds the values to the struct v, and what the file leaves out to its default.
func (d decoder) decodeFields(v reflect.Value, values map[string]ast.Node, path string) {
	for field, f := range v.Fields() {
		at := childPath(path, field.Tag.Get("yaml"))
		n, ok := values[field.Tag.Get("yaml")]
		need, required := field.Tag.Lookup("need")
		def, defaulted := field.Tag.Lookup("default")
		switch {
		case ok:
			d.decodeValue(f, n, at)
		case required:
			d.addFault(at, "is missing: "+need)
		case f.Kind() == reflect.Struct:
			d.decodeFields(f, nil, at)
		case defaulted && f.Kind() == reflect.Slice:
			f.Set(reflect.ValueOf([]string{def}))
		case defaulted && f.Kind() == reflect.Bool:
			f.SetBool(def == "true")
		case defaulted:
			f.SetString(def)
		}
	}
}

func (d decoder) decodeList(v reflect.Value, n ast.Node, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.addFault(path, wrongTypeMessage("a list such as [A, B]", n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	for i, n := range seq.Values {
		d.lines[itemPath(path, i)] = nodeLine(n)
		d.decodeValue(v.Index(i), n, itemPath(path, i))
	}
}

// decodeBool takes true and false, and no other word for them: what YAML 1.1 makes of yes, no, on and off differs from reader
// to reader.
func (d decoder) decodeBool(v reflect.Value, n ast.Node, path string) {
	b, ok := n.(*ast.BoolNode)
	if !ok || b.GetToken().Value != "true" && b.GetToken().Value != "false" {
		d.addFault(path, "must be true or false")
		return
	}
	v.SetBool(b.Value)
}

func (d decoder) decodeText(v reflect.Value, n ast.Node, path string) {
	var raw string
	switch n := n.(type) {
	case *ast.StringNode:
		raw = n.Value
	case *ast.LiteralNode:
		raw = n.Value.Value
	default:
		d.addFault(path, wrongTypeMessage("text", n))
		return
	}
	if len(raw) > maxText {
		d.addFault(path, fmt.Sprintf("is longer than %d bytes: shorten it", maxText))
		return
	}
	value, faults := expandVariables(raw, d.getenv)
	if len(faults) == 0 && (strings.ContainsFunc(value, unicode.IsControl) || !utf8.ValidString(value)) {
		faults = []string{"must be a single line of text without control characters"}
	}
	for _, message := range faults {
		d.addFault(path, message)
	}
	v.SetString(value)
}

// mappingPairs gives the keys and values of a mapping, of which the library has two forms.
func mappingPairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// keyNameAndLine gives a key's text and line.
func keyNameAndLine(key ast.MapKeyNode) (string, int) {
	t := key.GetToken()
	if explicit, ok := key.(*ast.MappingKeyNode); ok && explicit.Value != nil {
		t = explicit.Value.GetToken()
	}
	return t.Value, t.Position.Line
}

// nodeLine is the line of a mapping's first key, since its own token may be elsewhere, or of any other node.
func nodeLine(n ast.Node) int {
	if found, ok := mappingPairs(n); ok && len(found) > 0 {
		_, line := keyNameAndLine(found[0].Key)
		return line
	}
	return n.GetToken().Position.Line
}

func fieldNames(t reflect.Type) []string {
	names := make([]string, 0, t.NumField())
	for f := range t.Fields() {
		names = append(names, f.Tag.Get("yaml"))
	}
	return names
}

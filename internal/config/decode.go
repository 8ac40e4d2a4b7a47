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
	*report
	getenv func(string) (string, bool)
}

// root binds the whole file, and reports whether there was anything to bind.
func (d decoder) root(cfg *Config, n ast.Node) bool {
	if n = d.plain(n, ""); n == nil {
		return false
	}
	if _, ok := pairs(n); !ok {
		d.note(n.GetToken().Position.Line, "",
			"must be keys and their values, a colon and a space between them: start from configs/skill.yaml")
		return false
	}
	d.mapping(reflect.ValueOf(cfg).Elem(), n, "")
	return true
}

// value binds one node to a string, a truth value, a list or a struct.
func (d decoder) value(v reflect.Value, n ast.Node, path string) {
	if n = d.plain(n, path); n == nil {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(v, n, path)
	case reflect.Slice:
		d.list(v, n, path)
	case reflect.Bool:
		d.truth(v, n, path)
	default:
		d.text(v, n, path)
	}
}

// plain strips what this configuration does without, and complains. An alias has no value of its own: nil. Since none is
// ever followed, aliases of aliases cannot multiply.
func (d decoder) plain(n ast.Node, path string) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		d.note(d.line(path), path, "has an anchor (&), which is not supported: remove it")
		return d.plain(n.Value, path)
	case *ast.TagNode:
		d.note(d.line(path), path, "has a tag (!), which is not supported: remove it")
		return d.plain(n.Value, path)
	case *ast.AliasNode:
		d.fault(path, "is an alias (*), which is not supported: write the value out")
		return nil
	}
	return n
}

func (d decoder) mapping(v reflect.Value, n ast.Node, path string) {
	found, ok := pairs(n)
	if !ok {
		d.fault(path, mistyped("keys and their values", n))
		return
	}
	d.fields(v, d.keys(found, fieldNames(v.Type()), path), path)
}

// keys gives the values of the known keys, and reports all other ones.
func (d decoder) keys(found []*ast.MappingValueNode, known []string, path string) map[string]ast.Node {
	values := map[string]ast.Node{}
	for _, pair := range found {
		name, line := keyOf(pair.Key)
		at := child(path, shown(name))
		switch first, seen := d.lines[at]; {
		case pair.Key.IsMergeKey():
			d.note(line, at, "is a merge key, which is not supported: write the keys out")
		case !slices.Contains(known, name):
			d.note(line, at, unknown(name, known))
		case seen:
			d.note(line, at, fmt.Sprintf("is here a second time, after line %d: remove one of the two", first))
		default:
			d.lines[at], values[name] = line, pair.Value
		}
	}
	return values
}

// fields binds the values to the struct v, and what the file leaves out to its default.
func (d decoder) fields(v reflect.Value, values map[string]ast.Node, path string) {
	for field, f := range v.Fields() {
		at := child(path, field.Tag.Get("yaml"))
		n, ok := values[field.Tag.Get("yaml")]
		need, required := field.Tag.Lookup("need")
		def, defaulted := field.Tag.Lookup("default")
		switch {
		case ok:
			d.value(f, n, at)
		case required:
			d.fault(at, "is missing: "+need)
		case f.Kind() == reflect.Struct:
			d.fields(f, nil, at)
		case defaulted && f.Kind() == reflect.Slice:
			f.Set(reflect.ValueOf([]string{def}))
		case defaulted && f.Kind() == reflect.Bool:
			f.SetBool(def == "true")
		case defaulted:
			f.SetString(def)
		}
	}
}

func (d decoder) list(v reflect.Value, n ast.Node, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fault(path, mistyped("a list such as [A, B]", n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	for i, n := range seq.Values {
		d.lines[item(path, i)] = lineOfNode(n)
		d.value(v.Index(i), n, item(path, i))
	}
}

// truth takes true and false, and no other word for them: what YAML 1.1 makes of yes, no, on and off differs from reader
// to reader.
func (d decoder) truth(v reflect.Value, n ast.Node, path string) {
	b, ok := n.(*ast.BoolNode)
	if !ok || b.GetToken().Value != "true" && b.GetToken().Value != "false" {
		d.fault(path, "must be true or false")
		return
	}
	v.SetBool(b.Value)
}

func (d decoder) text(v reflect.Value, n ast.Node, path string) {
	var raw string
	switch n := n.(type) {
	case *ast.StringNode:
		raw = n.Value
	case *ast.LiteralNode:
		raw = n.Value.Value
	default:
		d.fault(path, mistyped("text", n))
		return
	}
	if len(raw) > maxText {
		d.fault(path, fmt.Sprintf("is longer than %d bytes: shorten it", maxText))
		return
	}
	value, faults := expand(raw, d.getenv)
	if len(faults) == 0 && (strings.ContainsFunc(value, unicode.IsControl) || !utf8.ValidString(value)) {
		faults = []string{"must be a single line of text without control characters"}
	}
	for _, message := range faults {
		d.fault(path, message)
	}
	v.SetString(value)
}

// pairs gives the keys and values of a mapping, of which the library has two forms.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// keyOf gives a key's text and line.
func keyOf(key ast.MapKeyNode) (string, int) {
	t := key.GetToken()
	if explicit, ok := key.(*ast.MappingKeyNode); ok && explicit.Value != nil {
		t = explicit.Value.GetToken()
	}
	return t.Value, t.Position.Line
}

// lineOfNode is the line of a mapping's first key, since its own token may be elsewhere, or of any other node.
func lineOfNode(n ast.Node) int {
	if found, ok := pairs(n); ok && len(found) > 0 {
		_, line := keyOf(found[0].Key)
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

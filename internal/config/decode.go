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

// decoder stores the YAML tree in a Config. The struct tag yaml is a field's key, and default its default. A field with
// the tag need is required, and the tag says what to write. The YAML library's strict mode is not used: it stops at the
// first error and does not report lines of valid values, which later rules need.
type decoder struct {
	*problemCollector
	getenv func(string) (string, bool)
}

// decodeRoot decodes the whole file. It reports whether the file has keys.
func (d decoder) decodeRoot(cfg *Config, n ast.Node) bool {
	if n = d.stripUnsupported(n, ""); n == nil {
		return false
	}
	if _, ok := mappingPairs(n); !ok {
		d.addProblem(n.GetToken().Position.Line, "",
			"must have lines of the form \"key: value\": start from configs/skill.yaml")
		return false
	}
	d.decodeMapping(reflect.ValueOf(cfg).Elem(), n, "")
	return true
}

// decodeValue decodes one node into a string, bool, list or struct. A test requires that each key is one of them.
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
	case reflect.String:
		d.decodeText(v, n, path)
	}
}

// stripUnsupported reports YAML features that the configuration does not support, and removes them. It returns nil for
// an alias. Aliases are never followed, so nested aliases cannot exhaust memory ("billion laughs" attack).
func (d decoder) stripUnsupported(n ast.Node, path string) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		d.addProblem(d.lineOfPath(path), path, "has an anchor (&), which is not supported: remove it")
		return d.stripUnsupported(n.Value, path)
	case *ast.TagNode:
		d.addProblem(d.lineOfPath(path), path, "has a tag (!), which is not supported: remove it")
		return d.stripUnsupported(n.Value, path)
	case *ast.AliasNode:
		d.addFault(path, "is an alias (*), which is not supported: repeat the value")
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

// collectKeys returns the values of the known keys, and reports unknown and duplicate keys.
func (d decoder) collectKeys(found []*ast.MappingValueNode, known []string, path string) map[string]ast.Node {
	values := map[string]ast.Node{}
	for _, pair := range found {
		name, line := keyNameAndLine(pair.Key)
		at := childPath(path, displayKey(name))
		switch first, seen := d.lines[at]; {
		case pair.Key.IsMergeKey():
			d.addProblem(line, at, "is a merge key, which is not supported: repeat the keys")
		case !slices.Contains(known, name):
			d.addProblem(line, at, unknownKeyMessage(name, known))
		case seen:
			d.addProblem(line, at, fmt.Sprintf("is a duplicate of line %d: remove one of them", first))
		default:
			d.lines[at], values[name] = line, pair.Value
		}
	}
	return values
}

// decodeFields decodes the values into the struct v, and sets missing fields to their defaults.
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
		case defaulted:
			setDefault(f, def)
		}
	}
}

// setDefault sets a field to the default in its tag.
func setDefault(f reflect.Value, def string) {
	switch f.Kind() {
	case reflect.Slice:
		f.Set(reflect.ValueOf([]string{def}))
	case reflect.Bool:
		f.SetBool(def == "true")
	case reflect.String:
		f.SetString(def)
	}
}

// decodeList decodes a list. A list of texts may also be one text with commas, because an environment variable can hold
// only a text. The text is split after its variables are replaced. The items of a YAML list are not split.
func (d decoder) decodeList(v reflect.Value, n ast.Node, path string) {
	if raw, ok := nodeText(n); ok && v.Type().Elem().Kind() == reflect.String {
		v.Set(reflect.ValueOf(d.splitText(raw, path)))
		return
	}
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

// splitText returns the items of a text with commas, without the spaces around them and without empty items.
func (d decoder) splitText(raw, path string) []string {
	items := []string{}
	for item := range strings.SplitSeq(d.expandText(raw, path), ",") {
		if item = strings.TrimSpace(item); item != "" {
			d.variables[itemPath(path, len(items))] = d.variables[path]
			items = append(items, item)
		}
	}
	return items
}

// decodeBool accepts only true and false. YAML parsers disagree about yes, no, on and off.
func (d decoder) decodeBool(v reflect.Value, n ast.Node, path string) {
	b, ok := n.(*ast.BoolNode)
	if !ok || b.GetToken().Value != "true" && b.GetToken().Value != "false" {
		d.addFault(path, "must be true or false")
		return
	}
	v.SetBool(b.Value)
}

func (d decoder) decodeText(v reflect.Value, n ast.Node, path string) {
	raw, ok := nodeText(n)
	if !ok {
		d.addFault(path, wrongTypeMessage("text", n))
		return
	}
	v.SetString(d.expandText(raw, path))
}

// expandText replaces the variables of a value, and records which of them it contains.
func (d decoder) expandText(raw, path string) string {
	if message := checkTextValue(raw); message != "" {
		d.addFault(path, message)
		return ""
	}
	text := expandVariables(raw, d.getenv)
	if len(text.faults) == 0 {
		d.variables[path] = text.used
		d.applyRule(path, checkTextValue(text.value))
	}
	for _, message := range text.faults {
		d.addFault(path, message)
	}
	return text.value
}

// checkTextValue refuses texts that no key can have.
func checkTextValue(value string) string {
	switch {
	case len(value) > maxText:
		return fmt.Sprintf("is longer than %d bytes: shorten it", maxText)
	case strings.ContainsFunc(value, unicode.IsControl) || !utf8.ValidString(value):
		return "must be a single line of text without control characters"
	}
	return ""
}

// nodeText returns the text of a node, with its variables. ok is false if it is not text.
func nodeText(n ast.Node) (text string, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	return "", false
}

// mappingPairs returns the keys and values of a mapping. The library has two node types for mappings.
func mappingPairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// keyNameAndLine returns a key's text and line.
func keyNameAndLine(key ast.MapKeyNode) (string, int) {
	t := key.GetToken()
	if explicit, ok := key.(*ast.MappingKeyNode); ok && explicit.Value != nil {
		t = explicit.Value.GetToken()
	}
	return t.Value, t.Position.Line
}

// nodeLine returns the line of a node. For a mapping it is the line of the first key, because the mapping's token may
// be elsewhere.
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

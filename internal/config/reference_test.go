package config_test

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/golden"
)

// update writes docs/configuration.md instead of comparing it: go test ./internal/config -update
var update = flag.Bool("update", false, "write docs/configuration.md")

const referenceFile = "../../docs/configuration.md"

// TestReferenceIsCurrent compares docs/configuration.md with the types and their comments.
func TestReferenceIsCurrent(t *testing.T) {
	golden.CheckFile(t, referenceFile, newReference(t).writeReference(), *update, "The types have changed: run go test ./internal/config -update")
}

// kindNames has the kinds of values in docs/configuration.md.
func kindNames() map[reflect.Kind]string {
	return map[reflect.Kind]string{reflect.String: "text", reflect.Bool: "true or false", reflect.Slice: "a list of texts, or one text with commas"}
}

// TestEveryKeyHasAKnownKind requires that the decoder and the manual know the kind of each value.
func TestEveryKeyHasAKnownKind(t *testing.T) {
	var check func(reflect.Type, string)
	check = func(of reflect.Type, path string) {
		for f := range of.Fields() {
			key := path + f.Tag.Get("yaml")
			if inner := nested(f.Type); inner != nil {
				check(inner, key+".")
			} else if kindNames()[f.Type.Kind()] == "" {
				t.Errorf("%s is of the new kind %s: add it to decodeValue and setDefault in internal/config/decode.go, "+
					"and to kindNames in internal/config/reference_test.go", key, f.Type.Kind())
			}
		}
	}
	check(reflect.TypeFor[config.Config](), "")
}

// TestCommentsNameDefaults checks that each comment has the default of the tag.
func TestCommentsNameDefaults(t *testing.T) {
	r := newReference(t)
	var look func(reflect.Type)
	look = func(of reflect.Type) {
		for f := range of.Fields() {
			if value, ok := f.Tag.Lookup("default"); ok {
				require.Regexp(t, `Default "?`+regexp.QuoteMeta(value)+`["., ]`, r.docs[of.Name()+"."+f.Name], "the comment of %s must have its default", f.Name)
			}
			if _, ok := f.Tag.Lookup("need"); ok && nested(f.Type) == nil {
				require.Contains(t, strings.ToLower(r.docs[of.Name()+"."+f.Name]), "required", f.Name)
			}
			if inner := nested(f.Type); inner != nil {
				look(inner)
			}
		}
	}
	look(reflect.TypeFor[config.Config]())
}

// TestReferenceHasNoGoNames finds Go names in the text for operators.
func TestReferenceHasNoGoNames(t *testing.T) {
	r := newReference(t)
	for _, line := range strings.Split(r.writeReference(), "\n") {
		for name := range r.words {
			require.NotRegexp(t, `\b`+name+`\b`, regexp.MustCompile("`[^`]*`").ReplaceAllString(line, ""), line)
		}
	}
}

// A reference is the manual that is generated from the types.
type reference struct {
	docs  map[string]string // comments, by "Type.Field"
	words map[string]string // key in the file, by Go name
	out   strings.Builder
}

func newReference(t *testing.T) *reference {
	t.Helper()
	r := &reference{docs: map[string]string{}, words: map[string]string{}}
	for _, name := range []string{"config.go", "linking.go", "pronounce.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		r.readDocs(file)
	}
	r.collectKeys(reflect.TypeFor[config.Config](), "")
	return r
}

// readDocs reads the comments and the TLS modes of a file.
func (r *reference) readDocs(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok {
				r.readFieldDocs(n.Name.Name, s)
			}
		case *ast.ValueSpec: // the modes
			if value, ok := n.Values[0].(*ast.BasicLit); ok {
				r.words[n.Names[0].Name] = strings.Trim(value.Value, `"`)
			}
		}
		return true
	})
}

// readFieldDocs reads the comment of each field.
func (r *reference) readFieldDocs(of string, s *ast.StructType) {
	for _, field := range s.Fields.List {
		r.docs[of+"."+field.Names[0].Name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
	}
}

// collectKeys finds the path of each field in the file.
func (r *reference) collectKeys(of reflect.Type, path string) {
	for f := range of.Fields() {
		at := path + f.Tag.Get("yaml")
		r.words[of.Name()+`\.`+f.Name] = at
		if strings.IndexFunc(f.Name[1:], unicode.IsUpper) >= 0 { // other names are common words
			r.words[f.Name] = at
		}
		switch f.Type.Kind() {
		case reflect.Struct:
			r.collectKeys(f.Type, at+".")
		case reflect.Slice:
			if f.Type.Elem().Kind() == reflect.Struct {
				r.collectKeys(f.Type.Elem(), at+"[].")
			}
		}
	}
}

func (r *reference) writeReference() string {
	r.out.Reset()
	r.out.WriteString(`# The configuration, key by key

The configuration is one YAML file. Its path is the value of ` + "`--config`" + `, or else of ` + "`SKILL_CONFIG`" + `, or else ` + "`/etc/skill/skill.yaml`" + `. Start from [configs/skill.yaml](../configs/skill.yaml), which has every key with its default. Unknown keys are errors. ` + "`skill check`" + ` reports all problems at once, each with its line and remedy.

` + "`${NAME}`" + ` in a value is replaced by the environment variable of that name, which must be set. ` + "`${NAME:-default}`" + ` gives the default if the variable is unset or empty. A literal ` + "`${`" + ` is written ` + "`$${`" + `. ` + "`systemctl reload skill`" + ` or SIGHUP reloads the file. If the new file has a problem, the service keeps the old configuration and logs the problem.

This page is generated from the program's types with ` + "`go test ./internal/config -update`" + `. A test compares this page with the types.
`)
	r.writeSection(reflect.TypeFor[config.Config](), "")
	return r.out.String()
}

// writeSection writes the keys of a struct: first its values, then its nested structs.
func (r *reference) writeSection(of reflect.Type, path string) {
	for f := range of.Fields() {
		if nested(f.Type) == nil {
			r.writeEntry(of, f, path)
		}
	}
	for f := range of.Fields() {
		if inner := nested(f.Type); inner != nil {
			at := path + f.Tag.Get("yaml")
			fmt.Fprintf(&r.out, "\n## %s\n\n%s\n", at, r.fieldText(of, f))
			if f.Type.Kind() == reflect.Slice {
				at += "[]"
			}
			r.writeSection(inner, at+".")
		}
	}
}

// nested returns the struct type of a field or of its list items, or nil.
func nested(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		return t
	}
	return nil
}

func (r *reference) writeEntry(of reflect.Type, f reflect.StructField, path string) {
	fmt.Fprintf(&r.out, "\n### %s%s\n\n%s\n\n*%s*", path, f.Tag.Get("yaml"), r.fieldText(of, f), kindNames()[f.Type.Kind()])
	if need, required := f.Tag.Lookup("need"); required {
		fmt.Fprintf(&r.out, ", required: %s", need)
	}
	r.out.WriteByte('\n')
}

// fieldText returns a field's comment with the keys of the file instead of Go names.
func (r *reference) fieldText(of reflect.Type, f reflect.StructField) string {
	doc := r.docs[of.Name()+"."+f.Name]
	if rest, ok := strings.CutPrefix(doc, f.Name+" "); ok {
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "is "), "are ")
		doc = strings.ToUpper(rest[:1]) + rest[1:]
	}
	for _, name := range longestFirst(r.words) {
		doc = regexp.MustCompile(`(^|[^\w.`+"`"+`])`+name+`\b`).ReplaceAllString(doc, "${1}`"+r.words[name]+"`")
	}
	return doc
}

func longestFirst(words map[string]string) (names []string) {
	for name := range words {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return names
}

package config_test

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// update writes the reference anew instead of comparing it: go test ./internal/config -update
var update = flag.Bool("update", false, "write docs/configuration.md")

const referenceFile = "../../docs/configuration.md"

// TestReference holds docs/configuration.md to what the types and their comments say.
func TestReference(t *testing.T) {
	got := newReference(t).writeReference()
	if *update {
		require.NoError(t, os.WriteFile(referenceFile, []byte(got), 0o644))
	}
	want, err := os.ReadFile(referenceFile)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "the types have changed: go test ./internal/config -update")
}

// TestDefaultsAreSaid: what a tag has is what the comment says.
func TestDefaultsAreSaid(t *testing.T) {
	r := newReference(t)
	var look func(reflect.Type)
	look = func(of reflect.Type) {
		for f := range of.Fields() {
			if value, ok := f.Tag.Lookup("default"); ok {
				require.Regexp(t, `Default "?`+regexp.QuoteMeta(value)+`["., ]`, r.docs[of.Name()+"."+f.Name], f.Name)
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

// TestReferenceSpeaksOfKeys would find a name of the program's in a text that is for its users.
func TestReferenceSpeaksOfKeys(t *testing.T) {
	r := newReference(t)
	for _, line := range strings.Split(r.writeReference(), "\n") {
		for name := range r.words {
			require.NotRegexp(t, `\b`+name+`\b`, regexp.MustCompile("`[^`]*`").ReplaceAllString(line, ""), line)
		}
	}
}

// A reference is the manual that stands in the types, in the words of the file.
type reference struct {
	docs  map[string]string // the comments, by "Type.Field"
	words map[string]string // the file's word for a name of the program's
	out   strings.Builder
}

func newReference(t *testing.T) *reference {
	t.Helper()
	r := &reference{docs: map[string]string{}, words: map[string]string{}}
	for _, name := range []string{"config.go", "linking.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		r.readDocs(file)
	}
	r.collectKeys(reflect.TypeFor[config.Config](), "")
	return r
}

// readDocs keeps the comments and the modes of a file.
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

// readFieldDocs keeps the comment of each field.
func (r *reference) readFieldDocs(of string, s *ast.StructType) {
	for _, field := range s.Fields.List {
		r.docs[of+"."+field.Names[0].Name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
	}
}

// collectKeys finds the path of each field, which is its word in the file.
func (r *reference) collectKeys(of reflect.Type, path string) {
	for f := range of.Fields() {
		at := path + f.Tag.Get("yaml")
		r.words[of.Name()+`\.`+f.Name] = at
		if strings.IndexFunc(f.Name[1:], unicode.IsUpper) >= 0 { // others are words of everyday
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

One YAML file: what ` + "`--config`" + ` names, else ` + "`SKILL_CONFIG`" + `, else ` + "`/etc/skill/skill.yaml`" + `. [configs/skill.yaml](../configs/skill.yaml) has every key with its default, to start from. Keys that are not known are refused, and ` + "`skill check`" + ` names every fault at once, with its line and the remedy.

` + "`${NAME}`" + ` in a value is the environment's variable of that name, which must be set; a literal ` + "`${`" + ` is written ` + "`$${`" + `. ` + "`systemctl reload skill`" + `, or SIGHUP, reads the file anew; where it has a fault, the service goes on with the old one and says so in its log.

This page is made of the program's types by ` + "`go test ./internal/config -update`" + `, and a test holds it to them.
`)
	r.writeSection(reflect.TypeFor[config.Config](), "")
	return r.out.String()
}

// writeSection writes the keys of a struct: first its own values, then the structs in it.
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

// nested is the struct that a field is, or has a list of.
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
	kind := map[reflect.Kind]string{reflect.String: "text", reflect.Bool: "true or false", reflect.Slice: "a list of texts"}[f.Type.Kind()]
	fmt.Fprintf(&r.out, "\n### %s%s\n\n%s\n\n*%s*", path, f.Tag.Get("yaml"), r.fieldText(of, f), kind)
	if need, required := f.Tag.Lookup("need"); required {
		fmt.Fprintf(&r.out, ", required: %s", need)
	}
	r.out.WriteByte('\n')
}

// fieldText is a field's comment in the file's words.
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

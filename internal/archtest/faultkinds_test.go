package archtest

import (
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFaultKindsAreInManual requires a row in docs/troubleshooting.md for each kind of fault that any package reports. The
// first cell of the row has the kind, so that the inspector can link to it.
func TestFaultKindsAreInManual(t *testing.T) {
	rows := rowTerms(document(t, "docs", "troubleshooting.md"))
	var faults []string
	kinds := faultKinds(readSources(t))
	require.Greater(t, len(kinds), 20)
	for _, kind := range kinds {
		if !hasRow(rows, kind) {
			faults = append(faults, "docs/troubleshooting.md: add a row whose first cell has `"+strings.TrimSuffix(kind, "-")+"`")
		}
	}
	requireNoFaults(t, faults)
}

func TestFaultKindsAreFound(t *testing.T) {
	files := []sourceFile{parseSource(t, "a/a.go", `package a
import "lastpost/internal/faultlog"
const wrongPassword = "wrong-password"
var _ = faultlog.Fault{Kind: "tls-closed"}
func alertKind(name string) string { return "tls-alert-" + name }
var _ = map[string]string{"X": "not-a-kind"}
`), parseSource(t, "b/b.go", `package b
const other = "not-a-kind"
`)}
	require.Equal(t, []string{"tls-alert-", "tls-closed", "wrong-password"}, faultKinds(files))
	rows := rowTerms("text `x-y`\n| `tls-closed`, `b-c` | `d-e` |\n| `tls-alert-unknown-ca` | |\n")
	require.True(t, hasRow(rows, "tls-closed"))
	require.True(t, hasRow(rows, "b-c"))
	require.True(t, hasRow(rows, "tls-alert-"))
	require.False(t, hasRow(rows, "d-e"))
	require.False(t, hasRow(rows, "x-y"))
	require.False(t, hasRow(rows, "tls-alert"))
}

// kindPattern matches labels such as "wrong-path", and beginnings of labels, such as "tls-alert-".
var kindPattern = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$|^[a-z]+(-[a-z0-9]+)*-$`)

// faultKinds returns the labels in packages that report faults: constants, values of a field Kind, and texts that a function
// whose name ends with Kind returns. Rules are labels too, and have rows as well.
func faultKinds(files []sourceFile) []string {
	reporting, found := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		reporting[file.dir] = reporting[file.dir] || !file.test && slices.Contains(file.imports(), module+"/internal/faultlog")
	}
	collect := func(tree ast.Node) {
		for n := range ast.Preorder(tree) {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				continue
			}
			if text, err := strconv.Unquote(literal.Value); err == nil && kindPattern.MatchString(text) {
				found[text] = true
			}
		}
	}
	for _, file := range files {
		if file.test || !reporting[file.dir] {
			continue
		}
		ast.Inspect(file.parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				if n.Tok == token.CONST {
					collect(n)
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Kind" {
					collect(n.Value)
				}
			case *ast.FuncDecl:
				if strings.HasSuffix(n.Name.Name, "Kind") {
					collect(n)
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// rowTerms returns the code in the first cells of all tables.
func rowTerms(markdown string) (terms []string) {
	for line := range strings.Lines(markdown) {
		if row, ok := strings.CutPrefix(line, "| "); ok {
			cell, _, _ := strings.Cut(row, " | ")
			terms = append(terms, firstGroups("`([^`]+)`", cell)...)
		}
	}
	return terms
}

// hasRow reports whether a row is about a kind. For the beginning of a kind, one row with this beginning is enough.
func hasRow(terms []string, kind string) bool {
	if strings.HasSuffix(kind, "-") {
		return slices.ContainsFunc(terms, func(term string) bool { return strings.HasPrefix(term, kind) })
	}
	return slices.Contains(terms, kind)
}

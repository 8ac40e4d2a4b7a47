// Package archtest holds the code to the import table (imports.txt), to the sizes of the style guide, and the lists of
// checks to each other. It parses the files itself: the test cache would hide a violation from a test that asks the go
// command.
package archtest

import (
	_ "embed"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "lastpost"

//go:embed imports.txt
var importTable string

// A row is what a package may import: our packages by their path below internal, libraries by their module.
type row struct {
	ours   []string
	others []string
	tests  []string // our packages that only its tests may import
}

// rows reads the table: one package a line. A package without a line is refused.
func rows(table string) map[string]row {
	found := map[string]row{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) == 3 && !strings.HasPrefix(line, "#") {
			ours, tests := names(cells[1]), []string(nil)
			if i := slices.IndexFunc(ours, func(name string) bool { return strings.HasPrefix(name, forTests) }); i >= 0 {
				ours, tests = ours[:i], ours[i:]
			}
			for i, name := range tests {
				tests[i] = strings.TrimPrefix(name, forTests)
			}
			found[cells[0]] = row{ours, names(cells[2]), tests}
		}
	}
	return found
}

// forTests marks a package that only tests may import. Those stand behind the others.
const forTests = "test:"

func names(cell string) []string {
	if cell == "–" {
		return nil
	}
	return strings.Split(cell, ", ")
}

// inTests is what every test may import, besides the row of its package and the package that it tests.
var inTests = row{
	ours:   []string{"alexa/alexatest", "archive", "feed/feedtest", "linkproxy/linkproxytest", "verify/verifytest"},
	others: []string{"github.com/stretchr/testify", "github.com/rogpeppe/go-internal"},
}

func TestImports(t *testing.T) {
	none(t, importFaults(rows(importTable), sources(t)))
}

// none expects no fault, and prints one a line.
func none(t *testing.T, faults []string) {
	t.Helper()
	if len(faults) > 0 {
		t.Errorf("%d faults:\n%s", len(faults), strings.Join(faults, "\n"))
	}
}

// importFaults lists the imports that the table does not allow, and the parts of the table that the code does not need.
func importFaults(table map[string]row, files []source) (faults []string) {
	used := map[string]row{}
	for _, file := range files {
		allowed, listed := table[file.dir]
		if !listed {
			faults = append(faults, file.name+": the package has no line in imports.txt")
			continue
		}
		u := used[file.dir]
		for _, imported := range file.imports() {
			if !permits(file.dir, file.test, allowed, imported) {
				faults = append(faults, file.name+" must not import "+imported)
			}
			u.ours = append(u.ours, needed(allowed.ours, module+"/internal/", imported)...)
			u.tests = append(u.tests, needed(allowed.tests, module+"/internal/", imported)...)
			u.others = append(u.others, needed(allowed.others, "", imported)...)
		}
		used[file.dir] = u
	}
	for _, dir := range slices.Sorted(maps.Keys(table)) {
		u, exists := used[dir]
		if !exists {
			faults = append(faults, dir+" has a line in imports.txt, but no Go file")
			continue
		}
		for _, unused := range slices.Concat(without(table[dir].ours, u.ours), without(table[dir].others, u.others), without(table[dir].tests, u.tests)) {
			faults = append(faults, dir+" does not import "+unused+": remove it from imports.txt")
		}
	}
	return faults
}

// needed are the names of a row that allow an import.
func needed(names []string, prefix, imported string) (found []string) {
	for _, name := range names {
		if imported == prefix+name || prefix == "" && strings.HasPrefix(imported, name+"/") {
			found = append(found, name)
		}
	}
	return found
}

func without(all, some []string) (left []string) {
	for _, name := range all {
		if !slices.Contains(some, name) {
			left = append(left, name)
		}
	}
	return left
}

func permits(dir string, test bool, allowed row, imported string) bool {
	if permitsOne(allowed, imported) {
		return true
	}
	return test && (imported == module+"/"+dir || permitsOne(inTests, imported) || permitsOne(row{ours: allowed.tests}, imported))
}

func permitsOne(allowed row, imported string) bool {
	if ours, ok := strings.CutPrefix(imported, module+"/internal/"); ok {
		return slices.Contains(allowed.ours, ours)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return first != module // the standard library has no dot
	}
	return len(needed(allowed.others, "", imported)) > 0
}

// TestTableIsTheDocument compares the table with ARCHITECTURE.md, which people read.
func TestTableIsTheDocument(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("..", "..", "ARCHITECTURE.md"))
	require.NoError(t, err)
	described := map[string]string{}
	for line := range strings.Lines(string(document)) {
		cells := strings.Split(line, "|")
		if len(cells) == 6 && strings.Contains(cells[1], "`") {
			described[strings.Trim(cells[1], " `")] = strings.TrimSpace(cells[3]) + " | " + strings.TrimSpace(cells[4])
		}
	}
	want := map[string]string{}
	for dir, allowed := range rows(importTable) {
		want[dir] = quoted(allowed.ours) + " | " + quoted(allowed.others)
	}
	for _, dir := range slices.Sorted(maps.Keys(want)) {
		require.Equal(t, want[dir], described[dir], "the line of %s in ARCHITECTURE.md", dir)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(described)))
}

func quoted(names []string) string {
	if len(names) == 0 {
		return "–"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// TestTableIsInOrder reads every line of the file, so that no line is skipped for its form.
func TestTableIsInOrder(t *testing.T) {
	lines := 0
	for line := range strings.Lines(importTable) {
		if !strings.HasPrefix(line, "#") {
			lines++
		}
	}
	table := rows(importTable)
	require.Len(t, table, lines)
	for dir, allowed := range table {
		require.True(t, slices.IsSorted(allowed.ours), "our packages of %s", dir)
		require.True(t, slices.IsSorted(allowed.others), "the libraries of %s", dir)
		require.True(t, slices.IsSorted(allowed.tests), "the packages for tests of %s", dir)
	}
}

// TestConfigHasFewReaders holds that packages take the few values that they need, and not the configuration.
func TestConfigHasFewReaders(t *testing.T) {
	require.Empty(t, configReaders(rows(importTable)))
	require.Equal(t, []string{"internal/server"}, configReaders(map[string]row{"cmd/skill": {ours: []string{"config"}}, "internal/server": {ours: []string{"config"}}}))
}

func configReaders(table map[string]row) (found []string) {
	readers := []string{"cmd/skill", "internal/assembly", "internal/doctor", "internal/service", "internal/setup"}
	for dir, allowed := range table {
		if slices.Contains(append(slices.Clone(allowed.ours), allowed.tests...), "config") && !slices.Contains(readers, dir) && !strings.HasPrefix(dir, ".ci/") {
			found = append(found, dir)
		}
	}
	return found
}

// TestImportRulesBite asks for imports that must be refused.
func TestImportRulesBite(t *testing.T) {
	table := rows(importTable)
	for _, c := range []struct {
		claim, dir, imported string
		test, want           bool
	}{
		{"the standard library", "internal/alexa", "encoding/json", false, true},
		{"another package's library", "internal/alexa", "github.com/rs/zerolog", false, false},
		{"its own library", "internal/config", "github.com/goccy/go-yaml/ast", false, true},
		{"a library with the same beginning", "internal/config", "github.com/goccy/go-yamlx", false, false},
		{"our package", "internal/server", "lastpost/internal/verify", false, true},
		{"our package in the wrong direction", "internal/verify", "lastpost/internal/server", false, false},
		{"the configuration", "internal/server", "lastpost/internal/config", false, false},
		{"the forger", "internal/server", "lastpost/internal/verify/verifytest", false, false},
		{"the forger in tests", "internal/server", "lastpost/internal/verify/verifytest", true, true},
		{"Amazon's rules", "internal/handlers", "lastpost/internal/alexa/alexatest", false, false},
		{"Amazon's rules in tests", "internal/handlers", "lastpost/internal/alexa/alexatest", true, true},
		{"the examined package, by its examiner", "internal/alexa/alexatest", "lastpost/internal/alexa", false, false},
		{"the package in its own tests", "internal/alexa", "lastpost/internal/alexa", true, true},
		{"another package in tests", "internal/alexa", "lastpost/internal/feed", true, false},
		{"assertions in tests", "internal/alexa", "github.com/stretchr/testify/require", true, true},
		{"assertions", "internal/alexa", "github.com/stretchr/testify/require", false, false},
		{"the module itself", "internal/alexa", "lastpost", false, false},
		{"the network in the parser", "internal/feed/parse", "lastpost/internal/feed/fetch", false, false},
		{"the rules in the proxy", "internal/linkproxy", "lastpost/internal/linkproxy/lint", false, false},
		{"the rules in the proxy's tests", "internal/linkproxy", "lastpost/internal/linkproxy/lint", true, true},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, permits(c.dir, c.test, table[c.dir], c.imported))
		})
	}
}

// TestTableRulesBite has a table with too much and too little.
func TestTableRulesBite(t *testing.T) {
	table := rows("a | b, c, test:d | x.org/y, x.org/z\nempty | – | –\nt | test:d | –")
	files := []source{
		text(t, "a/a.go", "package a\nimport (\n\"lastpost/internal/b\"\n\"x.org/y/deep\"\n\"x.org/other\"\n)"),
		text(t, "unlisted/u.go", "package unlisted"),
		text(t, "t/t.go", "package t\nimport \"lastpost/internal/d\""),
		text(t, "t/t_test.go", "package t\nimport \"lastpost/internal/d\""),
	}
	require.Equal(t, []string{
		"a/a.go must not import x.org/other",
		"unlisted/u.go: the package has no line in imports.txt",
		"t/t.go must not import lastpost/internal/d",
		"a does not import c: remove it from imports.txt",
		"a does not import x.org/z: remove it from imports.txt",
		"a does not import d: remove it from imports.txt",
		"empty has a line in imports.txt, but no Go file",
	}, importFaults(table, files))
}

// A source is a Go file of the module.
type source struct {
	name, dir string // slash-separated, from the root of the repository
	test      bool
	content   string
	files     *token.FileSet
	parsed    *ast.File
}

func (s source) imports() (found []string) {
	for _, spec := range s.parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // the parser has accepted it
		}
		found = append(found, imported)
	}
	return found
}

// text is a file with a content.
func text(t *testing.T, name, content string) source {
	t.Helper()
	s := source{name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), content: content, files: token.NewFileSet()}
	parsed, err := parser.ParseFile(s.files, name, content, parser.SkipObjectResolution)
	require.NoError(t, err)
	s.parsed = parsed
	return s
}

// sources are the Go files of the repository.
func sources(t *testing.T) (found []source) {
	t.Helper()
	root := os.DirFS(filepath.Join("..", ".."))
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "testdata", "node_modules"}, entry.Name()) {
			return fs.SkipDir
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		content, err := fs.ReadFile(root, name)
		found = append(found, text(t, name, string(content)))
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(found), 300)
	return found
}

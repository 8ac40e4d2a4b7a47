// Package archtest checks the repository as a whole: the import table (imports.txt), the sizes of packages and functions,
// the wording of the glossary, and the lists of checks. It parses the files itself. A test that asks the go command would
// pass from the test cache after a violation.
package archtest

import (
	_ "embed"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "lastpost"

//go:embed imports.txt
var importTable string

// An importRow lists the allowed imports of a package.
type importRow struct {
	own       []string
	libraries []string
	tests     []string // our packages that only its tests may import
}

// parseImportTable parses imports.txt, which has one package a line. The key is the package's folder.
func parseImportTable(table string) map[string]importRow {
	found := map[string]importRow{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) == 3 && !strings.HasPrefix(line, "#") {
			ours, tests := splitCell(cells[1]), []string(nil)
			if i := slices.IndexFunc(ours, func(name string) bool { return strings.HasPrefix(name, testPrefix) }); i >= 0 {
				ours, tests = ours[:i], ours[i:]
			}
			for i, name := range tests {
				tests[i] = strings.TrimPrefix(name, testPrefix)
			}
			found[cells[0]] = importRow{ours, splitCell(cells[2]), tests}
		}
	}
	return found
}

// testPrefix marks a package that only tests may import. Marked packages come last.
const testPrefix = "test:"

func splitCell(cell string) []string {
	if cell == "–" {
		return nil
	}
	return strings.Split(cell, ", ")
}

// testRow lists the packages that every test may import, in addition to its package's row.
var testRow = importRow{
	own:       []string{"alexa/alexatest", "archive", "feed/feedtest", "freeport", "golden", "linkproxy/linkproxytest", "verify/verifytest"},
	libraries: []string{"github.com/creack/pty", "github.com/rogpeppe/go-internal", "github.com/stretchr/testify", "golang.org/x/sys"},
}

func TestImports(t *testing.T) {
	requireNoFaults(t, importFaults(parseImportTable(importTable), readSources(t)))
}

// requireNoFaults fails if there are faults. It prints the first 20, one a line.
func requireNoFaults(t *testing.T, faults []string) {
	t.Helper()
	if len(faults) > 0 {
		shown := faults[:min(len(faults), 20)]
		t.Errorf("%d faults:\n%s", len(faults), strings.Join(shown, "\n"))
	}
}

// importFaults lists forbidden imports and entries of the table that no file uses.
func importFaults(table map[string]importRow, files []sourceFile) (faults []string) {
	used := map[string]importRow{}
	for _, file := range files {
		allowed, listed := table[file.dir]
		if !listed {
			faults = append(faults, file.name+": add a line for the package to imports.txt and to ARCHITECTURE.md")
			continue
		}
		u := used[file.dir]
		for _, imported := range file.imports() {
			if !isPermitted(file.dir, file.test, allowed, imported) {
				faults = append(faults, file.name+" must not import "+imported)
			}
			u.own = append(u.own, matchingNames(allowed.own, module+"/internal/", imported)...)
			u.tests = append(u.tests, matchingNames(allowed.tests, module+"/internal/", imported)...)
			u.libraries = append(u.libraries, matchingNames(allowed.libraries, "", imported)...)
		}
		used[file.dir] = u
	}
	for _, dir := range slices.Sorted(maps.Keys(table)) {
		u, exists := used[dir]
		if !exists {
			faults = append(faults, dir+" has a line in imports.txt, but no Go file")
			continue
		}
		for _, unused := range slices.Concat(without(table[dir].own, u.own), without(table[dir].libraries, u.libraries), without(table[dir].tests, u.tests)) {
			faults = append(faults, dir+" does not import "+unused+": remove it from imports.txt and ARCHITECTURE.md")
		}
	}
	return faults
}

// matchingNames returns the names of a row that allow an import.
func matchingNames(names []string, prefix, imported string) (found []string) {
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

func isPermitted(dir string, test bool, allowed importRow, imported string) bool {
	if rowPermits(allowed, imported) {
		return true
	}
	return test && (imported == module+"/"+dir || rowPermits(testRow, imported) || rowPermits(importRow{own: allowed.tests}, imported))
}

func rowPermits(allowed importRow, imported string) bool {
	if ours, ok := strings.CutPrefix(imported, module+"/internal/"); ok {
		return slices.Contains(allowed.own, ours)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return first != module // the standard library has no dot
	}
	return len(matchingNames(allowed.libraries, "", imported)) > 0
}

// packageCell is the first cell of a row about a package.
var packageCell = regexp.MustCompile("^ `[^ `]+` $")

// TestTableIsTheDocument compares imports.txt with the table in ARCHITECTURE.md.
func TestTableIsTheDocument(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("..", "..", "ARCHITECTURE.md"))
	require.NoError(t, err)
	described := map[string]string{}
	for line := range strings.Lines(string(document)) {
		cells := strings.Split(line, "|")
		if len(cells) == 5 && packageCell.MatchString(cells[1]) {
			described[strings.Trim(cells[1], " `")] = strings.TrimSpace(cells[3])
		}
	}
	want := map[string]string{}
	for dir, allowed := range parseImportTable(importTable) {
		want[dir] = quoteNames(slices.Concat(allowed.own, allowed.libraries))
	}
	for _, dir := range slices.Sorted(maps.Keys(want)) {
		require.Equal(t, want[dir], described[dir], "the line of %s in ARCHITECTURE.md", dir)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(described)))
}

// TestArchitectureIsAMap requires that each file that ARCHITECTURE.md names exists, and limits the words.
func TestArchitectureIsAMap(t *testing.T) {
	text := document(t, "ARCHITECTURE.md")
	files := firstGroups("`((?:[a-z]+/)+[a-z]+\\.[a-z.]+)`", text)
	for _, file := range files {
		root := "internal"
		if strings.HasPrefix(file, "cmd/") || strings.HasPrefix(file, "docs/") || strings.HasPrefix(file, "configs/") || strings.HasPrefix(file, "internal/") {
			root = "."
		}
		require.FileExists(t, filepath.Join("..", "..", root, filepath.FromSlash(file)), "ARCHITECTURE.md")
	}
	require.Greater(t, len(files), 20)
	require.LessOrEqual(t, len(strings.Fields(text)), 2500, "words of ARCHITECTURE.md")
}

func quoteNames(names []string) string {
	if len(names) == 0 {
		return "–"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// TestTableIsInOrder requires that every line is parsed and that its names are sorted.
func TestTableIsInOrder(t *testing.T) {
	lines := 0
	for line := range strings.Lines(importTable) {
		if !strings.HasPrefix(line, "#") {
			lines++
		}
	}
	table := parseImportTable(importTable)
	require.Len(t, table, lines)
	for dir, allowed := range table {
		require.True(t, slices.IsSorted(allowed.own), "our packages of %s", dir)
		require.True(t, slices.IsSorted(allowed.libraries), "the libraries of %s", dir)
		require.True(t, slices.IsSorted(allowed.tests), "the packages for tests of %s", dir)
	}
}

// TestConfigHasFewReaders limits the packages that import config. The others take the few values that they need.
func TestConfigHasFewReaders(t *testing.T) {
	require.Empty(t, configReaders(parseImportTable(importTable)))
	require.Equal(t, []string{"internal/server"}, configReaders(map[string]importRow{"cmd/skill": {own: []string{"config"}}, "internal/server": {own: []string{"config"}}}))
}

func configReaders(table map[string]importRow) (found []string) {
	readers := []string{"cmd/skill", "internal/assembly", "internal/doctor", "internal/rollout", "internal/service", "internal/setup"}
	for dir, allowed := range table {
		if slices.Contains(append(slices.Clone(allowed.own), allowed.tests...), "config") && !slices.Contains(readers, dir) && !strings.HasPrefix(dir, ".ci/") {
			found = append(found, dir)
		}
	}
	return found
}

// TestImportRulesBite has imports that must be refused.
func TestImportRulesBite(t *testing.T) {
	table := parseImportTable(importTable)
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
			require.Equal(t, c.want, isPermitted(c.dir, c.test, table[c.dir], c.imported))
		})
	}
}

// TestTableRulesBite has a table with missing and with unused entries.
func TestTableRulesBite(t *testing.T) {
	table := parseImportTable("a | b, c, test:d | x.org/y, x.org/z\nempty | – | –\nt | test:d | –")
	files := []sourceFile{
		parseSource(t, "a/a.go", "package a\nimport (\n\"lastpost/internal/b\"\n\"x.org/y/deep\"\n\"x.org/other\"\n)"),
		parseSource(t, "unlisted/u.go", "package unlisted"),
		parseSource(t, "t/t.go", "package t\nimport \"lastpost/internal/d\""),
		parseSource(t, "t/t_test.go", "package t\nimport \"lastpost/internal/d\""),
	}
	require.Equal(t, []string{
		"a/a.go must not import x.org/other",
		"unlisted/u.go: add a line for the package to imports.txt and to ARCHITECTURE.md",
		"t/t.go must not import lastpost/internal/d",
		"a does not import c: remove it from imports.txt and ARCHITECTURE.md",
		"a does not import x.org/z: remove it from imports.txt and ARCHITECTURE.md",
		"a does not import d: remove it from imports.txt and ARCHITECTURE.md",
		"empty has a line in imports.txt, but no Go file",
	}, importFaults(table, files))
}

// A sourceFile is a parsed Go file.
type sourceFile struct {
	name, dir string // slash-separated, from the root of the repository
	test      bool
	content   string
	files     *token.FileSet
	parsed    *ast.File
}

func (s sourceFile) imports() (found []string) {
	for _, spec := range s.parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // the parser has accepted it
		}
		// The table calls the manual docs. Its folder is not below internal, because a package embeds only its own folder.
		found = append(found, strings.Replace(imported, module+"/docs", module+"/internal/docs", 1))
	}
	return found
}

// parseSource parses the content of a Go file.
func parseSource(t *testing.T, name, content string) sourceFile {
	t.Helper()
	s := sourceFile{name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), content: content, files: token.NewFileSet()}
	parsed, err := parser.ParseFile(s.files, name, content, parser.ParseComments|parser.SkipObjectResolution)
	require.NoError(t, err)
	s.parsed = parsed
	return s
}

// readSources parses the Go files of the repository.
func readSources(t *testing.T) (found []sourceFile) {
	t.Helper()
	files := readFiles(t, func(name string) bool { return path.Ext(name) == ".go" })
	for _, name := range slices.Sorted(maps.Keys(files)) {
		found = append(found, parseSource(t, name, files[name]))
	}
	require.Greater(t, len(found), 300)
	return found
}

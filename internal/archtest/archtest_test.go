// Package archtest holds the import table of ARCHITECTURE.md as a test. It parses the files itself: a test that asks
// the go command would be answered from the test cache after a violation.
package archtest

import (
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

// A room is what a package may import: of ours by its path below internal/, of others by the module.
type room struct {
	ours   []string
	others []string
}

// rooms is the table. What stands in neither column is refused, and so is a package that has no line.
func rooms() map[string]room {
	return map[string]room{
		"cmd/skill": {
			ours: []string{"alexa", "alexa/alexatest", "archive", "config", "durable", "feed", "handlers", "inspect", "linkproxy", "phrases", "server", "skillpkg", "verify", "verify/verifytest"},
			others: []string{"github.com/rs/zerolog", "github.com/spf13/cobra", "golang.org/x/sync",
				"golang.org/x/sys", "golang.org/x/crypto/x509roots/fallback"},
		},
		"internal/alexa":             {},
		"internal/alexa/alexatest":   {},
		"internal/archive":           {ours: []string{"durable", "feed"}, others: []string{"modernc.org/sqlite"}},
		"internal/archtest":          {},
		"internal/config":            {ours: []string{"alexa"}, others: []string{"github.com/goccy/go-yaml"}},
		"internal/durable":           {},
		"internal/feed":              {others: []string{"github.com/mmcdole/gofeed", "golang.org/x/net"}},
		"internal/feed/feedtest":     {},
		"internal/handlers":          {ours: []string{"alexa", "feed", "phrases", "speech"}},
		"internal/har":               {},
		"internal/inspect":           {ours: []string{"alexa", "har"}, others: []string{"github.com/DataDog/datadog-agent/pkg/template"}},
		"internal/linkproxy":         {ours: []string{"durable", "har"}, others: []string{"golang.org/x/net"}},
		"internal/phrases":           {others: []string{"github.com/nicksnyder/go-i18n/v2", "golang.org/x/text"}},
		"internal/server":            {ours: []string{"alexa", "durable", "verify"}, others: []string{"github.com/caddyserver/certmagic", "github.com/go-chi/chi/v5", "github.com/mholt/acmez/v3", "github.com/prometheus/client_golang", "go.uber.org/zap", "golang.org/x/sync"}},
		"internal/server/acmetest":   {ours: []string{"server"}, others: []string{"github.com/letsencrypt/challtestsrv", "github.com/letsencrypt/pebble/v2"}},
		"internal/skillpkg":          {ours: []string{"alexa", "durable", "phrases"}},
		"internal/speech":            {ours: []string{"alexa"}, others: []string{"github.com/clipperhouse/uax29/v2", "golang.org/x/net"}},
		"internal/verify":            {ours: []string{"durable"}, others: []string{"github.com/hashicorp/golang-lru/v2", "golang.org/x/sync"}},
		"internal/verify/verifytest": {},
		".ci/mutants":                {},
		".ci/manifests": {ours: []string{"config"}, others: []string{"github.com/compose-spec/compose-go/v2", "k8s.io/api", "k8s.io/apimachinery",
			"sigs.k8s.io/yaml"}},
		"internal/linkproxy/linkproxytest": {
			others: []string{"golang.org/x/net"},
		},
	}
}

// tests may import these everywhere besides what the table gives their package, and the package that they test.
var inTests = room{
	ours:   []string{"alexa/alexatest", "archive", "feed/feedtest", "linkproxy/linkproxytest", "verify/verifytest"},
	others: []string{"github.com/stretchr/testify", "github.com/rogpeppe/go-internal"},
}

func TestImports(t *testing.T) {
	table, seen := rooms(), map[string]bool{}
	for file, imports := range sources(t) {
		dir := path.Dir(file)
		seen[dir] = true
		allowed, listed := table[dir]
		require.True(t, listed, "%s: the package has no line in the table", file)
		for _, imported := range imports {
			require.True(t, permits(dir, strings.HasSuffix(file, "_test.go"), allowed, imported), "%s must not import %s", file, imported)
			require.False(t, keepsMethods(imported) && !strings.HasSuffix(file, "_test.go"), "%s must not import %s: see ARCHITECTURE.md on templates", file, imported)
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(table)), slices.Collect(maps.Keys(seen)), "the table has a package that does not exist")
}

// keepsMethods tells whether a package calls methods by names that the linker cannot know, so that it must keep them all.
func keepsMethods(imported string) bool {
	return imported == "html/template" || imported == "text/template"
}

func permits(dir string, test bool, allowed room, imported string) bool {
	if permitsOne(allowed, imported) {
		return true
	}
	return test && (imported == module+"/"+dir || permitsOne(inTests, imported))
}

func permitsOne(allowed room, imported string) bool {
	if ours, ok := strings.CutPrefix(imported, module+"/internal/"); ok {
		return slices.Contains(allowed.ours, ours)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return first != module // the standard library has no dot
	}
	return slices.ContainsFunc(allowed.others, func(other string) bool {
		return imported == other || strings.HasPrefix(imported, other+"/")
	})
}

// TestTableIsTheDocument compares the table with ARCHITECTURE.md, which is what people read.
func TestTableIsTheDocument(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("..", "..", "ARCHITECTURE.md"))
	require.NoError(t, err)
	described := map[string]bool{}
	for line := range strings.Lines(string(document)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.Contains(cells[1], "`") {
			continue
		}
		dir := strings.Trim(cells[1], " `")
		described[dir] = true
		allowed, ok := rooms()[dir]
		require.True(t, ok, "ARCHITECTURE.md describes %s", dir)
		require.Equal(t, listed(allowed.ours), strings.TrimSpace(cells[3]), "ours, of %s", dir)
		require.Equal(t, listed(allowed.others), strings.TrimSpace(cells[4]), "others, of %s", dir)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(rooms())), slices.Collect(maps.Keys(described)))
}

func listed(names []string) string {
	if len(names) == 0 {
		return "–"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// TestTheTestNotices asks for what must be refused.
func TestTheTestNotices(t *testing.T) {
	table := rooms()
	for _, row := range []struct {
		claim, dir, imported string
		test, want           bool
	}{
		{"the standard library", "internal/alexa", "encoding/json", false, true},
		{"another's library", "internal/alexa", "github.com/rs/zerolog", false, false},
		{"its own library", "internal/config", "github.com/goccy/go-yaml/ast", false, true},
		{"a library that only begins alike", "internal/config", "github.com/goccy/go-yamlx", false, false},
		{"our package", "internal/server", "lastpost/internal/verify", false, true},
		{"our package in the wrong direction", "internal/verify", "lastpost/internal/server", false, false},
		{"the configuration outside cmd", "internal/server", "lastpost/internal/config", false, false},
		{"the forger outside tests", "internal/server", "lastpost/internal/verify/verifytest", false, false},
		{"the forger in tests", "internal/server", "lastpost/internal/verify/verifytest", true, true},
		{"Amazon's rules outside tests", "internal/handlers", "lastpost/internal/alexa/alexatest", false, false},
		{"Amazon's rules in tests", "internal/handlers", "lastpost/internal/alexa/alexatest", true, true},
		{"what is examined, by its examiner", "internal/alexa/alexatest", "lastpost/internal/alexa", false, false},
		{"the package in its own tests", "internal/alexa", "lastpost/internal/alexa", true, true},
		{"another package in tests", "internal/alexa", "lastpost/internal/feed", true, false},
		{"assertions in tests", "internal/alexa", "github.com/stretchr/testify/require", true, true},
		{"assertions elsewhere", "internal/alexa", "github.com/stretchr/testify/require", false, false},
		{"the module itself", "internal/alexa", "lastpost", false, false},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, permits(row.dir, row.test, table[row.dir], row.imported))
		})
	}
}

// sources gives every Go file of the module with what it imports.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	root := os.DirFS(filepath.Join("..", ".."))
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if path.Ext(name) == ".go" {
			found[name], err = imports(root, name)
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(found), 30)
	return found
}

func imports(root fs.FS, name string) ([]string, error) {
	content, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, content, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		found = append(found, imported)
	}
	return found, nil
}

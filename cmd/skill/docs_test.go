package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

const top = "../.."

// manualPages returns the Markdown documents by their path in the repository.
func manualPages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, root := range []string{"README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "docs", "deploy"} {
		err := filepath.WalkDir(filepath.Join(top, root), func(path string, _ fs.DirEntry, err error) error {
			if err == nil && filepath.Ext(path) == ".md" {
				var text []byte
				text, err = os.ReadFile(path)
				pages[filepath.ToSlash(strings.TrimPrefix(path, top+string(filepath.Separator)))] = string(text)
			}
			return err
		})
		require.NoError(t, err)
	}
	return pages
}

// requirePart requires that a text contains a part. The failure does not print the text.
func requirePart(t testing.TB, name, text, part string) {
	t.Helper()
	require.True(t, strings.Contains(text, part), "%s does not contain %q", name, part)
}

// fencedBlocks returns the page's fenced blocks in a language. "" selects blocks without a language.
func fencedBlocks(page, language string) (found []string) {
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		if m[1] == language {
			found = append(found, m[2])
		}
	}
	return found
}

// TestManualsConfigurations parses each complete configuration in the documents.
func TestManualsConfigurations(t *testing.T) {
	parsed := 0
	for name, page := range manualPages(t) {
		for _, block := range fencedBlocks(page, "yaml") {
			if !strings.Contains(block, "skills:") {
				continue
			}
			c, err := config.Parse(name, []byte(block), func(string) (string, bool) { return "set", true })
			require.NoError(t, err, block)
			require.NotEmpty(t, c.EndpointURL(c.Skills[0]), block)
			parsed++
		}
	}
	require.GreaterOrEqual(t, parsed, 3)
}

// TestManualsCommands checks that each documented command, flag and Makefile target exists.
func TestManualsCommands(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(top, "Makefile"))
	require.NoError(t, err)
	typed := 0
	command := regexp.MustCompile(`(?m)^[$#] (?:sudo |go run \./cmd/|bin/)?(?:skill|lastpost) ([^|>#&\n]*)`)
	target := regexp.MustCompile("(?m)(?:^\\$ |`)make ([a-z0-9-]+)")
	for name, page := range manualPages(t) {
		for _, m := range command.FindAllStringSubmatch(strings.Join(fencedBlocks(page, ""), ""), -1) {
			requireCommand(t, name, shellWords(m[1]))
			typed++
		}
		for _, m := range target.FindAllStringSubmatch(page, -1) {
			require.True(t, strings.Contains(string(makefile), "\n"+m[1]+":"), "%s: the Makefile has no target %s", name, m[1])
		}
	}
	require.Greater(t, typed, 20)
}

// shellWords splits a command line. Double quotes keep words together.
func shellWords(line string) (words []string) {
	for _, word := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(line, -1) {
		words = append(words, strings.Trim(word, `"`))
	}
	return words
}

func requireCommand(t *testing.T, page string, args []string) {
	t.Helper()
	root := newRoot(environment{stdout: io.Discard, stderr: io.Discard, getenv: os.LookupEnv})
	root.InitDefaultCompletionCmd()
	found, rest, err := root.Find(args)
	require.NoError(t, err, "%s: skill %q", page, args)
	require.NotEqual(t, root.Name(), found.Name(), "%s: skill %q", page, args)
	require.NoError(t, found.ParseFlags(rest), "%s: skill %q", page, args)
	require.NoError(t, found.ValidateArgs(found.Flags().Args()), "%s: skill %q", page, args)
}

// TestManualsLinks checks each link to a page, folder or heading in the repository, and each picture.
func TestManualsLinks(t *testing.T) {
	pages := manualPages(t)
	followed := 0
	for name, page := range pages {
		for _, m := range regexp.MustCompile(`(?:\]\(|src="|srcset=")([^)\s"]+)[)"]`).FindAllStringSubmatch(page, -1) {
			path, anchor, anchored := strings.Cut(m[1], "#")
			at := filepath.ToSlash(filepath.Join(filepath.Dir(name), path))
			if strings.Contains(m[1], "://") || isForgePage(t, name, at) {
				continue
			}
			if path == "" {
				at = name
			}
			_, err := os.Stat(filepath.Join(top, at))
			require.NoError(t, err, "%s links to %s", name, m[1])
			require.True(t, !anchored || strings.Contains(headingAnchors(pages[at]), "#"+anchor+"\n"), "%s links to %s", name, m[1])
			followed++
		}
	}
	require.Greater(t, followed, 30)
}

// isForgePage reports whether a link leads out of the files, to another page of the repository on its forge, such as the
// releases. A file of the branch is two folders below the repository: /OWNER/NAME/blob/BRANCH/README.md.
func isForgePage(t *testing.T, name, at string) bool {
	t.Helper()
	place, isForge := strings.CutPrefix(at, "../")
	if isForge {
		require.Regexp(t, `^\.\./(releases|issues|issues/new/choose|security/advisories/new|actions/workflows/(ci|release)\.yml(/badge\.svg)?)$`,
			place, "%s links out of the repository", name)
	}
	return isForge
}

// headingAnchors returns the page's heading anchors, as GitHub makes them: one a line, each with "#".
func headingAnchors(page string) string {
	var names strings.Builder
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		names.WriteString("#" + strings.ReplaceAll(name, " ", "-") + "\n")
	}
	return names.String()
}

// TestEveryRuleIsExplained checks that the table of refusals contains each rule in the code.
func TestEveryRuleIsExplained(t *testing.T) {
	page, explained := manualPages(t)["docs/troubleshooting.md"], 0
	for _, file := range []string{"internal/verify/rule.go", "internal/server/endpoint.go"} {
		code, err := os.ReadFile(filepath.Join(top, file))
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`\bRule += "([a-z-]+)"`).FindAllStringSubmatch(string(code), -1) {
			require.True(t, strings.Contains(page, "`"+m[1]+"`"), "add the rule %s of %s to docs/troubleshooting.md", m[1], file)
			explained++
		}
	}
	require.GreaterOrEqual(t, explained, 14)
}

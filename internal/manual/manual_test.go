package manual_test

import (
	"html"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"lastpost/docs"
	"lastpost/internal/manual"
)

func render(t *testing.T, source string) string {
	t.Helper()
	m := &manual.Manual{Path: "/manual/", Files: fstest.MapFS{"a.md": {Data: []byte(source)}, "b.md": {Data: []byte("# B\n")}}}
	chapter, ok, err := m.Chapter("a")
	require.NoError(t, err)
	require.True(t, ok)
	return string(chapter.HTML)
}

func TestChangesLinks(t *testing.T) {
	for _, row := range []struct{ claim, source, want string }{
		{"another chapter", "[x](b.md)", `<a href="/manual/b">x</a>`},
		{"a part of another chapter", "[x](b.md#two-words)", `<a href="/manual/b#two-words">x</a>`},
		{"a part of this chapter", "[x](#two)", `<a href="#two">x</a>`},
		{"a file that the program does not contain", "[x](../deploy/README.md)", `<p>x</p>`},
		{"a file, with code", "see [`x`](../y) here", `<p>see <code>x</code> here</p>`},
		{"the network", "[x](https://a.example/)", `<a href="https://a.example/" rel="noopener noreferrer" referrerpolicy="no-referrer">x</a>`},
		{"an image", "![x](images/x.png)", `<p></p>`},
		{"HTML", "<script>alert(1)</script>", `<!-- raw HTML omitted -->`},
		{"a script", "[x](javascript:alert(1))", `<a href="" rel`},
		{"a heading", "## Two words: 400", `<h2 id="two-words-400">`},
		{"a term in the first cell", "|a|b|\n|-|-|\n|`x-y`, `z`|`q` 1|\n|`x-y`|`r`|", `<td><code id="row-x-y">x-y</code>, <code id="row-z">z</code></td>`},
		{"a term in another cell, alone", "|a|b|\n|-|-|\n|1|`x`|\n|2|`r` s|", `<td><code id="row-x">x</code></td>`},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Contains(t, render(t, row.source), row.want) })
	}
	require.NotContains(t, render(t, "|a|b|\n|-|-|\n|2|`r` s|"), "row-r")
	require.Equal(t, 1, strings.Count(render(t, "|a|\n|-|\n|`x`|\n|`x`|"), "row-x"), "ids are unique")
}

func TestUnknownChapter(t *testing.T) {
	for _, name := range []string{"", "x", "../go", "README.md"} {
		_, ok, err := (&manual.Manual{Files: docs.Pages}).Chapter(name)
		require.NoError(t, err)
		require.False(t, ok, name)
	}
	_, ok, err := (&manual.Manual{}).Chapter(manual.Start)
	require.NoError(t, err)
	require.False(t, ok)
}

// Every link of the manual leads to a chapter and a part that exist, so the manual is complete without the network. Each
// chapter has a title, ids that occur once, and loads nothing.
func TestManualIsComplete(t *testing.T) {
	m := &manual.Manual{Path: "/manual/", Files: docs.Pages}
	files, err := fs.Glob(docs.Pages, "*.md")
	require.NoError(t, err)
	require.Greater(t, len(files), 10)
	chapter := func(name string) manual.Chapter {
		found, ok, err := m.Chapter(name)
		require.NoError(t, err)
		require.True(t, ok, "a link leads to the chapter %q", name)
		return found
	}
	links := 0
	for _, file := range files {
		page := chapter(strings.TrimSuffix(file, ".md"))
		require.NotEmpty(t, page.Title, file)
		require.NotContains(t, page.Title, "#", file)
		require.NotRegexp(t, `<(img|script|style|iframe|link|form)\b|\son\w+=`, string(page.HTML), file)
		ids := map[string]bool{}
		for _, id := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(string(page.HTML), -1) {
			require.False(t, ids[id[1]], "%s: the id %s is used twice", file, id[1])
			ids[id[1]] = true
		}
		for _, link := range regexp.MustCompile(`<a href="([^"]*)"`).FindAllStringSubmatch(string(page.HTML), -1) {
			target, part, _ := strings.Cut(html.UnescapeString(link[1]), "#")
			if strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://localhost") {
				continue
			}
			content := string(page.HTML)
			if target != "" {
				name, ok := strings.CutPrefix(target, "/manual/")
				require.True(t, ok, "%s: the link %s leaves the manual", file, link[1])
				content = string(chapter(name).HTML)
			}
			if part != "" {
				require.Contains(t, content, ` id="`+part+`"`, "%s: the link %s", file, link[1])
			}
			links++
		}
	}
	require.Greater(t, links, 30)
}

package speech

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/golden"
)

var update = flag.Bool("update", false, "write the golden files")

// loadPosts returns the HTML of the posts in testdata by name.
func loadPosts(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/posts/*.html")
	require.NoError(t, err)
	require.Greater(t, len(files), 10)
	found := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		found[strings.TrimSuffix(file, ".html")] = string(source)
	}
	return found
}

// TestGoldenPosts compares the spoken text of example posts with golden files: one line for each paragraph, "|" between
// sentences.
func TestGoldenPosts(t *testing.T) {
	for name, source := range loadPosts(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text := Parse(source, englishAnnouncements())
			checkTurns(t, text, "de-DE")
			var said strings.Builder
			for i, turn := range text.Turns() {
				fmt.Fprintf(&said, "== turn %d\n%s\n", i+1, textLines(Text(turn)))
			}
			golden.CheckFile(t, name+".txt", said.String(), *update, "If this is intended, run go test ./internal/speech -update")
		})
	}
}

// TestTreeMatchesHTMLParse requires that the tree of parseTree gives the same text as the tree of html.Parse, except
// for badly broken HTML.
func TestTreeMatchesHTMLParse(t *testing.T) {
	for name, source := range loadPosts(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			root := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
			nodes, err := html.ParseFragment(strings.NewReader(source), root)
			require.NoError(t, err)
			for _, n := range nodes {
				root.AppendChild(n)
			}
			require.Equal(t, textLines(readTree(root, englishAnnouncements())), textLines(Parse(source, englishAnnouncements())))
		})
	}
}

// TestPlatformPosts compares the spoken text of the first post of each platform's feed with golden files. The feeds
// belong to internal/feed/parse.
func TestPlatformPosts(t *testing.T) {
	files, err := filepath.Glob("../feed/parse/testdata/wild/platform-*.want.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 20)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".want.json")
		t.Run(name, func(t *testing.T) {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			var feed struct {
				Entries []struct{ Title, Content string }
			}
			require.NoError(t, json.Unmarshal(source, &feed))
			require.NotEmpty(t, feed.Entries)
			text := Parse(feed.Entries[0].Content, englishAnnouncements()).WithoutTitle(feed.Entries[0].Title)
			checkTurns(t, text, "de-DE")
			golden.CheckFile(t, "testdata/platforms/"+strings.TrimPrefix(name, "platform-")+".txt", textLines(text)+"\n", *update,
				"If this is intended, run go test ./internal/speech -update")
		})
	}
}

package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/golden"
)

var updateWild = flag.Bool("update", false, "write the expected entries of testdata/wild")

const wildDir = "testdata/wild"

// wildCase is a NAME.want.json file. It states how to read the feed file NAME.xml or NAME.json, and the right entries.
type wildCase struct {
	ContentType string      `json:"content_type,omitempty"` // the Content-Type header of the response
	TimeZone    string      `json:"timezone,omitempty"`     // the blog's time zone; UTC if empty
	Format      string      `json:"format,omitempty"`       // "wordpress-api": posts of the WordPress REST API
	Links       *wildLinks  `json:"links,omitempty"`
	Entries     []wildEntry `json:"entries"`

	SkippedAudio []wildSkipped `json:"skipped_audio,omitempty"`
}

type wildSkipped struct {
	URL    string `json:"url"`
	Type   string `json:"type,omitempty"`
	Reason string `json:"reason"`
}

type wildLinks struct {
	Prev string `json:"prev,omitempty"`
	Next string `json:"next,omitempty"`
	Hub  string `json:"hub,omitempty"`
	Self string `json:"self,omitempty"`
	Home string `json:"home,omitempty"`
}

type wildEntry struct {
	ID         string   `json:"id"`
	Title      string   `json:"title,omitempty"`
	Link       string   `json:"link,omitempty"`
	Published  string   `json:"published,omitempty"` // RFC 3339; empty if the date is unknown
	Authors    []string `json:"authors,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Image      string   `json:"image,omitempty"`
	Audio      string   `json:"audio,omitempty"`
	AudioType  string   `json:"audio_type,omitempty"`
	Language   string   `json:"language,omitempty"`
	Content    string   `json:"content,omitempty"`
}

func newWildEntry(e feed.Entry) wildEntry {
	published := ""
	if !e.Published.IsZero() {
		published = e.Published.Format(time.RFC3339)
	}
	return wildEntry{
		ID: e.ID, Title: e.Title, Link: e.Link, Published: published, Authors: e.Authors, Categories: e.Categories,
		Image: e.Image, Audio: e.Audio.URL, AudioType: e.Audio.Type, Language: e.Language, Content: e.Content,
	}
}

func newWildLinks(l Links) *wildLinks {
	text := func(u *url.URL) string {
		if u == nil {
			return ""
		}
		return u.String()
	}
	links := wildLinks{Prev: text(l.Prev), Next: text(l.Next), Hub: text(l.Hub), Self: text(l.Self), Home: text(l.Home)}
	if links == (wildLinks{}) {
		return nil
	}
	return &links
}

// wildFeeds returns the names of the feed files in testdata/wild.
func wildFeeds(t testing.TB) (names []string) {
	t.Helper()
	files, err := os.ReadDir(wildDir)
	require.NoError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".want.json") {
			names = append(names, f.Name())
		}
	}
	require.NotEmpty(t, names)
	return names
}

// TestWildFeeds parses feeds with the structure of real platforms, and with the faults of real feeds.
func TestWildFeeds(t *testing.T) {
	for _, name := range wildFeeds(t) {
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(wildDir, name))
			require.NoError(t, err)
			wantFile := filepath.Join(wildDir, strings.TrimSuffix(name, filepath.Ext(name))+".want.json")
			var c wildCase
			want, err := os.ReadFile(wantFile)
			if !*updateWild || !errors.Is(err, fs.ErrNotExist) {
				require.NoError(t, err, "after go test ./internal/feed/parse -run TestWildFeeds -update, check each value by eye")
				require.NoError(t, json.Unmarshal(want, &c))
			}
			doc := parseWild(t, body, c)
			c.Links, c.Entries, c.SkippedAudio = newWildLinks(doc.Links), nil, nil
			for _, skipped := range doc.SkippedAudio {
				c.SkippedAudio = append(c.SkippedAudio, wildSkipped(skipped))
			}
			for _, e := range doc.Entries {
				requireEntry(t, e)
				c.Entries = append(c.Entries, newWildEntry(e))
			}
			var got bytes.Buffer
			e := json.NewEncoder(&got)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			require.NoError(t, e.Encode(c))
			golden.CheckFile(t, wantFile, got.String(), *updateWild, "If the new value is right, run the test with -update.")
		})
	}
}

func parseWild(t *testing.T, body []byte, c wildCase) FeedDocument {
	t.Helper()
	base, err := url.Parse("https://blog.example/feed/")
	require.NoError(t, err)
	zone, err := time.LoadLocation(c.TimeZone)
	require.NoError(t, err)
	read := Feed
	if c.Format == "wordpress-api" {
		read = WordPressPosts
	}
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	doc, err := read(t.Context(), bytes.NewReader(body), c.ContentType, base, now, zone)
	require.NoError(t, err)
	return doc
}

// addWildSeeds adds the wild feeds to the seeds of a fuzz test.
func addWildSeeds(f *testing.F, add func(body []byte)) {
	f.Helper()
	for _, name := range wildFeeds(f) {
		body, err := os.ReadFile(filepath.Join(wildDir, name))
		require.NoError(f, err)
		add(body)
	}
}

package transfer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

// importFile imports a file into an archive, as the command does.
func importFile(t testing.TB, file string, content []byte) (string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, content, 0o600))
	i := &Importer{Feed: "https://blog.example/feed/", Archive: file, Now: time.Now()}
	err := i.Run(t.Context(), name)
	return i.String(), err
}

// exportArchive returns the export of an archive.
func exportArchive(t testing.TB, file string) []byte {
	t.Helper()
	posts, err := archive.View(t.Context(), file)
	require.NoError(t, err)
	defer func() { require.NoError(t, posts.Close()) }()
	var out bytes.Buffer
	require.NoError(t, Export(t.Context(), &out, posts))
	return out.Bytes()
}

// encodeLines returns n posts as JSON lines.
func encodeLines(n int, post func(int) feed.Entry) []byte {
	var lines bytes.Buffer
	for i := range n {
		_ = writeLine(&lines, post(i)) // cannot fail in memory
	}
	return lines.Bytes()
}

// TestRoundTrip exports 1,200 posts and imports them into another archive, in several parts. Posts of the same second
// must keep their order. Posts with the same link must stay separate.
func TestRoundTrip(t *testing.T) {
	second := time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC)
	const most = 256 << 10
	large := []string{strings.Repeat("\x01", most)} // six bytes each as JSON
	for range partSize / most {
		large = append(large, strings.Repeat("x", most))
	}
	large = append(large, "")
	for claim, post := range map[string]func(int) feed.Entry{
		"same second": func(i int) feed.Entry {
			return feed.Entry{Post: feed.Post{ID: fmt.Sprint("id", (i*7)%1200), Title: fmt.Sprint("Post ", i), Link: fmt.Sprint("https://b.test/", i), Published: second}}
		},
		"same link, no title": func(i int) feed.Entry {
			return feed.Entry{Post: feed.Post{ID: fmt.Sprint("id", i), Link: "https://b.test/", Published: second.Add(-time.Duration(i/3) * time.Hour)}}
		},
		"largest size": func(i int) feed.Entry {
			return feed.Entry{Post: feed.Post{ID: fmt.Sprint("id", i), Published: second}, Content: large[min(i, len(large)-1)], Categories: []string{"a"}}
		},
	} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			lines := encodeLines(1200, post)
			for _, name := range []string{"one.db", "two.db"} {
				file := filepath.Join(dir, name)
				summary, err := importFile(t, file, lines)
				require.NoError(t, err)
				require.Equal(t, "imported 1200 posts: 1200 new, 0 changed, 0 already stored", summary)
				require.True(t, bytes.Equal(lines, exportArchive(t, file)), "the export equals the import")
				summary, err = importFile(t, file, lines)
				require.NoError(t, err)
				require.Equal(t, "imported 1200 posts: 0 new, 0 changed, 1200 already stored", summary)
				lines = exportArchive(t, file)
			}
		})
	}
}

// TestEveryFieldIsExported exports a post with all fields, and imports it.
func TestEveryFieldIsExported(t *testing.T) {
	var post feed.Entry
	for name, value := range feedtest.Fields(&post) {
		switch v := value.Addr().Interface().(type) {
		case *string:
			*v = "https://blog.example/" + name
		case *[]string:
			*v = []string{name}
		case *time.Time:
			*v = time.Unix(1e9, 0).UTC()
		case *feed.DateKind:
			*v = feed.DateEstimated
		}
	}
	post.Audio.Type, post.Language = "audio/mpeg", "en-GB"
	imported, err := parseLine(encodeLines(1, func(int) feed.Entry { return post }))
	require.NoError(t, err)
	for name, value := range feedtest.Fields(&imported) {
		require.False(t, value.IsZero(), "add %s to JSONLine in internal/feed/jsonline.go and to parseLine in internal/archive/transfer/lines.go", name)
	}
	require.Equal(t, post, imported)
}

// TestHelpNamesEveryKey compares the help of both commands with the keys of a line.
func TestHelpNamesEveryKey(t *testing.T) {
	source, err := os.ReadFile("../../../cmd/skill/archive.go")
	require.NoError(t, err)
	for _, command := range []string{`"export"`, `"import FILE"`} {
		_, help, _ := strings.Cut(string(source), "Use:   "+command)
		_, help, _ = strings.Cut(help, "Long: `")
		help, _, found := strings.Cut(help, "`")
		require.True(t, found, command)
		words := strings.FieldsFunc(help, func(r rune) bool { return !unicode.IsLetter(r) })
		for field := range reflect.TypeFor[feed.JSONLine]().Fields() {
			key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !slices.Contains(words, key) {
				t.Errorf("add the key %s to the help of archive %s in cmd/skill/archive.go", key, command)
			}
		}
	}
}

// TestExportKeepsChosenDates exports and imports posts whose feed states unusable dates. The export contains the dates
// that the archive chose. After the import, the archive still refuses the feed's dates.
func TestExportKeepsChosenDates(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	ahead := []feed.Entry{{Post: feed.Post{ID: "ahead", Title: "Ahead", Published: now.Add(time.Hour)}}, {Post: feed.Post{ID: "undated", Title: "Undated"}}}
	file := filepath.Join(t.TempDir(), "posts.db")
	posts, err := archive.Open(t.Context(), file)
	require.NoError(t, err)
	_, err = posts.Keep(t.Context(), feed.Batch{Entries: ahead, Now: now})
	require.NoError(t, err)
	summary, err := importFile(t, file, exportArchive(t, file))
	require.NoError(t, err)
	require.Equal(t, "imported 2 posts: 0 new, 0 changed, 2 already stored", summary)
	kept, err := posts.Keep(t.Context(), feed.Batch{Entries: ahead, Now: now.Add(2 * time.Hour)})
	require.NoError(t, err)
	require.Zero(t, kept, "the feed repeats a date that was refused before")
	require.NoError(t, posts.Close())
}

// TestImportMergesSchemes imports an export of an older version that has posts twice, with http and with https. The
// first of two lines counts, also if they are in different parts of the import.
func TestImportMergesSchemes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "posts.db")
	lines := encodeLines(1200, func(i int) feed.Entry {
		id, scheme := i%600, []string{"https", "http"}[i/600]
		return feed.Entry{Post: feed.Post{ID: fmt.Sprintf("%s://b.test/%d", scheme, id), Title: scheme, Published: time.Unix(1e9-int64(i), 0)}}
	})
	summary, err := importFile(t, file, lines)
	require.NoError(t, err)
	require.Equal(t, "imported 1200 posts: 600 new, 0 changed, 600 already stored", summary)
	require.Equal(t, 600, bytes.Count(exportArchive(t, file), []byte(`"id":"https://`)))
	require.NotContains(t, string(exportArchive(t, file)), `"title":"http"`)
}

// TestImportIsAtomic checks that nothing is imported if the end of the file has an error.
func TestImportIsAtomic(t *testing.T) {
	lines := encodeLines(1200, func(i int) feed.Entry {
		return feed.Entry{Post: feed.Post{ID: fmt.Sprint(i), Published: time.Unix(1e9, 0)}}
	})
	for want, more := range map[string]string{
		`line 1201: unknown key "nosuch"`:                            `{"id":"x","nosuch":1}`,
		"line 1201: is longer than 2 MiB":                            `{"id":"` + strings.Repeat("x", maxLine) + `"}` + "\n",
		"line 1202: is not UTF-8":                                    "\n{\"id\":\"\xe9\"}",
		`line 1201: id "7" is already on line 8`:                     `{"id":"7","published":"2001-09-09T01:46:40Z"}`,
		"line 1203: published 2999-01-01T00:00:00Z is in the future": " \r\n\n" + `{"id":"x","published":"2999-01-01T00:00:00Z"}`,
	} {
		t.Run(want, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "posts.db")
			_, err := importFile(t, file, append(bytes.Clone(lines), more...))
			require.ErrorContains(t, err, want)
			require.NoFileExists(t, file)
		})
	}
}

// TestCanceledImportReportsProgress checks that a canceled import creates no archive, and that an error states how many
// posts were imported before.
func TestCanceledImportReportsProgress(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lines")
	require.NoError(t, os.WriteFile(name, encodeLines(1, func(int) feed.Entry { return feed.Entry{Post: feed.Post{ID: "x", Published: time.Unix(1e9, 0)}} }), 0o600))
	ended, end := context.WithCancel(t.Context())
	end()
	i := &Importer{Archive: filepath.Join(t.TempDir(), "posts.db"), Now: time.Now()}
	require.ErrorIs(t, i.Run(ended, name), context.Canceled)
	require.NoFileExists(t, i.Archive)
	i.count, i.total.New = 500, 500
	require.EqualError(t, i.withProgress(os.ErrClosed), "imported 500 posts: 500 new, 0 changed, 0 already stored. Then: file already closed")
}

func TestRefusesBadLines(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`[]`, "is not a JSON object"},
		{`5`, "is not a JSON object"},
		{`{"id"`, "is cut off"},
		{`{"id":"1"`, "is cut off"},
		{`{"id":"1"} {}`, "has more than one JSON object"},
		{`{"id":"1"},`, "has more than one JSON object"},
		{`{"id":1}`, "id must not be of the type number"},
		{`{"id":"1","categories":"a"}`, "categories must not be of the type string"},
		{`{"id":"1","audio":{"href":"x"}}`, `unknown key "href"`},
		{`{"id":"1","id":"2"}`, `key "id" occurs twice`},
		{`{"id":"1","ID":"2"}`, `unknown key "ID"`},
		{`{"id":"1",}`, "invalid character"},
		{`{"id":"1","published":"yesterday"}`, `published "yesterday" is not an RFC 3339 date and time such as`},
		{`{"id":"1","published":"2026-03-14"}`, "is not an RFC 3339 date and time"},
		{`{"published":"2026-03-14T00:00:00Z"}`, "id is missing"},
		{`{"id":"\u0000\u0001"}`, "published is missing"},
	} {
		_, err := parseLine([]byte(c.line))
		require.ErrorContains(t, err, c.want, c.line)
	}
	e, err := parseLine([]byte("\t" + `{"published":"2026-03-14T01:02:03.9+01:00","audio":null,"categories":[],"id":"1"}` + "\r"))
	require.NoError(t, err)
	require.Equal(t, feed.Entry{Post: feed.Post{ID: "1", Published: time.Date(2026, 3, 14, 0, 2, 3, 0, time.UTC)}}, e)
}

// FuzzRoundTrip imports a file, exports it and imports the export into a second archive. Both archives must export the
// same lines, one for each imported post.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte(`{"id":"1","title":"a","link":"https://b.test/?é#x y","published":"2026-03-14T00:00:00Z","content":"<p>\u0000","categories":["a","A","b"],"audio":{"url":"http://b.test/1.mp3","type":""},"language":"en"}`))
	f.Add([]byte("\ufeff{\"id\":\"1\",\"published\":\"1960-01-01T00:00:00Z\"}\r\n\n{\"id\":\"2\",\"published\":\"1960-01-01T00:00:00+23:59\",\"title\":\"\u0085\"}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := roundTrip(t, body)
		if err != nil {
			require.Regexp(t, `^line \d+: `, err)
			return
		}
		second, err := roundTrip(t, first)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}

// roundTrip imports JSON lines and returns the export.
func roundTrip(t *testing.T, lines []byte) ([]byte, error) {
	t.Helper()
	i := &Importer{Now: time.Now()}
	ids, err := i.checkLines(t.Context(), bytes.NewReader(lines))
	if err != nil {
		return nil, err
	}
	posts, err := archive.InMemory(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, posts.Close()) }()
	require.NoError(t, i.importLines(t.Context(), bytes.NewReader(lines), posts, ids))
	for id := range ids {
		if other := feed.OtherScheme(id); other != id && ids[other] != 0 {
			delete(ids, other)
		}
	}
	require.Equal(t, len(ids), posts.Len(), "one post for each line")
	var out bytes.Buffer
	require.NoError(t, Export(t.Context(), &out, posts))
	return out.Bytes(), nil
}

// TestKindsOfDatesAreExported exports posts with every kind of date and imports them into another archive. An estimate or
// an unknown date must not become a date that the feed states.
func TestKindsOfDatesAreExported(t *testing.T) {
	now := time.Date(2026, 9, 15, 12, 0, 0, 0, time.UTC)
	entry := func(id string, at time.Time) feed.Entry {
		return feed.Entry{Post: feed.Post{ID: id, Title: id, Published: at}}
	}
	file := filepath.Join(t.TempDir(), "one.db")
	posts, err := archive.Open(t.Context(), file)
	require.NoError(t, err)
	for _, shown := range [][]feed.Entry{
		{entry("u", time.Time{}), entry("v", time.Time{}), entry("w", time.Time{})},
		{entry("n", time.Time{}), entry("u", time.Time{})},
		{entry("a", now.AddDate(0, 0, -3)), entry("e", time.Time{}), entry("f", time.Time{}), entry("b", now.AddDate(0, 0, -9))},
	} {
		now = now.Add(time.Hour)
		_, err = posts.Keep(t.Context(), feed.Batch{Entries: shown, Now: now})
		require.NoError(t, err)
	}
	require.NoError(t, posts.Close())
	lines := exportArchive(t, file)
	for _, want := range []string{
		`{"id":"n","title":"n","published":"2026-09-15T14:00:00Z","dating":"first seen"}`,
		`{"id":"a","title":"a","published":"2026-09-12T12:00:00Z"}`,
		`{"id":"e","title":"e","published":"2026-09-10T12:00:00Z","dating":"estimated"}`,
		`{"id":"u","title":"u","dating":"unknown"}`,
	} {
		require.Contains(t, string(lines), want+"\n")
	}
	other := filepath.Join(t.TempDir(), "two.db")
	for _, want := range []string{"imported 8 posts: 8 new, 0 changed, 0 already stored", "imported 8 posts: 0 new, 0 changed, 8 already stored"} {
		summary, err := importFile(t, other, lines)
		require.NoError(t, err)
		require.Equal(t, want, summary)
		require.Equal(t, string(lines), string(exportArchive(t, other)))
	}
	summary, err := importFile(t, file, lines)
	require.NoError(t, err)
	require.Equal(t, "imported 8 posts: 0 new, 0 changed, 8 already stored", summary)
	require.Equal(t, string(lines), string(exportArchive(t, file)))
}

func TestImportRefusesWrongDating(t *testing.T) {
	for line, want := range map[string]string{
		`{"id":"a","published":"2026-01-01T00:00:00Z","dating":"guess"}`:   `dating "guess" is not "first seen", "estimated" or "unknown"`,
		`{"id":"a","published":"2026-01-01T00:00:00Z","dating":"unknown"}`: "published has a date, but its kind is unknown",
		`{"id":"a","dating":"estimated"}`:                                  "published is missing",
	} {
		_, err := importFile(t, filepath.Join(t.TempDir(), "posts.db"), []byte(line))
		require.ErrorContains(t, err, want)
	}
}

// TestImportReportsProgress imports three parts. The last one is not progress: the summary follows it.
func TestImportReportsProgress(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lines")
	entry := func(n int) feed.Entry {
		return feed.Entry{Post: feed.Post{ID: fmt.Sprint(n), Published: time.Unix(2e9-int64(n), 0).Add(-20 * 365 * 24 * time.Hour)}}
	}
	require.NoError(t, os.WriteFile(name, encodeLines(2*partPosts+1, entry), 0o600))
	var reports [][2]int
	i := &Importer{Archive: filepath.Join(t.TempDir(), "posts.db"), Now: time.Now(), Progress: func(imported, all int) {
		reports = append(reports, [2]int{imported, all})
	}}
	require.NoError(t, i.Run(t.Context(), name))
	require.Equal(t, [][2]int{{partPosts, 2*partPosts + 1}, {2 * partPosts, 2*partPosts + 1}}, reports)
}

package parse

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestAssignsIDsWithinADocument(t *testing.T) {
	const date = "0001-01-01T00:00:00Z"
	item := func(fields ...string) string { // fields are pairs of a tag and its text
		var b strings.Builder
		for i := 0; i < len(fields); i += 2 {
			b.WriteString("<" + fields[i] + ">" + fields[i+1] + "</" + fields[i] + ">")
		}
		return "<item>" + b.String() + "</item>"
	}
	day1, day2 := "Sun, 01 Mar 2026 12:00:00 GMT", "Mon, 02 Mar 2026 12:00:00 GMT"
	dated := func(link, title string, day int) string {
		return feed.Digest(fmt.Sprintf("https://blog.test%s\x00%s\x002026-03-%02dT12:00:00Z", link, title, day))
	}
	bodyOf := func(text string) string { return feed.Digest("\x00\x00" + date + feed.Digest(text)) }
	of := func(link, title string) string { return feed.Digest(link + "\x00" + title + "\x00" + date) }
	for _, c := range []struct {
		claim string
		items []string
		want  []string
	}{
		{"different GUIDs", []string{item("guid", "1", "link", "/a"), item("guid", "2", "link", "/a")}, []string{"1", "2"}},
		{"one GUID for different links", []string{item("guid", "g", "link", "/a"), item("guid", "g", "link", "/b"), item("guid", "h", "link", "/c")},
			[]string{"https://blog.test/a", "https://blog.test/b", "h"}},
		{"one GUID with a repeated link", []string{item("guid", "g", "link", "/a"), item("guid", "g", "link", "/a"), item("guid", "g", "link", "/b")},
			[]string{"https://blog.test/a", "https://blog.test/a", "https://blog.test/b"}},
		{"one GUID for different titles without links", []string{item("guid", "g", "title", "A"), item("guid", "g", "title", "B")}, []string{of("", "A"), of("", "B")}},
		{"one GUID, only one item with a link", []string{item("guid", "g", "title", "A"), item("guid", "g", "title", "B", "link", "/b")}, []string{of("", "A"), "https://blog.test/b"}},
		{"one GUID and one title, some items with links", []string{item("guid", "g", "title", "A"), item("guid", "g", "title", "A", "link", "/a"), item("guid", "g", "title", "A", "link", "/b")},
			[]string{of("", "A"), "https://blog.test/a", "https://blog.test/b"}},
		{"one GUID that is a URL, for different titles", []string{item("guid", "https://b.test/", "title", "A"), item("guid", "https://b.test/", "title", "B")}, []string{of("", "A"), of("", "B")}},
		{"one GUID, one link, another title (edited post)", []string{item("guid", "g", "link", "/a", "title", "A"), item("guid", "g", "link", "/a", "title", "B")}, []string{"g", "g"}},
		{"one GUID, one link, other titles and dates", []string{item("guid", "g", "link", "/a", "title", "A", "pubDate", day1), item("guid", "g", "link", "/a", "title", "B", "pubDate", day2)},
			[]string{dated("/a", "A", 1), dated("/a", "B", 2)}},
		{"one GUID and one link, a title with two dates", []string{item("guid", "g", "link", "/a", "title", "A", "pubDate", day1), item("guid", "g", "link", "/a", "title", "B", "pubDate", day1), item("guid", "g", "link", "/a", "title", "B", "pubDate", day2)},
			[]string{dated("/a", "A", 1), dated("/a", "B", 1), dated("/a", "B", 2)}},
		{"one GUID, one link, another title, one date missing", []string{item("guid", "g", "link", "/a", "title", "A", "pubDate", day1), item("guid", "g", "link", "/a", "title", "B")}, []string{"g", "g"}},
		{"one GUID, one link, other titles and dates, the first date missing", []string{item("guid", "g", "link", "/a", "title", "A"), item("guid", "g", "link", "/a", "title", "B", "pubDate", day1), item("guid", "g", "link", "/a", "title", "C", "pubDate", day2)},
			[]string{of("https://blog.test/a", "A"), dated("/a", "B", 1), dated("/a", "C", 2)}},
		{"one GUID, one link, one title, another date", []string{item("guid", "g", "link", "/a", "title", "A", "pubDate", day1), item("guid", "g", "link", "/a", "title", "A", "pubDate", day2)}, []string{"g", "g"}},
		{"one GUID, one link, details of the title and the date edited", []string{item("guid", "g", "link", "/a", "title", "A b", "pubDate", day1), item("guid", "g", "link", "/a", "title", "UPDATED: a-B!", "pubDate", day2)}, []string{"g", "g"}},
		{"a text alone", []string{item("description", "A"), item("description", "&lt;p&gt;A"), item("description", "B")}, []string{bodyOf("A"), bodyOf("A"), bodyOf("B")}},
		{"an exact repetition", []string{item("guid", "g", "title", "A"), item("guid", "g", "title", "A")}, []string{"g", "g"}},
		{"one link for different titles", []string{item("link", "/a", "title", "A"), item("link", "/a", "title", "B"), item("link", "/c", "title", "C")},
			[]string{of("https://blog.test/a", "A"), of("https://blog.test/a", "B"), "https://blog.test/c"}},
		{"one GUID and two links for different titles", []string{item("guid", "g", "link", "/a", "title", "A"), item("guid", "g", "link", "/a", "title", "B"), item("guid", "g", "link", "/b", "title", "C")},
			[]string{of("https://blog.test/a", "A"), of("https://blog.test/a", "B"), "https://blog.test/b"}},
		{"a repeated link", []string{item("link", "/a", "title", "A"), item("link", "/a", "title", "A")}, []string{"https://blog.test/a", "https://blog.test/a"}},
		{"the link of an item with a unique GUID is ignored", []string{item("guid", "g", "link", "/a", "title", "A"), item("link", "/a", "title", "B")}, []string{"g", "https://blog.test/a"}},
		{"control characters", []string{item("guid", "a&#x9;b")}, []string{feed.Digest("a\tb")}},
		{"a long link", []string{item("link", "/"+strings.Repeat("x", 512))}, []string{feed.Digest("https://blog.test/" + strings.Repeat("x", 512))}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			// Check both orders of the items, because the order must not change the IDs.
			for range 2 {
				doc := mustParse(t, rssFeed(strings.Join(c.items, "")))
				require.Len(t, doc.Entries, len(c.want))
				for i, e := range doc.Entries {
					require.Equal(t, c.want[i], e.ID)
				}
				slices.Reverse(c.items)
				slices.Reverse(c.want)
			}
		})
	}
}

func TestTitleOnlyIDIncludesTheDate(t *testing.T) {
	doc := mustParse(t, rssFeed("<item><title>A</title><pubDate>"+t0.Format(time.RFC1123Z)+"</pubDate></item><item><title>A</title></item>"))
	require.NotEqual(t, doc.Entries[0].ID, doc.Entries[1].ID)
}

// TestSecondPollKeepsIDs parses two versions of a feed that has one GUID for all posts. The second version must not
// contain a post with the ID of another post in the first.
func TestSecondPollKeepsIDs(t *testing.T) {
	item := func(link string) string { return "<item><guid>g</guid><link>" + link + "</link></item>" }
	kept := map[string]bool{}
	for _, shown := range []string{item("/b") + item("/a"), item("/c") + item("/b")} {
		for _, e := range mustParse(t, rssFeed(shown)).Entries {
			kept[e.ID] = true
		}
	}
	require.Equal(t, map[string]bool{"https://blog.test/a": true, "https://blog.test/b": true, "https://blog.test/c": true}, kept)
}

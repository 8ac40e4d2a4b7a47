package parse

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestAuthorName(t *testing.T) {
	for text, want := range map[string]string{
		"Ada Núñez":                         "Ada Núñez",
		" Ada\n Núñez ":                     "Ada Núñez",
		"ada@b.test (Ada Núñez)":            "Ada Núñez",
		"ada@b.test(Ada)":                   "Ada",
		"Ada Núñez (ada@b.test)":            "Ada Núñez",
		"Ada (mailto:ada@b.test)":           "Ada",
		"Ada Núñez <ada@b.test>":            "Ada Núñez",
		`"Núñez, Ada" <ada@b.test>`:         "Núñez, Ada",
		"ada@b.test, Ada":                   "Ada",
		"Ada (Harbour Press)":               "Ada (Harbour Press)",
		"Ada and Bo":                        "Ada and Bo",
		"Bo &amp; Co":                       "Bo & Co",
		"By Ada":                            "Ada",
		"Byron":                             "Byron",
		"@ada":                              "ada",
		"@ada Ada Núñez":                    "Ada Núñez",
		"/u/ada":                            "ada",
		`<a href="https://b.test/">Ada</a>`: "Ada",
		"<name>Ada</name><email>a@b.test</email>": "Ada",
		`<name xml:lang="es">Ada</name>`:          "Ada",
		"<email>a@b.test</email>":                 "",
		"<uri>https://b.test/</uri>":              "",
		"ada@b.test":                              "",
		"<ada@b.test>":                            "",
		"https://b.test/ada":                      "",
		"noreply@blogger.com (Unknown)":           "",
		"()":                                      "",
		"":                                        "",
	} {
		require.Equal(t, want, authorName(text), text)
	}
}

func TestAuthors(t *testing.T) {
	const atomNS = `xmlns:media="http://search.yahoo.com/mrss/"`
	person := func(name string) string { return "<author><name>" + name + "</name></author>" }
	feedOf := func(entry string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>` + entry + `</entry>` + person("Feed") + `</feed>`
	}
	rss := func(item string) string {
		return rssFeed(`<itunes:author>Show</itunes:author><managingEditor>Editor</managingEditor><item><guid>1</guid>` + item + `</item>`)
	}
	many := strings.Repeat("<dc:creator>A</dc:creator>", 10_000)
	for _, c := range []struct {
		claim, body string
		want        []string
	}{
		{"the feed's author after the entries", feedOf(""), []string{"Feed"}},
		{"the entry's authors take precedence", feedOf(person("A") + person("B")), []string{"A", "B"}},
		{"the author of the source feed takes precedence over the feed's", feedOf("<source>" + person("S") + "</source>"), []string{"S"}},
		{"the entry's author takes precedence over the source's", feedOf("<source>" + person("S") + "</source>" + person("A")), []string{"A"}},
		{"a contributor is not an author", feedOf("<contributor><name>C</name></contributor>"), []string{"Feed"}},
		{"a credit of the media module is not an author", atomFeed(atomNS, `<media:credit role="author">C</media:credit>`), nil},
		{"the channel's author", rss(""), []string{"Show"}},
		{"authors of several elements", rss("<author>a@b.test (A)</author><dc:creator>B</dc:creator><itunes:author>a</itunes:author>"), []string{"A", "B"}},
		{"an author of an unknown namespace is ignored", rss(`<x:author xmlns:x="urn:x">X</x:author>`), []string{"Show"}},
		{"many repetitions", rss(many), []string{"A"}},
		{"JSON's", `{"items":[{"id":"1","authors":[{"name":"A"},{"name":"B"},{}]}],"authors":[{"name":"Feed"}]}`, []string{"A", "B"}},
		{"JSON's of version 1", `{"author":{"name":"Feed"},"items":[{"id":"1","author":{"name":"A"}}]}`, []string{"A"}},
		{"the author of a JSON Feed after the items", `{"items":[{"id":"1"}],"authors":[{"name":"Feed"}]}`, []string{"Feed"}},
		{"JSON's names without objects", `{"items":[{"id":"1","authors":["A",["x"],null,7]}]}`, []string{"A"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, parseSingle(t, c.body).Authors)
		})
	}
	var b strings.Builder
	for i := range 2 * feed.MaxAuthors {
		b.WriteString("<dc:creator>" + strings.Repeat("x", i+1) + "</dc:creator>")
	}
	require.Len(t, parseSingle(t, rss(b.String())).Authors, feed.MaxAuthors)
}

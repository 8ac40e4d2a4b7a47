package parse

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/decode"
)

func parseREST(t testing.TB, body string) (FeedDocument, error) {
	t.Helper()
	base, err := url.Parse("https://blog.test/wp-json/wp/v2/posts")
	require.NoError(t, err)
	return WordPressPosts(context.Background(), strings.NewReader(body), "", base, t0, nil)
}

func TestParseWordPressPosts(t *testing.T) {
	when := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	full := feed.Entry{Post: feed.Post{ID: "https://blog.test/?post_type=a&p=1", Title: "A & “B”", Link: "https://blog.test/a/", Published: when},
		Content: `<p>Text<img src="/1.png"></p>`, Image: "https://blog.test/1.png"}
	for _, c := range []struct {
		claim, post string
		want        feed.Entry
	}{
		{"a post", `{"id":1,"date_gmt":"2024-05-06T07:08:09","modified_gmt":"2025-01-01T00:00:00","guid":{"rendered":"https:\/\/blog.test\/?post_type=a&#038;p=1"},
			"link":"https:\/\/blog.test\/a\/","title":{"rendered":"A &amp; <em>&#8220;B&#8221;<\/em>"},"content":{"rendered":"<p>Text<img src=\"/1.png\"><\/p>","protected":false},"excerpt":{"rendered":"<p>T<\/p>"}}`, full},
		{"the link if the GUID is missing", `{"link":"/a/","guid":null}`, feed.Entry{Post: feed.Post{ID: "https://blog.test/a/", Link: "https://blog.test/a/"}}},
		{"missing and zero dates are ignored", `{"link":"/a/","date_gmt":null,"modified_gmt":"0000-00-00T00:00:00"}`, feed.Entry{Post: feed.Post{ID: "https://blog.test/a/", Link: "https://blog.test/a/"}}},
		{"the date 1970-01-01 is ignored", `{"link":"/a/","date_gmt":"1970-01-01T00:00:00"}`, feed.Entry{Post: feed.Post{ID: "https://blog.test/a/", Link: "https://blog.test/a/"}}},
		{"the modification date if there is no other", `{"link":"/a/","modified_gmt":"2024-05-06T07:08:09Z"}`, feed.Entry{Post: feed.Post{ID: "https://blog.test/a/", Link: "https://blog.test/a/", Published: when}}},
		{"a password-protected post", `{"link":"/a/","content":{"rendered":"","protected":true},"excerpt":{"rendered":""}}`, feed.Entry{Post: feed.Post{ID: "https://blog.test/a/", Link: "https://blog.test/a/"}}},
		{"only an excerpt", `{"link":"/a/","excerpt":{"rendered":"<p>x</p>","protected":false}}`, feed.Entry{Post: feed.Post{ID: "https://blog.test/a/", Link: "https://blog.test/a/"}, Content: "<p>x</p>"}},
		{"unknown fields are ignored", `{"_links":{"self":[{"href":"x"}]},"tags":[1,[2]],"link":"/a/","meta":[]}`, feed.Entry{Post: feed.Post{ID: "https://blog.test/a/", Link: "https://blog.test/a/"}}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			doc, err := parseREST(t, "\n["+c.post+"]")
			require.NoError(t, err)
			require.Equal(t, []feed.Entry{c.want}, doc.Entries)
			require.Equal(t, 1, doc.ItemCount)
		})
	}
}

func TestWordPressPostsHaveTheFeedsGUID(t *testing.T) {
	own := parseSingle(t, rssFeed(`<item><guid isPermaLink="false">https://blog.test/?post_type=a&#038;p=1</guid></item>`))
	doc, err := parseREST(t, `[{"guid":{"rendered":"https://blog.test/?post_type=a&#038;p=1"}}]`)
	require.NoError(t, err)
	require.Equal(t, own.ID, doc.Entries[0].ID)
}

func TestParseWordPressPostsRefuses(t *testing.T) {
	for _, c := range []struct {
		claim, body string
		want        error
		text        string
	}{
		{"the error after the last page", `{"code":"rest_post_invalid_page_number","message":"x","data":{"status":400}}`, feed.ErrNotFeed, "rest_post_invalid_page_number"},
		{"nothing", "", feed.ErrNotFeed, "empty"},
		{"white space", " \n", feed.ErrNotFeed, "empty"},
		{"a page", "<!DOCTYPE html><p>", feed.ErrNotFeed, "list of posts"},
		{"a string", `"x"`, feed.ErrNotFeed, "list of posts"},
		{"a truncated list", `[{"link":"/a/"}`, feed.ErrCutOff, "cut off"},
		{"a truncated post", `[{"link":"/a/","content":{"rendered":"x`, feed.ErrCutOff, "cut off"},
		{"a truncated error", `{"code":"x`, feed.ErrCutOff, "cut off"},
		{"garbage", `[{"link":}]`, feed.ErrMalformed, "cannot be parsed"},
		{"endless nesting", `[{"x":` + strings.Repeat("[", 1<<20), feed.ErrMalformed, "depth"},
		{"an endless number", `[{"x":` + strings.Repeat("1", 1<<20), feed.ErrMalformed, "number"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			doc, err := parseREST(t, c.body)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.text)
			require.Zero(t, doc)
		})
	}
	doc, err := parseREST(t, "[]")
	require.NoError(t, err)
	require.Empty(t, doc.Entries)
}

func TestReadsJSONStringsOfAnyContent(t *testing.T) {
	for _, text := range []string{`\"`, `\\`, `\u0022`, `\ud83d\ude00`, "é", `a\\\"`, "\U0001F600"} {
		for shift := range 7 {
			long := strings.Repeat("x", shift) + strings.Repeat(text, (decode.MaxText+100)/len(text))
			doc, err := parseREST(t, fmt.Sprintf(`[{"link":"/a/","content":{"rendered":"%s"},"title":{"rendered":"%s"}},{"link":"/b/"}]`, long, text))
			require.NoError(t, err, "%s %d", text, shift)
			require.Len(t, doc.Entries, 2)
			require.LessOrEqual(t, len(doc.Entries[0].Content), feed.MaxContent)
			require.Greater(t, len(doc.Entries[0].Content), feed.MaxContent/4)
		}
	}
}

func FuzzParsePosts(f *testing.F) {
	f.Add(`[{"link":"/a/","title":{"rendered":"x"},"content":{"rendered":"<img src=/1>"}},{"guid":{"rendered":"\u0001"}}]`)
	f.Add(`[{"link":"/a/","_embedded":{"author":[{"id":3,"name":"Ada"}],"wp:term":[[{}]]}}]`)
	f.Add(`{"code":"x"}`)
	f.Fuzz(func(t *testing.T, body string) {
		doc, err := parseREST(t, body)
		if err != nil {
			require.NotEqual(t, "other", feed.FaultLabel(err), "%v", err)
			return
		}
		for _, e := range doc.Entries {
			requireEntry(t, e)
		}
	})
}

package inspect_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/inspect"
)

// A fakePostSource has this many posts. The second one is untitled. Every search finds all posts.
type fakePostSource int

func (s fakePostSource) Posts(_ context.Context, _, words string, skip, limit int) (posts []inspect.PostDetail, all int, err error) {
	if words == "fail" {
		return nil, 0, errors.New("the disk is gone")
	}
	if words != "" && skip > 0 {
		return nil, 0, errors.New("search results have no pages")
	}
	for i := skip; i < min(skip+limit, int(s)); i++ {
		posts = append(posts, inspect.PostDetail{ID: fmt.Sprint("id&", i), Title: title(i), Published: began})
	}
	if words != "" {
		return posts, len(posts), nil
	}
	return posts, int(s), nil
}

func title(i int) string {
	if i == 1 {
		return ""
	}
	return fmt.Sprint("Title ", i)
}

func (fakePostSource) Post(_ context.Context, _, id, locale string) (inspect.PostDetail, bool, error) {
	if id == "fail" {
		return inspect.PostDetail{}, false, errors.New("the disk is gone")
	}
	return inspect.PostDetail{ID: id, Title: "One", Published: began, Authors: []string{"Ada", "<Mary>"}, Language: "de", Source: "the feed", FirstSeen: began, SpokenTurns: []string{"First.", "Second, in " + locale + "."}}, id == "a&b", nil
}

func TestPostsPage(t *testing.T) {
	const next, last = `rel="next"`, `rel="prev"`
	for _, row := range []struct {
		claim        string
		posts        fakePostSource
		path         string
		status       int
		want, hidden []string
	}{
		{"the first page", 120, "/posts", 200, []string{"1 to 50 of 120", "Title 0<", "Untitled", "Title 49<", "page=2", "id=id%26"}, []string{"Title 50", last}},
		{"a middle page", 120, "/posts?page=2", 200, []string{"51 to 100 of 120", "Title 50<", "page=1", "page=3"}, []string{"Title 49<"}},
		{"the last page", 120, "/posts?page=3", 200, []string{"101 to 120 of 120", "page=2"}, []string{next}},
		{"a full last page", 100, "/posts?page=2", 200, []string{"51 to 100 of 100"}, []string{next}},
		{"a page beyond the end redirects to the last", 120, "/posts?page=101", 303, []string{"/posts?page=3&amp;skill=halfelf"}, nil},
		{"a page beyond a full last page", 100, "/posts?page=3", 303, []string{"/posts?page=2&amp;skill=halfelf"}, nil},
		{"no posts", 0, "/posts", 200, []string{"There are no posts yet"}, []string{next, last}},
		{"a page beyond no posts", 0, "/posts?page=2", 200, []string{"There are no posts yet"}, []string{next}},
		{"a negative page number", 120, "/posts?page=-1", 200, []string{"1 to 50 of 120"}, nil},
		{"a page that is not a number", 120, "/posts?page=x", 200, []string{"1 to 50 of 120"}, nil},
		{"a huge page number", 120, "/posts?page=99999999999999999999", 200, []string{"1 to 50 of 120"}, nil},
		{"more results than fit on a page", 120, "/posts?words=common&page=2", 200, []string{"First 50 results"}, []string{next, last, "Title 50<"}},
		{"few results", 7, "/posts?words=common", 200, []string{"7 results"}, []string{next, "First"}},
		{"no results", 0, "/posts?words=rare", 200, []string{"No post contains all of these words"}, nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			d := newPageFixture(t)
			d.page.Posts = row.posts
			status, page := d.get(row.path)
			require.Equal(t, row.status, status)
			for _, want := range row.want {
				require.Contains(t, page, want)
			}
			for _, hidden := range row.hidden {
				require.NotContains(t, page, hidden)
			}
		})
	}
}

func TestPostPageNamesAuthors(t *testing.T) {
	d := newPageFixture(t)
	d.page.Posts = fakePostSource(1)
	_, page := d.get("/posts/halfelf?id=a%26b")
	require.Contains(t, page, `<dt>Authors</dt><dd dir="auto">Ada, &lt;Mary&gt;</dd>`)
}

func TestPreviewUsesTheSkillsFirstLocale(t *testing.T) {
	d := newPageFixture(t)
	d.page.Status = func() inspect.ServiceStatus {
		return inspect.ServiceStatus{Skills: []inspect.SkillStatus{{Name: "other", Locales: []string{"fr-FR"}}, {Name: "halfelf", Locales: []string{"de-DE", "en-US"}}, {Name: "mute"}}}
	}
	for skill, locale := range map[string]string{"halfelf": "de-DE", "other": "fr-FR", "mute": "en-US"} {
		_, page := d.get("/posts/" + skill + "?id=a%26b")
		require.Contains(t, page, "Second, in "+locale, skill)
	}
}

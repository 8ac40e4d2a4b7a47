package inspect_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/inspect"
)

// A shelf has so many posts, the second one without a title. Whatever is searched for stands in all of them.
type shelf int

func (s shelf) Posts(_ context.Context, _, words string, skip, limit int) (posts []inspect.PostDetail, all int, err error) {
	if words == "fail" {
		return nil, 0, errors.New("the disk is gone")
	}
	if words != "" && skip > 0 {
		return nil, 0, errors.New("what is found has no pages")
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

func (shelf) Post(_ context.Context, _, id, locale string) (inspect.PostDetail, bool, error) {
	if id == "fail" {
		return inspect.PostDetail{}, false, errors.New("the disk is gone")
	}
	return inspect.PostDetail{ID: id, Title: "One", Published: began, Language: "de", Source: "the feed", FirstSeen: began, SpokenTurns: []string{"First.", "Second, in " + locale + "."}}, id == "a&b", nil
}

func TestPostsAreListedPageByPage(t *testing.T) {
	const next, last = `rel="next"`, `rel="prev"`
	for _, row := range []struct {
		claim        string
		posts        shelf
		path         string
		status       int
		want, hidden []string
	}{
		{"the first page", 120, "/posts", 200, []string{"1 to 50 of 120", "Title 0<", "Without a title", "Title 49<", "page=2", "id=id%26"}, []string{"Title 50", last}},
		{"one in the middle", 120, "/posts?page=2", 200, []string{"51 to 100 of 120", "Title 50<", "page=1", "page=3"}, []string{"Title 49<"}},
		{"the last", 120, "/posts?page=3", 200, []string{"101 to 120 of 120", "page=2"}, []string{next}},
		{"a last one that is full", 100, "/posts?page=2", 200, []string{"51 to 100 of 100"}, []string{next}},
		{"one beyond the end leads to the last", 120, "/posts?page=101", 303, []string{"/posts?page=3&amp;skill=halfelf"}, nil},
		{"one beyond the end that was full", 100, "/posts?page=3", 303, []string{"/posts?page=2&amp;skill=halfelf"}, nil},
		{"none at all", 0, "/posts", 200, []string{"There are no posts yet"}, []string{next, last}},
		{"beyond none at all", 0, "/posts?page=2", 200, []string{"There are no posts yet"}, []string{next}},
		{"what is no page", 120, "/posts?page=-1", 200, []string{"1 to 50 of 120"}, nil},
		{"what is no number", 120, "/posts?page=x", 200, []string{"1 to 50 of 120"}, nil},
		{"a page without end", 120, "/posts?page=99999999999999999999", 200, []string{"1 to 50 of 120"}, nil},
		{"more with a word than are listed", 120, "/posts?words=common&page=2", 200, []string{"The first 50 of those found"}, []string{next, last, "Title 50<"}},
		{"all with a word", 7, "/posts?words=common", 200, []string{"7 found"}, []string{next, "first"}},
		{"none with a word", 0, "/posts?words=rare", 200, []string{"No post has all of these words"}, nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			d := newDesk(t)
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

// What would be said of a post is said in the first of its skill's languages.
func TestAPostIsSaidInItsSkillsLanguage(t *testing.T) {
	d := newDesk(t)
	d.page.Status = func() inspect.ServiceStatus {
		return inspect.ServiceStatus{Skills: []inspect.SkillStatus{{Name: "other", Locales: []string{"fr-FR"}}, {Name: "halfelf", Locales: []string{"de-DE", "en-US"}}, {Name: "mute"}}}
	}
	for skill, locale := range map[string]string{"halfelf": "de-DE", "other": "fr-FR", "mute": "en-US"} {
		_, page := d.get("/posts/" + skill + "?id=a%26b")
		require.Contains(t, page, "Second, in "+locale, skill)
	}
}

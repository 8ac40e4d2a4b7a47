package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestListSkipsNoPostAfterRemoval removes a post after the second of three pages was named. The third page must begin
// with the post after the second page.
func TestListSkipsNoPostAfterRemoval(t *testing.T) {
	posts := gardenPosts(9)
	for gone := range 6 {
		for _, row := range []struct{ slot, number, want string }{
			{"AMAZON.NextIntent", "", "Number seven: Post 7. Number eight: Post 8. Number nine: Post 9."},
			{"SelectPostIntent", "8", "Post 8. From "},
		} {
			s := newFixture(t, saturday, posts...)
			k := s.newSession(t)
			k.send(intent("ListPostsIntent"))
			k.send(intent("AMAZON.NextIntent"))
			_, _, err := s.archive.Forget(t.Context(), posts[gone].ID)
			require.NoError(t, err)
			require.Contains(t, k.send(intent(row.slot, "Number", row.number)).SpokenText(), row.want, "without post %d", gone+1)
		}
	}
}

// TestNumbersOfEarlierPagesAfterRemoval removes a post after the second page was named. Then each number of the first
// page must select the same post as before, or no post.
func TestNumbersOfEarlierPagesAfterRemoval(t *testing.T) {
	posts := gardenPosts(9)
	for gone, want := range map[int]string{0: posts[2].Title, 3: posts[2].Title, 4: posts[2].Title, 5: posts[2].Title} {
		k := newFixture(t, saturday, posts...).newSession(t)
		k.send(intent("ListPostsIntent"))
		k.send(intent("AMAZON.NextIntent"))
		_, _, err := k.archive.Forget(t.Context(), posts[gone].ID)
		require.NoError(t, err)
		require.Contains(t, k.send(intent("SelectPostIntent", "Number", "3")).SpokenText(), want, "without post %d", gone+1)
	}
	k := newFixture(t, saturday, posts...).newSession(t)
	k.send(intent("ListPostsIntent"))
	k.send(intent("AMAZON.NextIntent"))
	_, _, err := k.archive.Forget(t.Context(), posts[0].ID)
	require.NoError(t, err)
	require.Contains(t, k.send(intent("SelectPostIntent", "Number", "1")).SpokenText(), "That post isn't there anymore.")
}

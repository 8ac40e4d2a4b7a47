package archive_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// postIn returns a post that is published the given number of hours after t0 and has the given categories.
func postIn(id string, hour int, categories ...string) feed.Entry {
	e := post(id, hours(hour))
	e.Categories = categories
	return e
}

func inCategory(t testing.TB, a *archive.Archive, category string, skip, limit int) string {
	t.Helper()
	posts, err := a.InCategory(t.Context(), category, skip, limit)
	require.NoError(t, err)
	return joinIDs(posts)
}

func categories(t testing.TB, a *archive.Archive) []string {
	t.Helper()
	names, err := a.Categories(t.Context(), 100)
	require.NoError(t, err)
	return names
}

func TestInCategory(t *testing.T) {
	a := inMemory(t)
	poll(t, a, t0, postIn("a", -1, "Zoo"), postIn("b", -2, "zoo", "Ärger"), postIn("c", -3, "ZOO ", "Café"), postIn("d", -4, "Zoology"), postIn("e", -5, "ärger", " Straße", "ΣΊΣΥΦΟΣ"), postIn("f", -5))
	for _, c := range []struct {
		claim, category string
		skip, limit     int
		want            string
	}{
		{"the newest come first", "Zoo", 0, 9, "abc"},
		{"case does not matter", "zOO", 0, 9, "abc"},
		{"case of non-ASCII letters does not matter", "ÄRGER", 0, 9, "be"},
		{"both lower-case forms of sigma match", "σίσυφος", 0, 9, "e"},
		{"surrounding space does not matter", " zoo\t", 0, 9, "abc"},
		{"diacritics matter", "cafe", 0, 9, ""},
		{"ß does not match ss", "strasse", 0, 9, ""},
		{"a part of a name does not match", "zo", 0, 9, ""},
		{"limit bounds the result", "zoo", 0, 2, "ab"},
		{"skip omits the first posts", "zoo", 1, 9, "bc"},
		{"skip beyond the end returns nothing", "zoo", 3, 9, ""},
		{"a negative skip is zero", "zoo", -1, 1, "a"},
		{"limit zero returns nothing", "zoo", 0, 0, ""},
		{"a negative limit returns nothing", "zoo", 0, -1, ""},
		{"an empty category returns nothing", "", 0, 9, ""},
		{"a wildcard does not match", "%", 0, 9, ""},
		{"invalid UTF-8 does not match", "\xff", 0, 9, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, inCategory(t, a, c.category, c.skip, c.limit))
		})
	}
	posts, err := a.InCategory(t.Context(), "zoology", 0, 1)
	require.NoError(t, err)
	require.Equal(t, []feed.Post{{ID: "d", Title: "Td", Published: hours(-4)}}, posts)
}

func TestCategories(t *testing.T) {
	for _, c := range []struct {
		claim string
		polls [][]feed.Entry
		want  []string
	}{
		{"a blog without categories has none", [][]feed.Entry{{post("a", t0)}}, nil},
		{"the most frequent category comes first", [][]feed.Entry{{postIn("a", -1, "One", "Two"), postIn("b", -2, "Two")}}, []string{"Two", "One"}},
		{"equally frequent categories are in order of storage", [][]feed.Entry{{postIn("a", -1, "A")}, {postIn("b", -2, "B")}}, []string{"A", "B"}},
		{"the first stored spelling is used", [][]feed.Entry{{postIn("a", -1, "zoo")}, {postIn("b", -2, "Zoo")}, {postIn("c", -3, "ZOO")}}, []string{"zoo"}},
		{"surrounding space is removed", [][]feed.Entry{{postIn("a", -1, " Zoo ")}}, []string{"Zoo"}},
		{"a blank name is ignored", [][]feed.Entry{{postIn("a", -1, " ", "")}}, nil},
		{"a duplicate category of a post counts once", [][]feed.Entry{{postIn("a", -1, "ſ", "s", "S"), postIn("b", -2, "B"), postIn("c", -3, "B")}}, []string{"B", "ſ"}},
		{"a category that a post loses is removed", [][]feed.Entry{{postIn("a", -1, "A", "B")}, {postIn("a", -1, "B")}}, []string{"B"}},
		{"a category that a post gains is added", [][]feed.Entry{{postIn("a", -1)}, {postIn("a", -1, "B")}}, []string{"B"}},
		{"a post with a new date keeps its categories", [][]feed.Entry{{postIn("a", -1, "A")}, {postIn("a", -7, "A")}}, []string{"A"}},
		{"a changed spelling in one post does not rename the category", [][]feed.Entry{{postIn("a", -1, "A")}, {postIn("b", -2, "a")}, {postIn("a", -1, "a")}}, []string{"A"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a := inMemory(t)
			for _, shown := range c.polls {
				poll(t, a, t0, shown...)
			}
			require.Equal(t, c.want, categories(t, a))
			for _, name := range c.want {
				require.NotEmpty(t, inCategory(t, a, name, 0, 1), name)
			}
		})
	}
	t.Run("limit bounds the result", func(t *testing.T) {
		a := inMemory(t)
		poll(t, a, t0, postIn("a", -1, "A", "B", "C"))
		for limit, want := range map[int]int{-1: 0, 0: 0, 1: 1, 3: 3, 4: 3} {
			names, err := a.Categories(t.Context(), limit)
			require.NoError(t, err)
			require.Len(t, names, want)
		}
	})
}

func TestForgetUpdatesCategories(t *testing.T) {
	a := openArchive(t, tempFile(t))
	shown := []feed.Entry{postIn("a", -1, "A", "Both"), postIn("b", -2, "Both")}
	poll(t, a, t0, shown...)
	_, _, err := a.Forget(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, []string{"Both"}, categories(t, a))
	require.Empty(t, inCategory(t, a, "a", 0, 9))
	require.Equal(t, "b", inCategory(t, a, "both", 0, 9))

	poll(t, a, t0, postIn("x", -1, "X"))
	require.Equal(t, "x", inCategory(t, a, "x", 0, 9), "a post at the same position does not get its categories")
	require.Equal(t, "b", inCategory(t, a, "both", 0, 9))
	_, err = a.Import(t.Context(), shown[:1], t0)
	require.NoError(t, err)
	require.Equal(t, "ab", inCategory(t, a, "both", 0, 9), "an import restores them")
}

// TestReadersDoNotWait checks that reading does not wait while another process holds the write lock.
func TestReadersDoNotWait(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	poll(t, a, t0, fullEntry("a"))
	holdWriteLock(t, name)
	_, ok, err := a.Entry(t.Context(), "a")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "a", inCategory(t, a, "zoo", 0, 9))
	require.Equal(t, []string{"Zoo", "Savannah"}, categories(t, a))
}

// FuzzCategory stores a post with any category. InCategory must find the post by the name in any letter case, and
// Categories must return the blog's spelling.
func FuzzCategory(f *testing.F) {
	for _, name := range []string{"Zoo", " zoo", "Straße", "K", "ſ", "ǅ", "Σς", "İ", "\xff", "a\x00b", "\u00a0x", "'; DROP TABLE filed", ""} {
		f.Add(name, strings.ToUpper(name))
	}
	f.Fuzz(func(t *testing.T, name, asked string) {
		a := inMemory(t)
		poll(t, a, t0, postIn("a", -1, name, "Other"), postIn("b", -2, "Other"))
		is := func(category string) bool {
			return strings.TrimSpace(asked) != "" && strings.EqualFold(strings.TrimSpace(category), strings.TrimSpace(asked))
		}
		want := map[bool]string{is(name): "a", is("Other"): "ab"}[true]
		require.Equal(t, want, inCategory(t, a, asked, 0, 9))
		for _, c := range categories(t, a) {
			require.Contains(t, inCategory(t, a, c, 0, 9), "a")
			require.True(t, c == "Other" || strings.EqualFold(c, strings.TrimSpace(name)), "%q", c)
		}
	})
}

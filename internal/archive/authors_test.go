package archive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

// TestPollsAddAuthors polls posts that an older version stored without authors. The posts must get their authors and
// keep everything else, so that listeners do not notice a change.
func TestPollsAddAuthors(t *testing.T) {
	a := openArchive(t, copyVersion1File(t, t.TempDir()))
	before := allEntries(t, a)[0]
	require.Empty(t, before.Authors)
	shown := before
	shown.Authors = []string{"Ada Lovelace", "Mary Somerville"}
	origin, _, err := a.Origin(t.Context(), before.ID)
	require.NoError(t, err)
	require.Equal(t, feed.StoreResult{Changed: 1}, poll(t, a, t0, shown))
	require.Equal(t, feed.StoreResult{}, poll(t, a, t0, shown), "only the first poll changes the post")
	require.Equal(t, shown, allEntries(t, a)[0])
	after, _, err := a.Origin(t.Context(), before.ID)
	require.NoError(t, err)
	require.Equal(t, origin, after)
	require.Equal(t, []string{before.ID}, searchIDs(t, a, "mary somerville"))
}

func TestImportWithoutAuthorsKeepsAuthors(t *testing.T) {
	a := inMemory(t)
	poll(t, a, t0, fullEntry("a"))
	imported := fullEntry("a")
	imported.Title, imported.Authors = "imported", nil
	_, err := a.Import(t.Context(), []feed.Entry{imported}, t0)
	require.NoError(t, err)
	stored := onlyEntry(t, a)
	require.Equal(t, "imported", stored.Title)
	require.Equal(t, []string{"Ada Lovelace"}, stored.Authors)
}

func TestSearchFindsAuthors(t *testing.T) {
	a := inMemory(t)
	poll(t, a, t0, fullEntry("a"), post("b", t0))
	require.Equal(t, []string{"a"}, searchIDs(t, a, "lovelace"))
	changed := fullEntry("a")
	changed.Authors = []string{"Mary Somerville"}
	poll(t, a, t0, changed)
	require.Empty(t, searchIDs(t, a, "lovelace"))
	require.Equal(t, []string{"a"}, searchIDs(t, a, "Mary"))
}

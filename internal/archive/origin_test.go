package archive_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

func TestOrigins(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	undated := post("undated", time.Time{})
	poll(t, a, t0, post("polled", hours(-1)), undated)
	_, err := a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{post("backfilled", hours(-50))}, Now: hours(1), Older: true, BackfillID: 1})
	require.NoError(t, err)
	_, err = a.Import(t.Context(), []feed.Entry{post("imported", hours(-90))}, hours(2))
	require.NoError(t, err)
	edited := post("polled", hours(-2)) // the position of the post changes; its origin must move to the new position
	poll(t, a, hours(5), edited)
	want := map[string]archive.Origin{
		"polled":     {Source: archive.FromFeed, FirstSeen: t0},
		"undated":    {Source: archive.FromFeed, FirstSeen: t0},
		"backfilled": {Source: archive.FromBackfill, FirstSeen: hours(1)},
		"imported":   {Source: archive.FromImport, FirstSeen: hours(2)},
	}
	for range 2 {
		for id, origin := range want {
			got, ok, err := a.Origin(t.Context(), id)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, origin, got, id)
		}
		_, ok, err := a.Origin(t.Context(), "missing")
		require.NoError(t, err)
		require.False(t, ok)
		require.NoError(t, a.Close())
		a = openArchive(t, name)
	}
	_, _, err = a.Forget(t.Context(), "polled")
	require.NoError(t, err)
	poll(t, a, hours(9), post("new", hours(-2))) // it gets the position of the forgotten post, but must not get its origin
	got, _, err := a.Origin(t.Context(), "new")
	require.NoError(t, err)
	require.Equal(t, hours(9), got.FirstSeen)
}

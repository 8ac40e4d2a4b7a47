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
	poll(t, a, t0, post("fed", hours(-1)), undated)
	_, err := a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{post("walked", hours(-50))}, Now: hours(1), Older: true, BackfillID: 1})
	require.NoError(t, err)
	_, err = a.Import(t.Context(), []feed.Entry{post("brought", hours(-90))}, hours(2))
	require.NoError(t, err)
	edited := post("fed", hours(-2)) // it moves, and its origin with it
	poll(t, a, hours(5), edited)
	want := map[string]archive.Origin{
		"fed":     {Source: archive.FromFeed, FirstSeen: t0, HasFeedDate: true},
		"undated": {Source: archive.FromFeed, FirstSeen: t0},
		"walked":  {Source: archive.FromBackfill, FirstSeen: hours(1), HasFeedDate: true},
		"brought": {Source: archive.FromImport, FirstSeen: hours(2), HasFeedDate: true},
	}
	for range 2 {
		for id, origin := range want {
			got, ok, err := a.Origin(t.Context(), id)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, origin, got, id)
		}
		_, ok, err := a.Origin(t.Context(), "nobody's")
		require.NoError(t, err)
		require.False(t, ok)
		require.NoError(t, a.Close())
		a = openArchive(t, name)
	}
	_, _, err = a.Forget(t.Context(), "fed")
	require.NoError(t, err)
	poll(t, a, hours(9), post("new", hours(-2))) // at the place of the forgotten one
	got, _, err := a.Origin(t.Context(), "new")
	require.NoError(t, err)
	require.Equal(t, hours(9), got.FirstSeen)
}

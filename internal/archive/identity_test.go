package archive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// at returns an entry whose id and link are one address.
func at(address, title string) feed.Entry { return postWithLink(address, title, address, hours(-5)) }

// moved is a poll of a blog that has moved from old.test to new.test.
func moved(t testing.TB, a *archive.Archive, shown ...feed.Entry) feed.StoreResult {
	t.Helper()
	return keepBatch(t, a, feed.Batch{Entries: shown, Now: t0, Hosts: []string{"old.test", "new.test"}})
}

// TestMovedPostIsOnePost stores a post and polls the post as it is after the blog has moved. The stored id must stay.
func TestMovedPostIsOnePost(t *testing.T) {
	withID := func(id string, e feed.Entry) feed.Entry {
		e.ID = id
		return e
	}
	later := func(e feed.Entry) feed.Entry {
		e.Published = hours(-4)
		return e
	}
	undated := func(e feed.Entry) feed.Entry {
		e.Published = hours(-5).Add(-1 << 62)
		e.Published = feed.Entry{}.Published
		return e
	}
	hosts := []string{"old.test", "new.test"}
	for _, row := range []struct {
		claim        string
		hosts        []string
		stored, then feed.Entry
		one          bool
	}{
		{"the scheme of id and link", nil, at("http://old.test/1", "A"), at("https://old.test/1", "A"), true},
		{"the scheme, with another title and date", nil, at("http://old.test/1", "A"), later(at("https://old.test/1", "B")), true},
		{"the scheme back to http", nil, at("https://old.test/1", "A"), at("http://old.test/1", "A"), true},
		{"the scheme of the link, and a new id", nil, withID("1", at("http://old.test/1", "A")), withID("one", at("https://old.test/1", "A")), true},
		{"the scheme of the link, a new id and a new title", nil, withID("1", at("http://old.test/1", "A")), withID("one", at("https://old.test/1", "B")), true},
		{"the scheme of the link, and all else is new", nil, withID("1", at("http://old.test/1", "A")), withID("one", later(at("https://old.test/1", "B"))), false},
		{"the host", hosts, at("http://old.test/1", "A"), at("https://new.test/1", "A"), true},
		{"the host and back", hosts, at("http://new.test/1", "A"), at("http://old.test/1", "A"), true},
		{"the host of a WordPress guid", hosts, withID("http://old.test/?p=1", at("http://old.test/a/", "A")), withID("http://new.test/?p=1", at("https://new.test/b/", "A")), true},
		{"the host of the link only", hosts, withID("1", at("http://old.test/1", "A")), withID("one", at("https://new.test/1", "A")), true},
		{"the host, with another query", hosts, at("http://old.test/?p=1", "A"), at("http://new.test/?p=2", "A"), false},
		{"the host, with another path", hosts, at("http://old.test/1", "A"), at("https://new.test/2", "A"), false},
		{"the host, with another title", hosts, at("http://old.test/1", "A"), at("https://new.test/1", "B"), false},
		{"the host, with another date", hosts, at("http://old.test/1", "A"), later(at("https://new.test/1", "A")), false},
		{"the host, without dates", hosts, undated(at("http://old.test/1", "A")), undated(at("https://new.test/1", "A")), true},
		{"the host, without date and title", hosts, undated(at("http://old.test/1", "")), undated(at("https://new.test/1", "")), false},
		{"the host of a blog that has not moved", nil, at("http://old.test/1", "A"), at("https://new.test/1", "A"), false},
		{"a host that is not the blog's", hosts, at("http://planet.test/1", "A"), at("https://new.test/1", "A"), false},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := inMemory(t)
			poll(t, a, t0, row.stored)
			keepBatch(t, a, feed.Batch{Entries: []feed.Entry{row.then}, Now: hours(1), Hosts: row.hosts})
			keepBatch(t, a, feed.Batch{Entries: []feed.Entry{row.then}, Now: hours(2)}) // the archive remembers the hosts
			ids := storedIDs(t, a)
			if !row.one {
				require.ElementsMatch(t, []string{row.stored.ID, row.then.ID}, ids)
				return
			}
			require.Equal(t, []string{row.stored.ID}, ids, "the stored id stays")
			require.Equal(t, row.then.Link, onlyEntry(t, a).Link)
			require.Equal(t, row.then.Title, onlyEntry(t, a).Title)
		})
	}
}

// TestOneDocument stores entries of one document.
func TestOneDocument(t *testing.T) {
	for _, row := range []struct {
		claim string
		shown []feed.Entry
		want  []string
	}{
		{"ids that differ in the scheme are one post", []feed.Entry{at("https://old.test/1", "A"), at("http://old.test/1", "A")}, []string{"https://old.test/1"}},
		{"an aggregator's posts at two hosts are two", []feed.Entry{at("https://new.test/1", "A"), at("http://old.test/1", "A")}, []string{"https://new.test/1", "http://old.test/1"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := inMemory(t)
			for range 2 {
				moved(t, a, row.shown...)
				require.Equal(t, row.want, storedIDs(t, a))
			}
			moved(t, a, row.shown[0])
			require.Equal(t, row.want, storedIDs(t, a), "also in a later poll")
		})
	}
}

// TestForgottenPostStaysForgotten forgets a post, and polls it as it is after the blog has moved.
func TestForgottenPostStaysForgotten(t *testing.T) {
	for _, row := range []struct{ claim, stored, then, link string }{
		{"https", "http://old.test/1", "https://old.test/1", ""},
		{"https, a new id", "1", "one", "https://old.test/1"},
		{"a new host", "http://old.test/1", "https://new.test/1", ""},
		{"a new host, a new id", "1", "one", "https://new.test/1"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := inMemory(t)
			moved(t, a, postWithLink(row.stored, "A", "http://old.test/1", hours(-5)))
			_, ok, err := a.Forget(t.Context(), row.stored)
			require.NoError(t, err)
			require.True(t, ok)
			then := postWithLink(row.then, "A", row.link, hours(-5))
			require.Zero(t, moved(t, a, then))
			_, err = a.Import(t.Context(), []feed.Entry{then}, t0)
			require.NoError(t, err)
			require.Zero(t, moved(t, a, then))
			require.Equal(t, []string{row.then}, storedIDs(t, a), "an import restores the post")
		})
	}
}

// TestImportRecognizesMovedPost imports a post under its old address, as an old export contains it.
func TestImportRecognizesMovedPost(t *testing.T) {
	a := inMemory(t)
	moved(t, a, at("https://new.test/1", "A"), at("https://new.test/2", "B"))
	result, err := a.Import(t.Context(), []feed.Entry{at("http://new.test/1", "A"), at("http://old.test/2", "B")}, t0)
	require.NoError(t, err)
	require.Zero(t, result.New)
	require.Equal(t, []string{"https://new.test/1", "https://new.test/2"}, storedIDs(t, a))
}

package crawl

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAddMoves(t *testing.T) {
	move := func(from, to string) hostMove {
		f, err := url.Parse(from)
		require.NoError(t, err)
		u, err := url.Parse(to)
		require.NoError(t, err)
		return hostMove{f, u}
	}
	for _, row := range []struct {
		claim string
		hosts []string
		moves []hostMove
		want  []string
	}{
		{"a move", nil, []hostMove{move("http://old.test/feed", "https://new.test/feed")}, []string{"old.test", "new.test"}},
		{"www is a host of its own", nil, []hostMove{move("http://old.test/", "https://www.old.test/")}, []string{"old.test", "www.old.test"}},
		{"a move within a host", nil, []hostMove{move("http://old.test/feed", "https://old.test/rss")}, nil},
		{"default ports and case", nil, []hostMove{move("http://Old.test:80/", "https://old.test:443/")}, nil},
		{"another port", nil, []hostMove{move("http://old.test:8080/", "https://old.test/")}, []string{"old.test:8080", "old.test"}},
		{"two moves", nil, []hostMove{move("http://a.test/", "http://b.test/"), move("http://b.test/", "http://c.test/")}, []string{"a.test", "b.test", "c.test"}},
		{"a move back", []string{"a.test", "b.test"}, []hostMove{move("http://b.test/", "http://a.test/")}, []string{"b.test", "a.test"}},
		{"a known move", []string{"a.test", "b.test", "c.test"}, []hostMove{move("http://a.test/", "http://c.test/")}, []string{"a.test", "b.test", "c.test"}},
		{"a URL without a host", nil, []hostMove{move("", "https://new.test/")}, nil},
	} {
		require.Equal(t, row.want, addMoves(row.hosts, row.moves...), row.claim)
	}
	var hosts []string
	for i := range 20 {
		hosts = addMoves(hosts, move(fmt.Sprintf("http://%d.test/", i), fmt.Sprintf("http://%d.test/", i+1)))
	}
	require.Equal(t, []string{"13.test", "14.test", "15.test", "16.test", "17.test", "18.test", "19.test", "20.test"}, hosts)
}

// TestHostsOfMovedFeed polls a feed at "first" and, after a restart, at "second". The store must get the hosts of a blog
// that has moved, and no host otherwise.
func TestHostsOfMovedFeed(t *testing.T) {
	page := `<html><head><link rel="alternate" type="application/rss+xml" href="https://%s.example/feed"></head></html>`
	for _, row := range []struct {
		claim         string
		code          int // of a redirect from the old to the new site; 0: none
		path          string
		second        string // "old" or "new"
		want          []string
		discoveredAt  string
		removeHistory bool // the state is of a version that did not record hosts
	}{
		{claim: "a feed that stays", path: "/feed", second: "old"},
		{claim: "a changed configuration", path: "/feed", second: "new", want: []string{"old.example", "new.example"}},
		{claim: "a permanent redirect", code: 301, path: "/feed", second: "old", want: []string{"old.example", "new.example"}},
		{claim: "another permanent redirect", code: 308, path: "/feed", second: "old", want: []string{"old.example", "new.example"}},
		{claim: "a temporary redirect", code: 302, path: "/feed", second: "old"},
		{claim: "a permanent redirect, then the configuration", code: 301, path: "/feed", second: "new", want: []string{"old.example", "new.example"}},
		{claim: "a page that names a feed at another host", path: "/", second: "old", discoveredAt: "new"},
		{claim: "a page that moved permanently", code: 301, path: "/", second: "old", discoveredAt: "new", want: []string{"old.example", "new.example"}},
		{claim: "the state of an older version", code: 301, path: "/feed", second: "old", removeHistory: true, want: []string{"old.example", "new.example"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			answer := func(q *http.Request) http.HandlerFunc {
				switch {
				case q.URL.Host == "old.example" && row.code != 0:
					return serveRedirect(row.code, "https://new.example"+q.URL.Path)
				case q.URL.Path == "/":
					return serveBody(fmt.Sprintf(page, row.discoveredAt), "Content-Type", "text/html")
				}
				return serveBody(blog)
			}
			store := &memoryStore{}
			for i, name := range []string{"old", row.second, row.second} {
				r := &Refresher{URL: "https://" + name + ".example" + row.path, Archive: store, Transport: answeredBy(answer), Now: func() time.Time { return t0 }}
				require.NoError(t, r.Poll(t.Context()), i)
				if row.removeHistory && i == 0 {
					store.notes[stateMemo] = bytes.ReplaceAll(store.notes[stateMemo], []byte(`"Hosts"`), []byte(`"Unknown"`))
				}
			}
			require.Equal(t, row.want, store.hosts)
		})
	}
}

// answeredBy is a transport that answers without a network.
type answeredBy func(*http.Request) http.HandlerFunc

func (answer answeredBy) RoundTrip(q *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	answer(q)(w, q)
	return w.Result(), nil
}

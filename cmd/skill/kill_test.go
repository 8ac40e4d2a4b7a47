package main

import (
	"database/sql"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/feedtest"
)

// TestArchiveSurvivesKills kills the real program a hundred times while it fetches and writes. After each kill the archive
// must be intact and contain every post that the service has used in an answer.
func TestArchiveSurvivesKills(t *testing.T) {
	requireE2E(t)
	const kills = 100
	publisher := &feedtest.Publisher{Kind: feedtest.WordPress, REST: feedtest.RESTRemoved, Posts: 2500}
	h := newHarness(t, "{mode: self-signed}")
	h.env = append(h.env, "SKILL_TEST_PACE=10ms")
	h.feed.setHandler(publisher.ServeHTTP)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	answered := map[string]bool{}
	for n := range kills {
		h.startProcess()
		if n%4 == 0 { // kill it during the start
			time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
			h.kill()
			continue
		}
		asked := h.feed.requestCount()
		h.waitUntilListening()
		publisher.Publish("One more")
		h.sendHUP()
		day := publisher.Items()[random.IntN(len(publisher.Items()))].Published.Format(time.DateOnly)
		for _, date := range []string{"", day} {
			status, answer := h.sendSigned(h.lastPostRequest(date))
			require.Equal(t, http.StatusOK, status)
			if link := cardLink(answer); link != "" {
				answered[link] = true
			}
		}
		h.feed.waitForRequests(asked+1+random.IntN(4), time.Second)
		time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond)
		h.kill()
		requireIntact(t, h.archiveFile())
		requirePosts(t, h.archiveFile(), answered)
	}
	h.startAndWait()
	all := len(publisher.Items())
	h.sendHUP()
	require.Eventually(t, func() bool { return isBackfillDone(t, h.archiveFile()) }, 2*time.Minute, time.Second, "%v", h.log)
	require.Equal(t, 0, h.stop())
	posts, err := archive.View(t.Context(), h.archiveFile())
	require.NoError(t, err)
	defer func() { require.NoError(t, posts.Close()) }()
	require.Equal(t, all, posts.Len())
	requirePosts(t, h.archiveFile(), answered)
	require.Greater(t, len(answered), kills/10, "the service answered between the kills")
	needed := 1 + 1 + all/10 + 1
	polls := 3 * kills
	require.Less(t, len(publisher.Requests()), needed+polls+kills, "a kill costs at most one extra request")
}

// isBackfillDone reports whether all older posts are stored.
func isBackfillDone(t *testing.T, file string) bool {
	posts, err := archive.View(t.Context(), file)
	require.NoError(t, err)
	status, err := crawl.ReadStatus(t.Context(), posts, "")
	require.NoError(t, errors.Join(err, posts.Close()))
	return status.Backfill.Done
}

// cardLink returns the link on an answer's card, or "".
func cardLink(answer string) string {
	return regexp.MustCompile(`http://[^"\\]+`).FindString(answer)
}

// requireIntact checks the integrity of an archive with SQLite.
func requireIntact(t *testing.T, file string) {
	t.Helper()
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return // killed before the archive was created
	}
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	var verdict string
	require.NoError(t, db.QueryRow("PRAGMA integrity_check").Scan(&verdict))
	require.Equal(t, "ok", verdict)
}

// requirePosts checks that the archive contains a post for each link.
func requirePosts(t *testing.T, file string, links map[string]bool) {
	t.Helper()
	if len(links) == 0 {
		return
	}
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	for link := range links {
		var stored bool
		require.NoError(t, db.QueryRow("SELECT EXISTS (SELECT 1 FROM posts WHERE link = ?)", link).Scan(&stored))
		require.True(t, stored, link)
	}
}

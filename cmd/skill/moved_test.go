package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
)

// TestListAfterMove moves a blog to another host by the configuration. "skill archive list" must show each post once.
// Package crawl tests a move by a redirect, because a redirect between this machine's ports is refused.
func TestListAfterMove(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	blog := &feedtest.Publisher{Kind: feedtest.JSONFeed, Posts: 8, MovingIDs: true}
	h.feed.setHandler(blog.ServeHTTP)
	config := filepath.Join(h.dir, "skill.yaml")
	content, err := os.ReadFile(config)
	require.NoError(t, err)
	old := strings.TrimSuffix(h.feed.url, "/feed/")
	content = []byte(strings.ReplaceAll(string(content), h.feed.url, old+blog.FeedPath()))
	writeFile(t, config, content)
	listed := func() (ids []string) {
		for line := range strings.Lines(h.runSkill("archive", "list", "--limit", "0")) {
			ids = append(ids, strings.Split(line, "\t")[1])
		}
		return ids
	}
	h.startAndWait()
	require.Eventually(t, func() bool { return len(listed()) == 8 }, 20*time.Second, 100*time.Millisecond)
	require.Equal(t, 0, h.stop())
	before := listed()

	moved := httptest.NewServer(blog)
	defer moved.Close()
	writeFile(t, config, []byte(strings.ReplaceAll(string(content), old, moved.URL)))
	blog.Publish("After the move")
	h.startAndWait()
	require.Eventually(t, func() bool { return len(listed()) > 8 }, 20*time.Second, 100*time.Millisecond)
	require.Equal(t, before, listed()[1:], "each post once, with its id")
	require.Equal(t, 0, h.stop())
}

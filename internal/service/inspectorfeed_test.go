package service

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/crawl"
)

func TestInspectorHidesFeedSecrets(t *testing.T) {
	for _, row := range []struct{ claim, address, want string }{
		{"an address without secrets is unchanged", "https://halfelf.org/feed/", "https://halfelf.org/feed/"},
		{"user and password are removed", "https://me:S3CRET@halfelf.org/feed/", "https://halfelf.org/feed/"},
		{"a query, which may be a key, is removed", "https://halfelf.org/feed/?key=S3CRET", "https://halfelf.org/feed/?…"},
		{"an invalid address is not shown", "https://me:S3CRET@half elf.org:x/", "as configured"},
		{"an unknown address is not shown", "", "as configured"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, redactFeedURL(row.address, "as configured")) })
	}
}

func TestInspectorDescribesBackfill(t *testing.T) {
	for _, row := range []struct {
		claim, want string
		posts       crawl.BackfillStatus
	}{
		{"the source is not known yet", "", crawl.BackfillStatus{NewPosts: 3}},
		{"there is no source", "", crawl.BackfillStatus{Source: "none", Done: true}},
		{"the backfill has ended", "300 of them from older pages", crawl.BackfillStatus{Source: "pages", Done: true, NewPosts: 300}},
		{"the backfill failed at its first page", "", crawl.BackfillStatus{Source: "pages", Failed: true}},
		{"the backfill failed later", "20 of them from older pages", crawl.BackfillStatus{Source: "pages", Failed: true, NewPosts: 20}},
		{"the backfill is running", "older ones are being fetched, 20 so far", crawl.BackfillStatus{Source: "pages", NewPosts: 20}},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, describeOlderPosts(row.posts)) })
	}
}

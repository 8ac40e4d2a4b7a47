package service

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/crawl"
)

func TestInspectorHidesFeedSecrets(t *testing.T) {
	for _, row := range []struct{ claim, address, want string }{
		{"an address as it is", "https://halfelf.org/feed/", "https://halfelf.org/feed/"},
		{"without user and password", "https://me:S3CRET@halfelf.org/feed/", "https://halfelf.org/feed/"},
		{"without what may be a key", "https://halfelf.org/feed/?key=S3CRET", "https://halfelf.org/feed/?…"},
		{"what is none is not shown", "https://me:S3CRET@half elf.org:x/", "as configured"},
		{"one that is not known yet", "", "as configured"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, redactFeedURL(row.address, "as configured")) })
	}
}

func TestInspectorDescribesBackfill(t *testing.T) {
	for _, row := range []struct {
		claim, want string
		posts       crawl.BackfillStatus
	}{
		{"where it is not known which way", "", crawl.BackfillStatus{NewPosts: 3}},
		{"where there is none", "", crawl.BackfillStatus{Source: "none", Done: true}},
		{"at its end", "300 of them from older pages", crawl.BackfillStatus{Source: "pages", Done: true, NewPosts: 300}},
		{"under way", "older ones are being fetched, 20 so far", crawl.BackfillStatus{Source: "pages", NewPosts: 20}},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, describeOlderPosts(row.posts)) })
	}
}

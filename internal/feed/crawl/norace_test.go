//go:build !race

package crawl_test

import "lastpost/internal/feed/feedtest"

const walkedPosts = 2500

func lyingSoftware() []feedtest.Kind {
	return []feedtest.Kind{feedtest.WordPress, feedtest.Blogger, feedtest.JSONFeed}
}

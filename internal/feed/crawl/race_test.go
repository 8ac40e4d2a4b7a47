//go:build race

package crawl_test

import "lastpost/internal/feed/feedtest"

// The race detector makes SQLite twenty times as slow, and what it looks for shows with a part of the posts, too.
const walkedPosts = 500

func lyingSoftware() []feedtest.Kind { return []feedtest.Kind{feedtest.WordPress} }

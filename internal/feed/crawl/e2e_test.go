package crawl_test

import (
	"os"
	"testing"
)

// requireE2E skips a slow test, unless make e2e runs it. With the race detector it skips always: SQLite is then twenty times
// as slow, and the other tests of this package run the same code.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" || raceDetector {
		t.Skip("slow: make e2e runs it, without the race detector")
	}
}

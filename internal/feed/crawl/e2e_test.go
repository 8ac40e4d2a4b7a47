package crawl_test

import (
	"os"
	"testing"
)

// requireE2E skips a slow test unless make e2e runs it. It always skips with the race detector, which slows SQLite down
// by a factor of twenty. The other tests of this package run the same code.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" || raceDetector {
		t.Skip("slow: make e2e runs it, without the race detector")
	}
}

package parse

import (
	"os"
	"testing"
)

// requireE2E skips a slow test, unless make e2e runs it. The tests measure memory and time, so they do not run with the
// race detector.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" || raceDetector {
		t.Skip("slow: make e2e runs it without the race detector")
	}
}

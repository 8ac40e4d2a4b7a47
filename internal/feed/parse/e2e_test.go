package parse

import (
	"os"
	"testing"
)

// skipUnlessE2E skips a slow test, unless make e2e runs it.
func skipUnlessE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}

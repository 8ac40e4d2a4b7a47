package handlers_test

import (
	"os"
	"testing"
)

// requireE2E skips a slow test unless it runs under make e2e.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}

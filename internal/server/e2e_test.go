package server_test

import (
	"os"
	"testing"
)

// requireE2E skips a slow test unless `make e2e` runs it.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}

package linkproxy_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain runs eight parallel tests at once, because some wait for time limits.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// requireE2E skips a slow test, unless make e2e runs it.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}

package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary play other programs: skill itself, for scripts and for tests that start the real
// service, and the bare server that the benchmark compares it with.
func TestMain(m *testing.M) {
	switch os.Getenv("SKILL_TEST_ROLE") {
	case "skill":
		main()
	case "bare":
		bareServer()
	default:
		testscript.Main(m, map[string]func(){"skill": main})
	}
}

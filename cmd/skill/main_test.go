package main

import (
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary play other programs: skill itself, for scripts and for tests that start the real
// service, and the bare server that the benchmark compares it with.
func TestMain(m *testing.M) {
	switch os.Getenv("SKILL_TEST_ROLE") {
	case "skill":
		// A publisher of a test does not mind being asked more often than others.
		pace, _ := time.ParseDuration(os.Getenv("SKILL_TEST_PACE"))
		os.Exit(runUntilSignal(world{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.LookupEnv, pace: pace}))
	case "bare":
		bareServer()
	default:
		testscript.Main(m, map[string]func(){"skill": main})
	}
}

package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"lastpost/internal/alexa/alexatest"
)

// TestMain lets the test binary play other programs: skill itself, for scripts and for tests that start the real
// service, the bare server that the benchmark compares it with, and the world of a service that systemd starts.
func TestMain(m *testing.M) {
	switch os.Getenv("SKILL_TEST_ROLE") {
	case "skill":
		// A publisher of a test does not mind being asked more often than others.
		pace, _ := time.ParseDuration(os.Getenv("SKILL_TEST_PACE"))
		os.Exit(runUntilSignal(testEnvironment(pace)))
	case "bare":
		runBareServer()
	case "peer":
		fmt.Fprintln(os.Stderr, servePeer(os.Args[1], os.Args[2]))
		os.Exit(1)
	default:
		testscript.Main(m, map[string]func(){"skill": func() { os.Exit(runUntilSignal(testEnvironment(0))) }})
	}
}

// testEnvironment is the world of a process, in which every answer to a command that plays Alexa is examined, and every host is
// this machine, on which port 443 is free.
func testEnvironment(pace time.Duration) environment {
	return environment{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.LookupEnv, requestSpacing: pace, onExchange: panicOnInvalidResponse, network: testNetwork()}
}

// panicOnInvalidResponse ends the process where an answer breaks one of Amazon's rules.
func panicOnInvalidResponse(request, response []byte) {
	asked, err := alexatest.ParseRequest(request)
	if err != nil {
		panic(err)
	}
	if _, broken := alexatest.Examine(asked, response); len(broken) > 0 {
		panic(fmt.Sprintf("the answer breaks %q: %s", broken, response))
	}
}

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"lastpost/internal/alexa/alexatest"
)

// TestMain makes the test binary run as another program if SKILL_TEST_ROLE is set: skill itself, the bare server of
// BenchmarkRequest, or the peer of a service that systemd starts. Scripts run it as skill, too.
func TestMain(m *testing.M) {
	switch os.Getenv("SKILL_TEST_ROLE") {
	case "skill":
		// Tests shorten the minimum interval between requests to a publisher.
		pace, _ := time.ParseDuration(os.Getenv("SKILL_TEST_PACE"))
		os.Exit(runUntilSignal(testEnvironment(pace)))
	case "bare":
		runBareServer()
	case "peer":
		fmt.Fprintln(os.Stderr, servePeer(os.Args[1], os.Args[2]))
		os.Exit(1)
	default:
		// The tests wait for other processes most of the time. The flag -parallel still has precedence.
		if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
		testscript.Main(m, map[string]func(){"skill": func() { os.Exit(runUntilSignal(testEnvironment(0))) }})
	}
}

// testEnvironment returns the environment of a test process. It checks each response in commands that simulate Alexa, and
// uses testNetwork.
func testEnvironment(pace time.Duration) environment {
	return environment{
		name: nameFromPath(os.Args[0]), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.LookupEnv,
		requestSpacing: pace, onExchange: panicOnInvalidResponse, network: testNetwork(), machine: testMachine(),
		amazon: testAmazonAccess(),
	}
}

// testAmazonAccess shortens each pause between calls to Amazon to SKILL_TEST_AMAZON_PAUSE, and the search for a lost skill to
// SKILL_TEST_AMAZON_SEARCH. SKILL_TEST_LOGIN_PORT is the port of the sign-in.
func testAmazonAccess() (a amazonAccess) {
	a.loginPort, _ = strconv.Atoi(os.Getenv("SKILL_TEST_LOGIN_PORT"))
	a.timing.Search, _ = time.ParseDuration(os.Getenv("SKILL_TEST_AMAZON_SEARCH"))
	if longest, err := time.ParseDuration(os.Getenv("SKILL_TEST_AMAZON_PAUSE")); err == nil {
		a.timing.Pause = func(ctx context.Context, d time.Duration) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(min(d, longest)):
				return nil
			}
		}
	}
	return a
}

// panicOnInvalidResponse panics if a response violates one of Amazon's rules.
func panicOnInvalidResponse(request, response []byte) {
	asked, err := alexatest.ParseRequest(request)
	if err != nil {
		panic(err)
	}
	if _, violations := alexatest.Examine(asked, response); len(violations) > 0 {
		panic(fmt.Sprintf("the response violates %q: %s", violations, response))
	}
}

// Command skill is a self-hosted service behind an Alexa skill: it tells the last post of a blog, or the one of any
// date. This package is the commands and the wiring, the only place that knows every other.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	os.Exit(runUntilSignal(world{
		name: calledAs(os.Args[0]), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.LookupEnv,
	}))
}

// runUntilSignal carries out the command that the process was started with.
func runUntilSignal(w world) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return run(ctx, os.Args[1:], w)
}

// A world is what a command reads and writes, so that a test can be one.
type world struct {
	name           string // that the program was called by; "": skill
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(name string) (value string, set bool)
	pace           time.Duration // between requests to a publisher; 0: as manners are
	outside        outside       // the network, to "check"

	overheard func(request, response []byte) // what the commands that play Alexa were answered with; nil: nobody listens
}
